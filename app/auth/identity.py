"""Flask-Login over our sessions: who the request comes from. A disabled person is nobody at once."""
from __future__ import annotations

from flask import g
from flask_login import LoginManager, UserMixin

from app import web
from app.models import User

login_manager = LoginManager()
login_manager.session_protection = None  # the token in the database is the protection; an IP address changes on phones


class SignedIn(UserMixin):  # type: ignore[misc]
    """The signed-in person as Flask-Login wants it; `person` is the row."""

    def __init__(self, person: User) -> None:
        self.person = person

    def get_id(self) -> str:
        return str(self.person.id)


def look_nobody_up() -> None:
    """Who is not known by now stays nobody for the rest of the request: the database, which knows them, may be what
    failed, and its page must not ask it again."""
    if "_login_user" not in g:
        login_manager._update_request_context_with_user()


@login_manager.user_loader  # type: ignore[untyped-decorator]
def load(user_id: str) -> SignedIn | None:
    person = web.db().get(User, int(user_id))
    return SignedIn(person) if person is not None and not person.disabled else None
