"""Running instances of any process: versions, state, work items, timers, history, incidents."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    and_,
    false,
    text,
)
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from app.models.base import TRANSIENT, Base, Id
from app.models.issue import Issue
from app.models.personal import PersonalValue

UNDER_WAY = ("running", "suspended", "incident")
"""statuses of an instance that has not ended"""


class Definition(Base):
    """A published version of a process: the files of its folder, immutable, known by their content hash."""
    __tablename__ = "definition"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(80), index=True)
    """the folder's name and the executable process's id, e.g. issue-lifecycle"""
    name: Mapped[str] = mapped_column(String(120))
    files: Mapped[dict[str, Any]]
    """{relative name: text} of the folder and of the called processes' folders; what the engine parses"""
    note: Mapped[str] = mapped_column(Text, default="")
    published_at: Mapped[datetime]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    current: Mapped[bool] = mapped_column(default=True)
    """new instances start on the current version of their key"""

    __table_args__ = (Index("uq_definition_current", "key", unique=True, postgresql_where=text("current"),
                            sqlite_where=text("current")),)


class Instance(Base):
    """A process instance. `version` counts its steps; a step must hit one row of the version that it read."""
    __tablename__ = "instance"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    definition_hash: Mapped[str] = mapped_column(ForeignKey("definition.hash"), index=True)
    key: Mapped[str] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(20), default="running")
    """running, suspended, incident, completed, cancelled"""
    version: Mapped[int] = mapped_column(default=0)
    state: Mapped[bytes] = mapped_column(LargeBinary)
    started_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    history_length: Mapped[int] = mapped_column(default=0)
    history_head: Mapped[str] = mapped_column(String(64), default="")
    """hash of the newest history entry, '' before the first"""
    waiting_messages: Mapped[list[Any]] = mapped_column(default=list)
    blinding: Mapped[bytes | None] = mapped_column(LargeBinary)
    """goes into the hashes of its states since personal data is in them, so that those cannot be guessed once it is
    erased (ADR 20)"""
    measured: Mapped[bool] = mapped_column(default=False, server_default=false(), info={TRANSIENT: True})
    """whether the facts of its case follow from this version of it (app/measures)"""

    definition: Mapped[Definition] = relationship()

    __table_args__ = (
        CheckConstraint("status in ('running','suspended','incident','completed','cancelled')", name="status"),
        Index("ix_instance_unmeasured", "id", postgresql_where=text("not measured"), sqlite_where=text("not measured")))


