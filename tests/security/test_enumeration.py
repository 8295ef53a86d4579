"""Nobody finds out by asking: what is hidden looks like what does not exist, whoever asks and whatever for."""
from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.inbox.acts import ACTS
from app.issues import follow_up
from tests.app.conftest import PASSWORD, Browser
from tests.conftest import MONDAY
from tests.security import world
from tests.security.conftest import City

MISSING = 987_654
OUTSIDERS = ((world.FOREIGN, "clerk"), (world.FOREIGN, "supervisor"), (world.FOREIGN, "admin"))


def faceless(page: str, *own: object) -> str:
    """A page without what differs from one opening to the next: tokens, and the address that was asked for."""
    for word in own:
        page = re.sub(rf"(?<![\w-]){word}(?![\w-])", "…", page)
    return re.sub(r'(name="(?:csrf_token|idempotency_key|key)" value=")[^"]*', r"\1", page)


@pytest.mark.parametrize("post", OUTSIDERS)
def test_a_hidden_task_answers_as_one_that_does_not_exist(city: City, post: tuple[str, str]):
    hidden = city.cases["accepted"].item
    browser = city.browser(post)
    for path in ("", *(f"/{act}" for act in (*ACTS, "complete", "draft", "next"))):
        ask = browser.post if path else browser.get
        told, nothing = ask(f"/tasks/{hidden}{path}"), ask(f"/tasks/{MISSING}{path}")
        assert told.status_code == nothing.status_code == 404, path
        assert faceless(told.text, hidden) == faceless(nothing.text, MISSING), path


@pytest.mark.parametrize("post", OUTSIDERS)
def test_a_hidden_issue_answers_as_one_that_does_not_exist(city: City, post: tuple[str, str]):
    case, browser = city.cases["accepted"], city.browser(post)
    for path in ("", "/sheet", "/diagram.json", f"/files/{case.attachment}"):
        told, nothing = browser.get(f"/issues/{case.number}{path}"), browser.get(f"/issues/2026-999999{path}")
        assert told.status_code == nothing.status_code == 404
        assert faceless(told.text, case.number) == faceless(nothing.text, "2026-999999")


def test_a_file_is_only_found_under_its_own_issue(city: City):
    mine, other = city.cases["accepted"], city.cases["handled"]
    browser = city.browser(("supervision", "supervisor"))
    assert browser.get(f"/issues/{mine.number}/files/{mine.attachment}").status_code == 200
    wrong = browser.get(f"/issues/{mine.number}/files/{other.attachment}")
    none = browser.get(f"/issues/{mine.number}/files/{MISSING}")
    assert wrong.status_code == none.status_code == 404
    assert faceless(wrong.text, other.attachment) == faceless(none.text, MISSING)


def test_claiming_many_says_the_same_of_hidden_tasks_and_of_none(living_city: City):
    def told(item: int) -> str:
        browser = living_city.browser((world.FOREIGN, "clerk"))
        return faceless(browser.post("/inbox/claim", data={"item": str(item)}, follow_redirects=True).text)

    missing = told(MISSING)
    assert "已经不在了" in missing
    assert {told(case.item) for case in living_city.cases.values()} == {missing}


def test_taking_a_signer_away_says_the_same_of_any_number_that_is_not_this_tasks(city: City):
    mine, other = city.cases["accepted"], city.cases["handled"]
    browser = city.browser(mine.post)
    answers = {faceless(answer.text) for sign in (other.item, mine.item, city.cases["drafted"].item, MISSING)
               if (answer := browser.post(f"/tasks/{mine.item}/remove_signer", data={"sign": str(sign)})).status_code}
    assert len(answers) == 1


def test_an_enterprise_gets_no_file_by_its_number(city: City):
    mine, other = city.cases["replied"], city.cases["handled"]
    browser = city.browser("replied")
    assert browser.get(f"/follow/files/{mine.attachment}").status_code == 200
    wrong, none = (browser.get(f"/follow/files/{file}") for file in (other.attachment, MISSING))
    assert wrong.status_code == none.status_code == 404
    assert faceless(wrong.text, other.attachment) == faceless(none.text, MISSING)


@pytest.mark.parametrize("typed", [
    "0000-0000-0000", "", "ABC", "7K2M", "'or'1'='1", "％", "2026-000001", "1", "x" * 5000])
def test_a_wrong_code_is_answered_alike_whatever_it_is(city: City, typed: str):
    browser = city.browser(None)
    answer, other = browser.post("/follow", data={"code": typed}), browser.post("/follow", data={"code": "9" * 12})
    assert answer.status_code == other.status_code == 200
    if typed.strip():
        assert "没有找到这个查询码" in answer.text or "最多" in answer.text
    assert browser.get("/follow/progress").location == "/follow"


def test_codes_cannot_be_guessed_at_the_rate_that_is_allowed(app: Flask):
    app.config["WTF_CSRF_ENABLED"] = False
    app.extensions["zhuqi_limiter"].enabled = True
    browser = app.test_client()
    tries = [browser.post("/follow", data={"code": follow_up.new_code()}).status_code for _ in range(12)]
    assert tries[:10] == [200] * 10 and tries[10:] == [429] * 2
    years = len(follow_up.ALPHABET) ** follow_up.LENGTH / 1_000_000 / (60 * 24 * 365)
    assert years > 1_000_000, "with a million issues, at 60 tries an hour from each of a thousand addresses"


def test_codes_do_not_repeat_and_are_spread_over_the_alphabet():
    codes = [follow_up.new_code() for _ in range(2_000)]
    assert len(set(codes)) == 2_000
    assert set("".join(codes)) == {*follow_up.ALPHABET, "-"}


@pytest.mark.parametrize("given", [
    {}, {"disabled": True}, {"locked_until": MONDAY + timedelta(minutes=5)}])
def test_signing_in_tells_nothing_about_a_name(browser: Browser, add_user: Callable[..., int],
                                               given: dict[str, object]):
    add_user("known.name", ("finance", "clerk"), **given)
    known, unknown = (browser.sign_in(name, "not the password") for name in ("known.name", "other.name"))
    assert known.status_code == unknown.status_code == 422
    assert faceless(known.text, "known.name") == faceless(unknown.text, "other.name")


@pytest.mark.parametrize("given", [{"disabled": True}, {"locked_until": MONDAY + timedelta(minutes=5)}])
def test_the_right_password_of_a_closed_account_tells_nothing_either(browser: Browser, add_user: Callable[..., int],
                                                                     given: dict[str, object]):
    add_user("known.name", ("finance", "clerk"), **given)
    right, wrong = browser.sign_in("known.name", PASSWORD), browser.sign_in("known.name", "not the password")
    assert faceless(right.text) == faceless(wrong.text)


def test_users_are_listed_to_those_who_mind_them_only(city: City):
    for post in city.posts:
        answer = city.browser(post).get(f"/admin/users/{city.posts[world.FOREIGN, 'leader']}")
        missing = city.browser(post).get(f"/admin/users/{MISSING}")
        if post[1] in ("security", "auditor"):
            assert (answer.status_code, missing.status_code) == (200, 404)
        else:
            assert answer.status_code == missing.status_code == 403
