"""/processes/KEY/cases: where running cases stand, and one of them with its data, to be repaired by two people."""
from __future__ import annotations

from typing import Any

import orjson
import structlog
from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.cases import repairs
from app.cases.errors import Blocked, NotFound
from app.modeler.blueprint import blueprint
from app.modeler.fleet import moving, standing
from app.models import Repair
from app.numbers import page_number
from app.permissions import Permission, requires
from app.reads.noting import reads
from app.web import actor, calendar, db, now

Json = Any
log = structlog.get_logger()


@blueprint.get("/<string:key>/cases")
@requires(Permission.SEE_PROCESSES)
def cases(key: str) -> str:
    """The running cases by ?version= and ?step=, with how many stand at each step."""
    version, step = request.args.get("version") or None, request.args.get("step") or None
    if version is not None:
        moving.version_to(db(), key, version)
    page = page_number(request.args.get("page"))
    rows, total = standing.cases(db(), key, version, step, page)
    numbers = standing.numbers(db(), key)
    return render_template(
        "modeler/cases.html", key=key, name=standing.name(db(), key), version=version, step=step, numbers=numbers,
        rows=rows, total=total, page=page, pages=-(-total // standing.PAGE_SIZE),
        steps=standing.steps(db(), key, version), diagram_of=version or next(reversed(numbers), None))


@blueprint.get("/<string:key>/cases/diagram.json")
@requires(Permission.SEE_PROCESSES)
def cases_diagram(key: str) -> Response:
    """A version's diagrams with the number of cases at each step, for the viewer."""
    version = moving.version_to(db(), key, request.args.get("version", ""))
    counts = {step.element_id: step.count for step in standing.steps(db(), key, version.hash)}
    return jsonify(standing.diagrams(version, active=list(counts), counts=counts))


@blueprint.get("/<string:key>/cases/<int:instance_id>")
@requires(Permission.SEE_PROCESSES)
def case(key: str, instance_id: int) -> str:
    """A case with its diagram, its data, what stops it, and what may be done about it."""
    found = _case(key, instance_id)
    targets = [(element.id, element.name or element.id) for element in found.version.elements.values()
               if element.kind == "userTask"]
    return render_template("modeler/case.html", key=key, case=found, targets=targets, me=actor().user_id,
                           units=standing.unit_names(db()), shown=_shown, labels=repairs.labels(found.version),
                           stops=repairs.name_of(found.version, found.incident.element_id) if found.incident else None)


@blueprint.get("/<string:key>/cases/<int:instance_id>/diagram.json")
@requires(Permission.SEE_PROCESSES)
def case_diagram(key: str, instance_id: int) -> Response:
    """The diagrams of a case with its path, where it is and where it stops, for the viewer."""
    return jsonify(standing.diagrams_of(db(), _case(key, instance_id)))


def _case(key: str, instance_id: int) -> standing.Whole:
    """The case, which the request at hand shows."""
    found = standing.case(db(), key, instance_id)
    if found.issue is not None:
        reads("data", found.issue.id)
    return found


@blueprint.post("/<string:key>/cases/<int:instance_id>/repairs")
@requires(Permission.EDIT_PROCESSES)
def case_repair(key: str, instance_id: int) -> Response:
    """Asks for a repair; another administrator has to agree before it happens."""
    found, kind = standing.case(db(), key, instance_id), request.form.get("kind", "")
    if kind not in repairs.OPS:
        raise Blocked(_("请选择要怎样修复。"))
    repair = repairs.ask(db(), instance_id, kind, _arguments(kind, found), request.form.get("reason", "")[:500],
                         actor=actor(), now=now(), calendar=calendar())
    log.info("repair_asked", repair=repair.id, kind=kind, case=instance_id, by=actor().user_id)
    flash(_("已经提出，等另一位管理员同意后才会执行。"), "success")
    return redirect(url_for("modeler.case", key=key, instance_id=instance_id))


@blueprint.post("/<string:key>/repairs/<int:repair_id>/agree")
@requires(Permission.EDIT_PROCESSES)
def repair_agree(key: str, repair_id: int) -> Response:
    """The second administrator agrees, and it happens."""
    repair = _repair(key, repair_id)
    step = repairs.agree(db(), repair_id, actor=actor(), now=now(), calendar=calendar())
    log.info("repair_done", repair=repair_id, kind=repair.kind, case=repair.instance_id, by=actor().user_id)
    flash(_("修复已经执行。") if step.incident is None else _("修复已经执行，流程还停在故障上，可以重试。"), "success")
    return redirect(url_for("modeler.case", key=key, instance_id=repair.instance_id))


@blueprint.post("/<string:key>/repairs/<int:repair_id>/refuse")
@requires(Permission.EDIT_PROCESSES)
def repair_refuse(key: str, repair_id: int) -> Response:
    """The second administrator does not agree, or the first one takes it back."""
    repair = _repair(key, repair_id)
    repairs.refuse(db(), repair_id, request.form.get("note", "")[:500], actor=actor(), now=now())
    log.info("repair_refused", repair=repair_id, case=repair.instance_id, by=actor().user_id)
    flash(_("这项修复不会执行。"), "success")
    return redirect(url_for("modeler.case", key=key, instance_id=repair.instance_id))


def _shown(value: Json) -> str:
    """A variable's value for reading: text as it is, else as one types it."""
    words = {True: _("是"), False: _("否"), None: _("空")}
    if value is None or isinstance(value, bool):
        return words[value]
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _repair(key: str, repair_id: int) -> Repair:
    repair = db().get(Repair, repair_id)
    if repair is None:
        raise NotFound(_("没有这项修复。"))
    standing.case(db(), key, repair.instance_id)
    return repair


def _arguments(kind: str, found: standing.Whole) -> dict[str, Json]:
    form = request.form
    if kind == "set":
        name = form.get("variable", "")
        if name not in found.variables or name in found.version.derived:
            raise Blocked(_("请选择要改的变量；推算出来的变量不能直接改。"))
        return {"values": {name: _typed(form.get("value", ""), found.variables[name])}}
    if kind == "move":
        return {"task_id": form.get("task", ""), "target": form.get("target", "")}
    return {}


def _typed(text: str, before: Json) -> Json:
    """What was typed as a value: text where text stood before; else a number, 是, 否, 空, or a list as JSON."""
    text = text.strip()
    words = {_("是"): True, _("否"): False, _("空"): None}
    if text in words:
        return words[text]
    if isinstance(before, str):
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
