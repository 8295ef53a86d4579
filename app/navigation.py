"""The left menu: what the product offers to the positions of the person who looks."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from flask import current_app, g, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import and_, func, or_, select, tuple_

from app import web
from app.models import WorkItem
from app.permissions import Permission, allowed


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu: where it leads, who sees it, and perhaps a number behind it."""
    label: LazyString
    icon: str
    endpoint: str
    permission: Permission
    values: dict[str, str] = field(default_factory=dict)
    count: Callable[[], int] | None = None

    @property
    def address(self) -> str:
        return url_for(self.endpoint, **self.values)

    @property
    def is_here(self) -> bool:
        """Whether the page that is shown belongs to this line."""
        if request.endpoint is None or request.endpoint.split(".")[0] != self.endpoint.split(".")[0]:
            return False
        if self.values:
            return all(request.args.get(name) == value for name, value in self.values.items())
        return request.endpoint == self.endpoint and not request.args.get("view")


def count_open() -> int:
    """Open work items that the person may work on now: theirs, and those nobody has claimed in their posts."""
    if "open_items" not in g:
        person = web.actor()
        mine = WorkItem.assignee_id.in_(person.all_user_ids)
        free = and_(WorkItem.assignee_id.is_(None),
                    tuple_(WorkItem.unit_code, WorkItem.position_code).in_(person.all_posts))
        g.open_items = web.db().scalar(
            select(func.count()).select_from(WorkItem).where(WorkItem.status == "open", or_(mine, free))) or 0
    return int(g.open_items)


WORK = (
    Entry(_("待办"), "inbox", "inbox.index", Permission.WORK, {"view": "mine"}, count_open),
    Entry(_("本单位"), "building", "inbox.index", Permission.WORK, {"view": "unit"}),
    Entry(_("已办"), "checks", "inbox.index", Permission.WORK, {"view": "done"}),
    Entry(_("抄送"), "copy", "inbox.index", Permission.WORK, {"view": "copies"}),
    Entry(_("关注"), "star", "inbox.index", Permission.WORK, {"view": "watched"}),
)
CITY = (Entry(_("问题"), "clipboard-list", "issues.index", Permission.SEE_ISSUES),)
ADMINISTRATION = (
    Entry(_("单位"), "sitemap", "admin.units", Permission.MANAGE_ORGANISATION),
    Entry(_("用户"), "users", "admin.users", Permission.MANAGE_USERS),
    Entry(_("缺勤代办"), "calendar-off", "admin.absences", Permission.MANAGE_USERS),
    Entry(_("故障"), "alert-triangle", "admin.incidents", Permission.MANAGE_CASES),
)
GROUPS: tuple[tuple[LazyString, tuple[Entry, ...]], ...] = (
    (_("办理"), WORK), (_("全市"), CITY), (_("管理"), ADMINISTRATION))


def menu() -> list[tuple[LazyString, list[Entry]]]:
    """The groups with the entries that this person may open; an empty group is left out."""
    person = web.actor()
    shown = [(name, [entry for entry in entries if allowed(person, entry.permission)
                     and entry.endpoint in current_app.view_functions]) for name, entries in GROUPS]
    return [(name, entries) for name, entries in shown if entries]


@dataclass(frozen=True, slots=True)
class OwnPost:
    """One of the person's posts in the top bar: `key` is what is sent to switch to it."""
    key: str
    name: str
    acting: bool


def own_posts() -> list[OwnPost]:
    """The posts that the person can act in; the one they act in is marked."""
    acting = web.actor().acting
    return [OwnPost(f"{post.unit_code}:{post.position_code}", f"{post.unit.name} {post.position.name}",
                    (post.unit_code, post.position_code) == acting) for post in current_user.person.posts]
