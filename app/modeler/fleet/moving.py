"""Moving the running cases of a process to another version: tried on all of them, then done one by one.

A trial writes nothing. A move is a row with a row for each of its cases; the worker takes each case in a transaction of
its own, so that a killed one goes on where it was, and several share the work.
"""
from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, and_, exists, func, insert, select, update
from sqlalchemy.orm import Session, sessionmaker

from app import logs
from app.actor import Actor, load_actor
from app.cases import calendars, definitions, moving
from app.cases.errors import Blocked, CaseError, NotFound, Stale
from app.db import begin_reading, take_turns
from app.models import Definition, History, Instance, Issue, Meeting, Migration, MigrationCase, User
from app.models.case import UNDER_WAY
from app.trouble import trouble
from app.turns import Turn
from workflows.calendar import Calendar
from workflows.errors import StepsGone, WorkflowError
from workflows.sentence import say, sentence_of
from workflows.versions import ProcessVersion

log = structlog.get_logger()
BATCH = 50
"""cases that a worker takes in one round, so that timers and mail do not wait"""
AT_ONCE = 100
"""instances that a trial holds in memory"""


@dataclass(frozen=True, slots=True)
class Case:
    """A running case and the issue or meeting that it is of."""
    instance_id: int
    number: str | None
    title: str | None


@dataclass(slots=True)
class Trial:
    """What a move would come to. `fires` are those of `ready` in which something is overdue by the new rules at once;
    `missing` names for each step that needs another one the cases that stand there; `refused` tells the others by
    reason."""
    ready: list[Case] = field(default_factory=list)
    fires: list[Case] = field(default_factory=list)
    missing: dict[str, list[Case]] = field(default_factory=dict)
    refused: dict[str, list[Case]] = field(default_factory=dict)

    @property
    def waiting_for_steps(self) -> list[Case]:
        """The cases that need some step named, once each."""
        return list({case.instance_id: case for cases in self.missing.values() for case in cases}.values())


def trial(session: Session, key: str, to: str, mapping: Mapping[str, str], *, now: datetime,
          calendar: Calendar) -> Trial:
    """Tries the move of every running case of a process that is not on the version `to`. Reads only."""
    new, found = version_to(session, key, to), Trial()
    for instance, case in _running(session, key, to):
        try:
            tried = moving.tried(session, instance, new, mapping, now=now, calendar=calendar)
        except StepsGone as error:
            for element in error.elements:
                found.missing.setdefault(element, []).append(case)
        except (CaseError, WorkflowError) as error:
            found.refused.setdefault(sentence_of(error), []).append(case)
        else:
            found.ready.append(case)
            if tried.fires:
                found.fires.append(case)
    return found


def version_to(session: Session, key: str, to: str) -> ProcessVersion:
    """The version that cases of a process are to move to. Raises NotFound for another process's."""
    known = session.get(Definition, to)
    if known is None or known.key != key:
        raise NotFound(say("没有这个版本。"))
    return definitions.version_of(session, to)


def begin(session: Session, key: str, to: str, mapping: Mapping[str, str], only: Collection[int] | None, note: str, *,
          actor: Actor, now: datetime) -> Migration:
    """Asks for a move of the cases that run on other versions, or `only` of these. Raises Blocked while another move of
    the process is under way, or when there is nothing to move."""
    version_to(session, key, to)
    take_turns(session, Turn.BEGIN_MOVES)
    if session.scalar(select(Migration.id).where(Migration.key == key, Migration.status == "running")) is not None:
        raise Blocked(say("上一次移动还没有做完，请等它完成或先停下它。"))
    if not note.strip():
        raise Blocked(say("请写明为什么移动，会记进每件事的经过。"))
    wanted = select(Instance.id, Instance.definition_hash).where(*_to_move(key, to)).order_by(Instance.id)
    cases = [row for row in session.execute(wanted) if only is None or row.id in only]
    if not cases:
        raise Blocked(say("没有选中要移动的事项。"))
    move = Migration(key=key, to_hash=to, mapping=dict(mapping), note=note.strip(), status="running", asked_at=now,
                     asked_by=actor.user_id)
    session.add(move)
    session.flush()
    session.execute(insert(MigrationCase), [
        {"migration_id": move.id, "instance_id": row.id, "status": "waiting", "reason": "",
         "from_hash": row.definition_hash} for row in cases])
    return move


def stop(session: Session, move: Migration, now: datetime) -> None:
    """Leaves the cases that are not moved yet where they are."""
    if move.status == "running":
        move.status, move.ended_at = "stopped", now


def work_off(sessions: sessionmaker[Session], now: datetime) -> int:
    """Moves some cases of the moves that are under way; how many were looked at. May be run by several workers."""
    with sessions() as session:
        begin_reading(session)
        under_way = session.scalars(select(Migration.id).where(Migration.status == "running")
                                    .order_by(Migration.id)).all()
    return sum(_some_of(sessions, move_id, now) for move_id in under_way)


def _some_of(sessions: sessionmaker[Session], move_id: int, now: datetime) -> int:
    with sessions() as session:
        begin_reading(session)
        waiting = session.scalars(select(MigrationCase.instance_id).where(*_waiting(move_id))
                                  .order_by(MigrationCase.instance_id).limit(BATCH)).all()
    done = sum(_one(sessions, move_id, instance_id, now) for instance_id in waiting)
    if done == len(waiting) < BATCH:
        with sessions.begin() as session:
            session.execute(update(Migration).where(
                Migration.id == move_id, Migration.status == "running", ~exists().where(*_waiting(move_id)))
                .values(status="done", ended_at=now).execution_options(synchronize_session=False))
    return done


