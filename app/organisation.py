"""The organisation that a new database starts with: units and positions from organisation.yaml."""
from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Position, Unit

FILE = Path(__file__).with_name("organisation.yaml")


def shipped_positions() -> frozenset[str]:
    """The codes of the positions that a new database starts with."""
    return frozenset(_shipped()["positions"])


def load_organisation(session: Session) -> int:
    """Adds the positions and units that are missing; what administrators have changed stays. Returns how many."""
    content = _shipped()
    positions, units = set(session.scalars(select(Position.code))), set(session.scalars(select(Unit.code)))
    missing: list[Position | Unit] = []
    for sort, (code, name) in enumerate(content["positions"].items()):
        if code not in positions:
            missing.append(Position(code=code, name=name, sort=sort))
    for sort, unit in enumerate(content["units"]):
        if unit["code"] not in units:
            missing.append(Unit(code=unit["code"], name=unit["name"], kind=unit["kind"],
                                parent_code=unit.get("parent"), sort=sort))
    session.add_all(missing)
    session.flush()  # in the order of the file, where parents stand before their children
    return len(missing)


@cache
def _shipped() -> Any:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))
