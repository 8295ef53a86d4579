"""The pages of versions: publishing a draft, agreeing, comparing, going back, retiring."""
from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from flask import Flask
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.actor import SYSTEM
from app.cases import definitions, service
from app.models import Definition, Instance, ProcessDraft, Publication
from tests.app.conftest import Browser
from tests.conftest import MONDAY, FixedClock
from tests.workflows import diagrams as d
from workflows.calendar import Calendar


def files(days: int = 5, name: str = "a") -> dict[str, str]:
    return d.files(d.diagram(d.start(), d.user("a", due=f"working_days({days})").replace('name="a"', f'name="{name}"'),
                             d.end(), d.flow("start", "a", "end")))


@pytest.fixture
def first(sessions: sessionmaker[Session]) -> str:
    with sessions.begin() as session:
        return definitions.publish(session, "p", files(), now=MONDAY, note="最初").hash


@pytest.fixture
def draft(sessions: sessionmaker[Session], administrator: Browser, first: str) -> Callable[..., None]:
    """`draft(3)` begins the draft, or changes it, to three days."""
    def write(days: int = 5, name: str = "a") -> None:
        with sessions.begin() as session:
            row = session.scalar(select(ProcessDraft))
            if row is None:
                row = ProcessDraft(key="p", base_hash=first, began_at=MONDAY, began_by=1)
                session.add(row)
            row.files, row.changed_at, row.changed_by = files(days, name), MONDAY, 1

    return write


@pytest.fixture
def second(app: Flask, add_user: Callable[..., int], administrator: Browser) -> Browser:
    add_user("admin2", ("city", "admin"), name="苏日娜")
    other = app.test_client()
    assert isinstance(other, Browser)
    other.sign_in("admin2")
    return other


