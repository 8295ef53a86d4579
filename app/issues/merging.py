"""Merging duplicates (C5): the merged one ends and follows the main one; both histories say so."""
from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases.history import note_act
from app.cases.locking import hold
from app.issues.categories import OPEN_STATUSES
from app.issues.duplicates import others_of_enterprise
from app.issues.errors import MergeRefused
from app.models import Instance, Issue
from workflows.sentence import say


def candidates(session: Session, issue: Issue, *, now: datetime) -> list[tuple[str, str]]:
    """[(number, label)] of the issues that this one can be merged into, the most alike first: for the sort form."""
    return [(likeness.issue.number, say("%(number)s %(title)s（%(reason)s）", number=likeness.issue.number,
                                        title=likeness.issue.title, reason=likeness.reason))
            for likeness in others_of_enterprise(session, issue, now=now) if likeness.issue.status in OPEN_STATUSES]


def find_main(session: Session, issue: Issue, number: str) -> Issue:
    """The issue of that number if this one may be merged into it. Raises MergeRefused with the reason if not."""
    main = session.scalars(select(Issue).where(Issue.number == number)).one_or_none()
    if main is None:
        raise MergeRefused(say("没有编号为%(number)s的问题。", number=number))
    if main.id == issue.id:
        raise MergeRefused(say("不能把问题合并到它自己。"))
    codes = {main.enterprise.credit_code, issue.enterprise.credit_code} - {None}
    if main.enterprise.name != issue.enterprise.name or len(codes) > 1:
        raise MergeRefused(say("%(number)s是另一家企业反映的，不能合并：每家企业都要得到自己的答复。", number=number))
    if main.merged_into is not None:
        raise MergeRefused(say("%(number)s已经并入别的问题，请合并到那一件。", number=number))
    if main.status not in OPEN_STATUSES:
        raise MergeRefused(say("%(number)s已经办结，不能再并入。", number=number))
    return main


def lock_main(session: Session, issue: Issue, number: str) -> Issue:
    """`find_main` with both instances locked, so that the main issue cannot end meanwhile. Raises MergeRefused."""
    main = find_main(session, issue, number)
    hold_both(session, issue.id, number)
    session.refresh(main)
    return find_main(session, issue, number)


def hold_both(session: Session, issue_id: int, number: str) -> None:
    """Locks the instances of an issue and of the one that it is to be merged into, the older one first, so that merges
    that cross do not wait for each other. Nothing of the two may be locked yet."""
    found = session.scalars(select(Instance.id).join(Issue, Issue.instance_id == Instance.id).where(
        (Issue.id == issue_id) | (Issue.number == number)).order_by(Instance.id)).all()
    for instance_id in found:
        hold(session, instance_id)


def follow_main(session: Session, issue: Issue, number: str, *, actor: Actor, now: datetime) -> Issue:
    """Called when the step that merges has been recorded: from now on the issue's enterprise follows the main one,
    issues merged here before follow along, and the main one's history tells of it. Returns the main issue."""
    main = find_main(session, issue, number)
    issue.merged_into = main.id
    session.flush()
    assert main.instance_id is not None, "every registered issue has an instance"
    note_act(session, main.instance_id, "merge", actor=actor, now=now,
             text=say("%(number)s“%(title)s”并入本问题，一并办理", number=issue.number,
                      title=issue.title), facts={"merged": issue.number})
    return main
