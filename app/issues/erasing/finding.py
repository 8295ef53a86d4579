"""What personal data there is of an issue, counted by where it lies: for the preview, and for the act itself."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.cases import commitments
from app.models import (
    Attachment,
    Comment,
    Copy,
    Draft,
    History,
    Incident,
    Issue,
    MigrationCase,
    Outbox,
    PersonalValue,
    Repair,
    WorkItem,
)
from workflows.sentence import Sentence, say

Json = Any
SHORTEST = 2
"""characters of a text that is looked for elsewhere: a single one stands in every second sentence"""
WHAT: Mapping[str, Sentence] = {
    "contact": say("联系人的姓名、电话和邮箱"), "values": say("历史里的个人信息"),
    "description": say("反映内容里的个人信息"), "answers": say("办理步骤里填写的个人信息"),
    "words": say("备注和通知里的个人信息"), "letters": say("发给联系人的邮件"),
    "drafts": say("没有提交的草稿"), "states": say("移动版本前存下的状态"), "files": say("企业上传的文件")}
"""what is counted, in the order in which it is told"""


@dataclass(frozen=True, slots=True)
class Found:
    """`counts` by WHAT; `texts` the values themselves. `stays` counts sentences of the history that hold one of them in
    the clear, as people wrote it into a reason: those are sealed and stay."""
    counts: dict[str, int]
    texts: tuple[str, ...]
    stays: int


def find(session: Session, issue: Issue) -> Found:
    """Looks through everything that is kept of an issue."""
    instance, texts = issue.instance_id, personal_texts(session, issue)

    def count(model: Any, *where: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).select_from(model).where(*where)) or 0

    counts = {
        "contact": sum(map(bool, contact(issue))),
        "values": sum(len(kept) for kept in session.scalars(
            select(PersonalValue.kept).where(PersonalValue.instance_id == instance))),
        "description": int(scrubbed(issue.description, texts) != issue.description),
        "answers": sum(scrubbed(answer, texts) != answer for answer in session.scalars(
            select(WorkItem.answer).where(WorkItem.instance_id == instance))),
        "words": sum(count(model, model.instance_id == instance, holds(column, texts)) for model, column in (
            (Comment, Comment.text), (Copy, Copy.text), (Incident, Incident.message), (Repair, Repair.reason))),
        "letters": count(Outbox, letters_to(issue)),
        "drafts": count(Draft, Draft.work_item_id.in_(items_of(issue))),
        "states": count(MigrationCase, MigrationCase.instance_id == instance, MigrationCase.from_state.is_not(None)),
        "files": count(Attachment, Attachment.issue_id == issue.id, Attachment.uploaded_by.is_(None))}
    return Found({name: counts[name] for name in WHAT}, texts,
                 count(History, History.instance_id == instance, holds(History.text, texts)))


def contact(issue: Issue) -> tuple[str, ...]:
    """Who is to be reached, as far as that is still there."""
    given = issue.contact_name, issue.contact_phone, issue.contact_email or ""
    return tuple("" if value == commitments.ERASED else value for value in given)


def personal_texts(session: Session, issue: Issue) -> tuple[str, ...]:
    """The personal data itself, the longest first, so that no part of one is left when a shorter one goes."""
    kept = session.scalars(select(PersonalValue.kept).where(PersonalValue.instance_id == issue.instance_id)).all()
    values = {value for each in kept for value in commitments.values(each) if isinstance(value, str)}
    found = {value.strip() for value in (*values, *contact(issue))}
    return tuple(sorted((value for value in found if len(value) >= SHORTEST), key=len, reverse=True))


def scrubbed(value: Json, texts: Iterable[str]) -> Json:
    """A text, or anything that JSON can hold, without these texts."""
    if isinstance(value, str):
        for text in texts:
            value = value.replace(text, commitments.ERASED)
        return value
    if isinstance(value, dict):
        return {name: scrubbed(each, texts) for name, each in value.items()}
    return [scrubbed(each, texts) for each in value] if isinstance(value, list) else value


def holds(column: InstrumentedAttribute[str], texts: Iterable[str]) -> ColumnElement[bool]:
    """The condition that a column holds one of these texts."""
    return or_(false(), *(column.contains(text, autoescape=True) for text in texts))


def letters_to(issue: Issue) -> ColumnElement[bool]:
    """The condition on letters that went, or are to go, to an issue's contact: of its own case, or of one that it was
    merged into."""
    family = select(Issue.merged_into, Issue.instance_id).where(Issue.id == issue.id).cte("main", recursive=True)
    family = family.union(select(Issue.merged_into, Issue.instance_id).join(family, Issue.id == family.c.merged_into))
    of_family = select(1).select_from(family).where(
        Outbox.key.startswith(cast(family.c.instance_id, Text) + "-")).exists()
    return (Outbox.recipient == (issue.contact_email or "")) & (Outbox.recipient != "") & of_family


def items_of(issue: Issue) -> Any:
    return select(WorkItem.id).where(WorkItem.instance_id == issue.instance_id)
