"""What goes wrong becomes a page with a way on, or problem+json for a script: only here. Views just raise."""
from __future__ import annotations

import json

import structlog
from flask import Flask, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import LazyString, lazy_gettext
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from app import logs, web
from app.auth.identity import look_nobody_up
from app.cases.errors import CaseError
from app.presentation import tell
from app.trouble import Trouble, trouble
from workflows.errors import WorkflowError

log = structlog.get_logger()

TITLES = {
    400: lazy_gettext("这次提交没有收下"),
    401: lazy_gettext("请先登录"),
    403: lazy_gettext("您没有做这件事的权限"),
    404: lazy_gettext("没有找到这一页"),
    405: lazy_gettext("不能这样打开"),
    409: lazy_gettext("情况已经变了"),
    413: lazy_gettext("文件太大"),
    422: lazy_gettext("内容需要修改"),
    429: lazy_gettext("操作太频繁"),
    500: lazy_gettext("系统出了差错"),
    503: lazy_gettext("系统正忙"),
}
TEXTS = {
    400: lazy_gettext("提交的内容不完整，请返回上一页再试一次。"),
    401: lazy_gettext("登录后才能继续。"),
    403: lazy_gettext("如果工作需要，请联系本单位负责人或系统管理员。"),
    404: lazy_gettext("地址可能写错了，或者内容已经移走。"),
    405: lazy_gettext("请从页面上的按钮进入。"),
    409: lazy_gettext("在您操作之前，别人已经处理。请返回看看最新情况。"),
    413: lazy_gettext("请压缩文件，或分成几次上传。"),
    422: lazy_gettext("请返回上一页，按提示修改后再提交。"),
    429: lazy_gettext("请过一分钟再试。"),
    500: lazy_gettext("差错已经记录，您的数据没有受影响。请稍后再试；如果一直这样，请把下面的编号告诉系统管理员。"),
    503: lazy_gettext("同时操作的人太多，请过几秒钟再试一次，您的数据没有受影响。"),
}
TROUBLES: dict[Trouble, tuple[LazyString, LazyString]] = {
    "busy": (TITLES[503], TEXTS[503]),
    "away": (lazy_gettext("系统暂时不能用"), lazy_gettext(
        "系统连不上数据库，正在自动恢复，请过一分钟再试。刚才的操作是否办成，以恢复后页面上看到的为准；没有办成的，再办一次就行。")),
    "full": (lazy_gettext("暂时不能保存"), lazy_gettext(
        "系统的存储空间已满，刚才的操作没有保存，已经办好的都在。请告诉系统管理员；腾出空间以后再办一次就行。")),
    "read_only": (lazy_gettext("暂时不能保存"), lazy_gettext(
        "系统正在维护，暂时只能查看，刚才的操作没有保存。请过几分钟再办一次；如果一直这样，请告诉系统管理员。")),
}
"""title and text of a page for what the surroundings fail at"""
UNSENT = frozenset({"csrf_token"})
"""fields that are not sent again"""


def init_app(app: Flask) -> None:
    app.register_error_handler(CaseError, _refused_by_service)
    app.register_error_handler(WorkflowError, _refused_by_engine)
    app.register_error_handler(CSRFError, _form_too_old)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def _refused_by_service(error: CaseError) -> Response:
    return answer(error.status, tell(error) or None)


def _refused_by_engine(error: WorkflowError) -> Response:
    return answer(409, tell(error))


def _http(error: HTTPException) -> Response:
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    before_any_view = getattr(error, "original_exception", None)
    return _unforeseen(before_any_view) if before_any_view is not None else answer(error.code)


def _unforeseen(error: Exception) -> Response:
    """What the surroundings fail at is told as such; anything else is a fault of ours."""
    if (kind := trouble(error)) is not None:
        log.warning("surroundings_failed", trouble=kind, route=web.route(), error=logs.words(error))
        title, text = TROUBLES[kind]
        return answer(503, str(text), str(title))
    log.error("request_failed", route=web.route(), method=request.method, exc_info=error)
    return answer(500)


def _form_too_old(_error: CSRFError) -> Response:
    """The form lay open longer than its session. What was typed comes back, to be sent again with one press; files
    have to be chosen again. Sending takes the person's own press, so that a foreign page gains nothing."""
    if web.wants_json():
        return answer(400)
    if request.blueprint == "auth":  # passwords are never sent back
        flash(_("这一页放得太久了，请再填一次。"), "warning")
        return redirect(url_for("auth.login"), 303)  # type: ignore[return-value]
    typed = [(name, value) for name, value in request.form.items(multi=True) if name not in UNSENT]
    page = render_template("errors/again.html", layout=layout(), typed=typed, with_files=bool(request.files))
    return Response(page, 400)


def answer(status: int, text: str | None = None, title: str | None = None) -> Response:
    """The answer with this status: `title` and `text` say what happened, else the status's own."""
    title = title or str(TITLES.get(status, TITLES[500 if status >= 500 else 400]))
    detail = text or str(TEXTS.get(status, TEXTS[500 if status >= 500 else 400]))
    number = g.get("request_id", "")
    if web.wants_json():
        problem = {"type": "about:blank", "title": title, "status": status, "detail": detail, "instance": number}
        return Response(json.dumps(problem, ensure_ascii=False), status, content_type="application/problem+json")
    if status < 500:
        _recognise()
    else:
        look_nobody_up()
    page = {"status": status, "heading": title, "text": detail, "number": number if status >= 500 else None,
            "back": _way_back(status)}
    try:
        return Response(render_template("errors/error.html", layout=layout(), **page), status)
    except Exception:
        if status < 500:
            raise
        return Response(render_template("errors/error.html", layout="public.html", **page), status)


def _recognise() -> None:
    """Who is signed in keeps their frame on pages that no view was found for; if that cannot be told, the public one
    serves."""
    try:
        if current_user.is_authenticated:
            web.actor()
    except DBAPIError:
        log.warning("nobody_recognised", route=web.route())


def layout() -> str:
    """The frame for who is known to be signed in, without asking the database, which may be what failed."""
    return "frame.html" if "actor" in g and "db" in g and g.db.is_active else "public.html"


def _way_back(status: int) -> str | None:
    """The page that the person came from, if it is one of ours; from an address that only takes forms, the page that it
    belongs to, such as /tasks/7 of /tasks/7/claim."""
    came_from = request.referrer or ""
    if came_from.startswith(request.host_url) and came_from != request.url:
        return "/" + came_from.removeprefix(request.host_url).lstrip("/\\")  # a path: whatever host the request names
    above = request.path.rpartition("/")[0]
    return above if status == 405 and above and _opens(above) else None


def _opens(path: str) -> bool:
    """Whether a page stands at this path of ours."""
    adapter = current_app.create_url_adapter(request)
    return adapter is not None and adapter.test(path, method="GET")
