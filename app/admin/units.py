"""Units: what stands in the organisation, and what keeps one from being closed."""
from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.admin.errors import AdminRefused, NoSuch
from app.models import Post, Unit, User, WorkItem
from workflows.sentence import say

KINDS = {"city": say("市政府"), "department": say("市直部门"), "agency": say("驻市单位"), "banner": say("旗区"),
         "zone": say("园区"),
         "leader": say("市领导")}


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit in the list: how many people and open tasks it has."""
    unit: Unit
    people: int
    open_items: int


def find_units(session: Session, *, q: str = "", kind: str = "", active: bool | None = None) -> list[UnitLine]:
    """The units by their order, filtered by part of a name or code, kind, and whether they are in use."""
    people = select(func.count(func.distinct(Post.user_id))).join(User, User.id == Post.user_id).where(
        Post.unit_code == Unit.code, User.disabled.is_(False)).scalar_subquery()
    items = select(func.count()).select_from(WorkItem).where(
        WorkItem.unit_code == Unit.code, WorkItem.status == "open").scalar_subquery()
    wanted = select(Unit, people, items).order_by(Unit.sort, Unit.code)
    if q:
        wanted = wanted.where(Unit.name.contains(q, autoescape=True) | Unit.code.contains(q, autoescape=True))
    if kind:
        wanted = wanted.where(Unit.kind == kind)
    if active is not None:
        wanted = wanted.where(Unit.active.is_(active))
    return [UnitLine(*row) for row in session.execute(wanted)]


def get_unit(session: Session, code: str) -> Unit:
    unit = session.get(Unit, code)
    if unit is None:
        raise NoSuch(say("没有这个单位。"))
    return unit


def create_unit(session: Session, *, code: str, name: str, kind: str, parent_code: str | None) -> Unit:
    """A new unit at the end of the list. The code stays for ever; diagrams and history name it."""
    if session.get(Unit, code) is not None:
        raise AdminRefused(say("代码“%(code)s”已经有单位在用。", code=code))
    last = session.scalar(select(func.max(Unit.sort))) or 0
    unit = Unit(code=code, name=name, kind=kind, parent_code=parent_code, sort=last + 1)
    session.add(unit)
    session.flush()
    return unit


def change_unit(session: Session, unit: Unit, *, name: str, kind: str, parent_code: str | None) -> None:
    """Renames or moves a unit; not below itself."""
    above = parent_code
    while above is not None:
        if above == unit.code:
            raise AdminRefused(say("上级单位不能是它自己或它的下级。"))
        above = get_unit(session, above).parent_code
    unit.name, unit.kind, unit.parent_code = name, kind, parent_code
    session.flush()


def set_active(session: Session, unit: Unit, active: bool) -> None:
    """Puts a unit out of use, unless tasks would be left without anybody; or into use again."""
    if not active:
        waiting = session.scalar(select(func.count()).select_from(WorkItem).where(
            WorkItem.unit_code == unit.code, WorkItem.status.in_(("open", "held"))))
        if waiting:
            raise AdminRefused(say("“%(name)s”还有%(waiting)s件没有办完的事项，办完或转走以后才能停用。",
                                   name=unit.name, waiting=waiting))
    unit.active = active
    session.flush()


def unit_choices(session: Session, *, only_active: bool = True) -> list[tuple[str, str]]:
    """(code, name) for a select box."""
    wanted = select(Unit.code, Unit.name).order_by(Unit.sort, Unit.code)
    return [(code, name) for code, name in session.execute(wanted.where(Unit.active) if only_active else wanted)]
