"""How often somebody has tried something, counted for all processes."""
from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import TRANSIENT, Base


class RateLimit(Base):
    """A window of time: `hits` since it began. The key's hash names the address, the route and the limit."""
    __tablename__ = "rate_limit"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    hits: Mapped[int]
    ends_at: Mapped[datetime]
    """from then on the next hit begins a new window; housekeeping deletes the row"""

    __table_args__ = ({"info": {TRANSIENT: True}},)
