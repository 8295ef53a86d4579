"""The places an enterprise can stand in: the banners, districts and zones that are active."""
from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Unit
from workflows.sentence import say

_GROUPS = {"banner": say("旗区"), "zone": say("园区")}


def choices(session: Session) -> list[tuple[str, list[tuple[str, str]]]]:
    """[(group, [(code, name)])] for a select box, banners and districts first, then zones."""
    rows = session.execute(select(Unit.kind, Unit.code, Unit.name).where(Unit.kind.in_(_GROUPS), Unit.active)
                           .order_by(Unit.sort, Unit.code)).all()
    return [(label, [(code, name) for kind, code, name in rows if kind == group]) for group, label in _GROUPS.items()]


def unit_names(session: Session) -> dict[str, str]:
    """{code: name} of every unit, for pages and lists."""
    return dict(session.execute(select(Unit.code, Unit.name)).all())
