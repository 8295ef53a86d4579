"""Sending an attachment: always as a download under its own name, never shown by the browser in our pages."""
from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from flask import send_file
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.issues.attachments import path_of
from app.models import Attachment


def send(row: Attachment, folder: Path) -> Response:
    """The file as an attachment with nosniff. The caller has checked that the person may have it."""
    path = path_of(folder, row.sha256)
    if not path.is_file():
        raise NotFound
    return _guarded(send_file(path, mimetype=row.media_type, as_attachment=True, download_name=row.name, max_age=0))


def send_bytes(content: bytes, name: str, media_type: str) -> Response:
    """A file that was made just now, as an attachment."""
    return _guarded(send_file(BytesIO(content), mimetype=media_type, as_attachment=True, download_name=name, max_age=0))


def send_pieces(pieces: Iterable[str], name: str, media_type: str) -> Response:
    """The same, sent piece by piece while it is made."""
    response = Response(pieces, content_type=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return _guarded(response)


def _guarded(response: Response) -> Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response
