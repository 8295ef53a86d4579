"""The numbers of a process are changed in a list, and nothing else of its diagram changes with them."""
from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.actor import SYSTEM, Actor, load_actor
from app.bootstrap import ROOT
from app.cases import definitions, service
from app.cases.errors import Blocked
from app.modeler.editor import drafts, parameters
from app.modeler.errors import Conflict
from app.modeler.release import publishing
from app.models import User, WorkItem
from tests.app.conftest import Browser
from tests.app.modeler.drawn import drawn
from tests.conftest import MONDAY
from tests.workflows import diagrams as d
from workflows.calendar import CITY_ZONE, Calendar
from workflows.content import read_folder

KEY = "issue-lifecycle"
PAGE = f"/processes/{KEY}/parameters"
DIAGRAM = f"{KEY}/{KEY}.bpmn"
PLAN = f"{KEY}.plan_days"
TIMED = d.files(drawn(d.diagram(
    d.start(), d.user("a", due="working_days(plan_days)"), d.script("s", "told = told + 1"), d.end(),
    d.flow("start", "a", "s", "end"),
    variables='{"plan_days": 5, "told": 0, "share": 0.5, "yes": true, "name": "甲"}')))
"""a process with one number that a limit rests on, and one that a script counts"""


@pytest.fixture
def lifecycle(sessions: sessionmaker[Session]) -> dict[str, str]:
    files = read_folder(ROOT / "bpmn", KEY)
    with sessions.begin() as session:
        definitions.publish(session, KEY, files, now=MONDAY)
    return files


@pytest.fixture
def administrators(sessions: sessionmaker[Session], add_user: Callable[..., int]) -> tuple[Actor, Actor]:
    ids = [add_user(name, ("city", "admin")) for name in ("one", "other")]
    with sessions() as session:
        one, other = (load_actor(session, session.get_one(User, each), MONDAY) for each in ids)
    return one, other


def published(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        definitions.publish(session, "p", TIMED, now=MONDAY)


def test_what_the_process_counts_itself_is_no_parameter(sessions: sessionmaker[Session]):
    published(sessions)
    with sessions() as session:
        assert [(each.name, each.value, each.in_force) for each in parameters.parameters(session, "p")] == [
            ("plan_days", 5, 5), ("share", 0.5, 0.5)]


def test_numbers_are_called_as_people_call_them(administrator: Browser, lifecycle: dict[str, str]):
    page = administrator.get(PAGE).text
    assert "制定方案的工作日数" in page and "已退回的次数" not in page and "collect_days</label>" not in page


def test_five_days_become_three_and_nothing_else_changes(
        administrator: Browser, lifecycle: dict[str, str], sessions: sessionmaker[Session]):
    answer = administrator.submit(PAGE, {PLAN: "3", "revision": "0"})
    assert answer.status_code == 303 and answer.location == f"/processes/{KEY}/publish"
    with sessions() as session:
        files = drafts.get(session, KEY).files
        changed = {each.field: each for each in parameters.parameters(session, KEY)}[PLAN]
    assert (changed.value, changed.in_force) == (3, 5)
    assert {path for path in files if files[path] != lifecycle[path]} == {DIAGRAM}
    old, new = lifecycle[DIAGRAM], files[DIAGRAM]
    assert new.partition("\n")[2].strip() == old.partition("\n")[2].strip().replace(
        "plan_days&quot;: 5", "plan_days&quot;: 3", 1)
    assert "参数「制定方案的工作日数」由 5 改为 3" in administrator.get(f"/processes/{KEY}/publish").text


def test_a_new_case_takes_three_days_and_an_old_one_keeps_five(
        sessions: sessionmaker[Session], administrators: tuple[Actor, Actor]):
    published(sessions)
    one, other = administrators
    calendar, later = Calendar(version=0), MONDAY + timedelta(minutes=5)
    with sessions.begin() as session:
        service.start_case(session, "p", {}, actor=SYSTEM, now=MONDAY, calendar=calendar)
        assert parameters.change(session, "p", {"p.plan_days": "3"}, on_revision=0, actor=one, now=MONDAY) == 1
        proposed = publishing.propose(session, "p", drafts.get(session, "p").files, note="五日改三日", actor=one,
                                      now=MONDAY)
        publishing.decide(session, proposed.id, True, "", actor=other, now=later)
    with sessions.begin() as session:
        service.start_case(session, "p", {}, actor=SYSTEM, now=MONDAY, calendar=calendar)
        due = session.scalars(select(WorkItem.due_at).order_by(WorkItem.id)).all()
    today = MONDAY.astimezone(CITY_ZONE).date()
    assert [each.astimezone(CITY_ZONE).date() for each in due if each] == [
        calendar.add_working_days(today, days) for days in (5, 3)]


@pytest.mark.parametrize("typed", ["", "三", "-1", "2.5", "10000", "nan"])
def test_what_is_no_number_of_days_is_refused_and_stays_to_be_corrected(
        administrator: Browser, lifecycle: dict[str, str], sessions: sessionmaker[Session], typed: str):
    answer = administrator.submit(PAGE, {PLAN: typed, "revision": "0"})
    assert answer.status_code == 422 and "制定方案的工作日数" in answer.text and "整数" in answer.text
    with sessions() as session:
        assert drafts.find(session, KEY) is None


def test_a_share_may_be_a_fraction(sessions: sessionmaker[Session], administrators: tuple[Actor, Actor]):
    published(sessions)
    one, _ = administrators
    with sessions.begin() as session:
        assert parameters.change(session, "p", {"p.share": "0.25"}, on_revision=0, actor=one, now=MONDAY) == 1
        assert parameters.change(session, "p", {"p.share": "0.25"}, on_revision=1, actor=one, now=MONDAY) == 0
        with pytest.raises(Blocked):
            parameters.change(session, "p", {"p.share": "nan"}, on_revision=1, actor=one, now=MONDAY)


def test_nobody_overwrites_what_a_colleague_has_drawn_meanwhile(
        sessions: sessionmaker[Session], administrators: tuple[Actor, Actor]):
    published(sessions)
    one, other = administrators
    with sessions.begin() as session:
        parameters.change(session, "p", {"p.plan_days": "4"}, on_revision=0, actor=other, now=MONDAY)
        with pytest.raises(Conflict):
            parameters.change(session, "p", {"p.plan_days": "3"}, on_revision=0, actor=one, now=MONDAY)


def test_parameters_are_the_administrators_to_change(officer: Browser):
    assert officer.get(PAGE).status_code == 403
