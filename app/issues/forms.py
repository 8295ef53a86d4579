"""The fields of a report, the same for an enterprise on its page and for an officer who registers for one.

Labels, help and plain examples stand above each field; messages say what to do.
"""
from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    EmailField,
    Field,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional

from app.issues import credit_code
from app.issues.attachments import KINDS
from app.issues.categories import CATEGORIES, CHANNELS
from app.issues.registration import Report
from app.presentation import tell

_PHONE = re.compile(r"^\+?[\d\- ()（）转]{7,24}$")
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s.]{2,}$")


def options(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """Choices of (value, label); labels are told when the form is rendered."""
    return [SelectChoice(value, LazyString(tell, label)) for value, label in pairs]


def required(message: str) -> DataRequired:
    return DataRequired(message=message)


class TroubleFields:
    """你遇到了什么困难."""
    title = StringField(
        _("用一句话说说困难"), description=_("4到60个字。例如：流动资金贷款12月到期，续贷遇到困难"),
        validators=[required(_("请用一句话说说您遇到的困难")), Length(4, 60, _("请写4到60个字"))])
    description = TextAreaField(
        _("具体情况"),
        description=_("写清楚三点就好：发生了什么、从什么时候开始、希望怎样解决。例如：我公司有一笔500万元贷款12月20日到期，"
                      "银行答复可能压缩额度。订单正常，希望帮助协调按原额度续贷。至少10个字。"),
        validators=[required(_("请写一写具体情况")), Length(10, 4000, _("请写10到4000个字"))])
    category = RadioField(
        _("属于哪一类"), description=_("选最接近的一类就行，选错了不影响办理。"), default="",
        choices=[*options(CATEGORIES.items()), SelectChoice("", _("不确定"))])
    files = MultipleFileField(_("照片或文件"), description=_("合同、通知、现场照片等，用手机拍也行。%(kinds)s，"
                                                     "每个不超过20MB，最多10个。", kinds=KINDS))


class EnterpriseFields:
    """关于企业. `places` are the groups of the select box (places.choices)."""
    enterprise_name = StringField(
        _("企业名称"), description=_("与营业执照上的一致。例如：鄂尔多斯市××有限公司"),
        validators=[required(_("请填写企业名称")), Length(4, 120, _("请填写营业执照上的完整名称"))])
    credit_code = StringField(
        _("统一社会信用代码"), description=_("营业执照上的18位代码，填了能更快核对。一时找不到可以不填。"),
        validators=[Optional()])
    place = SelectField(_("企业在哪个旗区或园区"), description=_("按实际生产经营的地方选"),
                        validators=[required(_("请选择企业所在的旗区或园区"))])
    contact_name = StringField(_("联系人"), description=_("我们有问题时找谁。例如：张经理"),
                               validators=[required(_("请填写联系人")), Length(1, 40, _("最多40个字"))])
    contact_phone = TelField(_("联系电话"), description=_("手机或座机都可以。例如：0477-8580000"),
                             validators=[required(_("请填写联系电话"))])
    contact_email = EmailField(_("电子邮箱"), description=_("填了的话，有新进展时我们会发邮件告诉您。"),
                               validators=[Optional(), Length(max=120)])

    def __init__(self, *args: Any, places: Iterable[tuple[str, list[tuple[str, str]]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place.choices = [SelectChoice("", _("请选择")), *(
            SelectChoice(code, name, optgroup=tell(group)) for group, pairs in places for code, name in pairs)]

    def validate_credit_code(self, field: Field) -> None:
        try:
            field.data = credit_code.parse(field.data or "") or ""
        except credit_code.CreditCodeError as error:
            raise ValidationError(tell(error)) from error

    def validate_contact_phone(self, field: Field) -> None:
        if not _PHONE.match((field.data or "").strip()):
            raise ValidationError(_("这个号码好像不完整，例如：13900000000或0477-8580000"))

    def validate_contact_email(self, field: Field) -> None:
        if not _EMAIL.match((field.data or "").strip()):
            raise ValidationError(_("邮箱的样子应该像：name@example.com"))


class RegisterForm(TroubleFields, EnterpriseFields, FlaskForm):  # type: ignore[misc]
    """An officer's registration for an enterprise."""
    channel = RadioField(_("怎样反映的"), choices=options(pair for pair in CHANNELS.items() if pair[0] != "portal"),
                         validators=[required(_("请选择反映的渠道"))])
    code = HiddenField()
    """the follow-up code that this page was given, signed (ADR 6)"""

    def report(self) -> Report:
        """The report of a form that was found in order."""
        return Report(
            title=self.title.data, description=self.description.data, category=self.category.data or None,
            enterprise_name=self.enterprise_name.data, credit_code=self.credit_code.data or None,
            place=self.place.data, contact_name=self.contact_name.data, contact_phone=self.contact_phone.data,
            contact_email=self.contact_email.data or None, channel=self.channel.data)
