"""A what-if over 1,000 cases of the demonstration by one worker, beside running their records again once."""
from __future__ import annotations

import tempfile
from time import process_time

from alembic import command
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session, sessionmaker

from app import bootstrap
from app.actor import Actor
from app.bootstrap import migration_config
from app.cases import definitions, replay
from app.cases.rows import table
from app.db import make_engine, make_session_factory
from app.demo.build import build
from app.issues.registration import PROCESS
from app.modeler.trial import tried, what_if
from app.models import Base, History, Instance, PersonalValue, TrialCase, User
from app.organisation import load_organisation
from app.settings import load_settings
from bench.measure import report, scaled, settle, timed
from bench.product import NOW

AT_MOST_SECONDS = 60.0
LIVED = 100
"""cases that are really lived through; the others are copies of their records"""
DIAGRAM = f"{PROCESS}/{PROCESS}.bpmn"
CHANGE = ("&quot;plan_days&quot;: 5", "&quot;plan_days&quot;: 3")


def run(kind: str, url: str) -> None:
    engine = make_engine(url)
    command.upgrade(migration_config(url), "head")
    sessions = make_session_factory(engine)
    n = scaled(1_000, 10)
    _fill(sessions, n)
    settle()
    floor, _ = timed(_replay, sessions)
    run_id = _ask(sessions, n)
    settle()
    begun = process_time()
    took, _ = timed(_work_off, sessions)
    processor = process_time() - begun
    with sessions() as session:
        found = session.execute(select(TrialCase.status, TrialCase.kinds).where(TrialCase.run_id == run_id)).all()
    assert [status for status, _ in found] == ["done"] * n, "the run has not ended"
    report(f"what_if_{kind}", "s", took / 1000, floor / 1000, n, goal=AT_MOST_SECONDS, processor=processor,
           differ=sum(bool(kinds) for _, kinds in found))
    engine.dispose()


def _fill(sessions: sessionmaker[Session], n: int) -> None:
    """The demonstration's cases, and copies of their instances and histories."""
    lived = min(LIVED, n)
    with sessions.begin() as session:
        load_organisation(session)
        for process in bootstrap.PROCESSES:
            definitions.publish_folder(session, bootstrap.CONTENT_PACK / process, now=NOW)
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings({"ZHUQI_DEMO": "1", "ZHUQI_DATA_DIR": folder})
        build(sessions, now=NOW, settings=settings, issues=lived)
    with sessions.begin() as session:
        last = session.scalar(select(func.max(Instance.id))) or 0
        for copy in range(1, n // lived):
            _copy(session, Instance, "id", last, copy)
            _copy(session, History, "instance_id", last, copy)
            _copy(session, PersonalValue, "instance_id", last, copy)


def _copy(session: Session, model: type[Base], key: str, last: int, copy: int) -> None:
    """The rows of the cases up to the last that was lived once more, with ids of their own."""
    rows = table(model)
    values = [column + copy * last if column.name == key else column for column in rows.columns]
    session.execute(insert(rows).from_select([column.name for column in rows.columns],
                                             select(*values).where(rows.c[key] <= last)))


def _replay(sessions: sessionmaker[Session]) -> None:
    """Every case's inputs once, as `zhuqi check` runs them."""
    with sessions() as session:
        for id in session.scalars(select(Instance.id)).all():
            past = replay.Past()
            for entry in session.scalars(select(History).where(History.instance_id == id, History.kind == "input")
                                         .order_by(History.seq)).all():
                past.run(session, entry)


def _ask(sessions: sessionmaker[Session], n: int) -> int:
    """A run of a draft that allows three days for a plan instead of five."""
    with sessions.begin() as session:
        version = definitions.current_version(session, PROCESS)
        known = tried.find(session, PROCESS, version.hash)
        changed = {**known.files, DIAGRAM: known.files[DIAGRAM].replace(*CHANGE)}
        administrator = Actor(session.scalars(select(User.id)).first(), "", frozenset(), None)
        return what_if.begin(session, tried.Tried(PROCESS, tried.DRAFT, changed, ""), closed=n, calendar=None,
                             actor=administrator, now=NOW).id


def _work_off(sessions: sessionmaker[Session]) -> None:
    while what_if.work_off(sessions, NOW):
        pass
