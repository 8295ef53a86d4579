"""Users and their posts: entering, changing, disabling, and what must not be left behind."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from app.admin.errors import AdminRefused, NoSuch
from app.auth import service
from app.models import Position, Post, Unit, User, WorkItem
from app.powers import rules
from workflows.sentence import say

STATES = {"active": say("在用"), "disabled": say("已停用"), "locked": say("已锁定"), "first": say("未改首次密码")}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of the list, as they stand in the address."""
    q: str = ""
    unit: str = ""
    position: str = ""
    state: str = ""


def find_users(session: Session, wanted: Wanted, now: datetime, *, page: int, size: int) -> tuple[list[User], int]:
    """A page of users by name, and how many there are."""
    selected = _filtered(wanted, now)
    total = session.scalar(select(func.count()).select_from(selected.subquery())) or 0
    rows = session.scalars(selected.order_by(User.username).limit(size).offset((page - 1) * size))
    return list(rows.all()), total


def _filtered(wanted: Wanted, now: datetime) -> Select[User]:
    selected = select(User)
    if wanted.q:
        selected = selected.where(User.username.icontains(wanted.q, autoescape=True)
                                  | User.name.icontains(wanted.q, autoescape=True))
    if wanted.unit:
        selected = selected.where(exists().where(Post.user_id == User.id, Post.unit_code == wanted.unit))
    if wanted.position:
        selected = selected.where(exists().where(Post.user_id == User.id, Post.position_code == wanted.position))
    conditions = {"active": User.disabled.is_(False), "disabled": User.disabled.is_(True),
                  "locked": User.locked_until > now, "first": User.must_change_password.is_(True)}
    return selected.where(conditions[wanted.state]) if wanted.state in conditions else selected


def get_user(session: Session, user_id: int) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise NoSuch(say("没有这个用户。"))
    return user


def create_user(session: Session, *, username: str, name: str, email: str | None, phone: str | None,
                password_hash: str, now: datetime) -> User:
    """A new user, who has to change the password at first."""
    if service.find(session, username) is not None:
        raise AdminRefused(say("用户名“%(username)s”已经有人在用。", username=username))
    user = User(username=username.strip().lower(), name=name, email=email, phone=phone, password_hash=password_hash,
                created_at=now)
    session.add(user)
    session.flush()
    return user


def hold(session: Session, user_id: int) -> User:
    """The user as they are now, locked: what is decided by their posts stays true until this transaction is over."""
    user = session.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None:
        raise NoSuch(say("没有这个用户。"))
    return user


def administers(user: User) -> bool:
    """Whether the account is one of an administrator's, so that changes of it need another one's agreement (ADR 17)."""
    return rules.kind_of(post.position_code for post in user.posts) is not None


def named(user: User) -> str:
    """As the administrators' log names a person."""
    return f"{user.name} ({user.username})"


def named_post(post: Post) -> str:
    """As the log names a post: unit and position."""
    return f"{post.unit.name}{post.position.name}"


def judge_post(user: User, position_code: str, by: int | None) -> None:
    """Raises AdminRefused when this user cannot be given the position: `by` is the user, or it goes with none of those
    that they hold. `by` None: the command line of the host."""
    if by == user.id:
        raise AdminRefused(say("不能给自己增加岗位，请另一位安全管理员来做。"))
    told = rules.conflict([position_code, *(post.position_code for post in user.posts)])
    if told:
        raise AdminRefused(told)


def add_post(session: Session, user: User, unit_code: str, position_code: str, *, by: int | None,
             agreed: bool = False) -> None:
    """Gives a user a post that they do not hold yet. One of the three administrators' is given when another one has
    `agreed` (app.admin.agreements), or by the command line."""
    judge_post(user, position_code, by)
    if position_code in rules.THREE and not agreed:
        raise AdminRefused(say("管理员的岗位要由另一类管理员同意。"))
    unit, position = session.get(Unit, unit_code), session.get(Position, position_code)
    if unit is None or position is None or not unit.active:
        raise NoSuch(say("没有这个单位或岗位。"))
    if any((post.unit_code, post.position_code) == (unit_code, position_code) for post in user.posts):
        raise AdminRefused(say("%(name)s已经是%(unit)s的%(position)s。", name=user.name, unit=unit.name,
                               position=position.name))
    user.posts.append(Post(unit_code=unit_code, position_code=position_code, unit=unit, position=position))
    session.flush()


def remove_post(session: Session, user: User, post_id: int) -> str | None:
    """Takes a post away. Returns a warning when tasks of the post are left without anybody."""
    post = next((post for post in user.posts if post.id == post_id), None)
    if post is None:
        raise NoSuch(say("没有这个岗位。"))
    if post.position_code in rules.THREE and sum(each.position_code == post.position_code for each in user.posts) == 1:
        _another(session, user, post.position_code)
    user.posts.remove(post)
    session.delete(post)
    session.flush()
    return left_alone(session, post)


def disable(session: Session, user: User) -> list[str]:
    """Shuts a user out at once. Returns warnings about tasks that stay in their name or are left without anybody."""
    for position in {post.position_code for post in user.posts} & set(rules.THREE):
        _another(session, user, position)
    service.disable(session, user)
    own = session.scalar(select(func.count()).select_from(WorkItem).where(
        WorkItem.assignee_id == user.id, WorkItem.status.in_(("open", "held"))))
    warnings = [say("还有%(own)s件待办在%(name)s名下，请给他设置缺勤代办，或请督办员转交。", own=own,
                    name=user.name)] if own else []
    return warnings + [warning for post in user.posts if (warning := left_alone(session, post))]


def enable(session: Session, user: User) -> None:
    user.disabled, user.failed_logins, user.locked_until = False, 0, None
    session.flush()


def _another(session: Session, user: User, position: str) -> None:
    """Raises AdminRefused if nobody else would be this one of the three afterwards."""
    others = session.scalar(select(func.count()).select_from(Post).join(User, User.id == Post.user_id).where(
        Post.position_code == position, User.id != user.id, User.disabled.is_(False)))
    if not others:
        raise AdminRefused(say("这是最后一位%(position)s，请先让另一位用户担任%(position)s。",
                               position=rules.THREE[position]))


def left_alone(session: Session, post: Post, without: int | None = None) -> str | None:
    """What to say when tasks of a post have nobody who could take them on, or would have `without` this user; None when
    somebody else holds it, or none wait."""
    holders = session.scalar(select(func.count()).select_from(Post).join(User, User.id == Post.user_id).where(
        Post.unit_code == post.unit_code, Post.position_code == post.position_code, User.disabled.is_(False),
        User.id.is_distinct_from(without)))
    waiting = session.scalar(select(func.count()).select_from(WorkItem).where(
        WorkItem.unit_code == post.unit_code, WorkItem.position_code == post.position_code,
        WorkItem.assignee_id.is_(None), WorkItem.status == "open"))
    if holders or not waiting:
        return None
    if without is not None:
        return say("这样%(unit)s的%(position)s就没有人了，还有%(waiting)s件待办等人办理。",
                   unit=post.unit.name, position=post.position.name, waiting=waiting)
    return say("%(unit)s的%(position)s已经没有人，还有%(waiting)s件待办等人办理，请尽快安排。",
               unit=post.unit.name, position=post.position.name, waiting=waiting)


def position_choices(session: Session) -> list[tuple[str, str]]:
    """(code, name) for a select box."""
    return [(code, name) for code, name in session.execute(
        select(Position.code, Position.name).order_by(Position.sort))]
