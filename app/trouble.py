"""Troubles of the surroundings: a database that is away, busy, full or only to be read, a disk without room.

They are nobody's fault and pass by themselves or by an operator's hand; what failed on one may simply be done again.
"""
from __future__ import annotations

import errno
import sqlite3
from typing import Literal

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

Trouble = Literal["away", "busy", "full", "read_only"]

_SQLSTATES: dict[str, Trouble] = {
    "40001": "busy", "40P01": "busy", "55P03": "busy", "53300": "busy", "57014": "busy", "53100": "full",
    "25006": "read_only", "57P01": "away", "57P02": "away", "57P03": "away"}
"""PostgreSQL's error codes (appendix A of its manual): serialization, deadlock, lock not to be had, too many
connections, cancelled; disk full; read-only transaction; shut down, crashed, starting up"""
_SQLITE: dict[int, Trouble] = {
    sqlite3.SQLITE_BUSY: "busy", sqlite3.SQLITE_LOCKED: "busy", sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_READONLY: "read_only", sqlite3.SQLITE_IOERR: "away", sqlite3.SQLITE_CANTOPEN: "away"}
_FILES: dict[int, Trouble] = {errno.ENOSPC: "full", errno.EDQUOT: "full", errno.EROFS: "read_only"}


def trouble(error: BaseException) -> Trouble | None:
    """What of the surroundings has failed; None when the error is a fault in what was asked."""
    if isinstance(error, NoConnectionFree):
        return "busy"
    if isinstance(error, DBAPIError):
        return _of_database(error)
    return _FILES.get(error.errno or 0) if isinstance(error, OSError) else None


def _of_database(error: DBAPIError) -> Trouble | None:
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return _SQLITE.get(code & 0xFF)  # the upper bits tell the kind of an I/O error or a lock
    state = getattr(error.orig, "sqlstate", None)
    if error.connection_invalidated or (state or "").startswith("08"):
        return "away"
    if state is None and type(error.orig).__name__ == "OperationalError":
        return "away"  # psycopg could not reach the server, or lost it
    return _SQLSTATES.get(state or "")
