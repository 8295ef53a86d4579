"""Who reads a case is noted, once for as long as they go on, and who audits looks it up."""
from __future__ import annotations

import io
from datetime import timedelta
from types import FunctionType

import pytest
from openpyxl import load_workbook
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from app.actor import ENTERPRISE
from app.issues.registration import register
from app.measures import measuring
from app.models import CaseRead, WorkItem
from app.permissions import MARK, PUBLIC
from app.reads import log
from app.reads.log import WAYS
from tests.app.conftest import another_browser
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import live, publish_lifecycle
from tests.conftest import MONDAY

SHOWS_A_CASE = ("<string:number>", "<int:item_id>", "<int:instance_id>", "/follow/")
ELSEWHERE = {"inbox.form_again": "leads to the task", "portal.leave": "shows nothing"}
OTHERS = ("walk.", "demo", "meetings.")
"""not of a case: a meeting is about several, and shows of each its number and title"""


@pytest.fixture
def reported(sessions, calendar):
    """(number, id, code) of an issue in Dongsheng's hands."""
    with sessions.begin() as session:
        publish_lifecycle(session, MONDAY)
        issue, code = register(session, a_report(), ENTERPRISE, MONDAY, calendar)
        live(session, issue, "dispatch", now=MONDAY, calendar=calendar)
        return issue.number, issue.id, code


@pytest.fixture
def case(reported):
    """Its (number, id)."""
    return reported[:2]


@pytest.fixture
def clerk(app, add_user, case):
    add_user("dongsheng.clerk", ("dongsheng", "clerk"), name="郝思雨")
    return another_browser(app, "dongsheng.clerk")


def noted(sessions):
    with sessions() as session:
        return session.scalars(select(CaseRead).order_by(CaseRead.id)).all()


def ways(sessions):
    return [read.way for read in noted(sessions)]


def test_a_reading_says_who_in_which_post_when_what_which_way_and_from_where(sessions, clock, clerk, case):
    number, id = case
    assert clerk.get(f"/issues/{number}").status_code == 200
    (read,) = noted(sessions)
    assert (read.at, read.unit_code, read.position_code, read.issue_id, read.way, read.address) == (
        clock(), "dongsheng", "clerk", id, "page", "127.0.0.1")
    assert read.user_id is not None


def test_each_way_of_reading_is_one_of_its_own(sessions, clerk, case):
    number, _ = case
    with sessions() as session:
        item = session.scalars(select(WorkItem.id).where(WorkItem.status == "open")).first()
    for address in ("", "/diagram.json", "/history", "/past", "/past/frames.json", "/past/diagrams.json", "/past/proof",
                    "/sheet"):
        assert clerk.get(f"/issues/{number}{address}").status_code == 200, address
    assert clerk.get(f"/tasks/{item}").status_code == 200
    assert ways(sessions) == ["page", "history", "past", "sheet", "task"]
    assert set(ways(sessions)) < set(WAYS)


def test_who_goes_on_reading_is_one_reading_and_costs_no_statement(app, sessions, clock, clerk, case):
    address = f"/issues/{case[0]}"
    clerk.get(address)
    clock.advance(minutes=20)
    seen = []
    event.listen(app.extensions["zhuqi"].engine, "before_cursor_execute", lambda *told: seen.append(told[2]))
    clerk.get(address)
    assert len(noted(sessions)) == 1 and not [text for text in seen if "case_read" in text]
    clock.advance(minutes=11)
    clerk.get(address)
    assert [read.at for read in noted(sessions)] == [MONDAY, MONDAY + timedelta(minutes=31)]


def test_another_process_that_has_noted_it_is_seen_by_the_statement_itself(sessions):
    reading = log.Reading("page", 7, 1, ("dongsheng", "clerk"), "10.0.0.1")
    with sessions.begin() as session:
        log.note(session, reading, MONDAY)
        log.note(session, reading, MONDAY + timedelta(minutes=10))
        log.note(session, log.Reading("page", 7, 1, ("dongsheng", "clerk"), "10.0.0.2"), MONDAY + timedelta(minutes=11))
        log.note(session, log.Reading("page", 7, 2), MONDAY + timedelta(minutes=12))
    assert [(read.user_id, read.address) for read in noted(sessions)] == [
        (1, "10.0.0.1"), (1, "10.0.0.2"), (2, "")]


def test_what_one_may_not_see_is_no_reading(app, sessions, add_user, case):
    add_user("tax.clerk", ("tax", "clerk"))
    assert another_browser(app, "tax.clerk").get(f"/issues/{case[0]}").status_code == 404
    assert noted(sessions) == []


def test_an_exported_list_is_noted_with_what_was_in_it_each_time(sessions, clerk, case):
    for _ in range(2):
        assert clerk.get("/issues/export.xlsx").status_code == 200
    assert clerk.get("/inbox/export.xlsx?view=unit").status_code == 200
    assert [(read.way, read.issue_id, read.taken) for read in noted(sessions)] == [("list", None, [case[1]])] * 3


def test_a_bulletin_that_is_taken_away_is_noted_with_the_cases_that_it_names(app, clock, sessions, add_user, case):
    clock.advance(days=90)
    measuring.work_off(sessions)
    add_user("supervisor", ("supervision", "supervisor"))
    supervisor = another_browser(app, "supervisor")
    assert case[0] in supervisor.get("/measures/bulletin").text
    assert noted(sessions) == [], "looking at it is no reading of each"
    for kind in ("docx", "pdf"):
        assert supervisor.get(f"/measures/bulletin.{kind}").status_code == 200
    assert [(read.way, read.taken) for read in noted(sessions)] == [("list", [case[1]])] * 2


