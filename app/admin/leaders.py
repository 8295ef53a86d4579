"""Who is in charge 包联 of which enterprise. Board, measures and bulletin follow it. Source: the plan, 四（四）."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.admin.errors import AdminRefused, NoSuch
from app.models import Enterprise, Post, User
from app.numbers import LARGEST
from workflows.sentence import say

NONE = "-"
"""of the filter: enterprises without a leader"""
PAGE = 50


@dataclass(frozen=True, slots=True)
class Found:
    """A page of enterprises by name, and how many there are."""
    enterprises: Sequence[Enterprise]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def find(session: Session, q: str, leader: str, page: int) -> Found:
    """Enterprises by part of a name or code, and by leader: an id, NONE, or '' for all. Key enterprises come first."""
    wanted: list[ColumnElement[bool]] = []
    if q:
        wanted.append(or_(*(column.contains(q, autoescape=True) for column in (Enterprise.name,
                                                                               Enterprise.credit_code))))
    if leader:
        wanted.append(Enterprise.leader_id.is_(None) if leader == NONE else Enterprise.leader_id == int(leader))
    total = session.scalar(select(func.count()).select_from(Enterprise).where(*wanted)) or 0
    page = min(page, max(1, -(-total // PAGE)))
    rows = session.scalars(select(Enterprise).where(*wanted).offset((page - 1) * PAGE).limit(PAGE)
                           .order_by(Enterprise.key_enterprise.desc(), Enterprise.name, Enterprise.id)).all()
    return Found(rows, total, page)


def candidates(session: Session) -> dict[int, str]:
    """{user: name} of who holds a leader's post, by name."""
    return dict(session.execute(
        select(User.id, User.name).where(User.id.in_(select(Post.user_id).where(Post.position_code == "leader")),
                                         User.disabled.is_(False)).order_by(User.name, User.id)).all())


def get(session: Session, enterprise_id: int) -> Enterprise:
    """The enterprise, held until the end of the transaction. Raises NoSuch."""
    enterprise = session.get(Enterprise, enterprise_id, with_for_update=True) if enterprise_id <= LARGEST else None
    if enterprise is None:
        raise NoSuch(say("没有这家企业。"))
    return enterprise


def put_in_charge(session: Session, enterprise: Enterprise, leader_id: int | None) -> None:
    """Gives an enterprise this leader, or none; who is in charge stays so. Raises AdminRefused for somebody who is no
    leader."""
    if leader_id not in (None, enterprise.leader_id) and leader_id not in candidates(session):
        raise AdminRefused(say("只有在用的、担任包联领导岗位的人才能包联企业。"))
    enterprise.leader_id = leader_id
    session.flush()
