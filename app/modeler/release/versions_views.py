"""Below /processes: two versions compared, versions out as a zip, content packs in."""
from __future__ import annotations

import structlog
from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app import archives
from app.cases.errors import Blocked
from app.issues import downloads
from app.modeler import processes
from app.modeler.blueprint import blueprint
from app.modeler.release import exchange, proposals, review
from app.modeler.release.forms import ImportForm
from app.permissions import Permission, requires
from app.presentation import tell
from app.security import allow_inline_styles
from app.web import actor, db, now, takes_files
from workflows.errors import DefinitionRefused

log = structlog.get_logger()
ZIP = "application/zip"


@blueprint.get("/<string:key>/compare")
@requires(Permission.SEE_PROCESSES)
def compare(key: str) -> str:
    """?old=&new=: two versions side by side, and what differs in words."""
    old, new = _sides(key)
    allow_inline_styles()
    return render_template("modeler/compare.html", key=key, name=proposals.name_of(db(), key), old=old, new=new,
                           differences=review.compare(db(), old, new), versions=processes.versions(db(), key))


@blueprint.get("/<string:key>/compare.json")
@requires(Permission.SEE_PROCESSES)
def compare_diagrams(key: str) -> Response:
    """The diagrams that differ, for the page's script."""
    old, new = _sides(key)
    return jsonify(review.as_pictures(review.compare(db(), old, new)))


def _sides(key: str) -> tuple[review.Side, review.Side]:
    return (review.side(db(), key, request.args.get("old", "")), review.side(db(), key, request.args.get("new", "")))


@blueprint.get("/<string:key>/export.zip")
@requires(Permission.SEE_PROCESSES)
def export(key: str) -> Response:
    """The folders of the current version, of ?version=HASH, or of the draft, as `zhuqi deploy` takes them."""
    version = request.args.get("version")
    if version == review.DRAFT:
        files, name = dict(review.side(db(), key, version).files), version
    else:
        hash, files = exchange.version_files(db(), key, version)
        name = hash[:8]
    return downloads.send_bytes(archives.packed(files), f"{key}-{name}.zip", ZIP)


@blueprint.get("/export.zip")
@requires(Permission.SEE_PROCESSES)
def export_all() -> Response:
    """The whole content pack: every current version."""
    return downloads.send_bytes(archives.packed(exchange.pack(db())), f"processes-{now():%Y%m%d}.zip", ZIP)


@blueprint.route("/import", methods=["GET", "POST"])
@requires(Permission.EDIT_PROCESSES)
@takes_files
def import_pack() -> Response | str | tuple[str, int]:
    """Takes a zip or a folder with one or more processes; each that differs becomes a proposal for a second person."""
    form = ImportForm()
    problems: list[review.Told] = []
    if form.validate_on_submit():
        try:
            files = _sent(form)
            done = exchange.import_pack(db(), files, form.note.data, actor=actor(), now=now())
        except DefinitionRefused as refused:
            db().rollback()
            form.form_errors.append(_("没有导入：流程有问题，列在下面。"))
            problems = [review.Told(f"{problem.file} {problem.element or ''}".strip(), problem.reason)
                        for problem in refused.problems]
        except Blocked as refused:
            db().rollback()
            form.form_errors.append(tell(refused))
        else:
            return _imported(done)
    page = render_template("modeler/import.html", form=form, problems=problems)
    return (page, 422) if form.errors or form.form_errors else page


def _sent(form: ImportForm) -> dict[str, str]:
    if form.zip.data:
        return exchange.files_of_zip(form.zip.data.read())
    folder = [(file.filename or "", file.read()) for file in form.folder.data or [] if file and file.filename]
    if not folder:
        raise Blocked(_("请选择压缩包或文件夹。"))
    return exchange.files_of_folder(folder)


def _imported(done: list[exchange.Imported]) -> Response:
    proposed = [each.publication for each in done if each.publication is not None]
    log.info("pack_imported", processes=len(done), proposed=len(proposed), by=actor().user_id)
    if not proposed:
        flash(_("与当前版本完全一样，没有什么要导入。"), "info")
        return redirect(url_for("modeler.index"))
    flash(ngettext("已经导入%(num)d个流程，等另一位系统管理员同意。", "已经导入%(num)d个流程，等另一位系统管理员同意。",
                   len(proposed)), "success")
    if len(proposed) == 1:
        return redirect(url_for("modeler.proposal", publication_id=proposed[0].id))
    return redirect(url_for("modeler.index"))
