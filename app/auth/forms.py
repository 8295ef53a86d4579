"""Forms of signing in and of one's own account."""
from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, ValidationError

from app.auth.passwords import LONGEST, SHORTEST, PasswordRefused, check_new
from app.presentation import tell


class LoginForm(FlaskForm):  # type: ignore[misc]
    """Name and password."""
    username = StringField(_("用户名"), validators=[InputRequired(_("请输入用户名")), Length(max=60)])
    password = PasswordField(_("密码"), validators=[InputRequired(_("请输入密码")), Length(max=LONGEST)])


class CodeForm(FlaskForm):  # type: ignore[misc]
    """A code of the second factor, or a recovery code."""
    code = StringField(_("验证码"), description=_("手机验证器上的6位数字"),
                       validators=[InputRequired(_("请输入验证码")), Length(max=40)])


class ChangePasswordForm(FlaskForm):  # type: ignore[misc]
    """The present password, and the new one twice."""
    current = PasswordField(_("现在的密码"), validators=[InputRequired(_("请输入现在的密码")), Length(max=LONGEST)])
    new = PasswordField(_("新密码"), description=_("至少%(n)d个字符，不要包含用户名。一句好记的话最好。", n=SHORTEST),
                        validators=[InputRequired(_("请输入新密码"))])
    again = PasswordField(_("再输入一次新密码"), validators=[EqualTo("new", _("两次输入的新密码不一样"))])

    def __init__(self, username: str, kinds: int, **values: Any) -> None:
        super().__init__(**values)
        self._username, self._kinds = username, kinds
        if kinds > 1:
            self.new.description = _(
                "至少%(n)d个字符，有大写字母、小写字母、数字、其他字符中的%(kinds)d类，不要包含用户名。", n=SHORTEST,
                kinds=kinds)

    def validate_new(self, field: PasswordField) -> None:
        try:
            check_new(field.data or "", self._username, self._kinds)
        except PasswordRefused as refused:
            raise ValidationError(tell(refused)) from None
        if field.data == self.current.data:
            raise ValidationError(_("新密码不能和现在的一样"))
