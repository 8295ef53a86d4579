"""Files that come with a task's form."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import request
from sqlalchemy.orm import Session

from app.issues import attachments
from app.issues.attachments import CheckedFile
from app.issues.uploads import check_files
from app.models import Attachment, WorkItem
from app.web import actor, apart, attachment_folder, now, release


@dataclass(frozen=True, slots=True)
class Taken:
    """The ids of the files that were kept, by the form's fields; and what is to be said of those that were not."""
    ids: Mapping[str, list[int]] = field(default_factory=dict)
    refused: tuple[str, ...] = ()


def take(item: WorkItem, *, mine: bool) -> Taken:
    """Keeps the files that came along, in a transaction of their own: a mistake in another field must lose no file, and
    no id that a page has shown may come to mean another. The same file sent twice by the same person is kept once.
    `mine`: the task is this person's, who else may attach nothing. Ends the request's transaction if there are files:
    what was read before has to be read again."""
    ids: dict[str, list[int]] = {}
    refused: list[str] = []
    issue_id = item.issue_id
    for key in request.files:
        checked, reasons = check_files(request.files.getlist(key), already=0)
        refused += reasons
        if checked:
            release()
            with apart() as own:
                ids[key] = [row.id for file in checked if (row := _kept(own, file, issue_id, mine)) is not None]
    return Taken(ids, tuple(refused))


def _kept(session: Session, file: CheckedFile, issue_id: int | None, mine: bool) -> Attachment | None:
    """The row of a file: the one that it has, else a new one if the task is this person's."""
    before = attachments.sent_before(session, file, issue_id=issue_id, user_id=actor().user_id)
    if before is not None or not mine:
        return before
    return attachments.keep(session, file, attachment_folder(), now=now(), issue_id=issue_id, user_id=actor().user_id)
