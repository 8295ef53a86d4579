"""When each host's worker was last at work."""
from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import TRANSIENT, Base


class WorkerRound(Base):
    """A host's newest round; hosts that were taken out of use are forgotten by housekeeping."""
    __tablename__ = "worker_round"

    host: Mapped[str] = mapped_column(String(120), primary_key=True)
    at: Mapped[datetime]
    release: Mapped[str] = mapped_column(String(40))

    __table_args__ = ({"info": {TRANSIENT: True}},)
