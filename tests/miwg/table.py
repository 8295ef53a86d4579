"""What became of each file, as the table of docs/bpmn-elements.md."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tests.miwg.opening import Opened
from tests.miwg.walking import Walked

HEAD = ("| File | Not run by the engine | Opens | Nothing lost | Runs |", "|---|---|---|---|---|")


@dataclass(frozen=True, slots=True)
class Row:
    """One file."""
    name: str
    opened: Opened
    walked: Walked

    @property
    def good(self) -> bool:
        """Whether it opens, keeps everything, and runs if the engine knows all of it."""
        return not self.opened.errors and not self.opened.lost and (self.walked.runs or bool(self.walked.unsupported))

    def line(self) -> str:
        cells = (self.name, _counted(self.walked.unsupported) or "–", "no" if self.opened.errors else "yes",
                 "no" if self.opened.lost else "yes", _runs(self.walked))
        return f"| {' | '.join(cells)} |"

    def complaints(self) -> list[str]:
        return [f"{self.name}: {each}" for each in (*self.opened.errors, *self.opened.lost, *self.walked.wrong)]


def table(rows: Iterable[Row]) -> str:
    return "\n".join([*HEAD, *(row.line() for row in rows)])


def _counted(words: Iterable[str]) -> str:
    return ", ".join(word if count == 1 else f"{word} ×{count}" for word, count in Counter(words).items())


def _runs(walked: Walked) -> str:
    if walked.unsupported:
        return "–"
    if not walked.runs:
        return "no"
    filled = f"; filled in: {', '.join(walked.filled)}" if walked.filled else ""
    return f"{walked.walks} walks over {walked.passed} of {walked.elements} elements{filled}"