def _one(sessions: sessionmaker[Session], move_id: int, instance_id: int, now: datetime) -> bool:
    """Moves one case in a transaction of its own, or notes why it cannot be; False when it is left for later."""
    with structlog.contextvars.bound_contextvars(case=instance_id):
        try:
            with sessions.begin() as session:
                return _move(session, move_id, instance_id, now)
        except Stale:
            return False  # somebody was at it in this very moment
        except (CaseError, WorkflowError) as error:
            reason = sentence_of(error)
        except Exception as error:
            if (kind := trouble(error)) is not None:
                log.warning("move_waits", trouble=kind, error=logs.words(error))
                return False
            log.exception("move_failed")
            reason = say("移动时出错，请看服务日志。")
        with sessions.begin() as session:
            session.execute(update(MigrationCase).where(
                *_waiting(move_id), MigrationCase.instance_id == instance_id).values(status="refused", reason=reason)
                .execution_options(synchronize_session=False))
        return True


def _move(session: Session, move_id: int, instance_id: int, now: datetime) -> bool:
    row = session.scalar(select(MigrationCase).where(*_waiting(move_id), MigrationCase.instance_id == instance_id)
                         .with_for_update(skip_locked=True))
    move = session.get_one(Migration, move_id)
    if row is None or move.status != "running":
        return False
    who = load_actor(session, session.get_one(User, move.asked_by), now)
    moved = moving.migrate(session, instance_id, move.to_hash, move.mapping, move.note, actor=who, now=now,
                           calendar=calendars.current(session))
    row.status, row.from_hash, row.from_state = "moved", moved.from_hash, moved.from_state
    row.moved_version, row.moved_at = moved.seq, now
    log.info("case_moved", move=move_id)
    return True


def take_back(session: Session, move: Migration, instance_ids: Collection[int], *, actor: Actor, now: datetime,
              calendar: Calendar) -> int:
    """Takes the move of these cases back where they have taken no step since; how many were."""
    rows = session.scalars(select(MigrationCase).where(
        MigrationCase.migration_id == move.id, MigrationCase.instance_id.in_(instance_ids), reversible())
        .order_by(MigrationCase.instance_id).with_for_update()).all()
    done = 0
    for row in rows:
        assert row.from_state is not None and row.moved_version is not None
        try:
            moving.take_back(session, row.instance_id, moving.Moved(row.from_hash, row.from_state, row.moved_version),
                             actor=actor, now=now, calendar=calendar)
        except Blocked:
            continue  # it has taken a step in this very moment
        row.status, row.from_state = "reverted", None
        done += 1
    return done


def reversible() -> ColumnElement[bool]:
    """Whether a case of a move can be taken back: it is moved and has taken no step since."""
    later = exists().where(History.instance_id == MigrationCase.instance_id, History.kind == "input",
                           History.seq > MigrationCase.moved_version)
    return and_(MigrationCase.status == "moved", MigrationCase.from_state.is_not(None), ~later)


def forget_states(session: Session) -> None:
    """Throws away the states from before moves that can no longer be taken back."""
    session.execute(update(MigrationCase).where(MigrationCase.from_state.is_not(None), ~reversible())
                    .values(from_state=None).execution_options(synchronize_session=False))


def moves(session: Session, key: str) -> Sequence[Migration]:
    """The moves of a process, newest first."""
    return session.scalars(select(Migration).where(Migration.key == key).order_by(Migration.id.desc())).all()


def find(session: Session, key: str, move_id: int) -> Migration:
    """A move of this process. Raises NotFound."""
    move = session.get(Migration, move_id)
    if move is None or move.key != key:
        raise NotFound(say("没有这次移动。"))
    return move


def counts(session: Session, move: Migration) -> dict[str, int]:
    """How many cases of a move are waiting, moved, refused and reverted."""
    rows = session.execute(select(MigrationCase.status, func.count()).where(MigrationCase.migration_id == move.id)
                           .group_by(MigrationCase.status))
    found = {"waiting": 0, "moved": 0, "refused": 0, "reverted": 0}
    found.update((status, count) for status, count in rows)
    return found


def _to_move(key: str, to: str) -> tuple[ColumnElement[bool], ...]:
    return Instance.key == key, Instance.definition_hash != to, Instance.status.in_(UNDER_WAY)


def _waiting(move_id: int) -> tuple[ColumnElement[bool], ...]:
    return MigrationCase.migration_id == move_id, MigrationCase.status == "waiting"


def _running(session: Session, key: str, to: str) -> Iterator[tuple[moving.Standing, Case]]:
    ids = session.scalars(select(Instance.id).where(*_to_move(key, to)).order_by(Instance.id)).all()
    for start in range(0, len(ids), AT_ONCE):
        rows = session.execute(
            select(Instance.id, Instance.definition_hash, Instance.status, Instance.state,
                   func.coalesce(Issue.number, Meeting.number), func.coalesce(Issue.title, Meeting.title))
            .outerjoin(Issue, Issue.instance_id == Instance.id)
            .outerjoin(Meeting, Meeting.instance_id == Instance.id)
            .where(Instance.id.in_(ids[start:start + AT_ONCE])).order_by(Instance.id))
        for instance_id, digest, status, state, number, title in rows:
            yield moving.Standing(instance_id, digest, status, state), Case(instance_id, number, title)
