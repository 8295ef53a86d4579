"""The choice lists that forms of the content pack ask the application for, by `valuesKey`."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.issues import merging
from app.issues.categories import CATEGORIES
from app.models import Attachment, Issue, Meeting, MeetingCase, Unit
from workflows.forms import ATTACHMENTS, Choice

LEADING = ("department", "agency", "banner", "zone")
"""kinds of unit that can lead or join"""


def lists(session: Session, issue: Issue | None, now: datetime,
          instance_id: int | None = None) -> Mapping[str, list[Choice]]:
    """Units that can lead or join, categories, the issue's files, the issues it can be merged into, and the cases of
    the dispatch meeting whose instance this is; each looked up when a form asks for it."""
    return _Lists({
        "units": partial(_units, session), "joint_units": partial(_units, session),
        "categories": lambda: list(CATEGORIES.items()), ATTACHMENTS: partial(_files, session, issue),
        "merge_targets": lambda: list(merging.candidates(session, issue, now=now)) if issue is not None else [],
        "meeting_cases": partial(_meeting_cases, session, instance_id)})


class _Lists(Mapping[str, list[Choice]]):
    """Lists by name, each made once and only if it is looked at."""

    def __init__(self, makers: Mapping[str, Callable[[], list[Choice]]]) -> None:
        self._makers = makers
        self._made: dict[str, list[Choice]] = {}

    def __getitem__(self, name: str) -> list[Choice]:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def _units(session: Session) -> list[Choice]:
    return [(code, name) for code, name in session.execute(
        select(Unit.code, Unit.name).where(Unit.kind.in_(LEADING), Unit.active).order_by(Unit.sort))]


def _files(session: Session, issue: Issue | None) -> list[Choice]:
    return [(id, name) for id, name in session.execute(
        select(Attachment.id, Attachment.name).where(Attachment.issue_id == issue.id).order_by(Attachment.id))
    ] if issue is not None else []


def _meeting_cases(session: Session, instance_id: int | None) -> list[Choice]:
    return [(number, f"{number} {title}") for number, title in session.execute(
        select(Issue.number, Issue.title).join(MeetingCase, MeetingCase.issue_id == Issue.id)
        .join(Meeting, Meeting.id == MeetingCase.meeting_id).where(Meeting.instance_id == instance_id)
        .order_by(Issue.number))]
