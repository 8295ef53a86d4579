"""Keeps facts, rollups and what is mined current: works off the cases that have changed since they were measured, a few
at a time."""
from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session, sessionmaker

from app.cases import calendars
from app.cases.rows import table
from app.db import insert_into, take_turns
from app.measures import cells
from app.measures.facting import Key, contributions, fact_of, shares_of
from app.measures.record import read
from app.mining import keeping
from app.models import CaseFact, CaseShare, Enterprise, Instance, Issue, LeaderCell, MeasureCell
from app.turns import Turn

BATCH = 20
"""cases of one transaction: somebody who presses on SQLite waits for no more than these"""
MOST = 1_000
"""cases of one round"""
_INSTANCE = table(Instance)
_MEASURED = update(_INSTANCE).values(measured=True).where(_INSTANCE.c.id == bindparam("of_id"),
                                                          _INSTANCE.c.version == bindparam("of_version"))
"""hits nothing when somebody has pressed meanwhile: the case is measured again then"""


def work_off(sessions: sessionmaker[Session], most: int = MOST) -> int:
    """Measures cases that have changed, `most` of them at the most. How many."""
    while _follow_a_leader(sessions):
        pass
    done = 0
    while done < most:
        with sessions.begin() as session:
            measured = _batch(session, min(BATCH, most - done))
        if not measured:
            break
        done += measured
    return done


def _follow_a_leader(sessions: sessionmaker[Session]) -> bool:
    """An enterprise that has got another leader in charge: whoever wrote that, its cases have to be counted for that
    leader. Whether there was one."""
    with sessions.begin() as session:
        take_turns(session, Turn.MEASURE)
        moved = session.scalar(select(Enterprise.id).order_by(Enterprise.id).limit(1)
                               .where(Enterprise.leader_id.is_distinct_from(Enterprise.measured_leader_id)))
        if moved is not None:
            of_enterprise = select(Issue.instance_id).where(Issue.enterprise_id == moved)
            session.execute(update(Instance).where(Instance.id.in_(of_enterprise), Instance.measured)
                            .values(measured=False).execution_options(synchronize_session=False))
            session.execute(update(Enterprise).where(Enterprise.id == moved)
                            .values(measured_leader_id=Enterprise.leader_id)
                            .execution_options(synchronize_session=False))
    return moved is not None


def rebuild(sessions: sessionmaker[Session]) -> None:
    """Forgets all facts, rollups and what was mined: every case has to be measured anew. Cases are marked some at a
    time, since whoever presses on one waits for its row."""
    with sessions.begin() as session:
        take_turns(session, Turn.MEASURE)
        for model in (MeasureCell, LeaderCell, CaseShare, CaseFact):
            session.execute(delete(model))
        keeping.forget(session)
    marked: int | None = 0
    while marked is not None:
        marked = _mark_after(sessions, marked)


def _mark_after(sessions: sessionmaker[Session], instance_id: int) -> int | None:
    """Marks the instances that follow this one as not measured; the last of them, None when there are no more."""
    with sessions.begin() as session:
        some = select(Instance.id).where(Instance.id > instance_id).order_by(Instance.id).limit(MOST).subquery()
        last = session.scalar(select(func.max(some.c.id)))
        if last is not None:
            session.execute(update(Instance).values(measured=False).execution_options(synchronize_session=False)
                            .where(Instance.id.between(instance_id + 1, last), Instance.measured))
    return last


def _batch(session: Session, size: int) -> int:
    take_turns(session, Turn.MEASURE)
    changed = session.execute(select(Instance.id, Instance.version).where(~Instance.measured)
                              .order_by(Instance.id).limit(size)).all()
    if not changed:
        return 0
    calendar = calendars.current(session)
    records = read(session, [row.id for row in changed])
    facts = [fact_of(record, calendar) for record in records]
    shares = [share for record in records for share in shares_of(record, calendar)]
    ids = [fact["issue_id"] for fact in facts]
    changes = _counted(facts, shares)
    changes.subtract(_counted(*_known(session, ids)))
    _write(session, ids, facts, shares)
    cells.apply(session, changes)
    keeping.write(session, records, calendar)
    session.connection().execute(_MEASURED, [{"of_id": row.id, "of_version": row.version} for row in changed])
    return len(changed)


def _known(session: Session, ids: Sequence[int]) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The facts and shares that these issues' cases were counted by."""
    facts = session.execute(select(table(CaseFact)).where(CaseFact.issue_id.in_(ids))).mappings()
    shares = session.execute(select(table(CaseShare)).where(CaseShare.issue_id.in_(ids))).mappings()
    return [dict(row) for row in facts], [dict(row) for row in shares]


def _counted(facts: Sequence[Mapping[str, Any]], shares: Sequence[Mapping[str, Any]]) -> Counter[Key]:
    of_case: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for share in shares:
        of_case[share["issue_id"]].append(share)
    total: Counter[Key] = Counter()
    for fact in facts:
        total.update(contributions(fact, of_case[fact["issue_id"]]))
    return total


def _write(session: Session, ids: Sequence[int], facts: list[dict[str, Any]], shares: list[dict[str, Any]]) -> None:
    if not facts:
        return
    session.execute(delete(CaseShare).where(CaseShare.issue_id.in_(ids)))
    if shares:
        session.execute(insert(CaseShare), shares)
    upsert = insert_into(session, CaseFact)
    session.execute(upsert.on_conflict_do_update(index_elements=["issue_id"], set_={
        column: upsert.excluded[column] for column in facts[0] if column != "issue_id"}), facts)


