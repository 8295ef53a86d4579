"""催办, follow-up dates, and asking for an extension (延期)."""
from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases import service
from app.cases.errors import Blocked, NotYours
from app.inbox.targets import lock, note, own
from app.models import Copy, WorkItem
from workflows.calendar import CITY_ZONE, Calendar
from workflows.errors import MessageNotExpected

ONCE_IN = timedelta(hours=2)
"""the same task is urged by hand at most once in this time"""


def urge(session: Session, item_id: int, text: str, *, actor: Actor, now: datetime) -> WorkItem:
    """催办: reminds whoever has the task. For supervisors, and for the unit that handed it on."""
    item, held = lock(session, item_id)
    if item.status != "open":
        raise Blocked("这件事已经办结，不需要催办。")
    if not (actor.holds("supervisor") or _handed_on(session, item, actor)):
        raise NotYours("只有督办员和交办这件事的单位可以催办。")
    if item.urged_at is not None and now - item.urged_at < ONCE_IN:
        raise Blocked("刚刚催办过，请过一会儿再催。")
    words = text.strip() or "请抓紧办理。"
    note(session, held, "urge", item, f"{actor.name}催办“{item.name}”：{words}", actor=actor, now=now)
    item.urged, item.urged_at = item.urged + 1, now
    addressee = {"user_id": item.assignee_id} if item.assignee_id is not None else {
        "unit_code": item.unit_code, "position_code": item.position_code}
    session.add(Copy(instance_id=item.instance_id, issue_id=item.issue_id, kind="urge", sent_at=now,
                     sent_by=actor.user_id, text=f"催办“{item.name}”：{words}", **addressee))
    return item


def _handed_on(session: Session, item: WorkItem, actor: Actor) -> bool:
    before = session.get(WorkItem, item.opened_by_item) if item.opened_by_item else None
    return before is not None and any(unit == before.unit_code for unit, _ in actor.posts)


def follow_up(session: Session, item_id: int, day: date | None, *, actor: Actor, now: datetime) -> WorkItem:
    """A date on which the person wants to be reminded of the task; None takes it away."""
    item, _ = own(session, item_id, actor)
    item.follow_up_at = datetime.combine(day, time(9), CITY_ZONE) if day else None
    item.touched_at = item.touched_at or now
    return item


def ask_extension(session: Session, item_id: int, until: date, reason: str, *, actor: Actor, now: datetime,
                  calendar: Calendar) -> None:
    """延期: the lead unit asks once, before the limit; the supervisor decides (the diagram holds the rule)."""
    item, _ = own(session, item_id, actor)
    variables = service.variables(session, item.instance_id)
    if item.unit_code != variables.get("lead_unit"):
        raise NotYours("只有主办单位可以申请延期。")
    if not reason.strip():
        raise Blocked("请写明延期的理由。")
    if variables.get("extension_asked"):
        raise Blocked("这件事已经申请过一次延期，不能再申请。")
    if until <= now.astimezone(CITY_ZONE).date():
        raise Blocked("延期的日期应在今天以后。")
    tell(session, item.instance_id, "extension_requested",
          {"extension_reason": reason.strip(), "extension_until": until.isoformat()},
          f"{actor.name}申请延期到{until:%m月%d日}：{reason.strip()}", "现在这一步不能申请延期。", actor, now, calendar)


def tell(session: Session, instance_id: int, message: str, payload: dict[str, str], text: str, refusal: str,
         actor: Actor, now: datetime, calendar: Calendar) -> None:
    """Gives the instance a message; Blocked with `refusal` when it does not wait for it now."""
    try:
        service.deliver_message(session, instance_id, message, payload, actor=actor, now=now, calendar=calendar,
                                text=text)
    except MessageNotExpected:
        raise Blocked(refusal) from None
