"""An administrator enrols a second factor and signs in with it, at a desk and on a phone, by keyboard."""
from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import look_at
from tests.browser.live import PASSWORD, Live, serve
from tests.conftest import FixedClock


@pytest.fixture
def live(prepared: Path, tmp_path: Path, clock: FixedClock) -> Iterator[Live]:
    """The product where administrators and supervisors need a second factor."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    kept = Live.on(tmp_path, clock)
    with serve(replace(kept, settings=replace(kept.settings, totp=True))) as live:
        yield live


def prove(page: Page, name: str) -> None:
    look_at(page, name)


def give_password(page: Page) -> None:
    page.goto("/login")
    page.get_by_label("用户名").fill("admin")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_label("密码").press("Enter")


def give_code(page: Page, code: str) -> None:
    page.get_by_label("验证码").fill(code)
    page.get_by_label("验证码").press("Enter")


def test_an_administrator_enrols_and_signs_in_with_a_second_factor(page: Page, live: Live) -> None:
    give_password(page)
    expect(page.get_by_role("heading", name="绑定手机")).to_be_visible()
    expect(page.get_by_role("img", name="二维码")).to_be_visible()
    prove(page, "second-enrol")
    totp = pyotp.TOTP(page.locator("main code").inner_text())
    give_code(page, "000000")
    expect(page.get_by_role("alert")).to_contain_text("验证码不对")
    give_code(page, totp.at(live.clock()))
    codes = page.locator("#recovery-codes code").all_inner_texts()
    assert len(set(codes)) == 10
    prove(page, "second-recovery")
    page.get_by_role("link", name="已保存，继续").click()
    expect(page).to_have_url(re.compile("/inbox"))
    page.goto("/account")
    expect(page.get_by_text("还有10个备用码")).to_be_visible()
    page.context.clear_cookies()
    live.advance(minutes=1)
    give_password(page)
    expect(page.get_by_role("heading", name="两步验证")).to_be_visible()
    expect(page.get_by_label("验证码")).to_be_focused()
    prove(page, "second-ask")
    give_code(page, totp.at(live.clock()))
    expect(page).to_have_url(re.compile("/inbox"))
