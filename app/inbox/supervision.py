"""What supervisors do to a case: 接管, 免除协办, 暂停 and 恢复."""
from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases import service
from app.cases.errors import Blocked, NotYours
from app.inbox.reminders import tell
from app.inbox.targets import lock
from workflows.calendar import Calendar
from workflows.sentence import say


def take_over(session: Session, item_id: int, reason: str, *, actor: Actor, now: datetime,
              calendar: Calendar) -> tuple[int, ...]:
    """接管: the supervisor takes the handling over and decides who leads. Returns the work items that this opens."""
    item, _ = lock(session, item_id)
    if not actor.holds("supervisor"):
        raise NotYours(say("只有督办员可以接管。"))
    if not reason.strip():
        raise Blocked(say("请写明接管的原因。"))
    return tell(session, item.instance_id, "take_over", {"reason": reason.strip()},
                say("督办员接管办理：%(reason)s", reason=reason.strip()), say("现在这一步不能接管。"), actor, now,
                calendar)


def release_joint(session: Session, item_id: int, reason: str, *, actor: Actor, now: datetime,
                  calendar: Calendar) -> None:
    """免除协办: the lead unit or the supervisor releases a joint unit from answering, with a reason."""
    item, _ = lock(session, item_id)
    variables = service.variables(session, item.instance_id)
    leads = any(unit == variables.get("lead_unit") for unit, _ in actor.all_posts)
    if not (leads or actor.holds("supervisor")):
        raise NotYours(say("只有主办单位和督办员可以免除协办。"))
    if "joint_unit" not in item.local or item.status != "open":
        raise Blocked(say("这家协办单位已经答复，或已经免除。"))
    if not reason.strip():
        raise Blocked(say("请写明免除的原因。"))
    tell(session, item.instance_id, "joint_released",
          {"released_unit": item.unit_code, "release_reason": reason.strip()},
          say("免除一家协办单位的答复：%(reason)s",
              reason=reason.strip()), say("现在这一步不能免除协办。"), actor, now, calendar)


def suspend(session: Session, item_id: int, reason: str, *, actor: Actor, now: datetime, calendar: Calendar) -> None:
    """暂停: nothing moves and no limit fires until it goes on; the reason is in the history (Amb-21)."""
    item, _ = lock(session, item_id)
    if not actor.holds("supervisor"):
        raise NotYours(say("只有督办员可以暂停办理。"))
    if not reason.strip():
        raise Blocked(say("请写明暂停的原因。"))
    service.suspend(session, item.instance_id, reason.strip(), actor=actor, now=now, calendar=calendar)


def resume(session: Session, item_id: int, *, actor: Actor, now: datetime, calendar: Calendar) -> None:
    """恢复: goes on; what fell due meanwhile fires at once."""
    item, _ = lock(session, item_id)
    if not actor.holds("supervisor"):
        raise NotYours(say("只有督办员可以恢复办理。"))
    service.resume(session, item.instance_id, actor=actor, now=now, calendar=calendar)
