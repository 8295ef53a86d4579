"""The nightly seal: leaves are collected case by case in small transactions, then one transaction closes the seal.

Nobody is held up: entries are read without a lock, and what is written is a row a case. Whatever ends in between is
taken up by the next attempt, on whichever host, which finds the leaves that are there.
"""
from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import chain, groupby
from typing import Any

import structlog
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased, sessionmaker

from app.audit import acts, entries, merkle, outside
from app.audit.acts import LOG
from app.audit.entries import HISTORY, Entry
from app.audit.seals import Line, leaf_content, root_of_lines
from app.dates import city_day
from app.db import begin_reading, insert_into, take_turns
from app.models import Instance, Seal, SealedCase
from app.settings import Settings
from app.turns import Turn
from workflows.calendar import CITY_ZONE

log = structlog.get_logger()
LATE = timedelta(days=1)
"""what was begun so long before a seal is committed before it"""
AFTER_MIDNIGHT = time(0, 10)
"""in the city: presses that were begun before midnight are committed by then"""
AT_ONCE = 200
"""cases a transaction"""


def work_off(sessions: sessionmaker[Session], settings: Settings, now: datetime) -> int:
    """Seals the day that has ended, unless that was done or the city has no case yet: how many seals were made."""
    if now.astimezone(CITY_ZONE).time() < AFTER_MIDNIGHT:
        return 0
    with sessions() as session:
        begin_reading(session)
        last = newest(session)
        if (last.day == _ended(now) if last else session.scalar(select(Instance.id).limit(1)) is None):
            return 0
    return 0 if seal(sessions, settings, now) is None else 1


def seal(sessions: sessionmaker[Session], settings: Settings, now: datetime) -> Line | None:
    """Seals all that is new since the last seal; None when another host was quicker."""
    with sessions() as session:
        begin_reading(session)
        last = newest(session)
        number = last.number + 1 if last else 1
        algorithm = session.scalar(select(SealedCase.algorithm).where(SealedCase.seal == number).limit(1)) \
            or settings.seal_hash
        cases = _changed(session, number, min(last.at, now) - LATE if last else None)
    for start in range(0, len(cases), AT_ONCE):
        if not _collect(sessions, number, algorithm, cases[start:start + AT_ONCE]):
            return None
    with sessions.begin() as session:
        line = _close(session, number, algorithm, now)
        if line is None:
            return None
        outside.write_letters(session, line, settings, now)
    log.info("sealed", seal=number, leaves=line.leaves, entries=line.entries)
    outside.deliver(sessions, settings)
    return line


def newest(session: Session) -> Seal | None:
    """The last seal."""
    return session.scalar(select(Seal).order_by(Seal.number.desc()).limit(1))


def _ended(now: datetime) -> date:
    return city_day(now) - timedelta(days=1)


def _changed(session: Session, number: int, since: datetime | None) -> list[int]:
    """The cases that may have entries without a seal, and the administrators' log, but those that have a leaf of this
    one already."""
    done = set(session.scalars(select(SealedCase.instance_id).where(SealedCase.seal == number)))
    asked = select(Instance.id) if since is None else \
        select(HISTORY.c.instance_id).where(HISTORY.c.at >= since)  # for DISTINCT SQLite would walk the whole key
    return sorted({LOG, *session.scalars(asked)} - done)


def _collect(sessions: sessionmaker[Session], number: int, algorithm: str, cases: Sequence[int]) -> bool:
    """Writes these cases' leaves; False when the seal was closed meanwhile by somebody else."""
    with sessions() as session:
        begin_reading(session)
        leaves = [{"seal": number, "instance_id": case, "algorithm": algorithm, "first": first, "hashes": hashes}
                  for case, first, hashes in _new(session, algorithm, cases)]
    with sessions.begin() as session:
        take_turns(session, Turn.SEAL)
        if session.get(Seal, number) is not None:
            return False
        if leaves:
            session.execute(insert_into(session, SealedCase).on_conflict_do_nothing(), leaves)
    return True


def _new(session: Session, algorithm: str, cases: Sequence[int]) -> Iterator[tuple[int, int, bytes]]:
    """(case, first place, hashes) of the entries that have no seal yet, where they follow from those that have."""
    asked = _last_leaves(cases)
    sealed = {row.instance_id: row for row in session.execute(asked)}
    last = asked.subquery()
    new = entries.asked().outerjoin(last, last.c.instance_id == HISTORY.c.instance_id).where(
        HISTORY.c.instance_id.in_(cases), HISTORY.c.seq >= func.coalesce(last.c.place, 1))
    found = entries.read(session.connection(), new)
    if LOG in cases:
        found = chain(acts.read(session.connection(), sealed[LOG].place if LOG in sealed else 1), found)
    hash = merkle.hash_of(algorithm)
    for case, entries_of in groupby(found, key=lambda entry: entry.instance_id):
        following = _following(sealed.get(case), list(entries_of))
        if following is None:
            log.warning("case_not_sealed", case=case)
        elif following:
            yield case, following[0].seq, b"".join(hash(entry.content) for entry in following)


def _last_leaves(cases: Sequence[int]) -> Select[int, str, bytes, int]:
    """The newest leaf of each case, with the place of its last entry."""
    leaf, other = aliased(SealedCase), aliased(SealedCase)
    place = leaf.first + func.length(leaf.hashes) / merkle.SIZE - 1
    newest_of = select(func.max(other.seal)).where(other.instance_id == leaf.instance_id).scalar_subquery()
    return select(leaf.instance_id, leaf.algorithm, leaf.hashes, place.label("place")).where(
        leaf.instance_id.in_(cases), leaf.seal == newest_of)


def _following(sealed: Any, found: list[Entry]) -> list[Entry] | None:
    """The entries after the last sealed one, which comes first if there is one; None when they do not follow."""
    place, previous = 0, ""
    if sealed is not None:
        known, *found = found
        if merkle.hash_of(sealed.algorithm)(known.content) != sealed.hashes[-merkle.SIZE:]:
            return None
        place, previous = known.seq, known.hash
    for entry in found:
        place += 1
        if entry.seq != place or entry.prev_hash != previous or \
                entry.hash != hashlib.sha256(entry.content).hexdigest():
            return None
        previous = entry.hash
    return found


def _close(session: Session, number: int, algorithm: str, now: datetime) -> Line | None:
    """Writes the seal over the leaves that were collected; None when somebody else has."""
    take_turns(session, Turn.SEAL)
    if session.get(Seal, number) is not None:
        return None
    hash, count = merkle.hash_of(algorithm), 0
    tree = merkle.Growing(hash)
    for case, first, hashes in session.execute(
            select(SealedCase.instance_id, SealedCase.first, SealedCase.hashes).where(SealedCase.seal == number)
            .order_by(SealedCase.instance_id).execution_options(yield_per=entries.AT_ONCE)):
        tree.add(merkle.leaf_hash(hash, leaf_content(case, first, hashes)))
        count += len(hashes) // merkle.SIZE
    earlier = list(session.scalars(select(Seal.line).order_by(Seal.number)))
    line = Line(number, _ended(now), now, algorithm, tree.size, count, tree.root().hex(),
                root_of_lines(algorithm, earlier))
    session.add(Seal(number=number, day=line.day, at=now, algorithm=algorithm, leaves=line.leaves, entries=count,
                     line=line.text()))
    session.flush()
    return line
