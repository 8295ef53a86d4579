"""What the editors' scripts ask for: saving, stepping back, who else is there, findings, previews. All answer in JSON
but the preview."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from app.cases import definitions
from app.forms import build
from app.modeler import hints
from app.modeler.blueprint import blueprint
from app.modeler.editor import drafts, presence, surroundings
from app.modeler.editor.draft_views import in_language, named_file, opened, page_revision, saved_at, uploaded_text
from app.modeler.editor.previews import for_preview
from app.modeler.errors import Unreadable
from app.modeler.release import rules
from app.models import Position, ProcessDraft
from app.permissions import Permission, requires
from app.presentation import tell
from app.web import actor, calendar, db, now, takes_files
from workflows.durations import literal
from workflows.errors import WorkflowError
from workflows.expressions import compile_expression, compile_script
from workflows.forms import FormError, parse_form
from workflows.notices import parse_notify
from workflows.parameters import numbers
from workflows.reading import read
from workflows.sentence import say
from workflows.timers import is_literal
from workflows.unary_tests import parse_unary_test
from workflows.versions import check

Json = Any
MOST_FINDINGS = 200
"""that a page shows"""


@blueprint.post("/<string:key>/edit/file")
@requires(Permission.EDIT_PROCESSES)
@takes_files
def draft_save(key: str) -> Response:
    """Keeps a file as it stands in the editor; `opened` is what the editor had made of it before the change."""
    draft = opened(key)
    drafts.save(db(), draft, named_file(draft), uploaded_text(), on_revision=page_revision(), actor=actor(), now=now(),
                opened=uploaded_text("opened") if "opened" in request.files else None)
    return _state(draft)


@blueprint.post("/<string:key>/edit/undo")
@requires(Permission.EDIT_PROCESSES)
def draft_undo(key: str) -> Response:
    """Steps the file back over its last saved change."""
    return _stepped(key, drafts.undo)


@blueprint.post("/<string:key>/edit/redo")
@requires(Permission.EDIT_PROCESSES)
def draft_redo(key: str) -> Response:
    """Steps the file forth again."""
    return _stepped(key, drafts.redo)


@blueprint.post("/<string:key>/edit/presence")
@requires(Permission.EDIT_PROCESSES)
def draft_presence(key: str) -> Response:
    """The page is still open: who else is there, and whether somebody has changed the open file."""
    draft = drafts.get(db(), key, began=request.args.get("began"))
    presence.beat(db(), draft, actor(), now())
    names = presence.others(db(), draft, actor(), now())
    changed = drafts.changed_since(db(), draft, request.form.get("file", ""), page_revision())
    return jsonify(others=_("另有 %(names)s 正在编辑", names="、".join(names)) if names else "",
                   changed=tell(changed) if changed else "")


@blueprint.get("/<string:key>/edit/problems")
@requires(Permission.EDIT_PROCESSES)
def draft_problems(key: str) -> Response:
    """What the deployment checks say about the draft as it stands, which rules of policy it breaks that the current
    version keeps, what else is worth a look, and what can be chosen in it now."""
    draft = drafts.get(db(), key)
    around = surroundings.Surroundings.of(draft)
    labels = {file.path: file.label for file in around.files()}
    found = check(key, draft.files, set(db().scalars(select(Position.code))))
    current = definitions.current(db(), key)
    broken = [] if found else rules.newly_broken(key, draft.files, current)
    groups = [] if found else hints.hints(db(), key, draft.files, current.files if current is not None else None)

    def told(file: str, element: str | None, reason: str, path: tuple[str, ...]) -> dict[str, Json]:
        return {"file": file, "label": labels.get(file, file), "element": element,
                "name": tell(around.name_of(element)), "reason": tell(reason), "path": path}
    return jsonify(
        count=len(found), choices=in_language(around.choices(db())),
        problems=[told(each.file, each.element, each.reason, each.path) for each in found[:MOST_FINDINGS]],
        broken=[told(around.file_of(each.element), each.element, str(each), each.path) for each in broken],
        hints=[{"title": tell(group.title), "hints": [
            told(each.file, each.element, each.text, ()) | {"name": tell(each.where), "address": _leads_to(each)}
            for each in group.hints[:MOST_FINDINGS]]} for group in groups])


@blueprint.post("/<string:key>/edit/expression")
@requires(Permission.EDIT_PROCESSES)
def draft_expression(key: str) -> Response:
    """Whether an expression can be read, by the evaluator's own compiler, and which variables it reads. Nothing is
    evaluated."""
    text, kind = request.form.get("text", "").strip(), request.form.get("kind", "")
    try:
        names = _compilers()[kind](text) if text and kind in _compilers() else ()
    except WorkflowError as error:
        return jsonify(error=tell(error), names=[])
    return jsonify(error="", names=sorted(names))


@blueprint.post("/<string:key>/edit/preview")
@requires(Permission.EDIT_PROCESSES)
def draft_preview(key: str) -> str:
    """A form as the officer of a new case gets it, of the text that came along; or everything that is wrong with it."""
    try:
        spec = parse_form(request.form.get("text", ""))
    except FormError as error:
        return render_template("modeler/_preview.html", form=None, reasons=[tell(reason) for reason in error.reasons])
    shown = for_preview(spec)
    form = build(shown, _begun_with(key), surroundings.lists(db()), now=now(), calendar=calendar())
    return render_template("modeler/_preview.html", form=form, reasons=[], opened=shown != spec)


def _leads_to(hint: hints.Hint) -> str:
    """The page of what lies outside the draft; '' of its own files."""
    if hint.place == "process":
        return url_for("modeler.show", key=hint.key)
    return url_for("admin.mail_template", kind=hint.key) if hint.place == "mail" else ""


def _begun_with(key: str) -> dict[str, Json]:
    """The numbers that a new case has, for the words that name them."""
    return {name: value for (_, name), value in numbers(read(key, drafts.get(db(), key).files)).items()}


def _compilers() -> dict[str, Callable[[str], Any]]:
    """How each kind of text is read; each gives the variables that it reads."""
    return {"expression": lambda text: compile_expression(text).names, "time": _time_rule,
            "script": lambda text: compile_script(text).names, "test": lambda text: parse_unary_test(text) and (),
            "notify": lambda text: parse_notify({"notify": text}, "") and ()}


def _time_rule(text: str) -> Any:
    return literal(text) and () if is_literal(text) else compile_expression(text).names


def _stepped(key: str, step: Callable[..., None]) -> Response:
    draft = opened(key)
    path = named_file(draft)
    step(db(), draft, path, on_revision=page_revision(), actor=actor(), now=now())
    if path not in draft.files:
        raise Unreadable(say("再撤销，这个文件就没有了；要移除它，请用“移除”。"))
    return _state(draft, text=draft.files[path])


def _state(draft: ProcessDraft, **more: Json) -> Response:
    """What a page has to know after a change."""
    back, forth = drafts.can_step(db(), draft, request.form.get("file", ""))
    return jsonify(revision=draft.revision, saved=saved_at(now()), undo=back, redo=forth, **more)
