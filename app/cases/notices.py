"""Notices of a step: copies to read for the posts that they name, and mail to people who have an address."""
from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.cases import letters
from app.cases.locking import Held
from app.models import Copy, Issue, Outbox, Post, User, WorkItem
from workflows.step import Notice, Step

Json = Any
ENTERPRISE = "enterprise"


def send(session: Session, held: Held, step: Step, now: datetime) -> None:
    """Writes a step's notices: to officers as copies and mail, to the enterprise as mail. An urging one also marks
    the instance's open tasks as urged."""
    if not step.notices:
        return
    inside = [notice for notice in step.notices if notice.unit != ENTERPRISE]
    outside = [notice for notice in step.notices if notice.unit == ENTERPRISE]
    if inside:
        session.execute(insert(Copy), [{
            "instance_id": held.id, "issue_id": held.issue_id, "unit_code": notice.unit,
            "position_code": notice.position, "kind": notice.kind, "text": notice.text, "sent_at": now,
        } for notice in inside])
    _write(session, held, _to_officers(session, held, inside, now) + _to_enterprise(session, held, outside, now), now)
    if any(notice.kind == "urge" for notice in inside):
        session.execute(update(WorkItem).where(WorkItem.instance_id == held.id, WorkItem.status == "open",
                                               WorkItem.kind == "task")
                        .values(urged=WorkItem.urged + 1, urged_at=now).execution_options(synchronize_session=False))


def user_ids(session: Session, usernames: Collection[str]) -> dict[str, int]:
    """The ids of these users; a name that nobody has is left out."""
    if not usernames:
        return {}
    rows = session.execute(select(User.username, User.id).where(User.username.in_(usernames)))
    return dict(rows.all())


def mail_people(session: Session, held: Held, act: str, text: str, users: Collection[int],
                post: tuple[str, str] | None, now: datetime) -> None:
    """Mail about an act around the engine (`act`: urge, copy) to these users, or to everybody in a post. Call it after
    the act has its entry in the history: the letters' keys carry the instance's version."""
    unit, position = post or ("", None)
    notice = Notice(act, unit, position, text, "urge" if act == "urge" else "inform")
    if post is not None:
        written = _to_officers(session, held, [notice], now)
    else:
        addresses = session.scalars(select(User.email).where(User.id.in_(users), User.email.is_not(None),
                                                             User.disabled.is_(False)).order_by(User.id))
        written = [_letter(held, 0, address, notice, now) for address in dict.fromkeys(addresses) if address]
    _write(session, held, written, now)


def _write(session: Session, held: Held, written: list[tuple[str, str, dict[str, Json]]], now: datetime) -> None:
    """Puts letters into the outbox, in the words that their kind of notice has."""
    if written:
        session.execute(insert(Outbox), letters.worded(session, held.issue_id, written, now))


def _to_officers(session: Session, held: Held, notices: list[Notice],
                 now: datetime) -> list[tuple[str, str, dict[str, Json]]]:
    posts = {(notice.unit, notice.position) for notice in notices}
    if not posts:
        return []
    rows = session.execute(
        select(User.email, Post.unit_code, Post.position_code).join(Post, Post.user_id == User.id)
        .where(User.email.is_not(None), User.disabled.is_(False), Post.unit_code.in_({unit for unit, _ in posts})))
    holders: dict[tuple[str, str], dict[str, None]] = {}
    for email, unit, position in rows:
        assert email is not None
        holders.setdefault((unit, position), {})[email] = None  # colleagues may share a mailbox
    return [_letter(held, number, email, notice, now)
            for number, notice in enumerate(notices)
            for email in holders.get((notice.unit, notice.position or ""), ())]


def _to_enterprise(session: Session, held: Held, notices: list[Notice],
                 now: datetime) -> list[tuple[str, str, dict[str, Json]]]:
    """Also to those whose issues were merged into this one: they follow it (C5)."""
    if not notices or held.issue_id is None:
        return []
    family = select(Issue.id).where(Issue.id == held.issue_id).cte("family", recursive=True)
    family = family.union(select(Issue.id).join(family, Issue.merged_into == family.c.id))
    found = session.scalars(select(Issue.contact_email).join(family, Issue.id == family.c.id).order_by(Issue.id))
    addresses = dict.fromkeys(email for email in found if email)
    return [_letter(held, number, email, notice, now) for number, notice in enumerate(notices) for email in addresses]


def _letter(held: Held, number: int, email: str, notice: Notice, now: datetime) -> tuple[str, str, dict[str, Json]]:
    """The kind of letter, what it tells, and its row without words. The key tells the instance, the step, the notice
    and the mailbox, so that no letter is written twice."""
    place = f"{notice.unit}-{notice.position}-{notice.element_id}-{number}-{email}"
    kind = letters.ENTERPRISE if notice.unit == ENTERPRISE else notice.kind
    return kind, notice.text, {"key": f"{held.id}-{held.version}-{hashlib.sha256(place.encode()).hexdigest()}",
                               "recipient": email, "due_at": now, "attempts": 0}
