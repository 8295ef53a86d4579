"""Signing in: the password, the lockout, and what ends sessions. Never commits; argon2 runs between transactions."""
from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.auth import known_browsers
from app.models import User, UserSession

MAX_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
"""after which anyone can try again: a lock without end would let a stranger shut people out"""


def find(session: Session, username: str) -> User | None:
    """The user of this name, without regard to capitals and blanks around."""
    return session.scalar(select(User).where(User.username == username.strip().lower()))


def is_locked(user: User, now: datetime) -> bool:
    return user.locked_until is not None and user.locked_until > now


def note_failure(session: Session, user_id: int, now: datetime) -> None:
    """Counts a wrong password; the fifth in a row locks the account for a quarter of an hour."""
    failures = session.execute(
        update(User).where(User.id == user_id).values(failed_logins=User.failed_logins + 1)
        .returning(User.failed_logins)).scalar_one()
    if failures >= MAX_FAILURES:
        session.execute(update(User).where(User.id == user_id).values(failed_logins=0, locked_until=now + LOCKED_FOR))


def note_success(session: Session, user_id: int, new_hash: str | None = None) -> None:
    """Forgets the failures; stores the password's hash anew if it was made with weaker parameters."""
    values = {"failed_logins": 0, "locked_until": None} | ({"password_hash": new_hash} if new_hash else {})
    session.execute(update(User).where(User.id == user_id).values(values))


def set_password(session: Session, user: User, password_hash: str, *, must_change: bool, now: datetime,
                 keep_session: str | None = None) -> None:
    """Stores a new password and ends the person's sessions, but for the one with this token hash; no browser counts as
    the person's own any longer."""
    user.password_hash, user.password_set_at = password_hash, now
    user.must_change_password = must_change
    user.failed_logins, user.locked_until = 0, None
    session.flush()
    end_sessions(session, user.id, keep_session)
    known_browsers.forget(session, user.id)


def disable(session: Session, user: User) -> None:
    """Shuts a person out at once, wherever they are signed in."""
    user.disabled = True
    session.flush()
    end_sessions(session, user.id)


def end_sessions(session: Session, user_id: int, except_hash: str | None = None) -> None:
    """Ends a person's sessions everywhere, perhaps but one."""
    ended = delete(UserSession).where(UserSession.user_id == user_id)
    if except_hash is not None:
        ended = ended.where(UserSession.token_hash != except_hash)
    session.execute(ended)
