"""Errors of the engine. `app/errors.py` turns them into pages or problem+json; the texts are for people."""
from __future__ import annotations

from dataclasses import dataclass


class WorkflowError(Exception):
    """Base class. `str(error)` is a Chinese sentence that an officer or an administrator can read."""


class TaskNotReady(WorkflowError):
    """The task is not READY in this state: finished, cancelled, not reached, or never existed."""


class InstanceStopped(WorkflowError):
    """The instance has an open incident, is suspended or has ended; it takes no input until that is lifted."""


class MessageNotExpected(WorkflowError):
    """Nothing in the instance waits for this message."""


class MoveRefused(WorkflowError):
    """A return, recall or jump whose target cannot be entered from here (never completed, other parallel branch)."""


class StepsGone(MoveRefused):
    """A move to another version that lacks elements at which something is under way: naming others for them may help.
    `elements` are their ids in the old version."""

    def __init__(self, elements: tuple[str, ...], message: str):
        self.elements = elements
        super().__init__(message)


class ExpressionError(WorkflowError):
    """An expression that may not run, does not parse, or exceeds its bounds of time and size."""


class StateRefused(WorkflowError):
    """Stored state in a format other than this release's own."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of the deployment checks: `file`, `element` id (or None) and the reason, in Chinese. `path` are the
    ids of the elements that lead there from the start, where the finding is about a way through the diagram."""
    file: str
    element: str | None
    reason: str
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f"{self.file}:{self.element}" if self.element else self.file
        return f"{where}: {self.reason}"


class DefinitionRefused(WorkflowError):
    """A process folder that does not pass the checks. `problems` names file, element and reason of each fault."""

    def __init__(self, problems: list[Problem]):
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))
