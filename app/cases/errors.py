"""What services refuse, in words for the person who pressed. `app/errors.py` turns them into pages."""
from __future__ import annotations


class CaseError(Exception):
    """Base class. `str(error)` is a Chinese sentence; `status` the HTTP status it answers with."""
    status = 409


class NotFound(CaseError):
    """There is no such thing, or the person may not know of it."""
    status = 404


class NotYours(CaseError):
    """The task is somebody else's, or of a post that the person does not hold."""
    status = 403


class AlreadyDone(CaseError):
    """Somebody else was quicker, or the task has gone: says who and when."""


class Stale(CaseError):
    """The instance moved between reading and writing; nothing was written."""


class Blocked(CaseError):
    """The act is not possible yet or no longer: says what stands in the way."""
