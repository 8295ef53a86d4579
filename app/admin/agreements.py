"""What a security administrator asks for about administrators' accounts, and who agrees to it (ADR 17).

A post of one of the three, a new password, a forgotten second factor, an account back in use: each takes effect when
a system administrator agrees who neither asked nor is meant. A one-time password that comes of it is in two halves, one
for each of the two, so that neither alone can sign in with it: the person gets both.
"""
from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, aliased

from app.actor import Actor
from app.admin import users
from app.admin.errors import AdminRefused, NoSuch
from app.auth import second_factor, service
from app.models import Agreement, Position, Unit, User
from app.powers import rules
from workflows.sentence import Sentence, say

POST, PASSWORD, SECOND, ENABLE = "post", "password", "second", "enable"
LASTS = timedelta(days=7)
"""after which what was asked for has to be asked for again"""
_NEW_PASSWORD = frozenset({POST, PASSWORD})


class Line(NamedTuple):
    """What waits or was decided, with the people it names."""
    agreement: Agreement
    user: User
    asked_by: str
    decided_by: str | None
    what: Sentence


def ask(session: Session, kind: str, user: User, half: str, *, actor: Actor, now: datetime, unit: str | None = None,
        position: str | None = None) -> Agreement:
    """Notes what is asked for. `half` is the first half of the password that comes of it. Raises AdminRefused for
    oneself, for what could not be, and for what waits already."""
    if actor.user_id is None or actor.user_id == user.id:
        raise AdminRefused(say("不能改动自己的管理员账号，请另一位安全管理员来做。"))
    if position is not None:
        users.judge_post(user, position, actor.user_id)
        known = session.get(Unit, unit)
        if known is None or not known.active or session.get(Position, position) is None:
            raise NoSuch(say("没有这个单位或岗位。"))
    if session.scalar(select(Agreement.id).where(
            Agreement.user_id == user.id, Agreement.kind == kind, Agreement.status == "waiting",
            Agreement.asked_at > now - LASTS).limit(1)):
        raise AdminRefused(say("同样的申请正在等系统管理员同意。"))
    agreement = Agreement(kind=kind, user_id=user.id, unit_code=unit, position_code=position, status="waiting",
                          half=half if kind in _NEW_PASSWORD else "", asked_at=now, asked_by=actor.user_id)
    session.add(agreement)
    session.flush()
    return agreement


def half_of(session: Session, agreement_id: int) -> str:
    """The first half of the password that agreeing makes; '' when it makes none."""
    return _get(session, agreement_id).half


def agree(session: Session, agreement_id: int, password_hash: str, *, actor: Actor, now: datetime) -> Line:
    """Carries it out. `password_hash` is of both halves. Raises AdminRefused for who asked, for whom it is about, for
    who is no system administrator, and when it has been decided, is too old or cannot be any more."""
    agreement = _get(session, agreement_id)
    user = users.hold(session, agreement.user_id)
    if not actor.holds(rules.SYSTEM) or actor.user_id in (agreement.asked_by, agreement.user_id):
        raise AdminRefused(say("要由另一位系统管理员同意，不能是申请人或本人。"))
    if now - agreement.asked_at > LASTS:
        raise AdminRefused(say("申请已经过了%(days)s天，请安全管理员重新申请。", days=LASTS.days))
    what = _what(session, agreement)
    _decide(session, agreement, "agreed", actor, now)
    if agreement.kind == POST:
        users.add_post(session, user, agreement.unit_code or "", agreement.position_code or "", by=agreement.asked_by,
                       agreed=True)
    elif agreement.kind == ENABLE:
        users.enable(session, user)
    if agreement.kind in _NEW_PASSWORD:
        service.set_password(session, user, password_hash, must_change=True, now=now)
    if agreement.kind in (POST, SECOND):  # who gave the account out may know its second factor as well
        second_factor.forget(session, user)
        service.end_sessions(session, user.id)
    return Line(agreement, user, "", actor.name, what)


def refuse(session: Session, agreement_id: int, *, actor: Actor, now: datetime) -> Line:
    """A system administrator does not agree: nothing happens."""
    agreement = _get(session, agreement_id)
    if not actor.holds(rules.SYSTEM):
        raise AdminRefused(say("要由系统管理员决定。"))
    return _undone(session, agreement, "refused", actor, now)


def withdraw(session: Session, agreement_id: int, *, actor: Actor, now: datetime) -> Line:
    """Who asked takes it back."""
    agreement = _get(session, agreement_id)
    if actor.user_id != agreement.asked_by:
        raise AdminRefused(say("只有申请人能撤回。"))
    return _undone(session, agreement, "withdrawn", actor, now)


def lines(session: Session, *, waiting: bool, now: datetime, page: int, size: int) -> tuple[list[Line], int]:
    """A page of what waits, the oldest first, or of what was decided or left, the newest first; and their number."""
    asked, decided = aliased(User), aliased(User)
    fresh = (Agreement.status == "waiting") & (Agreement.asked_at > now - LASTS)
    condition = fresh if waiting else ~fresh
    total = session.scalar(select(func.count()).select_from(Agreement).where(condition)) or 0
    rows = session.execute(
        select(Agreement, User, asked.name, decided.name).join(User, User.id == Agreement.user_id)
        .join(asked, asked.id == Agreement.asked_by).outerjoin(decided, decided.id == Agreement.decided_by)
        .where(condition).order_by(Agreement.id if waiting else Agreement.id.desc())
        .limit(size).offset((page - 1) * size)).all()
    return [Line(agreement, user, by, who, _what(session, agreement)) for agreement, user, by, who in rows], total


def waiting_for(session: Session, actor: Actor, now: datetime) -> int:
    """How many wait for this system administrator."""
    return session.scalar(select(func.count()).select_from(Agreement).where(
        Agreement.status == "waiting", Agreement.asked_at > now - LASTS, Agreement.user_id != actor.user_id,
        Agreement.asked_by != actor.user_id)) or 0


def _undone(session: Session, agreement: Agreement, status: str, actor: Actor, now: datetime) -> Line:
    _decide(session, agreement, status, actor, now)
    return Line(agreement, session.get_one(User, agreement.user_id), "", actor.name, _what(session, agreement))


def _decide(session: Session, agreement: Agreement, status: str, actor: Actor, now: datetime) -> None:
    """Of two who decide at once one wins."""
    won = session.execute(
        update(Agreement).where(Agreement.id == agreement.id, Agreement.status == "waiting")
        .values(status=status, half="", decided_at=now, decided_by=actor.user_id).returning(Agreement.id)).scalar()
    if won is None:
        raise AdminRefused(say("这件申请已经有了结果。"))


def _get(session: Session, agreement_id: int) -> Agreement:
    agreement = session.get(Agreement, agreement_id)
    if agreement is None:
        raise NoSuch(say("没有这件申请。"))
    return agreement


def _what(session: Session, agreement: Agreement) -> Sentence:
    if agreement.kind == POST:
        unit, position = session.get(Unit, agreement.unit_code), session.get(Position, agreement.position_code)
        return say("担任%(unit)s的%(position)s", unit=unit.name if unit else "",
                   position=position.name if position else "")
    return {PASSWORD: say("重置密码"), SECOND: say("解除两步验证"), ENABLE: say("重新启用账号")}[agreement.kind]