def seen(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"')[0]


def publish(browser: Browser, note: str = "改为三日", **more: str):
    return browser.submit("/processes/p/publish", {"note": note, "seen": seen(browser.get("/processes/p/publish").text),
                                                   **more})


def current(sessions: sessionmaker[Session]) -> str | None:
    with sessions() as session:
        return session.scalar(select(Definition.hash).where(Definition.key == "p", Definition.current))


def test_two_administrators_publish_a_changed_limit(administrator: Browser, second: Browser, draft, sessions, first):
    draft(3)
    page = administrator.get("/processes/p/publish").text
    assert "步骤「a」的时限由 5个工作日 改为 3个工作日" in page and "没有经办人" in page
    answer = publish(administrator)
    assert answer.location == "/processes/proposals/1"
    own = administrator.get("/processes/proposals/1").text
    assert "等其中一位同意：苏日娜" in own and 'value="yes"' not in own
    assert administrator.submit("/processes/proposals/1/decide", {"agree": "yes"},
                                on="/processes/proposals/1").status_code == 403
    assert current(sessions) == first
    assert 'side-count">1<' in second.get("/processes/").text and "改为三日" in second.get("/processes/p").text
    answer = second.submit("/processes/proposals/1/decide", {"agree": "yes"}, on="/processes/proposals/1")
    assert answer.status_code == 302 and current(sessions) != first
    listed = administrator.get("/processes/p/proposals").text
    assert "改为三日" in listed and "宋致远" in listed and "苏日娜" in listed and "已生效" in listed


def test_findings_name_the_units_and_people(administrator: Browser, add_user, draft, sessions):
    add_user("both", ("miit", "clerk"), ("miit", "head"), name="赵双岗")
    lanes = "".join(f'<bpmn:lane id="l{id}">{d.props(position=position, unit=unit)}<bpmn:flowNodeRef>{id}'
                    "</bpmn:flowNodeRef></bpmn:lane>" for id, position, unit in (
                        ("a", "clerk", "'miit'"), ("b", "head", "'miit'"), ("c", "leader", "'tax'")))
    draft()
    with sessions.begin() as session:
        session.scalars(select(ProcessDraft)).one().files = d.files(d.diagram(
            d.start(), d.user("a"), d.user("b"), d.user("c"), d.end(), d.flow("start", "a", "b", "c", "end"),
            lanes=lanes))
    page = administrator.get("/processes/p/publish").text
    assert "赵双岗" in page and "国家税务总局鄂尔多斯市税务局" in page
    assert "/admin/users" not in page  # accounts are the security administrator's


def test_words_alone_are_published_at_once(administrator: Browser, draft, sessions, first):
    draft(name="起草")
    publish(administrator, note="改名")
    assert current(sessions) != first
    assert "改名" in administrator.get("/processes/p").text


def test_what_changed_after_it_was_seen_is_not_proposed(administrator: Browser, draft, sessions, first):
    draft(3)
    shown = seen(administrator.get("/processes/p/publish").text)
    draft(2)
    assert administrator.submit("/processes/p/publish", {"note": "x", "seen": shown}).status_code == 409
    with sessions() as session:
        assert session.scalar(select(Publication.id)) is None


def test_when_another_version_was_published_meanwhile_the_draft_is_looked_at_again(administrator: Browser, draft,
                                                                                     sessions, first):
    draft(3)
    before = administrator.get("/processes/p/publish").text
    with sessions.begin() as session:
        definitions.publish(session, "p", files(9), now=MONDAY)
    assert administrator.submit("/processes/p/publish", {"note": "x", "seen": seen(before)}).status_code == 409
    assert "从较早的版本改起" not in before
    assert "从较早的版本改起" in administrator.get("/processes/p/publish").text


def test_a_draft_that_fails_the_checks_is_shown_with_what_is_wrong_and_no_form(administrator: Browser, draft, sessions):
    draft()
    with sessions.begin() as session:
        row = session.scalars(select(ProcessDraft)).one()
        row.files = {path: text.replace("clerk", "nobody") for path, text in row.files.items()}
    page = administrator.get("/processes/p/publish").text
    assert "没有通过检查" in page and "nobody" in page and 'name="note"' not in page


@pytest.mark.parametrize(("note", "day", "word"), [
    ("", "", "请写明改了什么"), ("x", "2026-03-02", "请填今天以后的日期")])
def test_a_form_that_is_not_filled_in_comes_back(administrator: Browser, draft, note: str, day: str, word: str):
    draft(3)
    answer = publish(administrator, note, from_day=day)
    assert answer.status_code == 422 and word in answer.text


def test_from_a_date_it_waits_and_anybody_stops_it(administrator: Browser, second: Browser, draft, sessions, first):
    draft(name="起草")
    publish(administrator, from_day="2026-03-09")
    page = second.get("/processes/proposals/1").text
    assert "到时间自动生效" in page and "撤回提议" in page
    second.submit("/processes/proposals/1/withdraw", on="/processes/proposals/1")
    assert "已撤回" in second.get("/processes/proposals/1").text and current(sessions) == first


def test_when_another_version_came_between_both_are_told_and_the_proposer_goes_on(
        administrator: Browser, second: Browser, draft, sessions):
    draft(3)
    publish(administrator)
    with sessions.begin() as session:
        definitions.publish(session, "p", files(9), now=MONDAY)
    answer = second.submit("/processes/proposals/1/decide", {"agree": "yes"}, on="/processes/proposals/1")
    assert answer.status_code == 409 and "当前版本已经换了" in answer.text
    assert "差别看过了，继续提议" in administrator.get("/processes/proposals/1").text
    administrator.submit("/processes/proposals/1/renew", on="/processes/proposals/1")
    second.submit("/processes/proposals/1/decide", {"agree": "yes"}, on="/processes/proposals/1")
    assert "已生效" in second.get("/processes/proposals/1").text


def test_nobody_agrees_to_what_is_held_against_another_version_than_they_have_seen(
        administrator: Browser, second: Browser, draft, sessions):
    draft(3)
    publish(administrator)
    page = "/processes/proposals/1"
    looked_at = seen(second.get(page).text)
    with sessions.begin() as session:
        between = definitions.publish(session, "p", files(9), now=MONDAY).hash
    administrator.submit(f"{page}/renew", on=page)
    answer = second.submit(f"{page}/decide", {"agree": "yes", "seen": looked_at}, on=page)
    assert answer.status_code == 409 and "再看一遍差别" in answer.text and current(sessions) == between
    second.submit(f"{page}/decide", {"agree": "yes", "seen": seen(second.get(page).text)}, on=page)
    assert current(sessions) != between


def test_going_back_is_held_against_the_version_that_was_seen(administrator: Browser, sessions, first):
    with sessions.begin() as session:
        definitions.publish(session, "p", files(3), now=MONDAY)
    back = f"/processes/p/roll-back/{first}"
    looked_at = seen(administrator.get(back).text)
    with sessions.begin() as session:
        definitions.publish(session, "p", files(name="另一改动"), now=MONDAY)
    answer = administrator.submit(back, {"note": "试行结束", "seen": looked_at})
    assert answer.status_code == 409 and "再看一遍差别" in answer.text


def test_a_refusal_tells_the_proposer_why(administrator: Browser, second: Browser, draft):
    draft(3)
    publish(administrator)
    page = "/processes/proposals/1"
    assert second.submit(f"{page}/decide", {"agree": "no"}, on=page).status_code == 409
    second.submit(f"{page}/decide", {"agree": "no", "note": "三日太紧"}, on=page)
    assert "三日太紧" in administrator.get(page).text and "没有同意" in administrator.get(page).text


def test_going_back_and_retiring(administrator: Browser, second: Browser, sessions, first):
    with sessions.begin() as session:
        definitions.publish(session, "p", files(3), now=MONDAY)
    back = f"/processes/p/roll-back/{first}"
    assert "时限由 3个工作日 改为 5个工作日" in administrator.get(back).text
    administrator.submit(back, {"note": "试行结束", "seen": seen(administrator.get(back).text)})
    second.submit("/processes/proposals/1/decide", {"agree": "yes"}, on="/processes/proposals/1")
    assert current(sessions) == first
    administrator.submit("/processes/p/retire", {"note": "不再办"})
    second.submit("/processes/proposals/2/decide", {"agree": "yes"}, on="/processes/proposals/2")
    assert current(sessions) is None
    assert "没有，不能新办" in administrator.get("/processes/").text
    assert administrator.get("/processes/p").status_code == 200


def test_two_versions_are_compared_in_words_and_as_pictures(administrator: Browser, sessions, first):
    with sessions.begin() as session:
        new = definitions.publish(session, "p", files(3), now=MONDAY).hash
    query = f"old={first}&new={new}"
    assert "改为 3个工作日" in administrator.get(f"/processes/p/compare?{query}").text
    (picture,) = json.loads(administrator.get(f"/processes/p/compare.json?{query}").text)
    assert picture["marks"] == [{"id": "a", "kind": "changed", "text": "步骤「a」的时限由 5个工作日 改为 3个工作日"}]


@pytest.mark.parametrize("side", ["nothing", "draft", "proposal-9", "proposal-x", ""])
def test_what_is_not_there_cannot_be_compared(administrator: Browser, first: str, side: str):
    assert administrator.get(f"/processes/p/compare?old={first}&new={side}").status_code == 404


def test_running_cases_stay_on_their_version(administrator: Browser, second: Browser, draft, sessions, first):
    with sessions.begin() as session:
        case = service.start_case(session, "p", {}, actor=SYSTEM, now=MONDAY, calendar=Calendar()).id
    draft(3)
    publish(administrator)
    second.submit("/processes/proposals/1/decide", {"agree": "yes"}, on="/processes/proposals/1")
    with sessions() as session:
        assert session.get_one(Instance, case).definition_hash == first


def test_an_officer_may_do_nothing_of_it(officer: Browser, first: str, clock: FixedClock):
    for address in ("/processes/p/publish", "/processes/p/proposals", "/processes/p/export.zip", "/processes/import",
                    f"/processes/p/roll-back/{first}", "/processes/p/retire", "/processes/export.zip"):
        assert officer.get(address).status_code == 403


def test_a_broken_rule_of_policy_is_shown_and_published_only_with_a_reason_and_a_second_person(
        administrator: Browser, second: Browser, draft, sessions):
    rule = "rules:\n  - {clause: C3, says: 一步最多五个工作日, limit: a, at_most: {working_days: 5}}\n"
    with sessions.begin() as session:
        definitions.publish(session, "p", files() | {"p/policy.yaml": rule}, now=MONDAY)
    draft(8)
    with sessions.begin() as session:
        row = session.scalars(select(ProcessDraft)).one()
        row.files = row.files | {"p/policy.yaml": rule}
    page = administrator.get("/processes/p/publish").text
    assert "违反政策规则" in page and "一步最多五个工作日" in page
    answer = publish(administrator)
    assert answer.status_code == 422 and "请写明理由" in answer.text
    publish(administrator, reason="市里开会定的")
    page = second.get("/processes/proposals/1").text
    assert "市里开会定的" in page and "C3 一步最多五个工作日" in page and 'value="yes"' in page


def blue(page: str) -> list[str]:
    """The words on the page's blue buttons."""
    buttons = html.fromstring(page).xpath("//main//*[contains(concat(' ', @class, ' '), ' btn-primary ')]")
    return [button.text_content().strip() for button in buttons]


def test_the_one_blue_button_is_what_comes_next(administrator: Browser, second: Browser, draft, first: str):
    draft(5)
    assert blue(administrator.get("/processes/p").text) == ["继续修改"]
    assert blue(administrator.get("/processes/p/publish").text) == ["继续修改"], "there is nothing to publish"
    draft(3)
    assert blue(administrator.get("/processes/p").text) == ["发布草稿"]
    assert blue(administrator.get("/processes/p/publish").text) == ["提交"]
    publish(administrator)
    assert blue(administrator.get("/processes/p").text) == ["看提议"]
    assert blue(administrator.get("/processes/proposals/1").text) == []
    assert blue(second.get("/processes/proposals/1").text) == ["同意"]


def test_whoever_has_to_agree_and_gets_no_mail_is_told_of_before(administrator: Browser, second: Browser, draft):
    draft(3)
    assert "没有填电子邮箱" in administrator.get("/processes/p/publish").text
    draft(5, name="b")
    assert "没有填电子邮箱" not in administrator.get("/processes/p/publish").text, "one person is enough"
