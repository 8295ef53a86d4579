"""/issues/NUMBER/history and /issues/NUMBER/past: an issue's whole history in words, and replayed."""
from __future__ import annotations

from flask import render_template, request
from werkzeug.datastructures import MultiDict

from app.issues.blueprint import blueprint
from app.issues.past import chronicle
from app.issues.past.kinds import KINDS
from app.issues.visibility import find_visible
from app.models import Issue
from app.numbers import page_number, whole
from app.permissions import Permission, requires
from app.web import actor, calendar, db


@blueprint.get("/<string:number>/history")
@requires(Permission.SEE_ISSUES)
def history(number: str) -> str:
    """The whole history of an issue, the page of it that the address asks for. ?open=1 unfolds every entry."""
    issue = find_visible(db(), actor(), number)
    query = _query(request.args)
    page = chronicle.find_page(db(), _instance(issue), query, calendar())
    address = {"kind": query.kind, "who": query.who, "size": query.size, "order": "old" if query.oldest_first else None,
               "open": request.args.get("open") and "1"}
    return render_template("past/history.html", issue=issue, page=page, query=query, address=address,
                           sizes=chronicle.PAGE_SIZES)


def _query(given: MultiDict[str, str]) -> chronicle.Query:
    """What the address asks for; what it cannot ask for is left out."""
    kind, size = given.get("kind"), whole(given.get("size"))
    return chronicle.Query(
        kind=kind if kind in KINDS else None, who=whole(given.get("who")) or None, page=page_number(given.get("page")),
        size=size if size in chronicle.PAGE_SIZES else chronicle.PAGE_SIZES[0],
        oldest_first=given.get("order") == "old")


def _instance(issue: Issue) -> int:
    assert issue.instance_id is not None, "every registered issue has an instance"
    return issue.instance_id
