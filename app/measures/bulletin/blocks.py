"""What a bulletin is made of, whatever it is laid out as. Texts are sentences, told in the reader's language when they
are laid out."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """Of a section, with its number."""
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """`widths` are the columns' shares of the line; `left` the columns that are texts and not centred."""
    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int]
    left: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Bars:
    """A picture of what a table beside it tells in numbers: for each group a bar of each series; None: no bar. Only the
    PDF draws it."""
    caption: str
    groups: Sequence[str]
    series: Sequence[tuple[str, Sequence[float | None]]]
    percent: bool


Block = Heading | Text | Table | Bars


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A bulletin: its name and number, who issues it and on which day, the title of what it tells, whose cases it
    counts, '' for all of them, and the ids of the issues that it names."""
    name: str
    number: str
    issuer: str
    day: str
    title: str
    counted: str
    blocks: Sequence[Block]
    issues: Sequence[int]
