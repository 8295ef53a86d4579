"""/report: three short steps to report a difficulty, each a page that works without script."""
from __future__ import annotations

from flask import redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.actor import ENTERPRISE
from app.issues import attachments, places
from app.issues.categories import CATEGORIES
from app.issues.enterprise_acts import find_by_code
from app.issues.registration import register
from app.issues.uploads import check_files
from app.models import Attachment, Issue
from app.permissions import public
from app.portal import handed_code
from app.portal.blueprint import FOLLOWED, blueprint
from app.portal.draft import ENTERPRISE_FIELDS, TROUBLE_FIELDS, ReportDraft
from app.portal.forms import ConfirmForm, EnterpriseForm, TroubleForm
from app.portal.qr import follow_picture
from app.security import limiter
from app.web import attachment_folder, calendar, db, now, services


@blueprint.route("/report", methods=["GET", "POST"])
@limiter.limit("120/hour", methods=["POST"])
@public
def trouble() -> Response | str:
    """Step 1: 你遇到了什么困难. Every press keeps what was typed and the files that can be taken."""
    draft = ReportDraft(session)
    if request.method == "GET":
        return _trouble_page(draft, TroubleForm(data=draft.values))
    form = TroubleForm()
    draft.take(request.form, TROUBLE_FIELDS)
    refused = _take_files(draft)
    if "remove" in request.form:
        _remove_file(draft, request.form["remove"])
        draft.save()
        return redirect(url_for("portal.trouble", _anchor="files"), 303)
    in_order = form.validate() and not refused
    form.files.errors = refused
    draft.mark("trouble", in_order)
    draft.save()
    return redirect(url_for("portal.enterprise"), 303) if in_order else _trouble_page(draft, form)


@blueprint.route("/report/enterprise", methods=["GET", "POST"])
@public
def enterprise() -> Response | str:
    """Step 2: 关于企业. Going back keeps what was typed, right or wrong."""
    draft = ReportDraft(session)
    if request.method == "GET":
        form = EnterpriseForm(data=draft.values, places=places.choices(db()))
        return _enterprise_page(draft, form)
    _recover(draft, "trouble")
    form = EnterpriseForm(places=places.choices(db()))
    in_order = form.validate()
    draft.take(request.form, ENTERPRISE_FIELDS)
    if in_order:
        draft.values["credit_code"] = form.credit_code.data or ""
    draft.mark("enterprise", in_order)
    draft.save()
    if request.form.get("go") == "back":
        return redirect(url_for("portal.trouble"), 303)
    if in_order:
        return redirect(url_for("portal.confirm"), 303)
    return _enterprise_page(draft, form)


@blueprint.get("/report/confirm")
@public
def confirm() -> Response | str:
    """Step 3: 确认. A step that is not in order comes first."""
    draft = ReportDraft(session)
    return _unfinished(draft) or _confirm_page(draft, ConfirmForm())


@blueprint.post("/report/done")
@limiter.limit("30/hour")
@public
def send() -> Response | str:
    """Registers the report and shows its code. Sent twice, it shows the same issue and the same code."""
    draft = ReportDraft(session)
    form = ConfirmForm()
    code = handed_code.read(services().settings.secret_key, form.code.data or "")
    known = find_by_code(db(), code) if code else None
    if code and known is not None:
        return _done_page(known, code)
    _recover(draft, "trouble", "enterprise")
    missing = _unfinished(draft)
    if missing is not None:
        return missing
    if code is None or not form.validate():
        return _confirm_page(draft, form)
    issue, code = register(db(), draft.report(), ENTERPRISE, now(), calendar(), code=code,
                           attachments=[file["id"] for file in draft.files])
    draft.forget()
    return _done_page(issue, code)


def _unfinished(draft: ReportDraft) -> Response | None:
    for step in ("trouble", "enterprise"):
        if step not in draft.done:
            return redirect(url_for(f"portal.{step}"), 303)
    return None


def _recover(draft: ReportDraft, *steps: str) -> None:
    """A session ends while somebody types: the page has carried the earlier steps' answers, so that none is lost."""
    if all(step in draft.done for step in steps):
        return
    draft.take_missing(request.form)
    given = {"formdata": None, "data": draft.values, "meta": {"csrf": False}}
    if "trouble" in steps:
        draft.mark("trouble", TroubleForm(**given).validate())
    if "enterprise" in steps:
        draft.mark("enterprise", EnterpriseForm(**given, places=places.choices(db())).validate())
    draft.save()


def _enterprise_page(draft: ReportDraft, form: EnterpriseForm) -> str:
    return render_template("portal/enterprise.html", form=form, carried=_carried(draft, TROUBLE_FIELDS))


def _carried(draft: ReportDraft, fields: tuple[str, ...]) -> dict[str, str]:
    return {field: draft.values[field] for field in fields if field in draft.values}


def _trouble_page(draft: ReportDraft, form: TroubleForm) -> str:
    return render_template("portal/trouble.html", form=form, draft=draft, accept=attachments.ACCEPT)


def _confirm_page(draft: ReportDraft, form: ConfirmForm) -> str:
    form.code.data = handed_code.hand_out(services().settings.secret_key)
    return render_template("portal/confirm.html", form=form, draft=draft,
                           carried=_carried(draft, (*TROUBLE_FIELDS, *ENTERPRISE_FIELDS)),
                           category=CATEGORIES.get(draft.values.get("category", ""), _("不确定")),
                           place=places.unit_names(db()).get(draft.values["place"], ""))


def _done_page(issue: Issue, code: str) -> str:
    """The code, and from here on this browser follows the issue."""
    session[FOLLOWED] = issue.id
    qr = follow_picture(url_for("portal.follow", _external=True), code)
    return render_template("portal/done.html", number=issue.number, code=code, qr=qr)


def _take_files(draft: ReportDraft) -> list[str]:
    checked, refused = check_files(request.files.getlist("files"), already=len(draft.files))
    for file in checked:
        row = attachments.keep(db(), file, attachment_folder(), now=now())
        draft.files.append({"id": row.id, "name": row.name, "size": row.size})
    return refused


def _remove_file(draft: ReportDraft, wanted: str) -> None:
    """Takes a file out of the report; only one of this draft's own can be named."""
    for file in [file for file in draft.files if str(file["id"]) == wanted]:
        draft.files.remove(file)
        row = db().get(Attachment, file["id"])
        if row is not None and row.issue_id is None:
            db().delete(row)
