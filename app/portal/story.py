"""What the enterprise's page knows of an issue: where it stands, what is asked, what was said, what can be done."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.cases.definitions import version_of
from app.issues import enterprise_acts
from app.issues.timeline import Said, said_by_enterprise
from app.models import Attachment, History, Instance, Issue, Unit
from app.numbers import ids
from app.portal.progress import TRIAGE_DAYS, IssueFacts
from workflows import engine

_ADDED = ("enterprise_answered", "material_added")


@dataclass(frozen=True, slots=True)
class Story:
    """`facts` are what progress is worked out from; `files` what the enterprise sent, `reply_files` what it got with
    the reply; `added` its own words since the report; `waiting` the messages that its instance would take now,
    `paused` whether it takes none because it is held."""
    facts: IssueFacts
    lead_unit: str | None
    files: Sequence[Attachment]
    reply_files: Sequence[Attachment]
    added: Sequence[Said]
    waiting: frozenset[str]
    paused: bool = False

    @property
    def question(self) -> str | None:
        """What the office asks, while it waits for the answer."""
        return self.facts.question if self.can_answer else None

    @property
    def can_answer(self) -> bool:
        return "enterprise_answered" in self.waiting

    @property
    def can_add(self) -> bool:
        return "material_added" in self.waiting

    @property
    def can_withdraw(self) -> bool:
        return "withdraw" in self.waiting

    @property
    def can_rate(self) -> bool:
        return "rated" in self.waiting


def load(session: Session, issue: Issue) -> Story:
    """The story of the issue that a follow-up code leads to (enterprise_acts.followed)."""
    instance = session.get_one(Instance, issue.instance_id)
    variables = engine.inspect(version_of(session, instance.definition_hash), instance.state).variables
    waiting = frozenset(instance.waiting_messages if instance.status == "running" else ())
    lead_unit = session.scalar(select(Unit.name).where(Unit.code == issue.lead_unit)) if issue.lead_unit else None
    reply_ids = ids(map(str, variables.get("sent_files") or []))
    files = session.scalars(select(Attachment).where(
        Attachment.issue_id == issue.id, or_(Attachment.uploaded_by.is_(None), Attachment.id.in_(reply_ids)))
        .order_by(Attachment.id)).all()
    history = session.scalars(select(History).where(History.instance_id == instance.id, History.op == "deliver")
                              .order_by(History.seq))
    return Story(
        facts=_facts(issue, variables, lead_unit, waiting), lead_unit=lead_unit,
        files=[file for file in files if file.uploaded_by is None],
        reply_files=[file for file in files if file.uploaded_by is not None] if issue.reply else [],
        added=[said for said in said_by_enterprise(history) if said.message in _ADDED],
        waiting=waiting, paused=instance.status in enterprise_acts.STANDING_STILL)


def _facts(issue: Issue, variables: Mapping[str, Any], lead_unit: str | None, waiting: frozenset[str]) -> IssueFacts:
    return IssueFacts(
        number=issue.number, stage=issue.stage, status=issue.status, registered_at=issue.registered_at,
        level=issue.level, lead_unit=lead_unit, due_at=issue.due_at, plan_due_at=issue.plan_due_at,
        plan_made=bool(variables.get("plan_made")), question=variables.get("question"),
        answer_by=_instant(variables.get("answer_by")), rate_by=_instant(variables.get("rate_by")),
        rated=issue.stage == "evaluate" and "rated" not in waiting, solved=issue.solved,
        satisfaction=issue.satisfaction, reworked=bool(variables.get("rework")), closed_at=issue.closed_at,
        triage_days=days if isinstance(days := variables.get("triage_days"), int) else TRIAGE_DAYS)


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
