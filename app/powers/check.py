"""What `zhuqi check` looks at besides cases: that the three administrators are apart, and their log is whole."""
from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Post, User
from app.powers import log, rules
from workflows.sentence import say


def broken(session: Session) -> Iterator[str]:
    """Who holds what one person may not hold together, and what is wrong with the log: a line each."""
    suspects = select(Post.user_id).where(Post.position_code.in_(rules.THREE))
    for user in session.scalars(select(User).where(User.id.in_(suspects), User.disabled.is_(False)).order_by(User.id)):
        told = rules.conflict(post.position_code for post in user.posts)
        if told:
            yield say("%(username)s：%(told)s", username=user.username, told=told)
    yield from log.faults(session)
