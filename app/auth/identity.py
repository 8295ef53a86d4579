"""Flask-Login over our sessions: who the request comes from. A disabled person is nobody at once."""
from __future__ import annotations

from flask import g, session
from flask_login import LoginManager, UserMixin

from app import web
from app.auth import second_factor
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


SECOND = "second"
"""key of the browser session: the id of who has signed in with the second factor"""


@login_manager.user_loader  # type: ignore[untyped-decorator]
def load(user_id: str) -> SignedIn | None:
    """Who needs a second factor, perhaps since a moment ago, is nobody without it."""
    person = web.db().get(User, int(user_id))
    if person is None or person.disabled:
        return None
    if second_factor.needs(person, web.services().settings.totp) and session.get(SECOND) != person.id:
        return None
    return SignedIn(person)
