"""/processes/KEY/edit: a draft's editor for each file, and what the administrator does with whole files."""
from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from app.cases.errors import NotFound
from app.modeler.blueprint import blueprint
from app.modeler.editor import drafts, new_files, presence
from app.modeler.editor.surroundings import File, Surroundings
from app.modeler.errors import Unreadable
from app.models import ProcessDraft
from app.permissions import Permission, requires
from app.presentation import tell
from app.security import allow_inline_styles
from app.web import actor, db, now, takes_files
from workflows.calendar import CITY_ZONE
from workflows.encodings import text_of
from workflows.reading import MAX_FILE_BYTES
from workflows.sentence import Sentence, say

PAGES = {"diagram": "modeler/edit_diagram.html", "table": "modeler/edit_table.html", "form": "modeler/edit_form.html"}
LONGEST_NAME = 60
"""characters of what a new form or table is called"""


@blueprint.get("/<string:key>/edit")
@requires(Permission.EDIT_PROCESSES)
def edit(key: str) -> str:
    """The editor of one of the draft's files (`?file=`), the process's own diagram without."""
    draft = drafts.get(db(), key)
    around = Surroundings.of(draft)
    files = around.files()
    file = _chosen(files)
    back, forth = drafts.can_step(db(), draft, file.path)
    if file.kind != "form":
        allow_inline_styles()
    return render_template(
        PAGES[file.kind], draft=draft, began=drafts.name_of(draft), file=file, files=files,
        removed=drafts.removed(db(), draft),
        others=presence.others(db(), draft, actor(), now()),
        name=around.name(),
        data={"file": file.path, "revision": draft.revision, "text": draft.files[file.path],
              "undo": back, "redo": forth, "saved": saved_at(draft.changed_at),
              "beat": presence.BEAT.total_seconds(), "choices": in_language(around.choices(db())),
              "addresses": {name: url_for(f"modeler.draft_{name}", key=key, began=drafts.name_of(draft)) for name in
                            ("save", "undo", "redo", "presence", "problems", "expression", "preview")}
              | {"edit": url_for("modeler.edit", key=key)}})


@blueprint.post("/<string:key>/edit")
@requires(Permission.EDIT_PROCESSES)
def begin_draft(key: str) -> AnyResponse:
    """Begins the draft from the current version, if nobody has, and opens it."""
    drafts.open_draft(db(), key, actor=actor(), now=now())
    return redirect(url_for("modeler.edit", key=key), 303)


@blueprint.post("/new")
@requires(Permission.EDIT_PROCESSES)
def begin_new() -> AnyResponse:
    """Begins a process that there is none of yet, by its name for people, and opens it."""
    draft = drafts.begin_new(db(), _name(), actor=actor(), now=now())
    return redirect(url_for("modeler.edit", key=draft.key), 303)


@blueprint.get("/<string:key>/edit/file")
@requires(Permission.EDIT_PROCESSES)
def draft_file(key: str) -> Response:
    """The file as a download."""
    draft = drafts.get(db(), key)
    path = request.args.get("file", "")
    if path not in draft.files:
        raise NotFound(say("草稿里没有这个文件。"))
    kind = "application/json" if path.endswith(".json") else "application/xml"
    return send_file(BytesIO(draft.files[path].encode()), kind, as_attachment=True, max_age=0,
                     download_name=path.rpartition("/")[2])


@blueprint.post("/<string:key>/edit/import")
@requires(Permission.EDIT_PROCESSES)
@takes_files
def import_file(key: str) -> AnyResponse:
    """Replaces the open file by one from elsewhere, such as the Camunda Modeler."""
    draft = opened(key)
    path, back = named_file(draft), url_for("modeler.edit", key=key, file=request.form.get("file"))
    try:
        drafts.save(db(), draft, path, uploaded_text(), on_revision=page_revision(), actor=actor(), now=now())
    except Unreadable as refused:
        flash(tell(refused), "danger")
    else:
        flash(_("已导入，原来的内容可以撤销回来。引擎不能执行的元素列在下面的“检查结果”里。"), "success")
    return redirect(back, 303)


