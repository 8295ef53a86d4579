"""/inbox: what stands in one's inbox, what one's unit has, what one has done, copies and watched issues."""
from __future__ import annotations

from dataclasses import asdict
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.inbox import act_views, claims, copies, export, queries, saved_views, task_views
from app.inbox.blueprint import blueprint
from app.inbox.reach import View
from app.issues import downloads, places
from app.issues import export as issue_export
from app.issues.categories import CATEGORIES, LEVELS, STAGES
from app.issues.visibility import visible_issues
from app.numbers import ids, page_number
from app.permissions import Permission, requires
from app.presentation import tell
from app.reads.noting import takes
from app.web import actor, calendar, db, now

__all__ = ["act_views", "blueprint", "task_views"]

PAGE_SIZE = queries.PAGE_SIZES[0]


@blueprint.get("/inbox")
@requires(Permission.WORK)
def index() -> str:
    """A view of the inbox, filtered and sorted as the address says."""
    view = request.args.get("view", "mine")
    if view == "copies":
        return _copies()
    if view == "watched":
        return _watched()
    query = queries.parse(_known(view), request.args)
    page = queries.find(db(), actor(), query, now=now(), calendar=calendar())
    return render_template("inbox/list.html", query=query, page=page, address=_address(query), now=now,
                           sizes=queries.PAGE_SIZES, views=saved_views.of_user(db(), actor()), **_words())


def _copies() -> str:
    unread, page = request.args.get("all") is None, page_number(request.args.get("page"))
    rows, total = copies.page_of(db(), actor(), unread=unread, page=page, size=PAGE_SIZE)
    return render_template("inbox/copies.html", rows=rows, total=total, page=page, pages=_pages(total), unread=unread,
                           kinds=export.KINDS)


def _watched() -> str:
    page = page_number(request.args.get("page"))
    issues, total = copies.watched(db(), actor(), visible_issues(actor()), page=page, size=PAGE_SIZE)
    return render_template("inbox/watched.html", issues=issues, total=total, page=page, pages=_pages(total), **_words())


def _pages(total: int) -> int:
    return max(1, -(-total // PAGE_SIZE))


@blueprint.get("/inbox/export.xlsx")
@requires(Permission.WORK)
def export_list() -> Response:
    """Exactly the list that is shown, all its pages, as an Excel workbook (up to MOST_EXPORTED rows)."""
    view = request.args.get("view", "mine")
    if view == "copies":
        rows, _total = copies.page_of(db(), actor(), unread=request.args.get("all") is None, page=1,
                                      size=queries.MOST_EXPORTED)
        takes(issue.id for _copy, issue, _meeting, _sender in rows if issue)
        return downloads.send_bytes(export.copies(rows, tell), _("抄送.xlsx"), export.MEDIA_TYPE)
    if view == "watched":
        issues, _total = copies.watched(db(), actor(), visible_issues(actor()), page=1, size=queries.MOST_EXPORTED)
        takes(issue.id for issue in issues)
        return downloads.send_bytes(issue_export.workbook(issues, places.unit_names(db()), tell), _("关注.xlsx"),
                                    export.MEDIA_TYPE)
    query = queries.parse(_known(view), request.args)
    page = queries.find(db(), actor(), query, now=now(), calendar=calendar(), every=True)
    takes(row.item.issue_id for row in page.rows)
    return downloads.send_bytes(export.workbook(page.rows, tell), _("待办.xlsx"), export.MEDIA_TYPE)


@blueprint.post("/inbox/claim")
@requires(Permission.WORK)
def claim_many() -> Response:
    """签收 all that are ticked; says what could not be and why."""
    chosen = ids(request.form.getlist("item"))
    claimed, refused = claims.claim_many(db(), chosen, actor=actor(), now=now())
    if not chosen:
        flash(_("请先勾选要签收的事项。"), "warning")
    if claimed:
        flash(_("已签收%(count)s件。", count=claimed), "success")
    for reason in dict.fromkeys(refused):
        flash(reason, "warning")
    return redirect(_back(), 303)


@blueprint.post("/inbox/read")
@requires(Permission.WORK)
def mark_read() -> Response:
    """已阅 for the copies that are ticked, or for one."""
    chosen = ids(request.form.getlist("copy"))
    read = copies.mark_read(db(), chosen, actor=actor(), now=now())
    if read:
        flash(_("%(count)s件已标为已阅。", count=read), "success")
    return redirect(url_for("inbox.index", view="copies"), 303)


@blueprint.post("/inbox/views")
@requires(Permission.WORK)
def save_view() -> Response:
    """Keeps the list's filters and order under a name."""
    name = request.form.get("name", "").strip()[:40]
    if name:
        saved_views.save(db(), actor(), name, _query())
        flash(_("已保存视图“%(name)s”。", name=name), "success")
    return redirect(_back(), 303)


@blueprint.post("/inbox/views/<int:view_id>/delete")
@requires(Permission.WORK)
def delete_view(view_id: int) -> Response:
    saved_views.delete(db(), actor(), view_id)
    return redirect(_back(), 303)


def _known(view: str) -> View:
    return next((known for known in queries.VIEWS if known == view), "mine")


def _back() -> str:
    """The same list again: only the query of our own page is taken, never an address."""
    return url_for("inbox.index") + "?" + _query()


def _query() -> str:
    """The list's filters and order as they were sent along, written anew: nothing but an address's query."""
    return urlencode(parse_qsl(request.form.get("query", "")[:500].lstrip("?")))


def _address(query: queries.Query) -> dict[str, Any]:
    default = queries.Query()
    return {"view": query.view} | {name: value for name, value in asdict(query).items()
                                   if value != getattr(default, name) and name not in ("page", "view")}


def _words() -> dict[str, Any]:
    return {"labels": SimpleNamespace(categories=CATEGORIES, levels=LEVELS, stages=STAGES),
            "places": [pair for _group, pairs in places.choices(db()) for pair in pairs]}