class WorkItem(Base):
    """A row in somebody's inbox (WfMC). kind 'task' is made from a READY user task and nothing else; 'sign' is an
    added signature (加签) and 'consult' a question (沟通), both hanging on the task they were added to."""
    __tablename__ = "work_item"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("issue.id"))
    kind: Mapped[str] = mapped_column(String(10), default="task")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("work_item.id"))
    task_id: Mapped[str | None] = mapped_column(String(40))
    """the engine's id of this attempt; None for sign and consult"""
    element_id: Mapped[str] = mapped_column(String(120))
    process_id: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(120))
    stage: Mapped[str | None] = mapped_column(String(20))
    form: Mapped[str] = mapped_column(String(120), default="")
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"))
    position_code: Mapped[str] = mapped_column(ForeignKey("position.code"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    """who has claimed it or was given it; None: anyone in the post"""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    """set while delegated (委派): who it comes back to; of a sign or consult item: who asked"""
    status: Mapped[str] = mapped_column(String(12), default="open")
    """open, held (waits for added signatures after it), done, cancelled, returned, recalled"""
    green_lane: Mapped[bool] = mapped_column(default=False)
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    due_rule: Mapped[str | None] = mapped_column(String(200))
    due_provisional: Mapped[bool] = mapped_column(default=False)
    follow_up_at: Mapped[datetime | None]
    touched_at: Mapped[datetime | None]
    """first opened, claimed or drafted; a step that is touched can no longer be recalled (撤回)"""
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    on_behalf_of: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    opened_by_item: Mapped[int | None] = mapped_column(ForeignKey("work_item.id"))
    returned_by_item: Mapped[int | None] = mapped_column(ForeignKey("work_item.id"))
    """set on an item that came back by 退回: the item that returned it"""
    jump_back: Mapped[bool] = mapped_column(default=False)
    """finishing this item goes straight back to who returned it instead of walking on"""
    return_reason: Mapped[str | None] = mapped_column(Text)
    urged: Mapped[int] = mapped_column(default=0)
    urged_at: Mapped[datetime | None]
    local: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """the multi-instance item's variables; for sign: {mode, when, order, question}; for consult: {question}"""
    answer: Mapped[dict[str, Any] | None]
    """what was answered, for showing; the engine's own copy is in the state"""

    issue: Mapped[Issue | None] = relationship(viewonly=True)

    __table_args__ = (
        Index("ix_work_item_inbox", "unit_code", "position_code", "green_lane", "due_at", "id",
              postgresql_where=text("status = 'open'"), sqlite_where=text("status = 'open'")),
        Index("ix_work_item_unit", "unit_code", "green_lane", "due_at", "id",
              postgresql_where=text("status = 'open'"), sqlite_where=text("status = 'open'")),
        Index("ix_work_item_opened", "unit_code", "opened_at", "id",
              postgresql_where=text("status = 'open'"), sqlite_where=text("status = 'open'")),
        Index("ix_work_item_moves", "issue_id", "closed_at", "opened_at"),
        Index("ix_work_item_waits", "issue_id", "opened_at",
              postgresql_where=text("status = 'open' and kind = 'task'"),
              sqlite_where=text("status = 'open' and kind = 'task'")),
        Index("ix_work_item_returned", "issue_id",
              postgresql_where=text("returned_by_item is not null"),
              sqlite_where=text("returned_by_item is not null")),
        Index("ix_work_item_parent", "parent_id",
              postgresql_where=text("parent_id is not null"), sqlite_where=text("parent_id is not null")),
        Index("ix_work_item_mine", "assignee_id", "due_at",
              postgresql_where=text("status = 'open' and assignee_id is not null"),
              sqlite_where=text("status = 'open' and assignee_id is not null")),
        Index("ix_work_item_done", "closed_by", "closed_at",
              postgresql_where=text("closed_by is not null"), sqlite_where=text("closed_by is not null")),
        Index("ix_work_item_done_for", "on_behalf_of", "closed_at",
              postgresql_where=text("on_behalf_of is not null"), sqlite_where=text("on_behalf_of is not null")),
        Index("ix_work_item_waiting", "owner_id",
              postgresql_where=text("owner_id is not null"), sqlite_where=text("owner_id is not null")),
        Index("uq_work_item_task", "instance_id", "task_id", unique=True),
        CheckConstraint("status in ('open','held','done','cancelled','returned','recalled')", name="status"),
        CheckConstraint("kind in ('task','sign','consult')", name="kind"),
    )


class Timer(Base):
    """An armed timer. The row is the truth: a worker finds due rows, wakes the instance, and the step's answer
    deletes or replaces them. rule + started_at + calendar version make the deadline recomputable."""
    __tablename__ = "timer"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    task_id: Mapped[str] = mapped_column(String(40))
    element_id: Mapped[str] = mapped_column(String(120))
    due_at: Mapped[datetime]
    rule: Mapped[str] = mapped_column(String(400))
    started_at: Mapped[datetime]
    provisional: Mapped[bool] = mapped_column(default=False)
    calendar_version: Mapped[int]
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    """back-off after a failed attempt"""

    __table_args__ = (Index("ix_timer_due", "due_at", "id"), UniqueConstraint("instance_id", "task_id"))


class History(Base):
    """Append-only. Each entry carries the hash of its canonical content and of its predecessor in the instance.
    kind 'input' entries carry an engine input (op and arguments) and replay to the stored state; 'act' entries are
    what people did around the engine (claim, transfer, consult); 'system' entries are what nobody pressed."""
    __tablename__ = "history"

    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(10))
    op: Mapped[str] = mapped_column(String(40))
    """start, complete, deliver, wake, return_to, recall, cancel, retime … or claim, transfer, urge, note …"""
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    on_behalf_of: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    unit_code: Mapped[str | None] = mapped_column(String(40))
    position_code: Mapped[str | None] = mapped_column(String(40))
    work_item_id: Mapped[int | None]
    element_id: Mapped[str | None] = mapped_column(String(120))
    definition_hash: Mapped[str] = mapped_column(String(64))
    calendar_version: Mapped[int]
    input: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """for 'input': the engine's arguments, enough to run it again; else the act's own facts. Personal data in it are
    commitments: `app.cases.recorded.given` fills them in"""
    trace: Mapped[list[Any]] = mapped_column(default=list)
    """the step's Trace entries as lists [element_id, process_id, kind, name, what, task_id, mark]"""
    text: Mapped[str] = mapped_column(Text, default="")
    """one plain Chinese sentence for the timeline"""
    state_hash: Mapped[str] = mapped_column(String(64), default="")
    """SHA-256 of the state after an 'input' entry"""
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    personal: Mapped[PersonalValue | None] = relationship(
        primaryjoin=lambda: and_(foreign(PersonalValue.instance_id) == History.instance_id,
                                 foreign(PersonalValue.seq) == History.seq),
        viewonly=True, lazy="joined", uselist=False)

    __table_args__ = (Index("ix_history_at", "at", "instance_id"),)


class Incident(Base):
    """An error in a diagram stopped an instance. Open until an administrator retries with success or cancels."""
    __tablename__ = "incident"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), index=True)
    element_id: Mapped[str] = mapped_column(String(120))
    process_id: Mapped[str] = mapped_column(String(120))
    code: Mapped[str] = mapped_column(String(40))
    message: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    retries: Mapped[int] = mapped_column(default=0)


class Attachment(Base):
    """A file of an issue. Content lies in the attachment folder under its SHA-256, outside the web root."""
    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("issue.id"), index=True)
    work_item_id: Mapped[int | None] = mapped_column(ForeignKey("work_item.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    uploaded_at: Mapped[datetime]
    uploaded_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    """None: the enterprise"""
