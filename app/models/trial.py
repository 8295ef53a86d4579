"""What-ifs: recorded cases sent through other files in the background, and what would differ."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import TRANSIENT, Base, Id


class TrialRun(Base):
    """A what-if: recorded cases sent through other files in the background. Worth nothing on another day."""
    __tablename__ = "trial_run"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(80), index=True)
    files: Mapped[dict[str, Any]]
    """what is tried, as it stood when it was asked for"""
    days: Mapped[dict[str, Any] | None]
    """the calendar that holds throughout, {"overrides", "noticed_years"}; None: each case's own, as recorded"""
    asked: Mapped[dict[str, Any] | None]
    """the question (app/modeler/trial/asked.py); None of runs of an earlier release"""
    status: Mapped[str] = mapped_column(String(12), default="running")
    """running, done, stopped"""
    passes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """{element id: [times passed as recorded, times passed in what is tried]}, of cases that went to the end"""
    left_out: Mapped[int] = mapped_column(default=0)
    """running cases beyond the most that one run looks at"""
    asked_at: Mapped[datetime]
    asked_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    ended_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("status in ('running','done','stopped')", name="status"),
                      {"info": {TRANSIENT: True}})


class TrialCase(Base):
    """One case of a what-if. `kinds` are the keys of `details` (app/modeler/trial/differences.py), kept apart since
    totals need nothing else."""
    __tablename__ = "trial_case"

    run_id: Mapped[int] = mapped_column(ForeignKey("trial_run.id", ondelete="CASCADE"), primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), primary_key=True)
    status: Mapped[str] = mapped_column(String(12), default="waiting")
    """waiting, taken, done"""
    taken_at: Mapped[datetime | None]
    kinds: Mapped[list[Any]] = mapped_column(default=list)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (CheckConstraint("status in ('waiting','taken','done')", name="status"),
                      Index("ix_trial_case_status", "run_id", "status"), Index(None, "instance_id"),
                      {"info": {TRANSIENT: True}})
