"""The portal's forms: the report's three steps, the code, and what an enterprise does about its issue."""
from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    Form,
    MultipleFileField,
    RadioField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, Optional

from app.issues.attachments import KINDS
from app.issues.categories import RESPONSE, SATISFACTION
from app.issues.forms import EnterpriseFields, TroubleFields, options, required


class DraftForm(Form):  # type: ignore[misc]
    """A form over a draft: what was typed is kept first and judged from there, on the page that shows it as well. The
    CSRF token is asked for by the application, for every form."""

    class Meta:
        locales = ("zh",)


class TroubleForm(TroubleFields, DraftForm):
    """Step 1: 你遇到了什么困难."""


class EnterpriseForm(EnterpriseFields, DraftForm):
    """Step 2: 关于企业."""


class CodeForm(FlaskForm):  # type: ignore[misc]
    """Where the follow-up code is typed."""
    code = StringField(_("查询码"), description=_("提交时给您的12位码，例如：7K2M-9QXF-4T8C。大小写和短横线都不要紧。"),
                       validators=[required(_("请输入查询码"))])


class FilesField:
    """Files that come with words."""
    files = MultipleFileField(_("照片或文件"), description=_("%(kinds)s，每个不超过20MB。", kinds=KINDS))


class AnswerForm(FilesField, FlaskForm):  # type: ignore[misc]
    """The enterprise's answer to the office's question."""
    text = TextAreaField(_("您的回答"), validators=[required(_("请写下您的回答")), Length(1, 4000, _("最多4000个字"))])


class MaterialForm(FilesField, FlaskForm):  # type: ignore[misc]
    """Something to add: words, files or both."""
    text = TextAreaField(_("想补充什么"), description=_("例如：银行今天的书面答复见附件，要求12月10日前落实担保。"),
                         validators=[Optional(), Length(max=4000, message=_("最多4000个字"))])


class WithdrawForm(FlaskForm):  # type: ignore[misc]
    """Withdrawal, with the reason if the enterprise likes to say it."""
    reason = TextAreaField(_("撤回的原因"), description=_("例如：问题已经自己解决了"),
                           validators=[Optional(), Length(max=500, message=_("最多500个字"))])



class RateForm(FlaskForm):  # type: ignore[misc]
    """Three questions on one screen: response, solution, satisfaction (三率)."""
    response_rating = RadioField(_("我们回应得快不快？"), choices=options(RESPONSE.items()),
                                 validators=[required(_("请选一个"))])
    solved = RadioField(_("困难解决了吗？"), choices=options([("yes", _("解决了")), ("no", _("没有解决"))]),
                        validators=[required(_("请选一个"))])
    satisfaction = RadioField(_("总的来说，您满意吗？"), choices=options(SATISFACTION.items()),
                              validators=[required(_("请选一个"))])
    comment = TextAreaField(_("还想说点什么"), description=_("例如：哪里办得好，哪里还可以改进"),
                            validators=[Optional(), Length(max=1000, message=_("最多1000个字"))])
