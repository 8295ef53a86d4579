"""Proposals that were agreed to for a later day: the worker publishes each in a transaction of its own."""
from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app import logs
from app.db import begin_reading
from app.modeler.release import publishing
from app.models import Publication
from app.trouble import trouble

log = structlog.get_logger()


def work_off(sessions: sessionmaker[Session], now: datetime) -> int:
    """Publishes what is due, the longest due first; returns how many were. Several workers may do this at once: each
    asks again under the lock. What fails is tried again in the next round, and keeps nothing else waiting."""
    with sessions() as session:
        begin_reading(session)
        due = session.scalars(select(Publication.id).where(
            Publication.status == "scheduled", Publication.effective_at <= now)
            .order_by(Publication.effective_at, Publication.id)).all()
    return sum(_attempt(sessions, publication_id, now) for publication_id in due)


def _attempt(sessions: sessionmaker[Session], publication_id: int, now: datetime) -> bool:
    try:
        with sessions.begin() as session:
            done = publishing.publish_due(session, publication_id, now)
    except Exception as error:
        if (kind := trouble(error)) is not None:
            log.warning("publishing_waits", publication=publication_id, trouble=kind, error=logs.words(error))
        else:
            log.exception("publishing_failed", publication=publication_id)
        return False
    if done:
        log.info("scheduled_publication_done", publication=publication_id)
    return done
