"""Forms of proposing and deciding."""
from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, FileField, MultipleFileField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from app.dates import midnight


def _stripped(text: str | None) -> str | None:
    return text.strip() or None if text else None


class NoteForm(FlaskForm):  # type: ignore[misc]
    """What was changed and why."""
    note = TextAreaField(_("改了什么、为什么"),
                         description=_("写给以后查的人看，例如：按市里2026年3月的通知，方案审定改为3个工作日"),
                         filters=[_stripped], validators=[InputRequired(_("请写明改了什么、为什么")),
                                                          Length(max=1000, message=_("最多1000个字"))])


class ProposalForm(NoteForm):
    """A proposal of a version. `reason` is asked for where a rule of policy is broken."""
    from_day = DateField(_("从哪天起"), description=_("从这天零点起，新办的用新版本；在办的不受影响。留空就是马上生效"),
                         validators=[Optional()])
    reason = TextAreaField(_("违反政策规则的理由"), description=_("另一位系统管理员会看到，并且一直留着备查"),
                           filters=[_stripped], validators=[InputRequired(_("请写明理由")),
                                                            Length(max=1000, message=_("最多1000个字"))])

    def __init__(self, today: date, breaks_rules: bool, **values: Any) -> None:
        super().__init__(**values)
        self.today = today
        if not breaks_rules:
            del self.reason

    def validate_from_day(self, field: DateField) -> None:
        if field.data is not None and field.data <= self.today:
            raise ValidationError(_("请填今天以后的日期，或者留空"))

    @property
    def given_reason(self) -> str:
        """'' where none was asked for."""
        return (self.reason.data if self.reason else None) or ""

    @property
    def effective_at(self) -> datetime | None:
        """The first instant of the day, in the city; None: at once."""
        day: date | None = self.from_day.data
        return None if day is None else midnight(day)


class ImportForm(NoteForm):
    """A zip, or a folder chosen as a whole."""
    zip = FileField(_("压缩包"), description=_("zip格式，里面是流程文件夹，例如从这里导出的"))
    folder = MultipleFileField(_("或者文件夹"), description=_("选择流程所在的文件夹，例如 bpmn"))

