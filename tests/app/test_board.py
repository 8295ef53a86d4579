"""The supervision board: its numbers equal the lists behind them, as far as one may see; urging and taking over."""
from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session, sessionmaker

from app.actor import ENTERPRISE, Actor, load_actor
from app.board import asked, cases, counts
from app.board.asked import NONE, SHOWS, Wanted
from app.issues.registration import register
from app.models import Copy, Enterprise, Issue, User, WorkItem
from tests.app.conftest import Browser, another_browser
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import live, publish_lifecycle
from tests.conftest import MONDAY, FixedClock
from workflows.calendar import Calendar

CALENDAR = Calendar(version=0)
UNITS, CATEGORIES, LEVELS = ("finance", "tax", None), ("tax", "land", None), ("general", "complex", None)


@pytest.fixture
def city(sessions: sessionmaker[Session]) -> int:
    """Sixty cases of every kind, five of them closed, copied from one that the product has made; gives its leader."""
    with sessions.begin() as session:
        publish_lifecycle(session, MONDAY)
        issue, _code = register(session, a_report(title="样本"), ENTERPRISE, MONDAY, CALENDAR)
        live(session, issue, "handle", now=MONDAY, calendar=CALENDAR)
        leader = User(username="boss", name="程怀民", password_hash="!", must_change_password=False, created_at=MONDAY)
        session.add(leader)
        session.flush()
        mine = session.get_one(Enterprise, issue.enterprise_id)
        led = Enterprise(name="包联企业", place=mine.place, leader_id=leader.id)
        session.add(led)
        session.flush()
        row = _row(issue)
        session.execute(insert(Issue), [row | {
            "id": 100 + n, "number": f"2026-9{n:05}", "follow_up_hash": f"{n:064}", "instance_id": None,
            "lead_unit": UNITS[n % 3], "category": CATEGORIES[n // 3 % 3], "level": LEVELS[n // 9 % 3],
            "light": ("green", "yellow", "red")[n % 5 % 3], "enterprise_id": led.id if n % 4 == 0 else mine.id,
            "due_at": None if n % 11 == 0 else MONDAY + timedelta(days=n - 8),
            "closed_at": MONDAY if n % 12 == 0 else None} for n in range(60)])
        sample = session.scalars(select(WorkItem).where(WorkItem.status == "open")).first()
        assert sample is not None
        session.execute(insert(WorkItem), [_row(sample) | {
            "id": 1000 + n, "task_id": f"t{n}", "issue_id": 100 + n % 60, "element_id": "handle",
            "position_code": "supervisor" if n % 7 == 0 else "clerk",
            "returned_by_item": sample.id if n % 9 < 5 else None,
            "status": "done" if n % 2 else "open", "closed_at": MONDAY - timedelta(days=n % 30) if n % 2 else None,
            "opened_at": MONDAY - timedelta(days=n % 31)} for n in range(200)])
        return leader.id


def _row(thing: Any) -> dict[str, Any]:
    return {column.name: getattr(thing, column.name) for column in thing.__table__.columns}


@pytest.mark.parametrize(("post", "narrowed"), [
    (("supervision", "supervisor"), {}), (("supervision", "supervisor"), {"category": "land", "level": NONE}),
    (("supervision", "supervisor"), {"unit": NONE, "leader": NONE}), (("finance", "head"), {"leader": "boss"})])
def test_every_number_is_as_large_as_its_list_is_long(session: Session, make_actor: Callable[..., Actor], city: int,
                                                      post: tuple[str, str], narrowed: dict[str, str]):
    actor = make_actor("someone", post)
    wanted = Wanted(**{name: str(city) if value == "boss" else value for name, value in narrowed.items()})
    board = counts.count(session, actor, wanted, asked.hours(wanted, MONDAY, CALENDAR))
    facts = _facts(session)
    for show in SHOWS:
        belong = {id for id, fact in facts.items() if _belongs(fact, post, wanted) and show in fact.shows}
        told = board.stuck[show] if show in board.stuck else getattr(board.total, show)
        assert (told, _listed(session, actor, replace(wanted, show=show))) == (len(belong), belong), show
    for by in counts.BY:
        assert sum(lights.all for lights in board.rows[by].values()) == board.total.all
        for code, lights in board.rows[by].items():
            own = [fact for fact in facts.values() if _belongs(fact, post, wanted) and (fact.codes[by] or NONE) == code]
            assert lights == counts.Lights(*(sum(tone in fact.shows for fact in own)
                                             for tone in ("red", "yellow", "green", "soon")))


def _listed(session: Session, actor: Actor, wanted: Wanted) -> set[int]:
    page = cases.page_of(session, actor, wanted, asked.hours(wanted, MONDAY, CALENDAR), 500)
    return {line.issue.id for line in page.lines}


@dataclass(frozen=True, slots=True)
class Fact:
    """A case, worked out slowly and obviously."""
    running: bool
    place: str
    codes: dict[str, str | None]
    shows: set[str]


def _facts(session: Session) -> dict[int, Fact]:
    leaders = {each.id: each.leader_id for each in session.scalars(select(Enterprise))}
    items: dict[int | None, list[WorkItem]] = {}
    for item in session.scalars(select(WorkItem)):
        items.setdefault(item.issue_id, []).append(item)
    return {issue.id: Fact(issue.closed_at is None, issue.place, {
        "unit": issue.lead_unit, "category": issue.category, "level": issue.level,
        "leader": str(leaders[issue.enterprise_id]) if leaders[issue.enterprise_id] else None,
    }, _shows(issue, items.get(issue.id, []))) for issue in session.scalars(select(Issue))}


def _shows(issue: Issue, items: list[WorkItem]) -> set[str]:
    tone = "red" if issue.due_at is not None and issue.due_at < MONDAY else issue.light
    shows = {tone}
    if tone != "red" and issue.due_at is not None and issue.due_at < MONDAY.replace(day=8, hour=16):
        shows.add("soon")
    open_tasks = [item for item in items if item.status == "open" and item.kind == "task"]
    since = MONDAY.replace(month=2, day=23, hour=16)  # midnight of 24 February, five working days before
    if open_tasks and max(at for item in items for at in (item.opened_at, item.closed_at) if at) < since:
        shows.add("idle")
    if sum(item.returned_by_item is not None for item in items) >= 2:
        shows.add("returned")
    if any(item.position_code == "supervisor" for item in open_tasks):
        shows.add("deciding")
    return shows


def _belongs(fact: Fact, post: tuple[str, str], wanted: Wanted) -> bool:
    mine = post[1] == "supervisor" or post[0] in (fact.codes["unit"], fact.place)
    chosen = {by: getattr(wanted, by) for by in counts.BY}
    return fact.running and mine and all(not value or value == (fact.codes[by] or NONE)
                                         for by, value in chosen.items())


def test_a_unit_without_cases_sees_an_empty_board(session: Session, make_actor: Callable[..., Actor], city: int):
    actor = make_actor("someone", ("science", "head"))
    board = counts.count(session, actor, Wanted(), asked.hours(Wanted(), MONDAY, CALENDAR))
    assert board.total.all == 0 and set(board.stuck.values()) == {0}


@pytest.fixture
def case(sessions: sessionmaker[Session]) -> str:
    """A case in somebody's hands; its number."""
    with sessions.begin() as session:
        publish_lifecycle(session, MONDAY)
        issue, _code = register(session, a_report(title="缺少厂房用地"), ENTERPRISE, MONDAY, CALENDAR)
        live(session, issue, "accept_assignment", now=MONDAY, calendar=CALENDAR)
        session.execute(update(Issue).values(light="red"))
        return issue.number


@pytest.fixture
def supervisor(app: Any, add_user: Callable[..., int]) -> Browser:
    add_user("supervisor", ("supervision", "supervisor"))
    return another_browser(app, "supervisor")


def test_a_red_case_is_urged_from_the_board_and_the_board_says_so(supervisor: Browser, case: str,
                                                                  sessions: sessionmaker[Session]):
    page = supervisor.get("/board/").text
    assert "缺少厂房用地" in page and "/board/cases?show=red" in page
    told = supervisor.submit(f"/board/cases/{case}/urge", {"back": "/board/"}, on="/board/", follow_redirects=True).text
    assert "的1件待办已催办" in told and "已催办1次" in told
    again = supervisor.submit(f"/board/cases/{case}/urge", on="/board/", follow_redirects=True).text
    assert "刚刚催办过" in again
    with sessions() as session:
        assert session.scalars(select(Copy.kind)).all().count("urge") == 1


def test_taking_over_leads_to_the_decision_who_leads(supervisor: Browser, case: str):
    listed = supervisor.get("/board/cases?show=red").text
    assert "接管" in listed
    refused = supervisor.submit(f"/board/cases/{case}/take-over", {"reason": " "}, on="/board/", follow_redirects=True)
    assert "请写明接管的原因" in refused.text
    taken = supervisor.submit(f"/board/cases/{case}/take-over", {"reason": "久拖不决"}, on="/board/")
    assert "裁定主办单位" in supervisor.get(taken.location).text
    assert "裁定主办单位" in supervisor.get("/board/cases?show=deciding").text


def test_the_part_that_changes_is_asked_for_alone_and_keeps_nobody_signed_in(supervisor: Browser, case: str,
                                                                             clock: FixedClock):
    part = supervisor.get("/board/now?unit=finance", headers={"HX-Request": "true"}).text
    assert "<html" not in part and 'hx-get="/board/now?unit=finance"' in part
    for _ in range(15):
        clock.advance(minutes=2)
        last = supervisor.get("/board/now", headers={"HX-Request": "true"}).status_code
    assert last == 200
    clock.advance(minutes=2)
    assert supervisor.get("/board/now", headers={"HX-Request": "true"}).status_code == 401


def test_who_only_looks_gets_no_buttons(app: Any, case: str, add_user: Callable[..., int]):
    for username, post in (("auditor", ("city", "auditor")), ("leader", ("leaders", "leader"))):
        add_user(username, post)
        page = another_browser(app, username).get("/board/").text
        assert "缺少厂房用地" in page and not re.search(r"/urge", page)


def test_what_an_address_cannot_mean_is_left_out(session: Session, make_user: Callable[..., User]):
    wanted = asked.parse({"show": "x", "leader": "1 or 1", "days": "-9", "page": "x"})
    assert wanted == Wanted()
    actor = load_actor(session, make_user("s", ("supervision", "supervisor")), MONDAY)
    odd = asked.parse({"unit": "'", "level": "\\", "leader": str(2**80), "days": "999"})
    assert counts.count(session, actor, odd, asked.hours(odd, MONDAY, CALENDAR)).total.all == 0
