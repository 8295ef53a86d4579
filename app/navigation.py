"""The left menu: what the product offers to the positions of the person who looks."""
from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import g, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from flask_login import current_user

from app import web
from app.admin import agreements
from app.inbox import counts as inbox_counts
from app.inbox.queries import MOST_COUNTED
from app.issues.erasing import requests as erasures
from app.modeler.release import proposals
from app.permissions import Permission, allowed, only_looks


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu: where it leads, who sees it, and perhaps a number behind it."""
    label: LazyString
    icon: str
    endpoint: str
    permission: Permission
    view: str | None = None
    counted: str | None = None
    """which of `counts` stands behind it"""

    @property
    def address(self) -> str:
        return url_for(self.endpoint, view=self.view)

    @property
    def number(self) -> str:
        """'' for none, '999+' for more than are counted."""
        count = counts()[self.counted] if self.counted else 0
        return (f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)) if count else ""

    @property
    def is_here(self) -> bool:
        """Whether the page that is shown belongs to this line."""
        if request.endpoint is None or request.endpoint.split(".")[0] != self.endpoint.split(".")[0]:
            return False
        if self.view is not None:
            return request.endpoint == self.endpoint and request.args.get("view", "mine") == self.view
        return request.endpoint.split("_")[0] == self.endpoint.split("_")[0]


def counts() -> dict[str, int]:
    """The numbers beside the menu, asked for once a request."""
    if "menu_counts" not in g:
        person = web.actor()
        edits, agrees = allowed(person, Permission.EDIT_PROCESSES), allowed(person, Permission.AGREE)
        g.menu_counts = inbox_counts.counts(web.db(), person) | {
            "proposals": proposals.waiting_for(web.db(), person.user_id) if edits else 0,
            "agreements": agreements.waiting_for(web.db(), person, web.now()) if agrees else 0,
            "erasures": erasures.waiting_for(web.db()) if allowed(person, Permission.ERASE) else 0}
    return cast(dict[str, int], g.menu_counts)


WORK = (
    Entry(_("待办"), "inbox", "inbox.index", Permission.WORK, "mine", "mine"),
    Entry(_("本单位"), "building", "inbox.index", Permission.WORK, "unit"),
    Entry(_("等待他人"), "clock", "inbox.index", Permission.WORK, "waiting"),
    Entry(_("已办"), "checks", "inbox.index", Permission.WORK, "done"),
    Entry(_("抄送"), "copy", "inbox.index", Permission.WORK, "copies", "copies"),
    Entry(_("关注"), "star", "inbox.index", Permission.WORK, "watched"),
)
CITY = (
    Entry(_("督办台"), "gauge", "board.index", Permission.SEE_BOARD),
    Entry(_("问题"), "clipboard-list", "issues.index", Permission.SEE_ISSUES),
    Entry(_("调度会"), "message", "meetings.index", Permission.SEE_MEETINGS),
    Entry(_("统计"), "chart-bar", "measures.index", Permission.SEE_MEASURES),
    Entry(_("流程实况"), "route", "mining.index", Permission.SEE_MEASURES),
    Entry(_("查阅记录"), "eye", "reads.index", Permission.SEE_READINGS),
)
ADMINISTRATION = (
    Entry(_("流程"), "git-branch", "modeler.index", Permission.SEE_PROCESSES, counted="proposals"),
    Entry(_("工作日历"), "calendar", "admin.calendar", Permission.SEE_PROCESSES),
    Entry(_("单位"), "sitemap", "admin.units", Permission.MANAGE_ORGANISATION),
    Entry(_("包联"), "flag", "admin.leaders", Permission.MANAGE_ORGANISATION),
    Entry(_("用户"), "users", "admin.users", Permission.MANAGE_USERS),
    Entry(_("缺勤代办"), "calendar-off", "admin.absences", Permission.MANAGE_USERS),
    Entry(_("账号变动"), "user-check", "admin.agreements", Permission.SEE_ADMINISTRATION, counted="agreements"),
    Entry(_("个人信息删除"), "trash", "admin.erasures", Permission.ERASE, counted="erasures"),
    Entry(_("管理日志"), "history", "admin.admin_log", Permission.SEE_ADMINISTRATION),
    Entry(_("故障"), "alert-triangle", "admin.incidents", Permission.MANAGE_CASES),
    Entry(_("邮件"), "mail", "admin.mail", Permission.MANAGE_CASES),
    Entry(_("封存与核对"), "circle-check", "audit.index", Permission.AUDIT),
    Entry(_("系统"), "settings", "admin.system", Permission.MANAGE_CASES),
)
GROUPS: tuple[tuple[LazyString, tuple[Entry, ...]], ...] = (
    (_("办理"), WORK), (_("查询"), CITY), (_("管理"), ADMINISTRATION))


def menu() -> list[tuple[LazyString, list[Entry]]]:
    """The groups with the entries that this person may open; an empty group is left out."""
    person = web.actor()
    shown = [(name, [entry for entry in entries if allowed(person, entry.permission)]) for name, entries in GROUPS
             if entries is not WORK or not only_looks(person, Permission.WORK)]
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
