"""What the modeler's services refuse, in words for the administrator who pressed."""
from __future__ import annotations

from app.cases.errors import CaseError


class Conflict(CaseError):
    """Somebody else has saved the same file meanwhile: says who and when. Nothing was written."""


class Unreadable(CaseError):
    """A file that is not kept: says why. The draft is as it was."""
    status = 422
