"""Facts follow from histories, rollups from facts, and every figure opens the list of its cases."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, sessionmaker

from app.actor import ENTERPRISE, Actor
from app.cases import service
from app.issues import enterprise_acts
from app.measures import measuring, overdue
from app.measures.figures import Figure, grouped, percentile, whole
from app.measures.opened import find
from app.measures.question import Months, Question
from app.measures.registry import BY_KEY, COUNTED
from app.models import CaseFact, CaseShare, Enterprise, Instance, Issue, LeaderCell, MeasureCell, WorkItem
from app.settings import Settings
from app.worker import loop
from tests.app.measures.conftest import Live
from tests.conftest import MONDAY
from workflows.calendar import Calendar

MARCH = Question(Months("2026-03", "2026-03"))
SUPERVISOR = Actor(1, "督办", frozenset({("supervision", "supervisor")}))


def figures(sessions: sessionmaker[Session], question: Question = MARCH) -> dict[str, Figure]:
    measuring.work_off(sessions)
    with sessions.begin() as session:
        return whole(session, question)


def test_the_three_rates_count_what_enterprises_said(lived: Live, sessions: sessionmaker[Session]) -> None:
    for rating in ((5, True, 5), (3, True, 3), (2, False, 2)):
        lived(rating=rating)
    lived(rating=None)
    found = figures(sessions)
    assert found["registered"].value == 4
    assert found["settled"].value == 2, "who is not content is worked on again, who is silent is asked"
    for key in ("response", "solution", "satisfaction"):
        assert (found[key].hits, found[key].among) == (2, 2)


def test_a_refusal_counts_for_the_unit_that_refused(lived: Live, sessions: sessionmaker[Session]) -> None:
    lived(refused=1)
    lived()
    assert figures(sessions)["refusals"].value == 1
    with sessions.begin() as session:
        share = session.scalars(select(CaseShare).where(CaseShare.refusals > 0)).one()
        assert (share.unit, share.refusals) == ("dongsheng", 1)
        page = find(session, SUPERVISOR, BY_KEY["refusals"], "hits", MARCH, 1, MONDAY)
        assert [case.issue.id for case in page.cases] == [share.issue_id]


def test_a_press_has_its_case_measured_anew(lived: Live, sessions: sessionmaker[Session], calendar: Calendar) -> None:
    lived(rating=None)
    assert figures(sessions)["settled"].value == 0
    with sessions.begin() as session:
        issue = session.scalars(select(Issue)).one()
        enterprise_acts.rate(session, issue, response_rating=5, solved=True, satisfaction=5, comment="",
                             now=MONDAY + timedelta(days=1), calendar=calendar)
    assert figures(sessions)["settled"].value == 1
    assert measuring.work_off(sessions) == 0, "nothing has changed since"


def test_a_press_while_its_case_is_measured_leaves_it_marked(
        lived: Live, sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch) -> None:
    lived(rating=None)
    read = measuring.read

    def pressed_meanwhile(session: Session, ids: list[int]) -> object:
        records = read(session, ids)
        session.connection().exec_driver_sql("UPDATE instance SET version = version + 1")
        return records

    with monkeypatch.context() as patch:
        patch.setattr(measuring, "read", pressed_meanwhile)
        assert measuring.work_off(sessions, most=1) == 1
    with sessions.begin() as session:
        assert session.scalar(select(Instance.measured)) is False
    assert figures(sessions)["registered"].value == 1


def test_what_is_rebuilt_is_what_was_kept_current(lived: Live, sessions: sessionmaker[Session], calendar: Calendar,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "MOST", 3)  # so that one slice is not enough
    for number in range(4):
        lived(rating=None, refused=number % 2)
        measuring.work_off(sessions)
    with sessions.begin() as session:
        for issue in session.scalars(select(Issue).limit(2)).all():
            enterprise_acts.rate(session, issue, response_rating=4, solved=True, satisfaction=4, comment="",
                                 now=MONDAY + timedelta(days=3), calendar=calendar)
    kept = _everything(sessions)
    measuring.rebuild(sessions)
    with sessions.begin() as session:
        assert session.scalar(select(func.count()).select_from(MeasureCell)) == 0
    assert _everything(sessions) == kept


def _everything(sessions: sessionmaker[Session]) -> list[object]:
    """All facts and counts; cells that have come back to nothing are none."""
    measuring.work_off(sessions)
    with sessions.begin() as session:
        cells = session.execute(select(MeasureCell.month, MeasureCell.unit, MeasureCell.category, MeasureCell.level,
                                       MeasureCell.counts).order_by(*MeasureCell.__table__.primary_key)).all()
        led = session.execute(select(*LeaderCell.__table__.c).order_by(*LeaderCell.__table__.primary_key)).all()
        facts = session.execute(select(*CaseFact.__table__.c).order_by(CaseFact.issue_id)).all()
        shares = session.execute(select(*CaseShare.__table__.c).order_by(CaseShare.issue_id, CaseShare.unit)).all()
    return [[tuple(cell) for cell in (*cells, *led) if cell.counts], [tuple(fact) for fact in facts],
            [tuple(share) for share in shares]]


def test_every_figure_opens_as_many_cases_as_it_counts(lived: Live, sessions: sessionmaker[Session]) -> None:
    for number in range(6):
        lived(refused=number % 2, rating=((5, True, 4), (1, False, 1), None)[number % 3])
    found = figures(sessions)
    with sessions.begin() as session:
        for measure in COUNTED:
            figure = found[measure.key]
            listed = find(session, SUPERVISOR, measure, "hits", MARCH, 1, MONDAY).total
            if measure.form in ("count", "rate"):
                assert listed == figure.hits, measure.key
                assert find(session, SUPERVISOR, measure, "among", MARCH, 1, MONDAY).total == figure.among
                missed = find(session, SUPERVISOR, measure, "missed", MARCH, 1, MONDAY).total
                assert missed == figure.among - figure.hits
            elif measure.form == "hours":
                assert listed == figure.among
            else:
                assert bool(listed) is bool(figure.value), measure.key


def test_what_is_overdue_is_counted_by_the_clock_alone(lived: Live, sessions: sessionmaker[Session],
                                                       calendar: Calendar) -> None:
    lived(until="accept_assignment")
    measuring.work_off(sessions)
    with sessions.begin() as session:
        due = session.scalars(select(CaseFact.due_at)).one()
        assert due is not None
        assert overdue.by_unit(session, MARCH, due, calendar)[0].number == 0
        late, by_unit = overdue.by_unit(session, MARCH, due + timedelta(days=7), calendar)
        assert (late.number, late.median, late.oldest) == (1, 4, 4), "清明 is a day off"
        assert by_unit["dongsheng"] == late


def test_a_case_that_was_withdrawn_is_in_no_rate(lived: Live, sessions: sessionmaker[Session],
                                                 calendar: Calendar) -> None:
    lived(until="handle")
    with sessions.begin() as session:
        enterprise_acts.withdraw(session, session.scalars(select(Issue)).one(), "已经解决", now=MONDAY + timedelta(1),
                                 calendar=calendar)
    found = figures(sessions)
    assert found["registered"].value == 1
    assert {found[each.key].among for each in COUNTED if each.month == "closed"} == {0}


def test_what_came_back_is_counted_for_who_sent_it(lived: Live, sessions: sessionmaker[Session],
                                                   calendar: Calendar) -> None:
    lived(until="handle")
    with sessions.begin() as session:
        item = session.scalars(select(WorkItem).where(WorkItem.status == "open")).one()
        post = (item.unit_code, item.position_code)
        service.return_item(session, item.id, "handle", "请补充", jump_back=False, now=MONDAY + timedelta(days=1),
                            actor=Actor(None, "经办", frozenset({post}), post), calendar=calendar)
    assert figures(sessions)["returns"].value == 1
    with sessions.begin() as session:
        assert session.scalars(select(CaseShare).where(CaseShare.returns > 0)).one().unit == item.unit_code


def test_percentiles_are_of_the_cases_themselves() -> None:
    assert percentile({1: 1, 5: 2, 9: 1}, 50) == 5
    assert percentile({1: 1, 5: 2, 9: 1}, 90) == 9
    assert percentile({}, 50) is None
    assert [percentile(dict.fromkeys(range(1, 11), 1), percent) for percent in (50, 90)] == [5, 9]


def test_the_enterprise_is_nobodys_unit(lived: Live, sessions: sessionmaker[Session]) -> None:
    lived(days=3)
    figures(sessions)
    with sessions.begin() as session:
        assert session.scalars(select(CaseShare.enterprise).where(CaseShare.unit == ENTERPRISE.name)).all() == []
        assert session.scalars(select(CaseShare.enterprise).where(CaseShare.unit == "enterprise")).one() > 0
        assert "enterprise" not in session.scalars(select(MeasureCell.unit)).all()


def test_a_worker_measures_a_case_once_a_minute_however_often_it_is_pressed_on(
        lived: Live, sessions: sessionmaker[Session], settings: Settings, calendar: Calendar) -> None:
    number = lived(until="judge")
    seconds = (0, 30, 61, 61)
    measured: list[bool | None] = []

    class Rest(Event):
        """The worker's rest, in which somebody presses."""

        def wait(self, _timeout: float | None = None) -> bool:
            with sessions.begin() as session:
                issue = session.scalars(select(Issue).where(Issue.number == number)).one()
                measured.append(session.scalar(select(Instance.measured).where(Instance.id == issue.instance_id)))
                enterprise_acts.add_material(session, issue, "另附合同", [], now=MONDAY + timedelta(hours=1),
                                             calendar=calendar)
            if len(measured) == 3:
                self.set()
            return True

    loop.run(sessions, settings, lambda: MONDAY + timedelta(hours=1, seconds=seconds[len(measured)]), Rest())
    assert measured == [True, False, True]


