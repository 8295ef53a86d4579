"""/admin/log: what the three administrators did, for the other two to see."""
from __future__ import annotations

from datetime import date

from flask import render_template, request
from flask_babel import lazy_gettext as _

from app.admin.blueprint import PAGE_SIZE, blueprint
from app.numbers import page_number
from app.permissions import Permission, requires
from app.powers import log as service
from app.powers.acts import WORDS
from app.powers.rules import THREE
from app.web import db

FIELDS = {"name": _("姓名"), "email": _("电子邮箱"), "phone": _("电话"), "post": _("岗位"), "disabled": _("停用"),
          "locked": _("锁定到"), "status": _("状态"), "kind": _("类别"), "parent_code": _("上级单位"),
          "active": _("在用"), "leader": _("包联领导"), "stand_in": _("代办人"),
          "first_day": _("从哪天起"), "last_day": _("到哪天止"), "users": _("用户"),
          "subject": _("主题"), "body": _("正文"), "version": _("版本"), "note": _("说明"), "reason": _("原因")}
VALUES = {True: _("是"), False: _("否"), None: _("（空）"), "": _("（空）"), "waiting": _("等待同意"),
          "agreed": _("已同意"), "refused": _("没有同意"), "withdrawn": _("已撤回")}


@blueprint.get("/admin/log")
@requires(Permission.SEE_ADMINISTRATION)
def admin_log() -> str:
    """A page of the log, the newest first; ?position=, ?q=, ?first= and ?last= filter it."""
    page = page_number(request.args.get("page"))
    wanted = service.Wanted(request.args.get("position", ""), request.args.get("q", "").strip(),
                            _day("first"), _day("last"))
    rows, total = service.find(db(), wanted, page=page, size=PAGE_SIZE)
    return render_template("admin/log.html", rows=rows, total=total, page=page, wanted=wanted, three=THREE,
                           pages=max(1, -(-total // PAGE_SIZE)), fields=FIELDS, values=VALUES, words=WORDS,
                           address=request.args.to_dict())


def _day(name: str) -> date | None:
    """A day of the address; what is none is no filter."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
