"""The erasure itself: everything in one transaction, and an entry of the history that tells of it."""
from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases import commitments, history, proof
from app.cases.errors import Blocked
from app.cases.history import Entry
from app.cases.locking import Held, hold
from app.cases.recorded import ERASE, given
from app.cases.replay import Past
from app.issues.erasing.finding import Found, contact, find, items_of, letters_to, scrubbed
from app.models import (
    Attachment,
    Comment,
    Copy,
    Draft,
    History,
    Incident,
    Issue,
    MigrationCase,
    Outbox,
    PersonalValue,
    Repair,
    TrialCase,
    WorkItem,
)
from app.models.case import UNDER_WAY
from workflows import state_texts
from workflows.sentence import say
from workflows.step import Trace

Json = Any
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_WORDS: tuple[tuple[Any, str], ...] = (
    (WorkItem, "local"), (Comment, "text"), (Copy, "text"), (Incident, "message"), (Repair, "reason"),
    (Repair, "arguments"))
"""columns with an instance's words that do not follow from its history"""


def require_closed(issue: Issue, status: str) -> None:
    """Raises Blocked while somebody still needs to know whom to call."""
    if issue.closed_at is None or status in UNDER_WAY:
        raise Blocked(say("办结以后才能删除个人信息：办理中还要用它联系企业。"))


def erase(session: Session, issue: Issue, *, files: bool, actor: Actor, now: datetime, text: str,
          facts: dict[str, Json]) -> dict[str, int]:
    """Erases an issue's personal data: {what: how many}. `text` and `facts` are the entry's. Raises Blocked for one
    that is not closed, and for one whose history does not hold: nothing that shows what happened to it may go."""
    assert issue.instance_id is not None
    held = hold(session, issue.instance_id)
    session.refresh(issue)
    require_closed(issue, held.status)
    if (fault := proof.whole(session, held.id).fault) is not None:
        raise Blocked(say("这件事的历史验证没有通过，先查清再删除：%(what)s", what=fault.what))
    found = find(session, issue)
    session.execute(delete(PersonalValue).where(PersonalValue.instance_id == held.id))
    state, runs_until = _state_without(session, held, found)
    _erase_answers(session, held.id)
    _erase_beside(session, issue, held.id, found)
    if files:
        _leave_files(session, issue)
    _erase_contact(issue, found)
    session.flush()
    counts = {name: count for name, count in found.counts.items() if count and (name != "files" or files)}
    _enter(held, state, actor, now, text, {**facts, "counts": counts, "runs_until": runs_until})
    return counts


def _state_without(session: Session, held: Held, found: Found) -> tuple[bytes, int | None]:
    """The state that the same inputs lead to without what was erased. Where a case would have gone another way, the
    last state without the texts themselves, and the place of the entry where it would."""
    past = Past(erased_before=held.history_length + 1, blinding=held.blinding)
    for entry in session.scalars(select(History).where(History.instance_id == held.id, History.kind == "input")
                                 .order_by(History.seq).execution_options(populate_existing=True)):
        try:
            step = past.run(session, entry)
        except Exception:  # noqa: BLE001 - an input that does not fit any more may break anything
            return _scrubbed_state(held, found), entry.seq
        if [Trace(*trace) for trace in entry.trace] != list(step.trace):
            return _scrubbed_state(held, found), entry.seq
    return past.state, None


def _scrubbed_state(held: Held, found: Found) -> bytes:
    return state_texts.changed(held.state, lambda value: scrubbed(value, found.texts))


def _erase_answers(session: Session, instance_id: int) -> None:
    """What work items show of their answers is what the history now gives."""
    for entry in session.scalars(select(History).where(
            History.instance_id == instance_id, History.op.in_(("complete", "hold")), History.work_item_id.is_not(None))
            .order_by(History.seq)):
        if any(commitments.in_entry(entry.input)):
            session.execute(update(WorkItem).where(WorkItem.id == entry.work_item_id, WorkItem.answer.is_not(None))
                            .values(answer=given(entry)["answers"]).execution_options(synchronize_session=False))


def _erase_beside(session: Session, issue: Issue, instance_id: int, found: Found) -> None:
    """What lies beside the history."""
    session.execute(delete(Outbox).where(Outbox.id.in_(select(Outbox.id).where(letters_to(issue)))))
    session.execute(delete(Draft).where(Draft.work_item_id.in_(items_of(issue))))
    session.execute(delete(TrialCase).where(TrialCase.instance_id == instance_id))
    session.execute(update(MigrationCase).where(MigrationCase.instance_id == instance_id).values(from_state=None))
    for model, name in _WORDS:
        for row in session.scalars(select(model).where(model.instance_id == instance_id)):
            _scrub(row, name, found)
    for letter in session.scalars(select(Outbox).where(Outbox.key.startswith(f"{instance_id}-"))):
        _scrub(letter, "subject", found)
        _scrub(letter, "body", found)


def _scrub(row: Any, name: str, found: Found) -> None:
    value = getattr(row, name)
    if (without := scrubbed(value, found.texts)) != value:
        setattr(row, name, without)


def _leave_files(session: Session, issue: Issue) -> None:
    """The enterprise's files belong to nobody any more: housekeeping throws them away, as those of reports that were
    never sent."""
    session.execute(update(Attachment).where(Attachment.issue_id == issue.id, Attachment.uploaded_by.is_(None))
                    .values(issue_id=None, work_item_id=None, name=str(commitments.ERASED), uploaded_at=_LONG_AGO)
                    .execution_options(synchronize_session=False))


def _erase_contact(issue: Issue, found: Found) -> None:
    name, phone, _ = contact(issue)
    issue.contact_name = str(commitments.ERASED) if name else issue.contact_name
    issue.contact_phone = str(commitments.ERASED) if phone else issue.contact_phone
    issue.contact_email = None
    _scrub(issue, "description", found)
    if issue.reply is not None and issue.reply.strip() in found.texts:
        issue.reply = str(commitments.ERASED)


def _enter(held: Held, state: bytes, actor: Actor, now: datetime, text: str, facts: dict[str, Json]) -> None:
    """The act. Its entry keeps the hash of the state that is left, bare: nothing in it needs to be hidden."""
    held.blinding = None
    history.append(held, Entry("act", ERASE, now, actor, text, 0, facts), state=state)
    history.advance(held, {"state": state})
    history.send(held)