def test_an_enterprise_that_follows_is_noted_without_its_address(browser, sessions, reported):
    assert browser.submit("/follow", {"code": reported[2]}, follow_redirects=True).status_code == 200
    (read,) = noted(sessions)
    assert (read.user_id, read.way, read.address) == (None, "follow", "")


def test_a_reading_that_cannot_be_written_down_is_told_and_the_page_is_shown(sessions, clerk, case, monkeypatch):
    def full(*_):
        raise OperationalError("INSERT", None, OSError("disk full"))

    monkeypatch.setattr(log, "note", full)
    with capture_logs() as logs:
        assert clerk.get(f"/issues/{case[0]}").status_code == 200
    (told,) = [entry for entry in logs if entry["event"] == "reading_not_noted"]
    assert (told["log_level"], told["way"], told["issue"]) == ("error", "page", case[1]) and told["user"]


def test_who_audits_finds_readings_by_case_person_way_and_day(app, clock, add_user, clerk, case):
    number, _ = case
    clerk.get(f"/issues/{number}")
    clock.advance(days=1)
    add_user("supervisor", ("supervision", "supervisor"), name="高立言")
    supervisor = another_browser(app, "supervisor")
    supervisor.get(f"/issues/{number}/history")
    supervisor.get("/issues/export.xlsx")
    add_user("auditor", ("city", "auditor"), name="钱守正")
    auditor = another_browser(app, "auditor")
    page = auditor.get("/readings/").text
    assert page.index("导出清单</td>") < page.index("全部经过</td>") < page.index("事项页</td>")
    assert "郝思雨" in page and "高立言" in page and number in page and "127.0.0.1" in page
    for query, here, gone in (
            (f"case={number}", ("郝思雨", "高立言", "导出清单</td>"), ()),
            ("case=2026-999999", ("没有符合条件的记录",), ("郝思雨",)),
            ("who=思雨", ("郝思雨",), ("高立言", "全部经过</td>")),
            ("way=history", ("全部经过</td>",), ("郝思雨",)), ("last=2026-03-02", ("郝思雨",), ("全部经过</td>",)),
            ("first=2026-03-03", ("全部经过</td>",), ("郝思雨",))):
        page = auditor.get(f"/readings/?{query}").text
        assert all(each in page for each in here) and not any(each in page for each in gone), query


def test_nothing_of_the_enterprise_stands_there(clerk, auditor, case):
    clerk.get(f"/issues/{case[0]}")
    page = auditor.get("/readings/").text
    assert not any(text in page for text in (a_report().enterprise_name, a_report().contact_name, a_report().title))


def test_a_workbook_has_the_same_rows(clerk, auditor, case):
    clerk.get(f"/issues/{case[0]}")
    book = load_workbook(io.BytesIO(auditor.get("/readings/export.xlsx").data))
    rows = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert rows[1] == ["2026-03-02 10:00", "郝思雨", "东胜区", "经办人", case[0], "事项页", None, "127.0.0.1"]


def test_a_units_own_supervisor_sees_readings_of_its_cases_alone(app, sessions, add_user, clerk, case):
    for place in ("dongsheng", "otog"):
        add_user(f"{place}.supervisor", (place, "supervisor"))
    clerk.get(f"/issues/{case[0]}")
    clerk.get("/issues/export.xlsx")
    own, other = (another_browser(app, f"{place}.supervisor").get("/readings/").text for place in ("dongsheng", "otog"))
    assert "郝思雨" in own and "导出清单</td>" not in own
    assert "没有符合条件的记录" in other
    for_other = another_browser(app, "otog.supervisor").get(f"/readings/?case={case[0]}").text
    assert "没有符合条件的记录" in for_other
    assert f"/readings/?case={case[0]}" in another_browser(app, "dongsheng.supervisor").get(
        f"/issues/{case[0]}/history").text


def test_every_route_that_shows_a_case_notes_it(app):
    """Its view, or what the view calls first, names one of the three ways to note."""
    missing = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if "GET" not in rule.methods or not any(part in rule.rule for part in SHOWS_A_CASE) or \
                rule.endpoint in ELSEWHERE or rule.endpoint.startswith(OTHERS):
            continue
        assert getattr(view, MARK, PUBLIC)
        if not _names(view, {"find_and_note", "reads"}):
            missing.append(rule.endpoint)
    assert missing == []


def _names(view, wanted, depth=0):
    """Whether a view names one of these, or wraps or calls a function of its module that does."""
    while depth == 0 and not hasattr(view, "__wrapped__") and not hasattr(view, "__code__"):
        return False
    if wanted & set(view.__code__.co_names):
        return True
    inner = getattr(view, "__wrapped__", None)
    if inner is not None and _names(inner, wanted, depth):
        return True
    cells = [cell.cell_contents for cell in view.__closure__ or () if callable(cell.cell_contents)]
    called = [view.__globals__.get(name) for name in view.__code__.co_names]
    own = [each for each in (*cells, *called) if isinstance(each, FunctionType) and each.__module__ == view.__module__]
    return depth < 2 and any(_names(each, wanted, depth + 1) for each in own)
