"""Browsers in which a person has signed in before. Whoever knows a name can lock its account from elsewhere, time and
again; in these browsers the owner gets in all the same (OWASP's device cookies)."""
from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.auth.tokens import hash_token
from app.models import KnownBrowser

KNOWN_FOR = timedelta(days=180)
MAX_FAILURES = 5


def is_known(session: Session, token: str | None, user_id: int, now: datetime) -> bool:
    """Whether the cookie is of a browser of this person's."""
    return bool(token) and session.scalar(select(KnownBrowser.token_hash).where(
        KnownBrowser.token_hash == hash_token(token or ""), KnownBrowser.user_id == user_id,
        KnownBrowser.created_at > now - KNOWN_FOR)) is not None


def note_failure(session: Session, token: str) -> None:
    """Counts a wrong password; the fifth makes the browser a stranger's."""
    row = update(KnownBrowser).where(KnownBrowser.token_hash == hash_token(token))
    failures = session.execute(row.values(failures=KnownBrowser.failures + 1).returning(KnownBrowser.failures)).scalar()
    if failures is not None and failures >= MAX_FAILURES:
        session.execute(delete(KnownBrowser).where(KnownBrowser.token_hash == hash_token(token)))


def remember(session: Session, token: str | None, user_id: int, now: datetime) -> str:
    """After a sign-in: the browser's token, a new one unless it has one."""
    if token and is_known(session, token, user_id, now):
        session.execute(update(KnownBrowser).where(KnownBrowser.token_hash == hash_token(token)).values(failures=0))
        return token
    fresh = secrets.token_urlsafe(32)
    session.add(KnownBrowser(token_hash=hash_token(fresh), user_id=user_id, failures=0, created_at=now))
    session.flush()
    return fresh


def forget(session: Session, user_id: int) -> None:
    """After a new password, or when the account is closed."""
    session.execute(delete(KnownBrowser).where(KnownBrowser.user_id == user_id))


def forget_old(session: Session, now: datetime) -> None:
    session.execute(delete(KnownBrowser).where(KnownBrowser.created_at <= now - KNOWN_FOR))
