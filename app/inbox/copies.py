"""抄送 and 已阅, 关注: what people want to know of without having to do it."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, tuple_, update
from sqlalchemy.orm import Session, joinedload

from app.actor import Actor
from app.cases import notices
from app.cases.errors import Blocked
from app.db import insert_into
from app.inbox.queries import MOST_EXPORTED
from app.inbox.targets import note, own, person
from app.models import Copy, Issue, Meeting, User, Watch
from workflows.sentence import say


def send(session: Session, item_id: int, user_ids: Sequence[int], text: str, *, actor: Actor, now: datetime) -> None:
    """Sends copies of an issue to colleagues, with a few words."""
    item, held = own(session, item_id, actor)
    people = [person(session, user_id) for user_id in dict.fromkeys(user_ids)]
    if not people:
        raise Blocked(say("请选择抄送给谁。"))
    names = [user.name for user in people]
    note(session, held, "copy", item, say("抄送%(names)s", names=names), actor=actor, now=now,
         users=[user.id for user in people])
    words = text.strip() or say("%(name)s抄送给您，请知悉。", name=actor.name)
    session.add_all(Copy(instance_id=item.instance_id, issue_id=item.issue_id, user_id=user.id, kind="copy",
                         text=words, sent_at=now, sent_by=actor.user_id) for user in people)
    notices.mail_people(session, held, "copy", words, [user.id for user in people], None, now)


def addressed_to(actor: Actor) -> ColumnElement[bool]:
    """The condition on Copy under which it is this person's to read."""
    return or_(Copy.user_id.in_(actor.all_user_ids),
               and_(Copy.user_id.is_(None), tuple_(Copy.unit_code, Copy.position_code).in_(actor.all_posts)))


def mark_read(session: Session, copy_ids: Sequence[int], *, actor: Actor, now: datetime) -> int:
    """已阅: how many were still unread. A copy to a post is read once, by one of its people."""
    read = session.execute(update(Copy).where(Copy.id.in_(copy_ids), Copy.read_at.is_(None), addressed_to(actor))
                           .values(read_at=now, read_by=actor.user_id).execution_options(synchronize_session=False))
    return int(read.rowcount)  # type: ignore[attr-defined]


def watch(session: Session, issue_id: int, *, actor: Actor, now: datetime) -> None:
    if actor.user_id is not None:
        session.execute(insert_into(session, Watch).values(user_id=actor.user_id, issue_id=issue_id, since=now)
                        .on_conflict_do_nothing())


def unwatch(session: Session, issue_id: int, *, actor: Actor) -> None:
    session.execute(delete(Watch).where(Watch.user_id == actor.user_id, Watch.issue_id == issue_id))


def is_watched(session: Session, issue_id: int | None, actor: Actor) -> bool:
    return session.scalar(select(Watch.issue_id).where(Watch.user_id == actor.user_id,
                                                       Watch.issue_id == issue_id)) is not None


def page_of(session: Session, actor: Actor, *, unread: bool, page: int, size: int,
            ) -> tuple[Sequence[tuple[Copy, Issue | None, Meeting | None, str | None]], int]:
    """Copies to read, newest first: (copy, issue, meeting, sender's name), and how many there are up to
    MOST_EXPORTED."""
    condition = [addressed_to(actor)] + ([Copy.read_at.is_(None)] if unread else [])
    total = session.scalar(select(func.count()).select_from(
        select(Copy.id).where(*condition).limit(MOST_EXPORTED).subquery())) or 0
    rows = session.execute(
        select(Copy, Issue, Meeting, User.name).outerjoin(Issue, Issue.id == Copy.issue_id)
        .outerjoin(Meeting, Meeting.instance_id == Copy.instance_id)
        .outerjoin(User, User.id == Copy.sent_by).where(*condition)
        .order_by(Copy.sent_at.desc(), Copy.id.desc()).limit(size).offset((page - 1) * size)).all()
    return [(copy, issue, meeting, sender) for copy, issue, meeting, sender in rows], total


def watched(session: Session, actor: Actor, visible: ColumnElement[bool], *, page: int, size: int,
            ) -> tuple[Sequence[Issue], int]:
    """The issues that a person follows, the latest first, as far as they may still see them; and how many."""
    condition = (Watch.user_id == actor.user_id, visible)
    total = session.scalar(select(func.count()).select_from(Issue).join(Watch, Watch.issue_id == Issue.id)
                           .where(*condition)) or 0
    return session.scalars(select(Issue).join(Watch, Watch.issue_id == Issue.id).where(*condition)
                           .options(joinedload(Issue.enterprise))
                           .order_by(Watch.since.desc(), Issue.id).limit(size).offset((page - 1) * size)).all(), total
