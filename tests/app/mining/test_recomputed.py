"""Whatever happens to cases, what is mined is what a slow and obvious look at their raw histories finds."""
from __future__ import annotations

from collections import Counter
from pathlib import Path
from statistics import median_low

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.measures import measuring
from app.measures.question import Months, Question
from app.mining import figures, rework, variants
from app.mining.asked import Asked
from app.mining.promises import key_of, rules_of
from app.mining.routes import collapsed, variant_of
from app.models import CaseBreach, Instance, Issue
from tests.app.issues.lives import publish_lifecycle
from tests.app.measures.test_recomputed import CALENDAR, LIVES, PLACES, STRAIGHT_ON, Life, begin
from tests.app.mining import slow
from tests.conftest import MONDAY
from tests.sizes import sized, tell
from workflows.working_time import worked

EXAMPLES = sized(2, 40)
ALL = Months("2026-01", "2027-12")


def test_what_is_mined_is_what_a_slow_look_at_the_histories_finds(sessions: sessionmaker[Session]) -> None:
    begin(sessions)
    known: dict[tuple[int, int], slow.Told] = {}
    compared = 0

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(LIVES, min_size=2, max_size=3))
    def compare(lives: list[tuple[str, int, list[tuple[str, bool, int]], int]]) -> None:
        nonlocal compared
        for place, days, acts, ends in lives:
            life = Life(sessions, place, days)
            for each in (*acts, *[("on", True, 150)] * (STRAIGHT_ON if ends else 0)):
                life.act(*each)
        measuring.work_off(sessions)
        with sessions.begin() as session:
            cases = _told(session, known)
            for unit in (None, *PLACES):
                asked = Asked(Question(ALL, frozenset({unit}) if unit else None))
                own = [told for issue, told in cases if unit in (None, issue.lead_unit or "-")]
                compared += _steps(session, asked, own) + _backs(session, asked, own)
                compared += _variants(session, asked, [
                    (issue, told) for issue, told in cases if unit in (None, issue.lead_unit or "-")])

    compare()
    tell(f"mining ({sessions.kw['bind'].dialect.name}): {compared} figures of {len(known)} histories, each as a slow "
         "look finds it")


def test_the_shipped_process_breaks_no_rule_about_what_comes_first_or_who(sessions: sessionmaker[Session]) -> None:
    """A breach that a case shows comes from being late or from what its diagram has recorded; never from the order of
    steps, since the diagram keeps that."""
    with sessions.begin() as session:
        publish_lifecycle(session, MONDAY)
    late = {"triage_late", "accept_late", "promise_late", "refused_twice", "unurged", "unreported"}
    in_time = rule_of_c2()
    for acts in ([("on", True, 10)] * 16, [("on", False, 45)] * 24, [("return", True, 90), ("on", True, 300)] * 12):
        life = Life(sessions, "dongsheng", 0)
        for each in acts:
            life.act(*each)
    measuring.work_off(sessions)
    with sessions.begin() as session:
        assert set(session.scalars(select(CaseBreach.rule))) <= late | {in_time}


def rule_of_c2() -> str:
    """The rule of `policy.yaml` that bounds steps by one working day each."""
    text = (Path(__file__).parents[3] / "bpmn/issue-lifecycle/policy.yaml").read_text(encoding="utf-8")
    (rule,) = [rule for rule in rules_of({"policy.yaml": text}) if "collect" in rule.limits]
    return key_of(rule)


def _told(session: Session, known: dict[tuple[int, int], slow.Told]) -> list[tuple[Issue, slow.Told]]:
    found = []
    for issue, instance in session.execute(select(Issue, Instance).join(Instance, Instance.id == Issue.instance_id)):
        key = (instance.id, instance.history_length)
        if key not in known:
            known[key] = slow.tell(session, instance)
        found.append((issue, known[key]))
    return found


def _steps(session: Session, asked: Asked, cases: list[slow.Told]) -> int:
    expected: dict[str, list[int]] = {}
    passes: Counter[str] = Counter()
    for told in cases:
        passes.update(told.passes)
        for element, (attempts, closed, waiting, working) in told.figures(CALENDAR).items():
            line = expected.setdefault(element, [0] * 5)
            for place, number in enumerate((1, attempts, closed, 60 * waiting, 60 * working)):
                line[place] += number
    found = {each.element: [each.cases, each.attempts, each.closed, each.waiting, each.working]
             for each in figures.by_step(session, asked)}
    assert found == expected
    assert figures.passes(session, asked) == passes
    for by in (figures.by_post, figures.by_post_and_step):
        assert sum(each.attempts for each in by(session, asked)) == sum(line[1] for line in expected.values())
    return 5 * len(found) + len(passes)


def _backs(session: Session, asked: Asked, cases: list[slow.Told]) -> int:
    expected = Counter((how, origin, target) for told in cases for how, origin, target, _ in told.backs)
    found: Counter[tuple[str, str, str]] = Counter()
    for line in rework.find(session, asked):
        found[line.kind, line.origin, line.target] += line.times
    assert found == expected
    return len(found)


def _variants(session: Session, asked: Asked, cases: list[tuple[Issue, slow.Told]]) -> int:
    expected: dict[str, list[tuple[int, int]]] = {}
    for issue, told in cases:
        if issue.closed_at is not None:
            seconds = worked(CALENDAR, issue.registered_at, issue.closed_at)
            expected.setdefault(variant_of(collapsed(told.road)), []).append((seconds, len(told.road)))
    found = variants.find(session, asked)
    assert found.others == 0 and {each.variant for each in found.shown} == expected.keys()
    for each in found.shown:
        seconds = sorted(second for second, _ in expected[each.variant])
        steps = [number for _, number in expected[each.variant]]
        assert each.cases == len(seconds) and each.median == median_low(seconds)
        assert each.p90 == seconds[-(-9 * len(seconds) // 10) - 1]
        assert (each.fewest, each.most) == (min(steps), max(steps))
    return 5 * len(found.shown)
