"""Errors of this package. The texts are Chinese sentences for the person who pressed."""
from __future__ import annotations

from app.cases.errors import CaseError
from workflows.sentence import say


class IssueError(CaseError):
    """Base class; `str(error)` can be shown."""
    status = 422


class NoSuchIssue(IssueError):
    """No such issue, or not one that this person may see: the two are told alike."""
    status = 404

    def __init__(self) -> None:
        super().__init__(say("没有找到这个问题，或者您没有查看它的权限。"))


class RegistrationRefused(IssueError):
    """The facts of a report do not hold together. `field` names the one to mend."""

    def __init__(self, field: str, message: str):
        self.field = field
        super().__init__(message)


class MergeRefused(IssueError):
    """These two cannot be merged; the text says why."""


class FileRefused(IssueError):
    """A file that is not taken: kind, size, number; the text says which and what to do."""


class NotNow(IssueError):
    """The enterprise's act does not fit where the issue stands."""
    status = 409


class Paused(NotNow):
    """The issue is held for now; the act will fit again when it goes on."""