def test_cases_follow_their_enterprise_to_its_new_leader(
        lived: Live, sessions: sessionmaker[Session], add_user: Callable[..., int], calendar: Calendar) -> None:
    """Whoever writes it: nobody has to tell the measures."""
    lived(days=1)
    lived(place="otog", enterprise_name="鄂托克旗乌兰陶瓷有限公司", until="judge")
    first, second = add_user("first", ("leaders", "leader")), add_user("second", ("leaders", "leader"))
    assert led(sessions) == {}
    for leader, expected in ((first, {first: 2}), (second, {second: 2}), (None, {})):
        with sessions.begin() as session:
            session.execute(update(Enterprise).values(leader_id=leader))
        assert led(sessions) == expected
        assert measuring.work_off(sessions) == 0, "and only once"
    with sessions.begin() as session:
        session.execute(update(Enterprise).where(Enterprise.place == "otog").values(leader_id=second))
    assert led(sessions) == {second: 1}
    question = replace(MARCH, leader=second)
    found = figures(sessions, question)
    with sessions.begin() as session:
        for key in ("registered", "settled"):
            cases = find(session, SUPERVISOR, BY_KEY[key], "hits", question, 1, MONDAY)
            assert cases.total == found[key].value == (key == "registered")
        late, _ = overdue.by_unit(session, question, MONDAY + timedelta(days=90), calendar)
        assert late.number == 1
    kept = _everything(sessions)
    measuring.rebuild(sessions)
    assert _everything(sessions) == kept


def led(sessions: sessionmaker[Session]) -> dict[int, float | None]:
    """How many cases of March were registered by leader."""
    measuring.work_off(sessions)
    with sessions.begin() as session:
        return {leader: found["registered"].value for leader, found in grouped(session, MARCH, "leader_id").items()}
