"""The board's numbers: red, yellow, green and soon red by unit, category, level and leader, from one grouped query over
the running cases' index; and how many are stuck, each counted up to a thousand.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.board import asked
from app.board.asked import NONE, Hours, Wanted
from app.models import Enterprise, Issue

TONES = ("red", "yellow", "green")
STUCK = ("idle", "returned", "deciding")
BY = ("unit", "category", "level", "leader")
MOST = 999
"""stuck cases are exact up to here; beyond, 'more than' is all that anybody needs to know"""


@dataclass(slots=True)
class Lights:
    """How many cases of a row, or of all, are which."""
    red: int = 0
    yellow: int = 0
    green: int = 0
    soon: int = 0

    @property
    def all(self) -> int:
        return self.red + self.yellow + self.green


@dataclass(slots=True)
class Board:
    """`rows` gives for each of BY the lights by code (NONE: none yet); `stuck` the numbers of STUCK, MOST + 1 for
    more."""
    total: Lights = field(default_factory=Lights)
    rows: dict[str, dict[str, Lights]] = field(default_factory=lambda: {by: {} for by in BY})
    stuck: dict[str, int] = field(default_factory=dict)


def count(session: Session, actor: Actor, wanted: Wanted, at: Hours) -> Board:
    """The numbers of the running cases that pass the filters and that this person may see."""
    keys = (Issue.lead_unit, Issue.category, Issue.level, Enterprise.leader_id)
    tone = asked.tone(at)
    rows = session.execute(  # not grouped by tone: PostgreSQL then knows that there are few groups, and sorts nothing
        select(*keys, *(_number(tone == each) for each in TONES), _number(asked.soon(at)))
        .join(Enterprise, Enterprise.id == Issue.enterprise_id)
        .where(*asked.filters(wanted), asked.scope(actor)).group_by(*keys)).all()
    board = Board()
    for *codes, red, yellow, green, soon in rows:
        for lights in _of(board, codes):
            lights.red += red
            lights.yellow += yellow
            lights.green += green
            lights.soon += soon
    board.stuck = {show: up_to_most(session, actor, replace(wanted, show=show), at) for show in STUCK}
    return board


def up_to_most(session: Session, actor: Actor, wanted: Wanted, at: Hours) -> int:
    """How long a list is; MOST + 1 for more than MOST."""
    found = (select(Issue.id).where(*asked.filters(wanted), asked.scope(actor), asked.shown(wanted.show, at))
             .limit(MOST + 1).subquery())
    return session.scalar(select(func.count()).select_from(found)) or 0


def ordered(rows: dict[str, Lights]) -> Sequence[tuple[str, Lights]]:
    """Red first: the most red, then the most yellow, then the most cases; what has no code yet last."""
    return sorted(rows.items(), key=lambda row: (row[0] == NONE, -row[1].red, -row[1].yellow, -row[1].all, row[0]))


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


def _of(board: Board, codes: Sequence[object]) -> Iterable[Lights]:
    yield board.total
    for by, code in zip(BY, codes, strict=True):
        yield board.rows[by].setdefault(NONE if code is None else str(code), Lights())
