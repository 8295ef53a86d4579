"""What a request has shown of cases is noted after its view, in one short transaction, before the answer leaves.

Each process remembers what it has noted lately, so that who goes on reading costs nothing. A reading that cannot be
written down is told in the server's log with its ids: work does not stop for a disk that is full, and no reading is
lost without a word.
"""
from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import structlog
from flask import Flask, Response, current_app, g, request
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from app import web
from app.issues.visibility import find_visible
from app.models import Issue
from app.reads import log as service
from app.reads.log import ONE_READING, Reading

log = structlog.get_logger()
MOST_REMEMBERED = 20_000
_LATELY = "zhuqi_read_lately"


def init_app(app: Flask) -> None:
    """Call it before `web.finish_first`."""
    lately: dict[Reading, datetime] = {}
    app.extensions[_LATELY] = lately
    app.after_request(_write)


def reads(way: str, issue_id: int, *, file_id: int | None = None) -> None:
    """Says that the request at hand shows this issue."""
    _add(way, issue_id=issue_id, file_id=file_id)


def takes(issue_ids: Iterable[int | None]) -> None:
    """Says that the request at hand hands out a list of these issues, as a file."""
    _add("list", taken=tuple(dict.fromkeys(id for id in issue_ids if id is not None)))


def find_and_note(number: str, way: str, *, file_id: int | None = None) -> Issue:
    """The issue of that number, which the request at hand shows. Raises NoSuchIssue."""
    issue = find_visible(web.db(), web.actor(), number)
    reads(way, issue.id, file_id=file_id)
    return issue


def _add(way: str, *, issue_id: int | None = None, file_id: int | None = None, taken: tuple[int, ...] = ()) -> None:
    """An enterprise has no account; where it reads from is nothing that the office needs to keep."""
    known = current_user.is_authenticated and way != "follow"
    reading = Reading(way, issue_id, web.actor().user_id if known else None, web.actor().acting if known else None,
                      (request.remote_addr or "") if known else "", file_id, taken)
    g.setdefault("readings", []).append(reading)


def _write(response: Response) -> Response:
    for reading in g.pop("readings", ()) if response.status_code < 400 else ():
        lately: dict[Reading, datetime] = current_app.extensions[_LATELY]
        if reading.lasts and reading in lately and lately[reading] <= web.now() < lately[reading] + ONE_READING:
            continue
        try:
            with web.apart() as own:
                service.note(own, reading, web.now())
        except SQLAlchemyError as error:
            log.error("reading_not_noted", way=reading.way, issue=reading.issue_id, user=reading.user_id,
                      taken=len(reading.taken), error=type(error).__name__)
            continue
        if reading.lasts:
            _remember(lately, reading)
    return response


def _remember(lately: dict[Reading, datetime], reading: Reading) -> None:
    if len(lately) >= MOST_REMEMBERED:
        lately.clear()
    lately[reading] = web.now()
