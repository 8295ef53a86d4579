"""The log, read back by a process-mining tool that knows nothing of this product: r4pm (Rust4PM, RWTH Aachen)."""
from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import r4pm
from lxml import etree
from r4pm import bindings
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from app.actor import load_actor
from app.inbox import claims
from app.measures import measuring
from app.measures.question import Months, Question
from app.mining import figures, variants
from app.mining.asked import Asked
from app.mining.events import pseudonym
from app.mining.log import COLUMNS, plain
from app.mining.routes import collapsed, variant_of
from app.models import CaseRead, CaseRoute, CaseStep, Issue, User, WorkItem
from tests.app.conftest import Browser
from tests.app.measures.conftest import Live
from tests.conftest import MONDAY
from tests.sizes import sized, tell
from workflows.calendar import Calendar

NAMESPACE = "{http://www.xes-standard.org/}"
CASES = sized(6, 40)
ASKED = Asked(Question(Months("2026-01", "2027-12")))
PERIOD = "from=2026-01&to=2027-12"


@pytest.fixture
def supervisor(browser: Browser, lived: Live, sessions: sessionmaker[Session], calendar: Calendar,
               add_user: Callable[..., int]) -> Browser:
    """Cases of different lives; one task was claimed before it was done."""
    add_user("supervisor", ("supervision", "supervisor"))
    clerk = add_user("dongsheng.clerk", ("dongsheng", "clerk"))
    for number in range(CASES):
        lived(MONDAY + timedelta(hours=number), refused=number % 2 if number % 5 else 0,
              rating=None if number % 4 == 3 else (5, True, 4),
              until=("approve_reply", "handle", "approve_reply")[number % 3])
    with sessions.begin() as session:
        item = session.scalars(select(WorkItem).where(WorkItem.status == "open", WorkItem.element_id == "draft_reply",
                                                      WorkItem.unit_code == "dongsheng")).first()
        assert item is not None
        actor = load_actor(session, session.get_one(User, clerk), MONDAY)
        claims.claim(session, item.id, actor=actor, now=MONDAY + timedelta(days=40))
    measuring.work_off(sessions)
    browser.sign_in("supervisor")
    return browser


@pytest.fixture
def mined(supervisor: Browser, tmp_path: Path) -> Callable[[str], tuple[str, dict[str, Any], list[dict[str, Any]]]]:
    """`mined(query)` has the tool read the export: (its log, its directly-follows graph, its variants)."""

    def read(query: str) -> tuple[str, dict[str, Any], list[dict[str, Any]]]:
        file = tmp_path / "log.xes"
        file.write_bytes(supervisor.get(f"/mining/log.xes?{PERIOD}&{query}").data)
        log = r4pm.import_item("EventLog", str(file))
        return log, bindings.discover_dfg(log), bindings.get_variants(bindings.log_to_activity_projection(log))

    return read


def pairs(found: dict[str, Any]) -> dict[tuple[str, str], int]:
    return {(one, other): number for (one, other), number in found["directly_follows_relations"]}


def test_the_tool_counts_what_the_product_counts(mined: Callable[[str], Any], sessions: sessionmaker[Session]) -> None:
    _, graph, found = mined("each=schedule")
    with sessions.begin() as session:
        count = figures.count(session, ASKED)
        steps = {each.element: each.attempts for each in figures.by_step(session, ASKED)}
        names = dict(session.execute(select(WorkItem.element_id, WorkItem.name)).all())
        finished = {each.variant: each.cases for each in variants.find(session, ASKED).shown}
        routes = dict(session.execute(select(CaseRoute.variant, func.count()).group_by(CaseRoute.variant)).all())
        follows = Counter(pair for trace in _attempts(session).values() for pair in pairwise(trace))
    assert sum(each["count"] for each in found) == count.cases == CASES
    assert graph["activities"] == {names[element]: number for element, number in steps.items()}
    assert pairs(graph) == {(names[one], names[other]): number for (one, other), number in follows.items()}
    elements = {name: element for element, name in names.items()}
    mined_routes: Counter[str] = Counter()
    for each in found:
        mined_routes[variant_of(collapsed([elements[name] for name in each["activities"]]))] += each["count"]
    assert mined_routes == routes, "of ended and of running cases"
    assert finished and all(cases <= mined_routes[variant] for variant, cases in finished.items())
    tell(f"XES in r4pm ({sessions.kw['bind'].dialect.name}): {count.cases} traces, {sum(steps.values())} events, "
         f"{len(follows)} directly-follows pairs, {len(routes)} variants, each as the product counts it")


def _attempts(session: Session) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for issue, element in session.execute(select(CaseStep.issue_id, CaseStep.element_id).order_by(
            CaseStep.opened_at, CaseStep.work_item_id)):
        found.setdefault(issue, []).append(element)
    return found


