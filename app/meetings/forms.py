"""What is said in calling a meeting; the cases are ticked beside it."""
from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.meetings.calling import LONGEST_TITLE


class CallForm(FlaskForm):  # type: ignore[misc]
    title = StringField(_("会议名称"), validators=[DataRequired(_("请写会议名称。")), Length(max=LONGEST_TITLE)])
    note = TextAreaField(_("要求"), validators=[Length(max=500)], description=_(
        "拟定会议通知的督办员会看到。例：请企业和供电公司一起来，本周内开。"))
