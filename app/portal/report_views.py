"""/report: three short steps to report a difficulty, each a page that works without script."""
from __future__ import annotations

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.actor import ENTERPRISE
from app.auth import sessions
from app.issues import attachments, places
from app.issues.categories import CATEGORIES
from app.issues.enterprise_acts import find_by_code
from app.issues.promise import promise
from app.issues.registration import register
from app.issues.uploads import check_files
from app.models import Issue
from app.permissions import public
from app.portal import handed_code
from app.portal.blueprint import FOLLOWED, blueprint
from app.portal.draft import ENTERPRISE_FIELDS, TROUBLE_FIELDS, ReportDraft
from app.portal.forms import EnterpriseForm, TroubleForm
from app.portal.qr import follow_picture
from app.security import limiter
from app.web import attachment_folder, calendar, db, now, services, takes_files


@blueprint.get("/report")
@public
def trouble() -> str:
    """Step 1: 你遇到了什么困难, with what was typed and, after a refused sending, what is wrong with it."""
    draft = ReportDraft(session)
    form = _trouble_form(draft)
    if "trouble" in draft.wrong:
        form.validate()
        form.files.errors = draft.refused
    return render_template("portal/trouble.html", form=form, draft=draft, accept=attachments.ACCEPT)


@blueprint.post("/report")
@limiter.limit("120/hour")
@public
@takes_files
def keep_trouble() -> Response:
    """Keeps step 1 and the files that can be taken, then shows the next page or this one with what is wrong; always
    by a redirect, so that going back never asks to send again."""
    draft = ReportDraft(session)
    draft.take(request.form, TROUBLE_FIELDS)
    draft.refused = _take_files(draft)
    if "remove" in request.form:
        _remove_file(draft, request.form["remove"])
        draft.save()
        return redirect(url_for("portal.trouble", _anchor="files"), 303)
    in_order = _is_person() and _trouble_form(draft).validate() and not draft.refused
    draft.mark("trouble", in_order)
    draft.save()
    return redirect(url_for("portal.enterprise" if in_order else "portal.trouble"), 303)


@blueprint.get("/report/enterprise")
@public
def enterprise() -> str:
    """Step 2: 关于企业."""
    draft = ReportDraft(session)
    form = _enterprise_form(draft)
    if "enterprise" in draft.wrong:
        form.validate()
    return render_template("portal/enterprise.html", form=form, carried=_carried(draft, TROUBLE_FIELDS))


@blueprint.post("/report/enterprise")
@public
def keep_enterprise() -> Response:
    """Keeps step 2, right or wrong, and goes on, back, or here again."""
    draft = ReportDraft(session)
    _recover(draft, "trouble")
    draft.take(request.form, ENTERPRISE_FIELDS)
    form = _enterprise_form(draft)
    in_order = _is_person() and form.validate()
    if in_order:
        draft.values["credit_code"] = form.credit_code.data or ""
    draft.mark("enterprise", in_order)
    draft.save()
    if request.form.get("go") == "back":
        return redirect(url_for("portal.trouble"), 303)
    return redirect(url_for("portal.confirm" if in_order else "portal.enterprise"), 303)


@blueprint.get("/report/confirm")
@public
def confirm() -> Response | str:
    """Step 3: 确认. A step that is not in order comes first."""
    draft = ReportDraft(session)
    return _unfinished(draft) or _confirm_page(draft)


@blueprint.post("/report/done")
@limiter.limit("30/hour")
@public
def send() -> Response | str:
    """Registers the report and shows its code. Sent twice, it shows the same issue and the same code."""
    draft = ReportDraft(session)
    code = handed_code.read(services().settings.secret_key, request.form.get("code", ""))
    known = find_by_code(db(), code) if code else None
    if code and known is not None:
        return _done_page(known, code)
    _recover(draft, "trouble", "enterprise")
    missing = _unfinished(draft)
    if missing is not None:
        return missing
    if code is None or not _is_person():
        return _confirm_page(draft)
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
    if "trouble" in steps:
        draft.mark("trouble", _trouble_form(draft).validate())
    if "enterprise" in steps:
        draft.mark("enterprise", _enterprise_form(draft).validate())
    draft.save()


def _trouble_form(draft: ReportDraft) -> TroubleForm:
    return TroubleForm(MultiDict(draft.values))


def _enterprise_form(draft: ReportDraft) -> EnterpriseForm:
    return EnterpriseForm(MultiDict(draft.values), places=places.choices(db()))


def _is_person() -> bool:
    """Whether the box that people do not see was left empty. It stands in for a captcha, which shuts people out."""
    if request.form.get("website"):
        flash(_("提交没有成功，请重新填写。"), "warning")
        return False
    return True


def _carried(draft: ReportDraft, fields: tuple[str, ...]) -> dict[str, str]:
    return {field: draft.values[field] for field in fields if field in draft.values}


def _confirm_page(draft: ReportDraft) -> str:
    return render_template("portal/confirm.html", draft=draft, promise=promise(db()),
                           code=handed_code.hand_out(services().settings.secret_key),
                           carried=_carried(draft, (*TROUBLE_FIELDS, *ENTERPRISE_FIELDS)),
                           category=CATEGORIES.get(draft.values.get("category", ""), _("不确定")),
                           place=places.unit_names(db()).get(draft.values["place"], ""))


def _done_page(issue: Issue, code: str) -> str:
    """The code, and from here on this browser follows the issue."""
    sessions.current().rotate()  # a session that somebody planted here gains nothing
    session[FOLLOWED] = issue.id
    qr = follow_picture(services().settings.base_url + url_for("portal.follow"), code)
    return render_template("portal/done.html", number=issue.number, code=code, qr=qr, promise=promise(db()))


def _take_files(draft: ReportDraft) -> list[str]:
    checked, refused = check_files(request.files.getlist("files"), already=len(draft.files))
    for file in checked:
        row = attachments.keep(db(), file, attachment_folder(), now=now())
        draft.files.append({"id": row.id, "name": row.name, "size": row.size})
    return refused


def _remove_file(draft: ReportDraft, wanted: str) -> None:
    """Takes a file out of the report; only one of this draft's own can be named. Housekeeping then forgets it like any
    file that was never sent, its content too."""
    draft.files[:] = [file for file in draft.files if str(file["id"]) != wanted]
