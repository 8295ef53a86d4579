"""Files that come in with a form: each is taken or refused on its own, so that one bad file loses nothing."""
from __future__ import annotations

from collections.abc import Iterable

from werkzeug.datastructures import FileStorage

from app.issues import attachments
from app.issues.attachments import CheckedFile
from app.issues.errors import FileRefused
from workflows.sentence import sentence_of


def check_files(storages: Iterable[FileStorage], already: int) -> tuple[list[CheckedFile], list[str]]:
    """The files that may be taken and, for the others, what to tell the person. `already` counts those that lie
    there."""
    checked: list[CheckedFile] = []
    refused: list[str] = []
    for storage in storages:
        if not storage.filename:
            continue
        try:
            upload = attachments.read_upload(storage.filename, storage.stream)
            checked += attachments.check_all([upload], already + len(checked))
        except FileRefused as error:
            refused.append(sentence_of(error))
    return checked, refused
