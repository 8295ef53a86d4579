"""Forms of user tasks: `parse_form` reads a form-js schema, `validate` is the only judge of what people submit."""
from workflows.form_answers import validate
from workflows.form_fields import (
    ATTACHMENTS,
    Choice,
    Field,
    FormError,
    FormSpec,
    Validation,
    choice_key,
    personal_names,
    value_fields,
)
from workflows.form_schema import parse_form

__all__ = ["ATTACHMENTS", "Choice", "Field", "FormError", "FormSpec", "Validation", "choice_key", "parse_form",
           "personal_names", "validate", "value_fields"]
