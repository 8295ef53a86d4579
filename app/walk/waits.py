"""For whom an issue waits, and who of them can be played."""
from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, select
from sqlalchemy.orm import Session, aliased

from app.cases import service
from app.inbox.finishing import waits_for_enterprise
from app.models import Issue, Post, User, WorkItem
from app.repeated import occasion
from workflows.sentence import say


@dataclass(frozen=True, slots=True)
class Turn:
    """A task that is open, and somebody who may finish it."""
    item: int
    name: str
    """the task's: 受理, or with what it is for: 跟进方案节点（专场招聘）"""
    user: int
    who: str
    """市人力资源和社会保障局经办人张三"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Where an issue stands: turns in the order in which they were opened, or the enterprise, or neither."""
    turns: tuple[Turn, ...]
    enterprise: bool
    closed: bool


def waiting(session: Session, issue: Issue) -> Waiting:
    """What the issue waits for. A task whose post nobody holds has no turn."""
    items = session.scalars(select(WorkItem).where(WorkItem.instance_id == issue.instance_id,
                                                   WorkItem.status == "open").order_by(WorkItem.id)).all()
    turns = tuple(turn for item in items if (turn := _turn(session, item)) is not None)
    asks = not turns and issue.instance_id is not None and waits_for_enterprise(
        service.waiting_messages(session, issue.instance_id))
    return Waiting(turns, asks, issue.closed_at is not None)


def somebody_who_sees_all(session: Session) -> User | None:
    """A supervisor, for the issue's whole story."""
    return session.scalar(select(User).join(Post).where(Post.position_code == "supervisor", User.disabled.is_(False))
                          .order_by(User.id).limit(1))


def _turn(session: Session, item: WorkItem) -> Turn | None:
    user = _holder(session, item)
    if user is None:
        return None
    post = next((post for post in user.posts if (post.unit_code, post.position_code)
                 == (item.unit_code, item.position_code)), None)
    who = f"{post.unit.name}{post.position.name}{user.name}" if post else user.name
    which = occasion(item.local)
    name = say("%(name)s（%(what)s）", name=item.name, what=which.title) if which else item.name
    return Turn(item.id, name, user.id, who)


def _holder(session: Session, item: WorkItem) -> User | None:
    """Whose the item is: its assignee's, else the first who holds its post, rather one who works nowhere else."""
    if item.assignee_id is not None:
        return session.get(User, item.assignee_id)
    other = aliased(Post)
    elsewhere = select(other.id).where(other.user_id == User.id, other.unit_code != item.unit_code).exists()
    return session.scalar(
        select(User).join(Post).where(Post.unit_code == item.unit_code, Post.position_code == item.position_code,
                                      User.disabled.is_(False))
        .order_by(case((elsewhere, 1), else_=0), User.id).limit(1))
