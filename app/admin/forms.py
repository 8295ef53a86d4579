"""Forms of administration."""
from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError

from app.admin.patterns import EMAIL, PHONE, USERNAME
from app.admin.units import KINDS
from app.models import Unit
from app.presentation import tell

Choices = list[tuple[str, str]]


def _stripped(text: str | None) -> str | None:
    return text.strip() or None if text else None


class UnitForm(FlaskForm):  # type: ignore[misc]
    """A unit. `code` is asked for a new one only."""
    code = StringField(
        _("代码"), description=_("小写英文，用在流程图里，以后不能再改。例如：commerce"), filters=[_stripped],
        validators=[InputRequired(_("请填写代码")),
                    Regexp(r"^[a-z][a-z0-9_]{1,39}$", message=_("只能用小写字母、数字和下划线，以字母开头"))])
    name = StringField(_("名称"), filters=[_stripped],
                       validators=[InputRequired(_("请填写名称")), Length(max=80, message=_("最多80个字"))])
    kind = SelectField(_("类别"), validators=[InputRequired()])
    parent_code = SelectField(_("上级单位"), filters=[lambda code: code or None], validators=[Optional()])

    def __init__(self, parents: Choices, unit: Unit | None = None, **values: Any) -> None:
        super().__init__(obj=unit, **values)
        above = [pair for pair in parents if unit is None or pair[0] != unit.code]
        self.kind.choices = [(kind, tell(name)) for kind, name in KINDS.items()]
        self.parent_code.choices = [("", _("（没有）")), *above]
        if unit is not None:
            del self.code


class UsernameFields:
    """What a person signs in with."""
    username = StringField(
        _("用户名"), description=_("登录用，例如：finance.zhang"), filters=[_stripped],
        validators=[InputRequired(_("请填写用户名")),
                    Regexp(USERNAME, message=_("用字母、数字、点、短横线，以字母开头，2到60个字符"))])


class PersonForm(FlaskForm):  # type: ignore[misc]
    """What is kept of a person."""
    name = StringField(_("姓名"), filters=[_stripped],
                       validators=[InputRequired(_("请填写姓名")), Length(max=40, message=_("最多40个字"))])
    email = StringField(_("电子邮箱"), description=_("收提醒用"), filters=[_stripped],
                        validators=[Optional(), Regexp(EMAIL, message=_("邮箱格式不对")), Length(max=120)])
    phone = StringField(_("电话"), filters=[_stripped],
                        validators=[Optional(), Regexp(PHONE, message=_("电话只能是数字和短横线"))])


class PostFields:
    """A position of a unit."""
    unit = SelectField(_("单位"), validators=[InputRequired(_("请选择单位"))])
    position = SelectField(_("岗位"), validators=[InputRequired(_("请选择岗位"))])


class PostForm(PostFields, FlaskForm):  # type: ignore[misc]
    """A post to add to a user."""

    def __init__(self, units: Choices, positions: Choices, **values: Any) -> None:
        super().__init__(**values)
        self.unit.choices = [("", _("请选择")), *units]
        self.position.choices = [("", _("请选择")), *positions]


class NewUserForm(UsernameFields, PersonForm, PostFields):
    """A new user with a first post; the fields stand in the order of their classes above."""

    def __init__(self, units: Choices, positions: Choices, **values: Any) -> None:
        super().__init__(**values)
        self.unit.choices = [("", _("请选择")), *units]
        self.position.choices = [("", _("请选择")), *positions]


class AbsenceForm(FlaskForm):  # type: ignore[misc]
    """Days of absence, both included, and who stands in."""
    stand_in = SelectField(_("代办人"), description=_("能看到并办理您的待办，经过里会写明是代您办理的"), coerce=str,
                           validators=[InputRequired(_("请选择代办人"))])
    first_day = DateField(_("从哪天起"), validators=[InputRequired(_("请填写开始日期"))])
    last_day = DateField(_("到哪天止"), description=_("当天也算在内"), validators=[InputRequired(_("请填写结束日期"))])

    def __init__(self, people: list[tuple[int, str]], **values: Any) -> None:
        super().__init__(**values)
        self.stand_in.choices = [("", _("请选择")), *[(str(user_id), name) for user_id, name in people]]

    def validate_last_day(self, field: DateField) -> None:
        first: date | None = self.first_day.data
        if first is not None and field.data is not None and field.data < first:
            raise ValidationError(_("结束日期不能早于开始日期"))


class OthersAbsenceForm(AbsenceForm):
    """The same, entered for somebody else."""
    user = SelectField(_("谁不在"), coerce=str, validators=[InputRequired(_("请选择是谁不在"))])

    def __init__(self, people: list[tuple[int, str]], **values: Any) -> None:
        super().__init__(people, **values)
        self.user.choices = self.stand_in.choices


class ImportForm(FlaskForm):  # type: ignore[misc]
    """An Excel file of users."""
    file = FileField(_("Excel文件"), description=_("xlsx格式，按模板填写，最多500行、2MB"),
                     validators=[FileRequired(_("请选择文件"))])