@blueprint.post("/<string:key>/edit/add")
@requires(Permission.EDIT_PROCESSES)
def add_file(key: str) -> AnyResponse:
    """Adds a form or a decision table by its name for people, and opens it."""
    draft = opened(key)
    name = _name()
    if request.form.get("kind") == "table":
        reading = Surroundings.of(draft).reading
        main = reading.processes.get(reading.main)
        variable = next(iter(main.variables or ()), "true") if main is not None else "true"
        path, text = new_files.new_table(key, name, draft.files, variable)
    else:
        path, text = new_files.new_form(key, name, draft.files)
    drafts.save(db(), draft, path, text, on_revision=draft.revision, actor=actor(), now=now())
    return redirect(url_for("modeler.edit", key=key, file=path), 303)


@blueprint.post("/<string:key>/edit/remove")
@requires(Permission.EDIT_PROCESSES)
def remove_file(key: str) -> AnyResponse:
    """Takes a form or a decision table out of the draft."""
    draft = drafts.get(db(), key, writing=True)
    drafts.remove(db(), draft, named_file(draft), actor=actor(), now=now())
    flash(_("已移除，可以在“文件”里恢复。"), "success")
    return redirect(url_for("modeler.edit", key=key), 303)


@blueprint.post("/<string:key>/edit/restore")
@requires(Permission.EDIT_PROCESSES)
def restore_file(key: str) -> AnyResponse:
    """Brings a removed file back."""
    draft = drafts.get(db(), key, writing=True)
    path = request.form.get("file", "")
    if path not in drafts.removed(db(), draft):
        raise NotFound(say("草稿里没有这个文件。"))
    drafts.undo(db(), draft, path, on_revision=draft.revision, actor=actor(), now=now())
    return redirect(url_for("modeler.edit", key=key, file=path), 303)


@blueprint.post("/<string:key>/edit/discard")
@requires(Permission.EDIT_PROCESSES)
def discard_draft(key: str) -> AnyResponse:
    """Does away with the draft; what is published stays."""
    drafts.discard(db(), drafts.get(db(), key, writing=True))
    flash(_("草稿已放弃，已发布的版本没有变。"), "success")
    return redirect(url_for("modeler.index"), 303)


def opened(key: str) -> ProcessDraft:
    """The draft that the page was opened on, to be written to. Raises NotFound and Conflict."""
    return drafts.get(db(), key, writing=True, began=request.args.get("began"))


def uploaded_text(name: str = "upload") -> str:
    """The text of the file that came with the request; Unreadable when it is none, or too large to look at."""
    upload = request.files.get(name)
    if upload is None:
        raise Unreadable(say("请先选择一个文件。"))
    content = upload.stream.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise Unreadable(say("文件太大，最多 %(max_mb)s MB。", max_mb=MAX_FILE_BYTES // 1_000_000))
    try:
        return text_of(content)
    except UnicodeDecodeError:
        raise Unreadable(say("读不懂文件的编码，请在原来的工具里另存为 UTF-8。")) from None


def in_language(value: Any) -> Any:
    """JSON with its sentences in the language of the page."""
    if isinstance(value, dict):
        return {name: in_language(each) for name, each in value.items()}
    if isinstance(value, list):
        return [in_language(each) for each in value]
    return tell(value) if isinstance(value, Sentence) else value


def saved_at(at: datetime) -> str:
    return _("已保存 %(clock)s", clock=f"{at.astimezone(CITY_ZONE):%H:%M}")


def _name() -> str:
    """What something new is called."""
    name = request.form.get("name", "").strip()[:LONGEST_NAME]
    if not name:
        raise Unreadable(say("请写上名称。"))
    return name


def _chosen(files: list[File]) -> File:
    wanted = request.args.get("file")
    for file in files:
        if wanted in (None, file.path):
            return file
    raise NotFound(say("草稿里没有这个文件。"))


def named_file(draft: ProcessDraft) -> str:
    path = request.form.get("file", "")
    if path not in draft.files:
        raise NotFound(say("草稿里没有这个文件。"))
    return path


def page_revision() -> int:
    """The revision that the page was on."""
    return request.form.get("revision", -1, type=int)
