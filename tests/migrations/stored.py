"""What an office has stored, in every kind of state that an instance can wait in, kept as files for later releases.

    python -m tests.migrations.stored        writes tests/fixtures/state/RELEASE with today's code

A folder is a backup, unpacked: its manifest, the rows of its tables, states as base64. Kept folders are never written
anew: later code must open what earlier code has left (test_older_releases.py), and every release leaves its own.
"""
from __future__ import annotations

import sys
import tempfile
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import bootstrap
from app.actor import ENTERPRISE, SYSTEM, Actor
from app.backup import saving
from app.cases import calendars, definitions, service
from app.issues import attachments
from app.issues.attachments import CheckedFile
from app.issues.registration import Report, register
from app.models import Instance, WorkItem
from app.settings import load_settings
from tests.app.issues import lives
from tests.app.issues.conftest import REPORT
from tests.workflows import diagrams as d
from workflows.calendar import Calendar

KEPT = Path(__file__).parents[1] / "fixtures" / "state"
RELEASE = version("zhuqi")
THEN = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)

_LATE = d.timer("duration", "working_days(2)")
CASES: dict[str, dict[str, str]] = {
    "parallel": d.files(d.diagram(
        d.start(), d.node("parallelGateway", "fork"), d.user("a"), d.user("b"), d.node("parallelGateway", "join"),
        d.user("c"), d.end(), d.flow("start", "fork", "a", "join", "c", "end"), d.flow("fork", "b", "join"),
        id="parallel"), key="parallel"),
    "several": d.files(d.diagram(
        d.start(), d.user("each", d.multi("units", "unit_of", "answers")), d.user("z"), d.end(),
        d.flow("start", "each", "z", "end"), id="several", variables='{"units": ["甲", "乙", "丙"], "answers": []}'),
        key="several"),
    "in_turn": d.files(d.diagram(
        d.start(), d.user("each", d.multi("units", "unit_of", sequential=True)), d.end(),
        d.flow("start", "each", "end"), id="in_turn", variables='{"units": ["甲", "乙", "丙"]}'), key="in_turn"),
    "timed": d.files(d.diagram(
        d.start(), d.user("a"), d.user("b"), d.end(), d.boundary("late", "a", _LATE, interrupting=False),
        d.end("noted"), d.boundary("lapsed", "b", _LATE), d.end("lapsed_end"), d.flow("start", "a", "b", "end"),
        d.flow("late", "noted"), d.flow("lapsed", "lapsed_end"), id="timed"), key="timed"),
    "message": d.files(d.diagram(
        d.start(), d.node("intermediateCatchEvent", "wait", d.event("message", "m_rated")), d.end(),
        d.flow("start", "wait", "end"), id="message", declared=d.declare("rated")), key="message"),
    "calling": d.files(
        d.diagram(d.start(), d.node("callActivity", "call", attributes='calledElement="called"'), d.user("z"), d.end(),
                  d.flow("start", "call", "z", "end"), id="calling"),
        d.diagram(d.start("s"), d.user("inner"), d.end("e"), d.flow("s", "inner", "e"), id="called"), key="calling"),
    "within": d.files(d.diagram(
        d.start(), d.sub("sub", d.start("s"), d.user("x"), d.end("e"), d.flow("s", "x", "e")), d.user("z"), d.end(),
        d.flow("start", "sub", "z", "end"), id="within"), key="within"),
    "faulty": d.files(d.diagram(
        d.start(), d.user("a"), d.script("s", "y = 1 / x"), d.end(), d.flow("start", "a", "s", "end"), id="faulty",
        variables='{"x": 0, "y": 0}'), key="faulty"),
    "large": d.files(d.diagram(
        d.start(), d.user("a"), d.user("b"), d.end(), d.flow("start", "a", "b", "end"), id="large",
        variables='{"text": "", "numbers": [1, 0.1, 1000000000000000, true, null]}'), key="large"),
}
"""by key: the files of each process of which an instance waits somewhere"""
STATUSES = {"suspended", "returned", "ended", "cancelled"}
"""what else becomes of an instance of `parallel`, one each"""


