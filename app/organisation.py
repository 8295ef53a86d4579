"""The organisation that a new database starts with: units and positions from organisation.yaml."""
from __future__ import annotations

from pathlib import Path

import yaml
from sqlalchemy.orm import Session

from app.models import Position, Unit

FILE = Path(__file__).with_name("organisation.yaml")


def shipped_positions() -> frozenset[str]:
    """The codes of the positions that a new database starts with."""
    return frozenset(yaml.safe_load(FILE.read_text(encoding="utf-8"))["positions"])


def load_organisation(session: Session) -> int:
    """Adds the positions and units that are missing; what administrators have changed stays. Returns how many."""
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    added = 0
    for sort, (code, name) in enumerate(content["positions"].items()):
        if session.get(Position, code) is None:
            session.add(Position(code=code, name=name, sort=sort))
            added += 1
    for sort, unit in enumerate(content["units"]):
        if session.get(Unit, unit["code"]) is None:
            session.add(Unit(code=unit["code"], name=unit["name"], kind=unit["kind"], parent_code=unit.get("parent"),
                             sort=sort))
            session.flush()  # parents stand before their children in the file
            added += 1
    return added
