"""A version held against the organisation: who is missing, away, or on both sides."""
from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.issues.registration import CITY_INTAKE
from app.modeler.release import preflight
from app.models import Absence, Unit
from tests.conftest import MONDAY
from tests.workflows import diagrams as d

TWO_LANES = (
    f'<bpmn:lane id="l1" name="经办">{d.props(position="clerk", unit="lead")}<bpmn:flowNodeRef>draft</bpmn:flowNodeRef>'
    f'</bpmn:lane><bpmn:lane id="l2" name="负责">{d.props(position="head", unit="lead")}'
    "<bpmn:flowNodeRef>approve</bpmn:flowNodeRef></bpmn:lane>")


def files(units="'finance'", due="working_days(1)"):
    return d.files(d.diagram(
        d.start(), d.script("route", f"lead = {units}"), d.user("draft", due=due), d.xor("again", default="end"),
        d.user("approve", due="working_days(1)"), d.end(), d.flow("start", "route", "draft", "approve", "again", "end"),
        d.flow("again", "draft", when="bad"), lanes=TWO_LANES, variables='{"lead": null, "bad": false}'))


@pytest.fixture
def staffed(make_user):
    return make_user("c", ("finance", "clerk"), name="李思源"), make_user("h", ("finance", "head"), name="王负责")


def found(session, kind, **given):
    return [finding for finding in preflight.findings(session, "p", files(**given), MONDAY) if finding.kind == kind]


def test_nothing_is_found_where_everybody_is_there(session, staffed):
    assert preflight.findings(session, "p", files(), MONDAY) == []


def test_units_without_anybody_in_the_post_are_named_with_the_steps(session, staffed):
    (clerks, heads) = found(session, "vacant", units="'tax' if bad else 'finance'")
    assert str(clerks.text) == "1个单位没有经办人，“draft”交过去没有人办。"
    assert clerks.units == [("tax", "国家税务总局鄂尔多斯市税务局")]
    assert "没有负责人" in heads.text


def test_a_disabled_person_holds_no_post(session, staffed):
    staffed[0].disabled = True
    session.flush()
    assert ["经办人" in finding.text for finding in found(session, "vacant")] == [True]


def test_a_place_can_be_any_banner_or_zone(session, staffed):
    assert {code for finding in found(session, "vacant", units="place") for code, _ in finding.units} >= {
        "dongsheng", "zone_gaoxin"}


def test_a_unit_that_is_not_there_or_closed_is_told(session, staffed):
    session.get_one(Unit, "tax").active = False
    session.flush()
    assert {str(finding.text) for finding in found(session, "unknown", units="['nobody', 'tax', 'finance'][0]")} == {
        "“draft”、“approve”可能交给“nobody”，但没有这个单位，或者已经停用。",
        "“draft”、“approve”可能交给“国家税务总局鄂尔多斯市税务局”，但没有这个单位，或者已经停用。"}


def test_who_is_away_needs_a_stand_in_who_is_there(session, staffed, make_user):
    clerk, head = staffed
    colleague = make_user("c2", ("finance", "clerk"))
    session.add(Absence(user_id=clerk.id, stand_in_id=colleague.id, first_day=date(2026, 3, 1),
                        last_day=date(2026, 3, 5)))
    session.flush()
    assert found(session, "away") == []
    session.add(Absence(user_id=colleague.id, stand_in_id=head.id, first_day=date(2026, 3, 1),
                        last_day=date(2026, 3, 3)))
    session.flush()
    assert [str(finding.text) for finding in found(session, "away")] == [
        "市财政局的经办人李思源不在岗（到2026-03-05），代办人也不在或已停用。"]
    late = MONDAY + timedelta(days=9)
    assert preflight.findings(session, "p", files(), MONDAY, effective_at=late) == []


def test_one_person_on_both_sides_of_an_approval_is_told(session, staffed, make_user):
    make_user("both", ("finance", "clerk"), ("finance", "head"), name="赵双岗")
    (both,) = found(session, "same")
    assert str(both.text) == ("市财政局的赵双岗既是经办人又是负责人："
                              "“draft”和“approve”、“approve”和“draft”可能由同一个人办。")


def test_steps_without_a_limit_are_told(session, staffed):
    assert [str(finding.text) for finding in found(session, "unlimited", due="")] == [
        "“draft”没有时限，不会提醒也不会超期。"]


def test_posts_that_take_reports_in_are_looked_at_where_reports_would_go(session, staffed, make_user):
    """A place without intake sends its reports to its banner, and that without one to the city's."""
    make_user("i", ("dongsheng", "intake"))
    (city,) = found(session, "vacant", units="intake_unit")[:1]
    assert city.position == "clerk" and {code for code, _ in city.units} == {"dongsheng", CITY_INTAKE}
    reports = d.files(d.diagram(d.start(), d.user("collect", due="working_days(1)"), d.end(),
                                d.flow("start", "collect", "end"), position="intake", unit="intake_unit"))
    (vacant,) = [each for each in preflight.findings(session, "p", reports, MONDAY) if each.kind == "vacant"]
    assert [code for code, _ in vacant.units] == [CITY_INTAKE] and vacant.position == "intake"


def test_a_position_that_a_lane_names_and_nobody_has_is_told_whatever_unit_it_will_be(session, staffed):
    given = {path: text.replace('value="head"', 'value="leader"') for path, text in files(units="bad").items()}
    (finding,) = [each for each in preflight.findings(session, "p", given, MONDAY) if each.kind == "vacant"]
    assert (finding.position, finding.units) == ("leader", [])
    assert str(finding.text) == "还没有人担任包联领导，泳道“负责”的事交过去没有人办。"


def test_an_administrator_who_has_to_agree_and_gets_no_mail_is_told(session, make_user):
    one = make_user("one", ("city", "admin"))
    (alone,) = preflight.agreeing(session, one.id)
    assert alone.kind == "alone"
    other = make_user("other", ("city", "admin"), name="苏日娜")
    (silent,) = preflight.agreeing(session, one.id)
    assert (silent.kind, silent.people) == ("unreachable", [(other.id, "苏日娜")])
    other.email = "other@example.org"
    session.flush()
    assert preflight.agreeing(session, one.id) == []
