"""Reads docs/who-may-what.md: the one table of who may do what."""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from app.inbox.acts import ACTS
from app.permissions import EVERYONE, INSIGHT
from app.powers.rules import AUDIT
from tests.security.world import STAGES

PAGE = Path(__file__).parents[2] / "docs" / "who-may-what.md"
GROUPS = {"all": STAGES, "open": STAGES[:6]}
PUBLIC = "public"
GROUPS_OF_POSITIONS = {"all": EVERYONE, "readers": INSIGHT, "officers": INSIGHT - {AUDIT}}
APART = {"password": "login", "token": "hidden"}
"""who brings something that nobody of the matrix has, and how everybody of it is answered"""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: the route as `GET /inbox`, the stages it is about (all for a route without a case), its answers."""
    route: str
    stages: tuple[str, ...]
    answers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """`pages` gives the positions of each route that is about no case, None for everybody; `apart` the one answer of
    the routes that ask for something else; the others are rows."""
    pages: dict[str, frozenset[str] | None]
    apart: dict[str, str]
    cases: list[Row]
    enterprise: list[Row]

    def routes(self) -> list[str]:
        return [*self.pages, *{row.route for row in self.cases}, *{row.route for row in self.enterprise}]


def read() -> Table:
    pages, cases, enterprise = (list(_rows(part)) for part in PAGE.read_text(encoding="utf-8").split("\n## ")[1:])
    assert len({cells["route"] for cells in pages}) == len(pages), "a route has two rows"
    return Table({cells["route"]: _positions(cells["who"]) for cells in pages},
                 {cells["route"]: APART[cells["who"]] for cells in pages if cells["who"] in APART},
                 [_row(cells) for cells in cases], [_row(cells) for cells in enterprise])


def _rows(part: str) -> Iterator[dict[str, str]]:
    lines = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in part.splitlines()
             if line.startswith("|")]
    for cells in lines[2:]:
        yield dict(zip(lines[0], cells, strict=True))


def _row(cells: dict[str, str]) -> Row:
    stages = tuple(stage for word in cells.pop("stages").split() for stage in GROUPS.get(word, (word,)))
    assert set(stages) <= set(STAGES), f"unknown stage in {cells}"
    return Row(cells.pop("route"), stages, cells)


def _positions(who: str) -> frozenset[str] | None:
    if who in (PUBLIC, *APART):
        return None
    positions = GROUPS_OF_POSITIONS.get(who) or frozenset(who.split(", "))
    assert positions <= EVERYONE, f"unknown position in {who}"
    return positions


def routes_of(app: Flask) -> set[str]:
    """Every method of every route of the application, as the table spells them: parameters by name, acts one by one."""
    return {f"{method} {path}" for rule in app.url_map.iter_rules() if rule.endpoint != "static"
            for path in _paths(rule.rule) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}


def _paths(rule: str) -> list[str]:
    plain = re.sub(r"<(?!any)[^<>:]+:([^<>]+)>", r"<\1>", rule)
    return [re.sub(r"<any\(.*\):act>", act, plain) for act in ACTS] if "<any(" in plain else [plain]
