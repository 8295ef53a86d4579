"""What administration refuses, in words for the administrator."""
from __future__ import annotations

from app.cases.errors import CaseError


class AdminRefused(CaseError):
    """The change would leave something broken; the text says what and what to do first."""
    status = 409


class NoSuch(CaseError):
    """There is no such unit, user, absence or incident."""
    status = 404
