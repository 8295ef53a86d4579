"""Changing processes: drafts with every saved change, proposals that become versions, cases moved over, repairs."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import TRANSIENT, Base, Id
from app.models.case import Definition, Instance


class ProcessDraft(Base):
    """The one draft of a process that administrators share: the files of its folder as they stand."""
    __tablename__ = "process_draft"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    base_hash: Mapped[str | None] = mapped_column(ForeignKey("definition.hash"))
    """the version that it was begun from; None: a process of its own"""
    files: Mapped[dict[str, Any]]
    """{relative name: text}, as in a definition"""
    revision: Mapped[int] = mapped_column(default=0)
    """counts its saved changes; a save names the revision that it was made on"""
    began_at: Mapped[datetime]
    began_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    changed_at: Mapped[datetime]
    changed_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))


class DraftRevision(Base):
    """One saved change of one file; undoing steps back over them, so that it survives a reload."""
    __tablename__ = "draft_revision"

    draft_id: Mapped[int] = mapped_column(ForeignKey("process_draft.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(String(200))
    before: Mapped[str | None] = mapped_column(Text)
    """None: the file did not exist"""
    after: Mapped[str | None] = mapped_column(Text)
    """None: the file was removed"""
    undone: Mapped[bool] = mapped_column(default=False)
    """stepped back over; a redo makes it hold again, a new change drops it"""
    saved_at: Mapped[datetime]
    saved_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))


class DraftPresence(Base):
    """Who has a draft open, seen with each heartbeat of their page."""
    __tablename__ = "draft_presence"

    draft_id: Mapped[int] = mapped_column(ForeignKey("process_draft.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    seen_at: Mapped[datetime]

    __table_args__ = ({"info": {TRANSIENT: True}},)


class Publication(Base):
    """A proposal to make these files the current version of a process, and what became of it. Kept for good: it is who
    changed what, when, why and who agreed."""
    __tablename__ = "publication"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(80), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    """draft, rollback, import, retire"""
    base_hash: Mapped[str | None] = mapped_column(ForeignKey("definition.hash"))
    """the version that was current when it was proposed"""
    hash: Mapped[str] = mapped_column(String(64))
    """of `files`; '' for a retirement"""
    files: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(Text)
    effective_at: Mapped[datetime | None]
    """from when on new cases start on it; None: at once"""
    second_because: Mapped[list[Any]] = mapped_column(default=list)
    """why a second administrator has to agree, in words: expressions, routing, a broken policy rule"""
    broken_rules: Mapped[list[Any]] = mapped_column(default=list)
    """[{rule, clause, reason}] of the policy rules that it breaks knowingly"""
    reason: Mapped[str] = mapped_column(Text, default="")
    """why a policy rule is broken"""
    status: Mapped[str] = mapped_column(String(12))
    """waiting (for a second person), scheduled, published, refused, withdrawn"""
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decision_note: Mapped[str] = mapped_column(Text, default="")
    published_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("kind in ('draft','rollback','import','retire')", name="kind"),
        CheckConstraint("status in ('waiting','scheduled','published','refused','withdrawn')", name="status"),
        Index("ix_publication_due", "effective_at", postgresql_where=text("status = 'scheduled'"),
              sqlite_where=text("status = 'scheduled'")))


class Migration(Base):
    """A move of running cases to another version, case by case in the background."""
    __tablename__ = "migration"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(80))
    to_hash: Mapped[str] = mapped_column(ForeignKey("definition.hash"))
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """{element id of the old version: element id of the new one} for steps that were renamed or replaced"""
    note: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(12), default="running")
    """running, done, stopped"""
    asked_at: Mapped[datetime]
    asked_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    ended_at: Mapped[datetime | None]

    target: Mapped[Definition] = relationship()

    __table_args__ = (CheckConstraint("status in ('running','done','stopped')", name="status"),)


class MigrationCase(Base):
    """One case of a migration. What it was is kept, so that the move can be taken back until the case's next step."""
    __tablename__ = "migration_case"

    migration_id: Mapped[int] = mapped_column(ForeignKey("migration.id"), primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), primary_key=True)
    status: Mapped[str] = mapped_column(String(12), default="waiting")
    """waiting, moved, refused, reverted"""
    reason: Mapped[str] = mapped_column(Text, default="")
    """why it was refused, in words"""
    from_hash: Mapped[str] = mapped_column(ForeignKey("definition.hash"))
    from_state: Mapped[bytes | None] = mapped_column(LargeBinary)
    """the state before the move"""
    moved_version: Mapped[int | None]
    """the place in the instance's history of the entry that tells the move: while no step comes after it, the move can
    be taken back"""
    moved_at: Mapped[datetime | None]

    instance: Mapped[Instance] = relationship()

    __table_args__ = (
        CheckConstraint("status in ('waiting','moved','refused','reverted')", name="status"),
        Index("ix_migration_case_waiting", "migration_id", "instance_id", postgresql_where=text("status = 'waiting'"),
              sqlite_where=text("status = 'waiting'")),
        Index(None, "instance_id"))


class Repair(Base):
    """An administrator's repair of one case, which another one has to agree to before it happens."""
    __tablename__ = "repair"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    """set (variables), move (a token), skip (the element of an incident)"""
    arguments: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(12), default="waiting")
    """waiting, done, refused, withdrawn"""
    asked_at: Mapped[datetime]
    asked_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decision_note: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (CheckConstraint("kind in ('set','move','skip')", name="kind"),
                      CheckConstraint("status in ('waiting','done','refused','withdrawn')", name="status"))
