"""The words around notices, by kind: read, changed, set back to what the product brings."""
from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.actor import Actor
from app.admin.errors import NoSuch
from app.cases import letters
from app.cases.letters import Frame
from app.models import MailTemplate
from workflows.sentence import Sentence, say


def name_of(kind: str) -> Sentence:
    """What a kind of letter is called. Raises NoSuch."""
    if kind not in letters.KINDS:
        raise NoSuch(say("没有这种邮件。"))
    return letters.KINDS[kind]


def frame_of(session: Session, kind: str) -> tuple[Frame, MailTemplate | None]:
    """The frame in use, and the administrator's row if it is one."""
    own = session.get(MailTemplate, kind)
    return (Frame(own.subject, own.body), own) if own is not None else (letters.DEFAULT, None)


def save(session: Session, kind: str, frame: Frame, *, actor: Actor, now: datetime) -> None:
    """Letters that are written from now on have these words. Raises NoSuch, Blocked."""
    name_of(kind)
    letters.check(frame)
    session.merge(MailTemplate(kind=kind, subject=frame.subject, body=frame.body, changed_at=now,
                               changed_by=actor.user_id))


def reset(session: Session, kind: str) -> None:
    """The product's own words again."""
    name_of(kind)
    if (own := session.get(MailTemplate, kind)) is not None:
        session.delete(own)


def example(frame: Frame, now: datetime) -> dict[str, str]:
    """A letter as it would go out in this frame."""
    return letters.filled(frame, {
        letters.TEXT: say("“厂区用电扩容”的制定方案今天到期，请抓紧办理。"), letters.NUMBER: f"{now.year}-000123",
        letters.TITLE: say("厂区用电扩容"), letters.DAY: letters.day_of(now)})
