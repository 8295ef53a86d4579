"""The whole history of a case: every entry told in full, filtered, page by page."""
from __future__ import annotations

import pytest

from app.issues.past.chronicle import Query, find_page
from app.issues.past.fields import Change
from tests.app.issues.past.living import Lived
from tests.conftest import FixedClock


@pytest.fixture
def told(session, lived: Lived, calendar):
    """`told(kind="back")` is the page of the history that is asked for."""
    return lambda **asked: find_page(session, lived.instance_id, Query(**asked), calendar)


def texts(page):
    return [entry.text for entry in page.entries]


def test_entries_tell_who_in_which_post_and_how_long_it_took_in_working_time(told):
    entries = told(oldest_first=True).entries
    accepted = entries[2]
    assert (accepted.who, accepted.post, accepted.task, str(accepted.taken)) == (
        "白一川", "市工业和信息化局 经办人", "受理", "30分钟")
    late = told(kind="clock").entries[0]
    assert (late.who, late.post, late.taken) == (None, "", None)
    joint, handled = entries[4], entries[7]
    assert str(joint.taken) == "2小时"  # 10:30 to 14:00, less the rest at noon
    assert str(handled.taken) == "29小时30分"  # Monday 14:00 to Friday 10:00


def test_what_a_form_changed_is_told_by_its_labels(told):
    entries = told(oldest_first=True).entries
    assert entries[2].changes == [Change("办理措施", "", "先摸底")]
    assert entries[7].changes == [Change("办理措施", "先摸底", "召集银行会商")]
    assert entries[8].changes == [Change("重新办理", "", "是")]
    assert entries[12].changes == [Change("重新办理", "是", "否")]
    # one joint unit's answer is no change of the other's
    assert entries[3].changes == [Change("意见", "", "同意")]
    assert entries[4].changes == [Change("意见", "", "有保留")]


def test_each_entry_names_its_version_and_a_remark_stands_beside_its_entry(told):
    page = told(oldest_first=True)
    versions = [(page.versions[entry.version].number, page.versions[entry.version].note) for entry in page.entries]
    assert versions == [(1, "首版")] * 10 + [(2, "放宽时限")] * 3


def test_entries_are_filtered_by_kind_and_person(told, lived: Lived):
    assert texts(told(kind="enterprise")) == ["企业发起“issue-lifecycle”"]
    assert texts(told(kind="process")) == ["流程由第1版移到第2版：试点"]
    assert texts(told(kind="hands")) == ["签收“办理”"]
    assert {entry.who for entry in told(who=lived.clerk).entries} == {"白一川"}
    assert told(who=lived.head).total == 0
    assert [entry.remark for entry in told(kind="asked").entries] == ["已电话告知企业"]


def test_pages_follow_each_other_without_a_gap(told):
    whole = [entry.seq for entry in told().entries]
    parts = [entry.seq for page in (1, 2, 3) for entry in told(page=page, size=5).entries]
    assert parts == whole == list(range(13, 0, -1))
    assert told(size=5).pages == 3


def test_the_page_shows_it_and_hides_it_from_strangers(browser, add_user, lived: Lived, clock: FixedClock):
    clock.now = lived.now
    add_user("leader", ("leaders", "leader"))
    browser.sign_in("leader")
    page = browser.get(f"/issues/{lived.number}/history?kind=work").text
    for text in ("办理措施", "先摸底", "接到后29小时30分", "流程图第2版", "放宽时限", "<details"):
        assert text in page
    assert "签收“办理”" not in page and "<details class=\"chronicle-more\" open" not in page
    assert "chronicle-more\" open" in browser.get(f"/issues/{lived.number}/history?open=1").text
    assert browser.get(f"/issues/{lived.number}/history?page=x&kind=x&who=x&size=7").status_code == 200
    browser.submit("/logout", on="/inbox")
    add_user("otog.clerk", ("otog", "clerk"))
    browser.sign_in("otog.clerk")
    assert browser.get(f"/issues/{lived.number}/history").status_code == 404


