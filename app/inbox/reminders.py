"""催办, follow-up dates (待办日期), and asking for an extension (延期)."""
from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases import notices, service
from app.cases.errors import Blocked, NotYours
from app.dates import month_and_day
from app.inbox.targets import lock, note, own
from app.models import Copy, Issue, Meeting, WorkItem
from workflows.calendar import CITY_ZONE, Calendar
from workflows.errors import MessageNotExpected
from workflows.sentence import say

ONCE_IN = timedelta(hours=2)
"""the same task is urged by hand at most once in this time"""
ISSUING = ("collect", "sort", "judge", "assign")
"""stages in which an issue is given to whoever handles it"""


def urge(session: Session, item_id: int, text: str, *, actor: Actor, now: datetime) -> WorkItem:
    """催办: reminds whoever has the task, in the inbox, in the copies to read and by mail. See `may_urge`."""
    item, held = lock(session, item_id)
    if item.status != "open":
        raise Blocked(say("这件事已经办结，不需要催办。"))
    if held.status == "suspended":
        raise Blocked(say("这件事已经暂停办理，恢复后才能催办。"))
    if not may_urge(session, item, actor):
        raise NotYours(say("只有督办员、交办这件事的单位和提出请求的人可以催办。"))
    if item.urged_at is not None and now - item.urged_at < ONCE_IN:
        raise Blocked(say("刚刚催办过，请过一会儿再催。"))
    asked = text.strip() or say("请抓紧办理。")
    note(session, held, "urge", item, say("催办“%(name)s”：%(text)s", name=item.name, text=asked), actor=actor, now=now)
    about: Issue | Meeting | None = session.get(Issue, item.issue_id) if item.issue_id is not None else \
        session.scalars(select(Meeting).where(Meeting.instance_id == item.instance_id)).one_or_none()
    words = say("催办“%(name)s”：%(text)s", name=item.name, text=asked) if about is None else say(
        "催办%(number)s“%(title)s”的“%(name)s”：%(text)s", number=about.number, title=about.title, name=item.name,
        text=asked)
    item.urged, item.urged_at = item.urged + 1, now
    post = (item.unit_code, item.position_code) if item.assignee_id is None else None
    session.add(Copy(instance_id=item.instance_id, issue_id=item.issue_id, kind="urge", sent_at=now,
                     sent_by=actor.user_id, text=words, user_id=item.assignee_id,
                     unit_code=post[0] if post else None, position_code=post[1] if post else None))
    notices.mail_people(session, held, "urge", words, [item.assignee_id] if item.assignee_id else (), post, now)
    return item


def may_urge(session: Session, item: WorkItem, actor: Actor) -> bool:
    """Supervisors; the units that registered, judged, assigned or accepted the issue, and the one that handed this
    task on; for a signature, an answer or a delegated task, whoever asked for it. Nobody urges themselves."""
    own = item.assignee_id is None and (item.unit_code, item.position_code) in actor.posts
    if item.status != "open" or item.assignee_id == actor.user_id or own:
        return False
    if actor.holds("supervisor") or item.owner_id in actor.all_user_ids:
        return True
    return bool(session.scalar(select(exists().where(
        WorkItem.instance_id == item.instance_id, WorkItem.kind == "task", WorkItem.status == "done",
        WorkItem.unit_code.in_({unit for unit, _ in actor.posts}),
        or_(WorkItem.id == item.opened_by_item, WorkItem.stage.in_(ISSUING))))))


def follow_up(session: Session, item_id: int, day: date | None, *, actor: Actor, now: datetime) -> WorkItem:
    """待办日期: a date on which the person wants to see the task again; None takes it away. The deadline stays."""
    item, held = own(session, item_id, actor)
    if day is not None and day < now.astimezone(CITY_ZONE).date():
        raise Blocked(say("跟进日期不能在今天以前。"))
    said = say("记下“%(name)s”的跟进日期：%(day)s", name=item.name,
               day=month_and_day(day)) if day else say("取消“%(name)s”的跟进日期", name=item.name)
    note(session, held, "follow_up", item, said, actor=actor, now=now, day=day.isoformat() if day else None)
    item.follow_up_at = datetime.combine(day, time(9), CITY_ZONE) if day else None
    item.touched_at = item.touched_at or now
    return item


def ask_extension(session: Session, item_id: int, until: date, reason: str, *, actor: Actor, now: datetime,
                  calendar: Calendar) -> bool:
    """延期: the lead unit asks once, before the limit; the supervisor decides. The diagram holds the rule: False
    when it has refused by itself, because it is too late (the refusal is in the history)."""
    item, _ = own(session, item_id, actor)
    variables = service.variables(session, item.instance_id)
    if item.unit_code != variables.get("lead_unit"):
        raise NotYours(say("只有主办单位可以申请延期。"))
    if not reason.strip():
        raise Blocked(say("请写明延期的理由。"))
    if variables.get("extension_asked"):
        raise Blocked(say("这件事已经申请过一次延期，不能再申请。"))
    limit = variables.get("due_at")
    if until <= (datetime.fromisoformat(limit) if limit else now).astimezone(CITY_ZONE).date():
        raise Blocked(say("延期的日期应在现在的办结期限之后。") if limit else say("延期的日期应在今天以后。"))
    tell(session, item.instance_id, "extension_requested",
          {"extension_reason": reason.strip(), "extension_until": until.isoformat()},
          say("申请延期到%(day)s：%(reason)s", day=month_and_day(until),
              reason=reason.strip()), say("现在这一步不能申请延期。"), actor, now, calendar)
    return bool(service.variables(session, item.instance_id).get("extension_asked"))


def tell(session: Session, instance_id: int, message: str, payload: dict[str, str], text: str, refusal: str,
         actor: Actor, now: datetime, calendar: Calendar) -> tuple[int, ...]:
    """Gives the instance a message; the work items that this opens. Blocked with `refusal` when it does not wait for it
    now."""
    try:
        return service.deliver_message(session, instance_id, message, payload, actor=actor, now=now, calendar=calendar,
                                       text=text).opened
    except MessageNotExpected:
        raise Blocked(refusal) from None
