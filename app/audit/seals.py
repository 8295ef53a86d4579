"""What a seal and a leaf are as bytes, the same for whoever makes, keeps or checks them (ADR 14)."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson

from app.audit import merkle

VERSION = 1
"""of the line's and the leaf's form"""
NAMES = frozenset({"version", "number", "day", "at", "algorithm", "leaves", "entries", "root", "earlier"})


@dataclass(frozen=True, slots=True)
class Line:
    """A seal. `root` is of its leaves' tree, in the order of their cases; `earlier` of the tree over the lines of all
    seals before it, both by its own algorithm, as hex."""
    number: int
    day: date
    at: datetime
    algorithm: str
    leaves: int
    entries: int
    root: str
    earlier: str

    def text(self) -> str:
        """The line as it is kept and sent: JSON with sorted keys and no spaces, without an end of line."""
        return orjson.dumps({
            "version": VERSION, "number": self.number, "day": self.day.isoformat(),
            "at": self.at.astimezone(UTC).isoformat(), "algorithm": self.algorithm, "leaves": self.leaves,
            "entries": self.entries, "root": self.root, "earlier": self.earlier},
            option=orjson.OPT_SORT_KEYS).decode()


def read_line(text: str) -> Line:
    """The seal of a line. Raises ValueError when it is none, or not in its one form."""
    try:
        told: dict[str, Any] = orjson.loads(text)
        if set(told) != NAMES or told["version"] != VERSION or told["algorithm"] not in merkle.ALGORITHMS:
            raise ValueError(text)
        line = Line(int(told["number"]), date.fromisoformat(told["day"]), datetime.fromisoformat(told["at"]),
                    told["algorithm"], int(told["leaves"]), int(told["entries"]), told["root"], told["earlier"])
        if line.text() != text:
            raise ValueError(text)
    except (TypeError, AttributeError) as error:
        raise ValueError(text) from error
    return line


def leaf_content(instance_id: int, first: int, hashes: bytes) -> bytes:
    """A case's new entries as what is hashed into the tree."""
    listed = [hashes[at:at + merkle.SIZE].hex() for at in range(0, len(hashes), merkle.SIZE)]
    return orjson.dumps({"case": instance_id, "first": first, "hashes": listed}, option=orjson.OPT_SORT_KEYS)


def line_hashes(algorithm: str, lines: Sequence[str]) -> list[bytes]:
    """Seals as leaves of the tree over seals."""
    hash = merkle.hash_of(algorithm)
    return [merkle.leaf_hash(hash, line.encode()) for line in lines]


def root_of_lines(algorithm: str, lines: Sequence[str]) -> str:
    """What the seal that follows these lines says of them."""
    return merkle.root_of(merkle.hash_of(algorithm), line_hashes(algorithm, lines)).hex()
