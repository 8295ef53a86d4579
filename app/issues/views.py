"""/issues: the list, an issue's page, its handling sheet, its files, and registering for an enterprise."""
from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import jsonify, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.dates import city_minute
from app.issues import (
    attachments,
    categories,
    downloads,
    duplicates,
    export,
    facts,
    listing,
    places,
)
from app.issues.blueprint import blueprint
from app.issues.erasing import views as erasing_views
from app.issues.errors import NoSuchIssue
from app.issues.forms import RegisterForm
from app.issues.past import views as past_views
from app.issues.registration import register
from app.issues.uploads import check_files
from app.measures import lying
from app.meetings import sheet as meeting_sheets
from app.models import Attachment, Position
from app.permissions import Permission, allowed, requires
from app.portal import handed_code
from app.portal.qr import follow_picture
from app.presentation import tell
from app.reads.noting import find_and_note, takes
from app.security import allow_inline_styles
from app.web import actor, attachment_folder, calendar, db, now, services, takes_files
from workflows.calendar import CITY_ZONE

__all__ = ["blueprint", "erasing_views", "past_views"]

LABELS = SimpleNamespace(
    categories=categories.CATEGORIES, levels=categories.LEVELS, channels=categories.CHANNELS,
    stages=categories.STAGES, statuses=categories.STATUSES, lights=categories.LIGHTS,
    difficulties=categories.DIFFICULTIES, exclusions=categories.EXCLUSIONS, response=categories.RESPONSE,
    satisfaction=categories.SATISFACTION)


@blueprint.get("/")
@requires(Permission.SEE_ISSUES)
def index() -> str:
    """The list that the address asks for, one page of it."""
    query = listing.parse(request.args, request.args.to_dict(flat=False))
    units = places.unit_names(db())
    return render_template(
        "issues/list.html", page=listing.find_page(db(), actor(), query), query=query, units=units, labels=LABELS,
        filters=_filters(units), sorts=_sorts(), page_sizes=listing.PAGE_SIZES, address=_address(query),
        may_register=allowed(actor(), Permission.REGISTER_ISSUES))


@blueprint.get("/export.xlsx")
@requires(Permission.SEE_ISSUES)
def export_list() -> Response:
    """The same list as an Excel workbook, all its pages."""
    query = listing.parse(request.args, request.args.to_dict(flat=False))
    found = listing.find_all(db(), actor(), query)
    takes(issue.id for issue in found)
    content = export.workbook(found, places.unit_names(db()), tell)
    day = now().astimezone(CITY_ZONE).strftime("%Y%m%d")
    return downloads.send_bytes(content, _("问题%(day)s.xlsx", day=day), export.MEDIA_TYPE)


@blueprint.get("/<string:number>")
@requires(Permission.SEE_ISSUES)
def show(number: str) -> str:
    """The story of an issue on one page."""
    issue = find_and_note(number, "page")
    allow_inline_styles()
    story = facts.load(db(), issue)
    return render_template(
        "issues/issue.html", issue=issue, story=story, labels=LABELS, positions=_positions(),
        supervises=actor().holds("supervisor"), kinds=lying.KINDS, in_words=lying.in_words,
        lying=lying.of_issue(db(), issue, story.units, now=now(), calendar=calendar()),
        others=duplicates.others_of_enterprise(db(), issue, now=now()),
        meetings=meeting_sheets.of_case(db(), actor(), issue),
        may_call=allowed(actor(), Permission.CALL_MEETINGS) and issue.closed_at is None)


@blueprint.get("/<string:number>/sheet")
@requires(Permission.SEE_ISSUES)
def sheet(number: str) -> str:
    """The handling sheet 办理单, laid out for A4."""
    issue = find_and_note(number, "sheet")
    return render_template("issues/sheet.html", issue=issue, story=facts.load(db(), issue), labels=LABELS,
                           minute=city_minute, printed_at=now(), printed_by=actor().name)


@blueprint.get("/<string:number>/diagram.json")
@requires(Permission.SEE_ISSUES)
def diagram(number: str) -> Response:
    """The diagrams with the path taken: [{process, xml, done, active}], for the viewer."""
    issue = find_and_note(number, "page")
    return jsonify([{"process": each.process_id, "name": each.name, "xml": each.xml, "done": each.done,
                     "active": each.active} for each in facts.diagrams(db(), issue.instance_id)])


@blueprint.get("/<string:number>/files/<int:attachment_id>")
@requires(Permission.SEE_ISSUES)
def attachment(number: str, attachment_id: int) -> Response:
    """A file of an issue that the person may see, as a download."""
    issue = find_and_note(number, "file", file_id=attachment_id)
    row = db().get(Attachment, attachment_id)
    if row is None or row.issue_id != issue.id:
        raise NoSuchIssue
    return downloads.send(row, attachment_folder())


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.REGISTER_ISSUES)
@takes_files
def new() -> str:
    """Registers what an enterprise said on a visit, by telephone, in a meeting or a letter; shows its code."""
    form = RegisterForm(places=places.choices(db()))
    if not form.validate_on_submit():
        return _new_page(form)
    code = handed_code.read(services().settings.secret_key, form.code.data or "")
    checked, refused = check_files(request.files.getlist("files"), already=0)
    if refused or code is None:
        form.files.errors = refused
        return _new_page(form)
    files = [attachments.keep(db(), file, attachment_folder(), now=now(), user_id=actor().user_id) for file in checked]
    issue, code = register(db(), form.report(), actor(), now(), calendar(), code=code,
                           attachments=[file.id for file in files])
    qr = follow_picture(services().settings.base_url + url_for("portal.follow"), code)
    return render_template("issues/registered.html", number=issue.number, code=code, qr=qr)


def _new_page(form: RegisterForm) -> str:
    form.code.data = handed_code.hand_out(services().settings.secret_key)
    return render_template("issues/new.html", form=form, accept=attachments.ACCEPT)


def _filters(units: dict[str, str]) -> list[SimpleNamespace]:
    where = [pair for _group, pairs in places.choices(db()) for pair in pairs]
    options = {
        "status": [("unfinished", _("未办结")), *categories.STATUSES.items()],
        "stage": [*categories.STAGES.items()], "category": [*categories.CATEGORIES.items()],
        "level": [*categories.LEVELS.items()], "light": [*categories.LIGHTS.items()], "place": where,
        "lead_unit": [*units.items()],
    }
    names = {"status": _("状态"), "stage": _("阶段"), "category": _("类别"), "level": _("级别"), "light": _("灯"),
             "place": _("旗区（园区）"), "lead_unit": _("主办单位")}
    return [SimpleNamespace(name=name, label=names[name], options=options[name]) for name in names]


def _sorts() -> list[tuple[str, str]]:
    return [("registered", _("新登记的在前")), ("light", _("红灯在前")), ("due", _("先到期的在前")),
            ("number", _("按编号")), ("enterprise", _("按企业")), ("closed", _("新办结的在前"))]


def _address(query: listing.Query) -> dict[str, Any]:
    """The query as it stands in the address, without the page."""
    return {"q": query.q or None, "sort": query.sort, "size": query.size, **query.filters}


def _positions() -> dict[str, str]:
    return dict(db().execute(select(Position.code, Position.name)).all())
