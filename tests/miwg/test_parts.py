"""The comparison sees what is lost, and nothing where two texts say the same."""
from __future__ import annotations

import pytest

from tests.miwg.parts import lost

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
WHOLE = (f'<?tool x?><d xmlns="{BPMN}" xmlns:xsi="{XSI}" xmlns:q="http://q" id="d"><!-- why --><task id="a" name="n">'
         '<t xsi:type="tT" r="q:s">words</t><t/></task><task id="b" isForCompensation="false"/></d>')


@pytest.mark.parametrize(("before", "after"), [
    ("<!-- why -->", ""), ("<?tool x?>", ""), (' name="n"', ""), ("words", ""), ("<t/>", ""), ('xsi:type="tT"', ""),
    ('xsi:type="tT"', 'xsi:type="q:tT"'), ("http://q", "http://r"), ('id="b"', 'id="c"'), ('name="n"', 'name="m"')])
def test_each_thing_that_is_missing_or_changed_is_told(before: str, after: str) -> None:
    assert lost(WHOLE, WHOLE.replace(before, after))


def test_another_order_of_steps_is_told() -> None:
    assert lost('<d id="d"><t id="a"/><t id="b"/></d>', '<d id="d"><t id="b"/><t id="a"/></d>')


def test_layout_prefixes_order_of_attributes_and_defaults_say_nothing() -> None:
    same = (f'<?tool x?>\n<m:d id="d" xmlns:m="{BPMN}" xmlns:i="{XSI}" xmlns:q="http://q">\n <!-- why -->\n'
            ' <m:task name="n" id="a"><m:t r="q:s" i:type="m:tT"> words </m:t><m:t/></m:task><m:task id="b"/></m:d>')
    assert lost(WHOLE, same) == []
