"""/admin/users/import: the template, the file, the preview with what is wrong, and the one-time passwords once."""
from __future__ import annotations

import json

import structlog
from flask import Response, render_template, request
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from app import noted, spreadsheet, web
from app.admin import import_users, users
from app.admin.blueprint import blueprint
from app.admin.errors import AdminRefused
from app.admin.forms import ImportForm
from app.admin.import_users import NEW, Row
from app.auth import passwords
from app.auth.service import find
from app.models import User
from app.permissions import Permission, requires
from app.presentation import tell
from app.web import actor, db, now, takes_files
from workflows.sentence import say

log = structlog.get_logger()


@blueprint.route("/admin/users/import", methods=["GET", "POST"])
@requires(Permission.MANAGE_USERS)
@takes_files
def users_import() -> str | tuple[str, int]:
    """Takes a file and shows what it would do, row by row; nothing is written."""
    form = ImportForm()
    if form.validate_on_submit():
        file: FileStorage = form.file.data
        try:
            lines = import_users.read_file(file.stream.read(import_users.MAX_BYTES + 1))
        except AdminRefused as refused:
            form.file.errors = [tell(refused)]
        else:
            rows = import_users.judge(db(), lines, by=actor().user_id)
            return render_template("admin/import_preview.html", rows=rows, wrong=sum(bool(row.errors) for row in rows),
                                   lines=json.dumps(lines, ensure_ascii=False), name=file.filename)
    page = render_template("admin/import.html", form=form)
    return (page, 422) if form.errors else page


@blueprint.post("/admin/users/import/apply")
@requires(Permission.MANAGE_USERS)
def users_import_apply() -> str:
    """Enters the previewed rows, judged again, all or none; shows the new users' one-time passwords."""
    rows = import_users.judge(db(), _lines(), by=actor().user_id)
    if any(row.errors for row in rows):
        raise AdminRefused(_("有几行现在不能导入了，请重新选择文件看一看。"))
    handed_out = {row.username: passwords.one_time_password() for row in rows if row.action == NEW}
    web.release()
    hashes = {username: passwords.hash_one_time(password) for username, password in handed_out.items()}
    created = [_enter(row, hashes) for row in rows]
    noted.about("", {}, {"users": [f"{row.name} {row.unit}{row.position}" for row in rows
                                   if row.action != import_users.KNOWN]})
    log.info("users_imported", rows=len(rows), created=len(handed_out), by=actor().user_id)
    new = {user.username: user for user in created}
    return render_template("admin/import_done.html", rows=rows, handed_out=[
        (new[username], password) for username, password in handed_out.items()])


@blueprint.get("/admin/users/import/template.xlsx")
@requires(Permission.MANAGE_USERS)
def users_import_template() -> Response:
    """The file to fill in, with one line as an example."""
    content = spreadsheet.workbook(say("用户"), import_users.HEADERS, import_users.WIDTHS, [import_users.EXAMPLE])
    return Response(content, mimetype=spreadsheet.MEDIA_TYPE, headers={
        "Content-Disposition": "attachment; filename=users.xlsx"})


def _lines() -> list[list[str]]:
    """The rows that the preview carried; they are judged again, so nothing depends on where they come from."""
    try:
        lines = json.loads(request.form.get("lines", ""))
    except (ValueError, RecursionError):
        lines = None
    if not isinstance(lines, list) or not all(isinstance(line, list) for line in lines):
        raise AdminRefused(_("预览的内容不完整，请重新选择文件。"))
    return lines[:import_users.MAX_ROWS]


def _enter(row: Row, hashes: dict[str, str]) -> User:
    user = find(db(), row.username)
    if user is None:
        user = users.create_user(db(), username=row.username, name=row.name, email=row.email or None,
                                 phone=row.phone or None, password_hash=hashes[row.username], now=now())
    if row.action != import_users.KNOWN:
        users.add_post(db(), user, row.unit_code, row.position_code, by=actor().user_id)
    return user
