"""The pages of a what-if: asking for one, its progress, its numbers, and the cases behind each of them."""
from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actor import SYSTEM
from app.cases import definitions, service
from app.modeler.trial import what_if
from app.models import ProcessDraft, TrialRun, User
from tests.conftest import MONDAY
from tests.workflows import diagrams as d
from workflows.calendar import Calendar

HERE = "/processes/p/what-if"
LATER = MONDAY + timedelta(days=4)


def files(days):
    return d.files(d.diagram(d.start(), d.user("a", due=f"working_days({days})"), d.end(),
                             d.flow("start", "a", "end")))


@pytest.fixture
def cases(administrator, sessions, clock):
    """Two cases that wait under a limit of five days, and a draft with three; four days later."""
    with sessions.begin() as session:
        definitions.publish(session, "p", files(5), now=MONDAY)
        ids = [service.start_case(session, "p", {}, actor=SYSTEM, now=MONDAY, calendar=Calendar(version=0)).id
               for _ in range(2)]
        who = session.scalars(select(User.id)).first()
        session.add(ProcessDraft(key="p", base_hash=None, files=files(3), began_at=MONDAY, began_by=who,
                                 changed_at=MONDAY, changed_by=who))
    clock.now = LATER
    assert administrator.sign_in("admin").status_code == 302
    return ids


def ask(browser, **given):
    return browser.submit(HERE, {"what": "draft", "closed": "100", "calendar": "", **given})


def work_off(sessions):
    while what_if.work_off(sessions, LATER):
        pass


def test_a_run_is_asked_for_shown_in_progress_and_told(administrator, sessions, cases):
    page = ask(administrator).location
    shown = administrator.get(page).text
    assert 'hx-trigger="every 1s"' in shown and "共2件" in shown
    assert "HX-Refresh" not in administrator.get(f"{page}/progress").headers
    work_off(sessions)
    assert administrator.get(f"{page}/progress").headers["HX-Refresh"] == "true"
    told = re.sub(r"<[^>]+>", " ", administrator.get(page).text)
    assert "算过2件，其中0件和原来一样" in told
    assert "“a”的时限提前2个工作日" in told and "“a”超期" in told
    assert "草稿，和现在的一样" in told and "最近办结的100件和在办的全部，共2件" in told
    assert "每件事项当时的日历" in told and "管理员" in told
    assert "每件事项当时的日历" in told
    assert "算完了" in administrator.get(HERE).text


def test_each_number_opens_the_cases_behind_it(administrator, sessions, cases):
    page = ask(administrator).location
    work_off(sessions)
    links = [link.replace("&amp;", "&") for link in re.findall(rf'href="({re.escape(page)}/cases[^"]*)"',
                                                               administrator.get(page).text)]
    assert len(links) == 5  # all that differ, and of two kinds all and the one group
    for link in links:
        shown = re.sub(r"<[^>]+>", " ", administrator.get(link).text)
        assert all(f"流程{id}" in shown for id in cases) and "03月09日 → 03月05日" in shown and "共2条" in shown
    assert "没有这样的事项" in administrator.get(f"{page}/cases?kind=route").text


def test_the_diagram_says_how_often_each_element_would_be_passed(administrator, sessions, cases):
    with sessions.begin() as session:
        draft = session.scalars(select(ProcessDraft)).one()
        late = d.diagram(d.start(), d.user("a"), d.end(), d.end("noted"), d.flow("start", "a", "end"),
                         d.boundary("late", "a", d.timer("duration", "working_days(3)"), interrupting=False),
                         d.flow("late", "noted"))
        draft.files = d.files(late.replace("</bpmn:definitions>", "<BPMNDiagram/></bpmn:definitions>"))
    page = ask(administrator).location
    work_off(sessions)
    (drawn,) = administrator.get(f"{page}/diagram.json").json
    assert drawn["notes"] == {"late": {"text": "0 → 2", "tone": "more"}, "noted": {"text": "0 → 2", "tone": "more"}}


def test_a_run_can_be_stopped(administrator, sessions, cases):
    page = ask(administrator).location
    assert administrator.submit(f"{page}/stop", on=page).status_code == 303
    assert "试算中途停下了" in administrator.get(page).text
    assert what_if.work_off(sessions, LATER) == 0


def test_another_calendar_is_tried_with_days_on_top(administrator, sessions, cases):
    with sessions() as session:
        current = session.scalars(select(ProcessDraft.base_hash)).one()
        hash = definitions.current_version(session, "p").hash
    assert current is None
    page = ask(administrator, what=hash, calendar="current", off="2026-03-05、2026-03-06", worked="2026-03-07").location
    work_off(sessions)
    with sessions() as session:
        assert session.scalars(select(TrialRun)).one().days["overrides"] == {
            "2026-03-05": False, "2026-03-06": False, "2026-03-07": True}
    told = re.sub(r"<[^>]+>", " ", administrator.get(page).text)
    assert "“a”的时限推迟1个工作日" in told and "当时的日历，另外2天休息" in told


@pytest.mark.parametrize(("draft", "off"), [(files(3), "tomorrow"), ({"p/p.bpmn": "<no/>"}, "")])
def test_what_cannot_be_tried_is_said_on_the_page(administrator, sessions, cases, draft, off):
    with sessions.begin() as session:
        session.scalars(select(ProcessDraft)).one().files = draft
    answer = ask(administrator, calendar="current", off=off)
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    with sessions() as session:
        assert session.scalars(select(TrialRun)).all() == []


def test_runs_of_another_process_and_processes_that_are_not_there(administrator, sessions, cases):
    page = ask(administrator).location
    assert administrator.get(page.replace("/p/", "/q/")).status_code == 404
    assert administrator.get("/processes/q/what-if").status_code == 404
    assert administrator.submit("/processes/q/what-if", {}, on=HERE).status_code == 404


def test_who_is_no_administrator_is_refused(officer):
    assert officer.get(HERE).status_code == 403


def test_a_result_says_what_was_tried_and_with_which_days(administrator, sessions, cases):
    with sessions() as session:
        version = definitions.current(session, "p").hash
    page = ask(administrator, what=version, closed="300", calendar="current", off="2026-10-12 2026-10-13",
               worked="2026-10-10").location
    told = administrator.get(page).text
    assert "第1版" in told and "最近办结的300件和在办的全部" in told
    assert "当时的日历，另外2天休息：2026-10-12、2026-10-13、另外1天上班：2026-10-10" in told


def test_a_result_says_that_the_draft_has_changed_since_or_was_published(administrator, sessions, cases):
    page = ask(administrator).location
    with sessions.begin() as session:
        session.scalars(select(ProcessDraft)).one().files = files(4)
    assert "草稿当时的样子，后来又改过" in administrator.get(page).text
    with sessions.begin() as session:
        definitions.publish(session, "p", files(3), now=LATER)
    assert "草稿，后来发布为第2版" in administrator.get(page).text
