"""Absences: who stands in for whom, from when to when. The stand-in sees and finishes the tasks; history names both."""
from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.admin.errors import AdminRefused, NoSuch
from app.models import Absence, Post, User
from app.powers import rules
from workflows.sentence import say

LONGEST = timedelta(days=366)


def find_absences(session: Session, today: date, *, user_id: int | None = None) -> list[tuple[Absence, User, User]]:
    """Present and coming absences with the person and the stand-in, the earliest first; of one person or of all."""
    wanted = select(Absence).where(Absence.last_day >= today).order_by(Absence.first_day, Absence.id)
    if user_id is not None:
        wanted = wanted.where(Absence.user_id == user_id)
    absences = list(session.scalars(wanted))
    people = {user.id: user for user in session.scalars(select(User).where(User.id.in_(
        {absence.user_id for absence in absences} | {absence.stand_in_id for absence in absences})))}
    return [(absence, people[absence.user_id], people[absence.stand_in_id]) for absence in absences]


def stands_in_for(session: Session, user_id: int, today: date) -> list[tuple[Absence, User]]:
    """Whom a person stands in for, now and soon."""
    rows = session.execute(select(Absence, User).join(User, User.id == Absence.user_id).where(
        Absence.stand_in_id == user_id, Absence.last_day >= today).order_by(Absence.first_day))
    return [(absence, user) for absence, user in rows]


def add_absence(session: Session, user: User, stand_in: User, first_day: date, last_day: date, today: date) -> Absence:
    """Enters an absence from `first_day` to `last_day`, both included. Raises AdminRefused when it cannot be."""
    if stand_in.id == user.id:
        raise AdminRefused(say("不能由本人代办。"))
    if any(rules.kind_of(post.position_code for post in person.posts) for person in (user, stand_in)):
        raise AdminRefused(say("管理员不能由别人代办，也不能代别人办。"))
    if stand_in.disabled:
        raise AdminRefused(say("%(name)s的账号已经停用，不能代办。", name=stand_in.name))
    if last_day < first_day:
        raise AdminRefused(say("结束日期不能早于开始日期。"))
    if last_day < today:
        raise AdminRefused(say("结束日期已经过去。"))
    if last_day - first_day > LONGEST:
        raise AdminRefused(say("一次最长设置一年。"))
    if session.scalar(select(Absence.id).where(Absence.user_id == user.id, Absence.first_day <= last_day,
                                               Absence.last_day >= first_day).limit(1)) is not None:
        raise AdminRefused(say("这段时间已经设置过代办人，请先取消原来的。"))
    absence = Absence(user_id=user.id, stand_in_id=stand_in.id, first_day=first_day, last_day=last_day)
    session.add(absence)
    session.flush()
    return absence


def end_absence(session: Session, absence_id: int, today: date, *, user_id: int | None = None) -> None:
    """Takes back a coming absence; ends a present one yesterday, so that what was done under it stays explained.
    `user_id`: only that person's own."""
    absence = session.get(Absence, absence_id)
    if absence is None or (user_id is not None and absence.user_id != user_id):
        raise NoSuch(say("没有这条代办设置。"))
    if absence.first_day >= today:
        session.delete(absence)
    else:
        absence.last_day = today - timedelta(days=1)
    session.flush()


def colleagues(session: Session, user: User) -> list[tuple[int, str]]:
    """Who may stand in by one's own choice: the people of one's own units."""
    units = {post.unit_code for post in user.posts}
    rows = session.scalars(select(User).join(Post, Post.user_id == User.id).where(
        Post.unit_code.in_(units), User.id != user.id, User.disabled.is_(False)).distinct().order_by(User.name))
    return [(colleague.id, say("%(name)s（%(posts)s）", name=colleague.name,
                               posts=sorted({post.position.name for post in colleague.posts})))
            for colleague in rows.unique()]
