"""The WTForms field of each form-js type. They bind and show values; `workflows.forms.validate` judges them."""
from __future__ import annotations

from collections.abc import Mapping

import wtforms
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice
from wtforms.fields.core import UnboundField
from wtforms.widgets import CheckboxInput, DateInput, ListWidget, TextInput

from app.presentation import tell
from workflows.forms import Choice, Field, choice_key

Options = Mapping[str, list[Choice]]


def bind(spec: Field, options: Options) -> UnboundField:
    """The unbound field for a part that holds a value."""
    label = spec.label
    match spec.type:
        case "textarea":
            return wtforms.TextAreaField(label)
        case "number":
            return wtforms.StringField(label, widget=TextInput())
        case "datetime":
            return wtforms.StringField(label, widget=DateInput())
        case "checkbox":
            return wtforms.BooleanField(label)
        case "select":
            return wtforms.SelectField(label, coerce=choice_key,
                                       choices=[SelectChoice("", _("请选择")), *_choices(spec, options)])
        case "radio":
            return wtforms.RadioField(label, choices=_choices(spec, options), coerce=choice_key)
        case "checklist" | "taglist":
            return wtforms.SelectMultipleField(label, choices=_choices(spec, options), coerce=choice_key,
                                               widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())
        case "filepicker":
            return wtforms.MultipleFileField(label) if spec.multiple else wtforms.FileField(label)
    return wtforms.StringField(label)


def _choices(spec: Field, options: Options) -> list[SelectChoice]:
    return [SelectChoice(choice_key(value), tell(label)) for value, label in spec.options(options) or []]