def fill(session: Session, folder: Path) -> None:
    """Starts an instance of everything and takes each to where it waits."""
    calendar = Calendar(version=0)
    for key, files in CASES.items():
        definitions.publish(session, key, files, now=THEN)
        given = {"text": "情况说明" * 1500} if key == "large" else {}
        _start(session, key, calendar, given)
    for key in ("parallel", "several", "in_turn", "timed", "faulty", "large", "calling"):
        finish_one(session, _instances(session, key)[0], THEN, calendar)
    for status in sorted(STATUSES):
        _take_to(session, _start(session, "parallel", calendar, {}), status, calendar)
    issue, _ = register(session, Report(**REPORT), ENTERPRISE, THEN, calendar)
    now = lives.live(session, issue, "dispatch", now=THEN, calendar=calendar)
    file = CheckedFile("说明.txt", "text/plain", "说明".encode())
    attachments.keep(session, file, folder, now=now, issue_id=issue.id)


def _start(session: Session, key: str, calendar: Calendar, variables: dict[str, str]) -> int:
    return service.start_case(session, key, variables, actor=SYSTEM, now=THEN, calendar=calendar).id


def _take_to(session: Session, instance: int, status: str, calendar: Calendar) -> None:
    given = {"actor": SYSTEM, "now": THEN + timedelta(hours=1), "calendar": calendar}
    if status == "suspended":
        service.suspend(session, instance, "等上级答复", **given)
    elif status == "cancelled":
        service.cancel(session, instance, "重复", **given)
    else:
        for _ in range(2):
            finish_one(session, instance, THEN, calendar)
        item = open_items(session, instance)[0]
        if status == "ended":
            finish_one(session, instance, THEN, calendar)
        else:
            service.return_item(session, item.id, "a", "请补充", jump_back=True, **(given | {"actor": _holder(item)}))


def finish_one(session: Session, instance: int, now: datetime, calendar: Calendar) -> None:
    """Finishes the newest open task of an instance, in the post that it is for."""
    item = open_items(session, instance)[-1]
    service.complete_item(session, item.id, {}, actor=_holder(item), now=now, calendar=calendar)


def open_items(session: Session, instance: int) -> list[WorkItem]:
    return list(session.scalars(select(WorkItem).where(WorkItem.instance_id == instance, WorkItem.status == "open")
                                .order_by(WorkItem.id).execution_options(populate_existing=True)))


def _holder(item: WorkItem) -> Actor:
    post = (item.unit_code, item.position_code)
    return Actor(None, "经办", frozenset({post}), post)


def _instances(session: Session, key: str) -> list[int]:
    return list(session.scalars(select(Instance.id).where(Instance.key == key).order_by(Instance.id)))


def pack(folder: Path, target: Path) -> Path:
    """A kept folder as the backup that it was."""
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return target


def kept() -> Iterable[Path]:
    """The folders of all releases, the oldest first."""
    return sorted(path for path in KEPT.iterdir() if path.is_dir())


def write(target: Path) -> None:
    """Makes an office with today's code and keeps it in a folder that is not there yet."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        settings = load_settings({"ZHUQI_DEMO": "1", "ZHUQI_DATA_DIR": temporary})
        sessions = bootstrap.prepare(settings, THEN)
        with sessions.begin() as session:
            fill(session, folder / "attachments")
            assert calendars.current(session).version == 0
        saving.save(sessions.kw["bind"], folder / "attachments", folder / "backup.zip", now=THEN,
                    progress=lambda done, total: None)
        target.mkdir(parents=True)
        with zipfile.ZipFile(folder / "backup.zip") as archive:
            archive.extractall(target)


if __name__ == "__main__":
    if (KEPT / RELEASE).exists():
        sys.exit(f"{KEPT / RELEASE} is kept as it is")
    write(KEPT / RELEASE)
