"""The words of a letter: a notice in the frame that its kind has, the product's own or an administrator's.

A frame is text with placeholders of a closed list; whatever else stands in braces is refused when it is saved.
"""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.errors import Blocked
from app.dates import city_day, in_full
from app.models import Issue, MailTemplate
from workflows.sentence import Sentence, say

Json = Any
ENTERPRISE = "enterprise"
KINDS: dict[str, Sentence] = {
    "inform": say("告知"), "remind": say("提醒"), "urge": say("催办"), "escalate": say("升级"),
    ENTERPRISE: say("给企业的告知")}
PLACEHOLDERS: dict[str, Sentence] = {
    str(say("内容")): say("通知的内容，每封信必须有"), str(say("编号")): say("问题编号"),
    str(say("标题")): say("问题标题"), str(say("日期")): say("发信的日期")}
"""what may stand in braces, and what comes in its place"""
TEXT, NUMBER, TITLE, DAY = PLACEHOLDERS
LONGEST_SUBJECT, LONGEST_BODY = 120, 4_000
_MARK = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Frame:
    """A subject and a body with placeholders."""
    subject: str
    body: str


DEFAULT = Frame(str(say("【助企】%(text)s", text=f"{{{TEXT}}}")), f"{{{TEXT}}}")


def worded(session: Session, issue_id: int | None, letters: Sequence[tuple[str, str, dict[str, Json]]],
           now: datetime) -> list[dict[str, Json]]:
    """Rows of the outbox with their words. A letter comes as its kind, what it tells, and the row."""
    own = frames(session, {kind for kind, _, _ in letters})
    facts = _facts(session, issue_id, now) if own else {}
    return [row | filled(own.get(kind, DEFAULT), {**facts, TEXT: text}) for kind, text, row in letters]


def frames(session: Session, kinds: set[str]) -> dict[str, Frame]:
    """The frames of these kinds that an administrator has changed."""
    rows = session.execute(select(MailTemplate.kind, MailTemplate.subject, MailTemplate.body)
                           .where(MailTemplate.kind.in_(kinds)))
    return {row.kind: Frame(row.subject, row.body) for row in rows}


def filled(frame: Frame, facts: Mapping[str, str]) -> dict[str, str]:
    """The letter's subject, on one line, and body. What is put in is not looked at for placeholders again; one that
    nothing is known for leaves nothing."""
    subject = _fill(frame.subject, facts)
    return {"subject": " ".join(subject.split())[:LONGEST_SUBJECT], "body": _fill(frame.body, facts)}


def check(frame: Frame) -> None:
    """Raises Blocked for a frame that no letter should go out in."""
    if reasons := list(_wrong(frame)):
        raise Blocked(reasons[0])


def _wrong(frame: Frame) -> Iterator[Sentence]:
    if not frame.subject.strip():
        yield say("请填写主题。")
    if len(frame.subject) > LONGEST_SUBJECT or len(frame.body) > LONGEST_BODY:
        yield say("主题最多%(subject)s个字，正文最多%(body)s个字。", subject=LONGEST_SUBJECT, body=LONGEST_BODY)
    for name in _MARK.findall(frame.subject + frame.body):
        if name not in PLACEHOLDERS:
            yield say("不认识“{%(name)s}”，只能用：%(known)s。", name=name,
                      known=[f"{{{each}}}" for each in PLACEHOLDERS])
    if f"{{{TEXT}}}" not in frame.body:
        yield say("正文里要有“{%(name)s}”，不然收信人不知道是什么事。", name=TEXT)


def _facts(session: Session, issue_id: int | None, now: datetime) -> dict[str, str]:
    issue = session.execute(select(Issue.number, Issue.title).where(Issue.id == issue_id)).one_or_none()
    return {NUMBER: issue.number if issue else "", TITLE: issue.title if issue else "", DAY: day_of(now)}


def day_of(now: datetime) -> str:
    """The day as letters name it."""
    return str(in_full(city_day(now)))


def _fill(text: str, facts: Mapping[str, str]) -> str:
    return _MARK.sub(lambda found: str(facts.get(found[1], "")), text)
