"""Text that no database keeps is refused wherever a file, an expression or an answer could bring it."""
from __future__ import annotations

import json

import pytest

from tests.conftest import MONDAY
from tests.workflows import diagrams as d
from workflows import engine
from workflows.admission import FileRefused, admit
from workflows.calendar import Calendar
from workflows.characters import all_storable, storable
from workflows.errors import ExpressionError, WorkflowError
from workflows.expressions import compile_expression
from workflows.forms import FormError, parse_form
from workflows.policy_file import PolicyError, parse_policy
from workflows.versions import load_version

BAD = ["\0", "a\0b", "\ud800", "\udfff"]


@pytest.mark.parametrize("text", BAD)
def test_half_characters_and_nul_are_found_however_deep(text: str):
    assert not storable(text) and not all_storable({"a": [1, {"b": text}]}) and not all_storable({text: 1})


def test_every_other_character_can_be_kept():
    assert all_storable(["企业", "👨‍👩‍👧", "\x01", "\\u0000", "", {"a": None}])


@pytest.mark.parametrize("text", BAD)
def test_neither_a_form_nor_a_rule_nor_an_expression_brings_one_along(text: str):
    form = json.dumps({"type": "default", "id": "f", "components": [
        {"type": "textfield", "key": "a", "label": text}]})
    with pytest.raises(FormError, match="不成字符"):
        parse_form(form)
    with pytest.raises(FileRefused, match="不成字符"):
        admit("p", {"p/forms/f.form.json": form}, "p/forms/f.form.json")
    with pytest.raises(PolicyError):
        parse_policy(f"rules:\n  - {{clause: {json.dumps(text)}, says: x, never: [a], before: [b]}}")
    for expression in (json.dumps(text), json.dumps({text: 1}), json.dumps([text])):
        with pytest.raises(ExpressionError):
            compile_expression(expression)


def test_neither_does_an_answer():
    version = load_version("p", d.files(d.diagram(d.start(), d.user("a"), d.end(), d.flow("start", "a", "end"))))
    with pytest.raises(WorkflowError, match="不成字符"):
        engine.start(version, {"note": ["\0"]}, now=MONDAY, calendar=Calendar(version=0))
