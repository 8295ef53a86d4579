"""The routes that ended cases really took: how many took each, and how long, by nearest rank in the database."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from app.mining.asked import Asked
from app.mining.routes import Token, of_json
from app.models import CaseRoute, Route

MOST = 50
"""routes that a page shows; rarer ones are counted together"""


@dataclass(frozen=True, slots=True)
class Variant:
    """A route: how many ended cases took it, which part of all ended ones that is (0 to 1), the working time of the
    one in the middle and of the one at 90 percent in seconds, and how few and many steps it was."""
    variant: str
    route: tuple[Token, ...]
    cases: int
    share: float
    median: int
    p90: int
    fewest: int
    most: int


@dataclass(frozen=True, slots=True)
class Variants:
    """The most frequent routes; how many others there are, and how many cases took them."""
    shown: Sequence[Variant]
    others: int
    cases_of_others: int


def find(session: Session, asked: Asked) -> Variants:
    """The routes of the ended cases that are looked at, the most frequent first."""
    ended = (*asked.cases, CaseRoute.seconds.is_not(None))
    total, kinds = session.execute(select(func.count(), func.count(CaseRoute.variant.distinct())).where(*ended)).one()
    ranked = select(
        CaseRoute.variant, CaseRoute.seconds, CaseRoute.steps,
        func.row_number().over(partition_by=CaseRoute.variant, order_by=CaseRoute.seconds).label("place"),
        func.count().over(partition_by=CaseRoute.variant).label("number")).where(*ended).subquery()

    def at(percent: int) -> ColumnElement[int]:
        """The working time at which so many percent are done: the first whose place reaches so many of them."""
        return func.min(case((ranked.c.place * 100 >= ranked.c.number * percent, ranked.c.seconds)))

    rows = session.execute(
        select(ranked.c.variant, func.count().label("cases"), at(50).label("median"), at(90).label("p90"),
               func.min(ranked.c.steps).label("fewest"), func.max(ranked.c.steps).label("most"))
        .group_by(ranked.c.variant).order_by(func.count().desc(), ranked.c.variant).limit(MOST)).all()
    routes: dict[str, list[Any]] = dict(session.execute(select(Route.variant, Route.steps).where(
        Route.variant.in_([row.variant for row in rows]))).all())
    shown = [Variant(row.variant, of_json(routes[row.variant]), row.cases, row.cases / total, row.median, row.p90,
                     row.fewest, row.most) for row in rows]
    return Variants(shown, kinds - len(shown), total - sum(each.cases for each in shown))


def route(session: Session, variant: str) -> tuple[Token, ...] | None:
    """A route by its name."""
    steps = session.scalar(select(Route.steps).where(Route.variant == variant))
    return None if steps is None else of_json(steps)
