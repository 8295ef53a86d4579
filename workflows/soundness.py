"""Soundness: from wherever a process can get, it can get to its end; nothing waits for ever; no step is dead.

Every level is searched on its own, the inner ones first: what a level does to the one around it is that it ends, or
throws something out (`Outcome`). What a non-interrupting boundary event sets going lives on its own and is searched
apart, unless its flow comes back to another. So the search grows with the parallel branches of one level, not with all
of the process at once. Conditions and data are left out: a gateway may go any of its ways.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workflows.errors import Problem
from workflows.flowgraph import Level, all_levels
from workflows.level_search import OUTSIDE, Fault, LevelSearch, trail
from workflows.reading import Reading
from workflows.sentence import say
from workflows.tokens import Outcome

MAX_STATES = 5_000
"""of one level, before its search is given up"""
MAX_ALL_STATES = 10_000
"""of all levels together"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the search found, and what it has to say for itself: where it was given up, `notes` tell."""
    problems: list[Problem]
    notes: list[str]


def judge(reading: Reading) -> Verdict:
    """The soundness of a reading that has passed all other checks."""
    judgement = _Judgement(reading, all_levels(reading))
    judgement.level(reading.main, leavable=False)
    return Verdict(judgement.problems(), judgement.notes)


class _Judgement:
    """Searches the levels, the inner ones first, and gathers what is wrong."""

    def __init__(self, reading: Reading, levels: Mapping[str, Level]):
        self.notes: list[str] = []
        self._reading, self._levels = reading, levels
        self._outcomes: dict[str, Outcome] = {}
        self._faults: dict[str, list[Fault]] = {}
        self._left = MAX_ALL_STATES

    def level(self, name: str, leavable: bool) -> None:
        """Judges a level and those inside it. `leavable`: an event on some activity around it can end it."""
        level = self._levels[name]
        for step in level.steps.values():
            if step.inner is not None and step.inner not in self._outcomes:
                self.level(step.inner, leavable or any(
                    level.steps[each].interrupting and level.steps[each].trigger in OUTSIDE for each in step.boundary))
        search = LevelSearch(level, self._outcomes, leavable, max(1, min(MAX_STATES, self._left)))
        inner = {step.id: self._faults.get(step.inner, []) for step in level.steps.values() if step.inner is not None}
        search.run({host for host, faults in inner.items() if faults})
        self._left -= search.count
        self._outcomes[name] = search.outcome
        if not search.complete:
            self.notes.append(say("“%(name)s”的并行走法太多，只检查了前 %(count)s 种情形，没有查完",
                                  name=self._name(name), count=search.count))
        self._faults[name] = search.faults + [
            Fault(fault.step, fault.reason, trail((*search.ways.get(host, ()), *fault.path)))
            for host, faults in inner.items() for fault in faults]

    def problems(self) -> list[Problem]:
        """What was found, each fault once, and the errors that leave the outermost level."""
        main = self._reading.main
        faults = self._faults[main] + [Fault(path[-1], say("这里抛出的错误没有边界事件接住，流程会停下来"), path)
                                       for path in self._outcomes[main].errors.values()]
        once = {(fault.step, fault.reason): fault for fault in reversed(faults)}
        return [Problem(self._reading.file_of(self._reading.elements[fault.step].process_id), fault.step, fault.reason,
                        fault.path) for fault in reversed(once.values())]

    def _name(self, level: str) -> str:
        element = self._reading.elements.get(level)
        return (element.name if element is not None else self._reading.processes[level].name) or level