def test_every_transition_is_an_event_of_its_lifecycle(mined: Callable[[str], Any], supervisor: Browser,
                                                       sessions: sessionmaker[Session]) -> None:
    _, graph, _ = mined("")
    root = etree.fromstring(supervisor.get(f"/mining/log.xes?{PERIOD}").data)
    transitions = Counter(_value(event, "lifecycle:transition") for event in root.iter(f"{NAMESPACE}event"))
    with sessions.begin() as session:
        tried, done = session.execute(select(func.count(), func.count(CaseStep.working))).one()
    assert transitions == {"schedule": tried, "start": done + 1, "complete": done}, "one is claimed and not yet done"
    assert sum(graph["activities"].values()) == transitions.total()
    _is_what_the_standard_asks_for(root)


def _is_what_the_standard_asks_for(root: Any) -> None:
    assert root.get("xes.version") == "1849.2016"
    assert {each.get("prefix") for each in root.iter(f"{NAMESPACE}extension")} == {"concept", "time", "lifecycle",
                                                                                   "org"}
    assert [each.tag.removeprefix(NAMESPACE) for each in root][:10] == [
        "extension"] * 4 + ["global"] * 2 + ["classifier"] * 3 + ["string"]
    for trace in root.iter(f"{NAMESPACE}trace"):
        times = [datetime.fromisoformat(each.get("value")) for each in trace.iter(f"{NAMESPACE}date")
                 if each.get("key") == "time:timestamp"]
        assert times == sorted(times) and all(each.tzinfo for each in times)
        for event in trace.iter(f"{NAMESPACE}event"):
            for name in ("concept:name", "lifecycle:transition", "org:role", "org:group"):
                assert _value(event, name)


def test_the_table_holds_the_same_events(mined: Callable[[str], Any], supervisor: Browser) -> None:
    _, graph, found = mined("")
    rows = list(csv.DictReader(StringIO(supervisor.get(f"/mining/log.csv?{PERIOD}").text)))
    assert tuple(rows[0]) == COLUMNS
    assert Counter(row["concept:name"] for row in rows) == graph["activities"]
    traces: dict[str, list[str]] = {}
    for row in rows:
        traces.setdefault(row["case:concept:name"], []).append(row["concept:name"])
    assert Counter(pair for trace in traces.values() for pair in pairwise(trace)) == pairs(graph)
    assert sorted(Counter(map(tuple, traces.values())).values()) == sorted(each["count"] for each in found)
    assert len({row["org:resource"] for row in rows} - {""}) == 1, "the clerk who claimed a task"


def test_who_takes_the_log_stands_among_the_readings_with_all_of_its_issues(
        mined: Callable[[str], Any], supervisor: Browser, sessions: sessionmaker[Session]) -> None:
    rows = csv.DictReader(StringIO(supervisor.get(f"/mining/log.csv?{PERIOD}").text))
    with sessions() as session:
        taken = session.scalars(select(CaseRead.taken).order_by(CaseRead.id.desc())).first()
        numbers = set(session.scalars(select(Issue.number).where(Issue.id.in_(taken or ()))))
    assert numbers == {row["case:concept:name"] for row in rows} and len(numbers) == CASES


def test_officers_are_the_same_pseudonym_everywhere_and_nobody_elsewhere() -> None:
    assert pseudonym(7, "one key") == pseudonym(7, "one key") != pseudonym(7, "another key")
    assert pseudonym(None, "key") == ""


def test_what_a_spreadsheet_would_calculate_is_text() -> None:
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
        assert plain(text) == f"'{text}"
    assert plain("受理") == "受理"


def test_a_long_log_is_sent_piece_by_piece(supervisor: Browser, sessions: sessionmaker[Session],
                                           monkeypatch: pytest.MonkeyPatch) -> None:
    """Control characters, which XML cannot hold, do not break it."""
    monkeypatch.setattr("app.mining.events.AT_ONCE", 4)
    with sessions.begin() as session:
        session.execute(WorkItem.__table__.update().values(name='办理\x08 <"&\'>'))
    answer = supervisor.get(f"/mining/log.xes?{PERIOD}", buffered=False)
    assert isinstance(answer.response, Iterator) or not answer.is_sequence
    root = etree.fromstring(answer.data)
    with sessions.begin() as session:
        numbers = session.scalars(select(Issue.number).order_by(Issue.id)).all()
    assert [_value(trace, "concept:name") for trace in root.iter(f"{NAMESPACE}trace")] == list(numbers)
    assert {_value(event, "concept:name") for event in root.iter(f"{NAMESPACE}event")} == {'办理 <"&\'>'}


def _value(node: Any, key: str) -> str | None:
    return next((each.get("value") for each in node if each.get("key") == key), None)
