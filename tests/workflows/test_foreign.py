"""What an editor drops of a file from another tool is put back when its text is kept; what a person has taken away
stays away."""
from __future__ import annotations

import re

from workflows.diagram import parse_xml
from workflows.foreign import carry_over

HEAD = ('<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:t="http://tool" id="defs">')
ECHO = HEAD.replace('xmlns:xsd="http://www.w3.org/2001/XMLSchema" ', "")


def whole(inner: str, head: str = HEAD) -> str:
    return f'{head}<process id="p">{inner}</process></definitions>'


def kept(old: str, echo: str, new: str) -> str:
    """What is kept of `old` when the editor opens it as `echo`, and a person makes `new` of that."""
    return carry_over(whole(old), whole(echo, ECHO), whole(new, ECHO))


def test_a_text_of_which_nothing_was_dropped_is_kept_as_it_is():
    assert kept('<task id="a" name="x"/>', '<task id="a" name="x"/>', '<task id="a" name="y"/>') == whole(
        '<task id="a" name="y"/>', ECHO)


def test_what_the_editor_drops_comes_back_where_it_stood():
    text = kept('<task id="a"/><!-- why --><t:odd k="v"><t:deep/></t:odd><task id="b"/>',
                '<task id="a"/><task id="b"/>', '<task id="a"/><task id="c"/><task id="b"/>')
    assert re.findall(r'id="(.)"|(why)|(k="v")', text) == [
        ("p", "", ""), ("a", "", ""), ("", "why", ""), ("", "", 'k="v"'), ("c", "", ""), ("b", "", "")]


def test_what_a_person_has_taken_away_stays_away_with_all_that_is_about_it():
    old = '<task id="a"><t:inside/></task><t:about ref="a"/><task id="b"/>'
    text = kept(old, '<task id="a"/><task id="b"/>', '<task id="b"/>')
    assert "inside" not in text and "about" not in text


def test_an_attribute_comes_back_unless_a_person_has_given_it_another_value():
    assert 't:kind="1"' in kept('<task id="a" t:kind="1"/>', '<task id="a"/>', '<task id="a" name="n"/>')
    assert 't:kind="1"' not in kept('<task id="a" t:kind="1"/>', '<task id="a"/>', '<task id="a" t:kind="2"/>')


def test_a_value_that_a_prefix_stands_before_keeps_what_the_prefix_means():
    node = parse_xml(kept('<task id="a" t:type="xsd:string"/>', '<task id="a"/>', '<task id="a"/>'))
    assert node[0][0].nsmap["xsd"] == "http://www.w3.org/2001/XMLSchema"


def test_another_prefix_of_the_same_meaning_is_no_loss():
    echo = ECHO.replace("xmlns:xsi", 'xmlns:m="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi')
    new = whole('<task id="a" xsi:type="m:tTask"/>', echo)
    assert carry_over(whole('<task id="a" xsi:type="tTask"/>'), new, new) == new


def test_what_the_editor_writes_by_another_name_is_written_as_it_was_until_somebody_changes_it():
    old, echo = "<task id='a'><formal>x</formal></task>", "<task id='a'><other>x</other></task>"
    text = kept(old, echo, echo)
    assert "<formal>x</formal>" in text and "other" not in text
    changed = kept(old, echo, "<task id='a'><other>y</other></task>")
    assert "<other>y</other>" in changed and "formal" not in changed


def test_of_several_alike_the_one_that_was_dropped_is_the_one_that_comes_back():
    old = "<task id='a'><t:v>1</t:v><t:v>2</t:v><t:v>3</t:v></task>"
    text = kept(old, "<task id='a'><t:v>1</t:v><t:v>3</t:v></task>", "<task id='a'><t:v>1</t:v><t:v>3</t:v></task>")
    assert [each.text for each in parse_xml(text)[0][0]] == ["1", "2", "3"]


def test_words_between_elements_come_back():
    old, echo = "<t:html>one <t:b>two</t:b> three</t:html>", "<t:html><t:b>two</t:b></t:html>"
    assert "one <t:b>two</t:b> three" in kept(old, echo, echo)


def test_comments_and_instructions_around_the_root_come_back():
    new = whole("", ECHO)
    text = carry_over("<?tool 1?><!-- before -->" + whole("") + "<!-- after -->", new, new)
    assert "<?tool 1?><!-- before -->" in text.replace("\n", "") and text.rstrip().endswith("<!-- after -->")


def test_an_identifier_that_somebody_has_given_anew_is_not_given_twice():
    text = kept('<task id="a"/><t:odd id="x"/>', '<task id="a"/>', '<task id="a"/><task id="x"/>')
    assert text.count('id="x"') == 1


def test_a_text_that_cannot_be_read_is_left_to_whoever_judges_it():
    assert carry_over("<a", whole(""), whole("")) == whole("")


def test_ten_thousand_dropped_elements_come_back_in_their_order():
    numbers = [str(number) for number in range(10_000)]
    text = kept("".join(f"<t:v>{number}</t:v>" for number in numbers), "", "")
    assert [each.text for each in parse_xml(text)[0]] == numbers


def test_a_file_that_no_draft_keeps_is_not_looked_into():
    large = whole("<t:v/>" * 30_000)
    assert carry_over(large, whole("", ECHO), whole("", ECHO)) == whole("", ECHO)
