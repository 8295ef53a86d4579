"""Who erases: a supervisor asks for it with a reason, a security administrator agrees, and then it is done (ADR 20).

Who knows the case sees what there is and answers to the person whose data it is; who agrees minds the accounts, works
on no case and sees none of the data. The audit administrator sees both.
"""
from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, aliased

from app.actor import Actor
from app.cases.errors import AlreadyDone, Blocked, NotFound, NotYours
from app.issues.erasing import carrying_out
from app.issues.erasing.finding import WHAT
from app.models import Erasure, Instance, Issue, User
from app.powers.rules import SECURITY
from workflows.sentence import Sentence, listed, say

LONGEST = 300
"""characters of a reason"""


class Line(NamedTuple):
    """What waits or was decided, with the people it names."""
    erasure: Erasure
    number: str
    asked_by: str
    decided_by: str | None


def ask(session: Session, issue: Issue, reason: str, *, files: bool, actor: Actor, now: datetime) -> Erasure:
    """Asks for the erasure of a closed issue's personal data. Raises Blocked."""
    reason = reason.strip()
    if not reason or len(reason) > LONGEST:
        raise Blocked(say("请写明删除的原因和依据，最多%(most)s个字。", most=LONGEST))
    instance = session.get_one(Instance, issue.instance_id, with_for_update=True, populate_existing=True)
    session.refresh(issue)
    carrying_out.require_closed(issue, instance.status)
    if waiting_of(session, issue) is not None:
        raise Blocked(say("删除的申请已经在等安全管理员同意。"))
    erasure = Erasure(issue_id=issue.id, files=files, reason=reason, status="waiting", asked_at=now,
                      asked_by=_person(actor))
    session.add(erasure)
    session.flush()
    return erasure


def agree(session: Session, erasure_id: int, *, actor: Actor, now: datetime) -> Line:
    """Another person, a security administrator, agrees, and it is done. Raises NotYours, AlreadyDone, Blocked."""
    erasure, issue = _asked(session, erasure_id)
    if not actor.holds(SECURITY) or erasure.asked_by == actor.user_id:
        raise NotYours(say("要由安全管理员同意，不能是申请人自己。"))
    _decide(session, erasure, "done", actor, now)
    asker = session.get_one(User, erasure.asked_by).name
    counts = carrying_out.erase(
        session, issue, files=erasure.files, actor=actor, now=now,
        text=say("%(asker)s提出、%(name)s同意，删除了这件事里的个人信息。原因：%(reason)s", asker=asker,
                 name=actor.name,
                 reason=erasure.reason),
        facts={"erasure": erasure.id, "asked_by": erasure.asked_by, "reason": erasure.reason})
    erasure.counts = counts
    session.flush()
    return Line(erasure, issue.number, asker, actor.name)


def refuse(session: Session, erasure_id: int, *, actor: Actor, now: datetime) -> Line:
    """The security administrator does not agree: nothing happens."""
    erasure, issue = _asked(session, erasure_id)
    if not actor.holds(SECURITY):
        raise NotYours(say("要由安全管理员决定。"))
    _decide(session, erasure, "refused", actor, now)
    return Line(erasure, issue.number, "", actor.name)


def withdraw(session: Session, issue: Issue, *, actor: Actor, now: datetime) -> None:
    """Who asked takes it back. Raises NotYours, AlreadyDone."""
    found = waiting_of(session, issue)
    if found is None:
        raise AlreadyDone(say("这件申请已经有了结果。"))
    if found.asked_by != actor.user_id:
        raise NotYours(say("只有申请人能撤回。"))
    _decide(session, found, "withdrawn", actor, now)


def waiting_of(session: Session, issue: Issue) -> Erasure | None:
    """What waits for agreement about an issue."""
    return session.scalar(select(Erasure).where(Erasure.issue_id == issue.id, Erasure.status == "waiting"))


def of_issue(session: Session, issue: Issue) -> list[Line]:
    """Everything that was asked for about an issue, the newest first."""
    return _lines(session, Erasure.issue_id == issue.id, Erasure.id.desc())


def lines(session: Session, *, waiting: bool, page: int, size: int) -> tuple[list[Line], int]:
    """A page of what waits, the oldest first, or of what was decided, the newest first; and their number."""
    condition = (Erasure.status == "waiting") if waiting else (Erasure.status != "waiting")
    total = session.scalar(select(func.count()).select_from(Erasure).where(condition)) or 0
    return _lines(session, condition, Erasure.id if waiting else Erasure.id.desc(), page, size), total


def waiting_for(session: Session) -> int:
    """How many wait for a security administrator."""
    return session.scalar(select(func.count()).select_from(Erasure).where(Erasure.status == "waiting")) or 0


def in_words(counts: dict[str, int]) -> Sentence:
    """What there is, or was erased."""
    told = [say("%(what)s%(count)s处", what=what, count=counts[name])
            for name, what in WHAT.items() if counts.get(name)]
    return listed(told or [say("没有找到个人信息")])


def _lines(session: Session, condition: object, order: object, page: int = 1, size: int = 50) -> list[Line]:
    asked, decided = aliased(User), aliased(User)
    rows = session.execute(
        select(Erasure, Issue.number, asked.name, decided.name).join(Issue, Issue.id == Erasure.issue_id)
        .join(asked, asked.id == Erasure.asked_by).outerjoin(decided, decided.id == Erasure.decided_by)
        .where(condition).order_by(order).limit(size).offset((page - 1) * size))  # type: ignore[arg-type]
    return [Line(*row) for row in rows]


def _asked(session: Session, erasure_id: int) -> tuple[Erasure, Issue]:
    erasure = session.get(Erasure, erasure_id)
    if erasure is None:
        raise NotFound(say("没有这件申请。"))
    return erasure, session.get_one(Issue, erasure.issue_id)


def _decide(session: Session, erasure: Erasure, status: str, actor: Actor, now: datetime) -> None:
    """Of two who decide at once one wins."""
    won = session.execute(
        update(Erasure).where(Erasure.id == erasure.id, Erasure.status == "waiting")
        .values(status=status, decided_at=now, decided_by=actor.user_id).returning(Erasure.id)).scalar()
    if won is None:
        raise AlreadyDone(say("这件申请已经有了结果。"))


def _person(actor: Actor) -> int:
    assert actor.user_id is not None
    return actor.user_id
