"""Who is acting: a person in their posts, perhaps for somebody absent, or the system, or an enterprise."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Absence, Post, User
from workflows.calendar import CITY_ZONE
from workflows.sentence import say

PostKey = tuple[str, str]
"""(unit code, position code)"""


@dataclass(frozen=True, slots=True)
class Actor:
    """`posts` are the person's own. `stands_in_for` gives the posts of each absent person whose tasks they see today;
    chains are not followed. `acting` is the post that the person has chosen to act in, or their first one."""
    user_id: int | None
    name: str
    posts: frozenset[PostKey] = frozenset()
    acting: PostKey | None = None
    stands_in_for: Mapping[int, frozenset[PostKey]] = field(default_factory=dict)

    @property
    def all_posts(self) -> frozenset[PostKey]:
        """Own posts and those stood in for."""
        return self.posts.union(*self.stands_in_for.values())

    @property
    def all_user_ids(self) -> frozenset[int]:
        """The person and those stood in for; empty for the system and enterprises."""
        return frozenset(self.stands_in_for) | ({self.user_id} if self.user_id is not None else set())

    def holds(self, position: str) -> bool:
        """Whether one of the person's own posts is in this position."""
        return any(held == position for _, held in self.posts)

    def principal_for(self, unit: str, position: str, assignee_id: int | None) -> int | None:
        """On whose behalf this person would work on such a task; None when on their own."""
        if assignee_id == self.user_id or (assignee_id is None and (unit, position) in self.posts):
            return None
        if assignee_id in self.stands_in_for:
            return assignee_id
        if assignee_id is None:
            return next((who for who, posts in self.stands_in_for.items() if (unit, position) in posts), None)
        return None

    def may_work_on(self, unit: str, position: str, assignee_id: int | None) -> bool:
        """Whether a task of this post, perhaps already somebody's, is this person's to work on."""
        if assignee_id is not None:
            return assignee_id in self.all_user_ids
        return (unit, position) in self.all_posts


SYSTEM = Actor(None, say("系统"))
ENTERPRISE = Actor(None, say("企业"))


def load_actor(session: Session, user: User, now: datetime, acting: PostKey | None = None) -> Actor:
    """The actor that a signed-in user is at `now`, with today's absences of others."""
    today = now.astimezone(CITY_ZONE).date()
    absent = session.execute(
        select(Post.user_id, Post.unit_code, Post.position_code)
        .join(Absence, Absence.user_id == Post.user_id)
        .where(Absence.stand_in_id == user.id, Absence.user_id != user.id, Absence.first_day <= today,
               Absence.last_day >= today)).all()
    stands_in_for: dict[int, frozenset[PostKey]] = {}
    for user_id, unit, position in absent:
        stands_in_for[user_id] = stands_in_for.get(user_id, frozenset()) | {(unit, position)}
    posts = [(post.unit_code, post.position_code) for post in user.posts]
    chosen = acting if acting in posts else (posts[0] if posts else None)
    return Actor(user.id, user.name, frozenset(posts), chosen, stands_in_for)
