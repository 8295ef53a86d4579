"""Signed-in browsers of the bench, past the sign-in page: what is measured is what comes after."""
from __future__ import annotations

from sqlalchemy.orm import Session

from app.auth.sessions import hash_token
from app.models import User, UserSession
from bench.product import NOW

COOKIE = "zhuqi"
SETTINGS = {"ZHUQI_DEMO": "1", "MALLOC_ARENA_MAX": "1"}
"""the second one as deploy/zhuqi.env.example has it"""


def sign_in(session: Session, user: User, token: str, csrf: str = "") -> None:
    """A session of this person's, for the browser whose cookie has this value."""
    session.add(UserSession(token_hash=hash_token(token), user_id=user.id, created_at=NOW, seen_at=NOW,
                            data={"_user_id": str(user.id), "_fresh": True, "csrf_token": csrf}))
