"""Leaders in charge 包联领导: who looks after which enterprise."""
from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Enterprise, User


def leader_names(session: Session) -> dict[int, str]:
    """{user: name} of everybody who is in charge of an enterprise, by name."""
    return dict(session.execute(select(User.id, User.name).where(User.id.in_(select(Enterprise.leader_id)))
                                .order_by(User.name, User.id)).all())
