"""召开调度会: a meeting is called for cases that are stuck, and its process begins (C12).

Nobody calls a second one for a case by accident: whoever calls is told of the one that is not settled yet, and has to
say that another is wanted.
"""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases import history, service
from app.cases.errors import Blocked, NotYours
from app.db import take_turns
from app.issues.visibility import visible_issues
from app.meetings import listing
from app.models import Issue, Meeting, MeetingCase, WorkItem
from app.turns import Turn
from workflows.calendar import CITY_ZONE, Calendar
from workflows.sentence import listed, say

PROCESS = "dispatch-meeting"
CALLERS = ("supervisor", "leader")
"""a leader's meeting is prepared by the supervisors, too: the diagram's first step is theirs"""
MOST_CASES = 20
LONGEST_TITLE = 100


def chosen(session: Session, actor: Actor, numbers: Sequence[str]) -> Sequence[Issue]:
    """The running cases of these numbers that this person may see, by number; others are left out."""
    return session.scalars(select(Issue).where(
        Issue.number.in_(numbers), Issue.closed_at.is_(None), visible_issues(actor)).order_by(Issue.number)
        .limit(MOST_CASES + 1)).all()


def call(session: Session, numbers: Sequence[str], title: str, note: str, *, again: bool, actor: Actor, now: datetime,
         calendar: Calendar) -> Meeting:
    """Calls a meeting for these cases. `note` is what the supervisors who prepare it are told; `again`: also for a
    case for which a meeting is under way. Raises NotYours, and Blocked with what stands in the way."""
    if not any(actor.holds(position) for position in CALLERS):
        raise NotYours(say("只有督办员和包联领导可以召开调度会。"))
    take_turns(session, Turn.NUMBER_MEETINGS)  # two who call at once for one case: the second is told of the first
    issues = chosen(session, actor, numbers)
    _check(session, issues, title.strip(), again)
    number = next_number(session, now)
    held = service.start_case(session, PROCESS, _variables(issues, number, title.strip(), note.strip(), actor),
                              actor=actor, now=now, calendar=calendar)
    meeting = Meeting(number=number, instance_id=held.id, title=title.strip(), called_at=now, called_by=actor.user_id)
    session.add(meeting)
    session.flush()
    session.execute(insert(MeetingCase), [{"meeting_id": meeting.id, "issue_id": issue.id} for issue in issues])
    for instance_id in sorted(issue.instance_id for issue in issues if issue.instance_id is not None):
        history.note_act(session, instance_id, "meeting", actor=actor, now=now, facts={"meeting": number},
                         text=say("召开调度会%(number)s“%(title)s”", number=number, title=meeting.title))
    return meeting


def own_task(session: Session, meeting: Meeting, actor: Actor) -> int | None:
    """The task that calling the meeting has opened, if it is this person's."""
    items = session.scalars(select(WorkItem).where(WorkItem.instance_id == meeting.instance_id,
                                                   WorkItem.status == "open").order_by(WorkItem.id))
    return next((item.id for item in items
                 if actor.may_work_on(item.unit_code, item.position_code, item.assignee_id)), None)


def next_number(session: Session, now: datetime) -> str:
    """The next free number of the city's year: D2026-003. The caller holds the turn."""
    year = now.astimezone(CITY_ZONE).year
    taken = session.scalar(select(func.count()).select_from(Meeting).where(Meeting.number.startswith(f"D{year}-"))) or 0
    return f"D{year}-{taken + 1:03d}"


def proposed_title(issues: Sequence[Issue]) -> str:
    """What the meeting could be called."""
    if not issues:
        return ""
    first = issues[0].title
    words = say("关于%(title)s的调度会", title=first) if len(issues) == 1 else \
        say("关于%(title)s等%(count)s件事项的调度会", title=first, count=len(issues))
    return str(words)[:LONGEST_TITLE]


def _check(session: Session, issues: Sequence[Issue], title: str, again: bool) -> None:
    if not issues:
        raise Blocked(say("请选择要调度的事项；已经办结的不再调度。"))
    if len(issues) > MOST_CASES:
        raise Blocked(say("一次调度会最多%(most)s件事项。", most=MOST_CASES))
    if not 0 < len(title) <= LONGEST_TITLE:
        raise Blocked(say("请写会议名称，最多%(most)s个字。", most=LONGEST_TITLE))
    under_way = listing.under_way(session, [issue.id for issue in issues])
    if under_way and not again:
        found = listed(list(dict.fromkeys(say("%(number)s“%(title)s”", number=meeting.number, title=meeting.title)
                                          for meeting in under_way.values())))
        raise Blocked(say("这些事项已经在调度：%(found)s。确实要另开一次，请勾选“另开一次”。", found=found))


def _variables(issues: Sequence[Issue], number: str, title: str, note: str, actor: Actor) -> dict[str, object]:
    """What the process begins with: the README of bpmn/dispatch-meeting tells each."""
    cases = [{"number": issue.number, "title": issue.title} for issue in issues]
    return {"number": number, "title": title, "cases": cases, "call_note": note or None,
            "leader_called": not actor.holds("supervisor"),
            "agenda": [{"title": each["title"], "case": each["number"], "speaker": None} for each in cases]}
