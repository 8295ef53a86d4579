"""A worker notes now and then that it is at work, a row for each host, for the page that tells whether all is well."""
from __future__ import annotations

from datetime import datetime, timedelta
from importlib.metadata import version
from socket import gethostname

from sqlalchemy import delete
from sqlalchemy.orm import Session, sessionmaker

from app.db import insert_into
from app.models import WorkerRound

EVERY = timedelta(seconds=30)
FORGOTTEN_AFTER = timedelta(days=1)
"""a host that has not been at work for so long was taken out of use"""


def note(sessions: sessionmaker[Session], now: datetime) -> None:
    """Notes this host's round."""
    values = {"at": now, "release": version("zhuqi")[:40]}
    with sessions.begin() as session:
        session.execute(insert_into(session, WorkerRound).values(host=gethostname()[:120], **values)
                        .on_conflict_do_update(index_elements=["host"], set_=values))


def forget(session: Session, now: datetime) -> None:
    """Forgets hosts that are not at work any more."""
    session.execute(delete(WorkerRound).where(WorkerRound.at < now - FORGOTTEN_AFTER))
