"""The choice lists that forms of the content pack ask the application for, by `valuesKey`."""
from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.issues import merging
from app.issues.categories import CATEGORIES
from app.models import Attachment, Issue, Unit
from workflows.forms import ATTACHMENTS, Choice

LEADING = ("department", "agency", "banner", "zone")
"""kinds of unit that can lead or join"""


def lists(session: Session, issue: Issue | None, now: datetime) -> dict[str, list[Choice]]:
    """Units that can lead or join, categories, the issue's files, and the issues it can be merged into."""
    units: list[Choice] = [(code, name) for code, name in session.execute(
        select(Unit.code, Unit.name).where(Unit.kind.in_(LEADING), Unit.active).order_by(Unit.sort))]
    found: dict[str, list[Choice]] = {"units": units, "joint_units": units, "categories": list(CATEGORIES.items()),
                                      ATTACHMENTS: [], "merge_targets": []}
    if issue is not None:
        found[ATTACHMENTS] = [(id, name) for id, name in session.execute(
            select(Attachment.id, Attachment.name).where(Attachment.issue_id == issue.id).order_by(Attachment.id))]
        found["merge_targets"] = list(merging.candidates(session, issue, now=now))
    return found
