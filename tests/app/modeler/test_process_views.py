"""The list of processes, and a process's versions."""
from __future__ import annotations

from sqlalchemy.orm import Session, sessionmaker

from app.actor import SYSTEM
from app.cases import definitions, service
from tests.app.conftest import Browser
from tests.conftest import MONDAY
from tests.workflows import diagrams as d
from workflows.calendar import Calendar


def _publish(sessions: sessionmaker[Session], task: str, *, start: int = 0) -> str:
    diagram = d.diagram(d.start(), d.user(task), d.end(), d.flow("start", task, "end"))
    with sessions.begin() as session:
        known = definitions.publish(session, "p", d.files(diagram), now=MONDAY, note=f"改为{task}")
        for _ in range(start):
            service.start_case(session, "p", {}, actor=SYSTEM, now=MONDAY, calendar=Calendar())
        return known.hash


def test_a_process_is_listed_with_its_versions_and_running_cases(administrator: Browser,
                                                                 sessions: sessionmaker[Session]):
    first, second = _publish(sessions, "a", start=3), _publish(sessions, "b", start=1)
    assert ">4</td>" in administrator.get("/processes/").text
    rows = administrator.get("/processes/p").text.split("<tbody>")[1].split("<tr>")
    for hash, told in ((first, (0, True, False)), (second, (1, False, True))):
        assert [(row.count("当前"), ">3</td>" in row, ">1</td>" in row) for row in rows
                if f"<code>{hash[:8]}" in row] == [told]


def test_a_process_that_is_not_there(administrator: Browser):
    assert administrator.get("/processes/nothing").status_code == 404


def test_who_is_no_administrator_is_refused(officer: Browser):
    assert officer.get("/processes/").status_code == 403
