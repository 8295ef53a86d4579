"""The README's ten minutes, word for word, by one person who plays everybody."""
from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.helpers import ROOT, assert_accessible, assert_no_sideways_scrolling
from tests.browser.live import Live, serve
from tests.conftest import FixedClock
from tests.sizes import tell

ROW = re.compile(r"^\| (\d+) \| ([^|]*) \| (.*) \|$", re.M)
WORDS = re.compile(r"`([^`]+)`")


@pytest.fixture
def live(prepared: Path, tmp_path: Path, clock: FixedClock) -> Iterator[Live]:
    """The product as `make run` serves it."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    ordinary = Live.on(tmp_path, clock)
    with serve(replace(ordinary, settings=replace(ordinary.settings, demo=True))) as live:
        yield live


class Stranger:
    """Has only the README: presses what its table names, and types its words."""

    def __init__(self, page: Page) -> None:
        self.page, self.presses, self.letters = page, 0, 0
        self.rows = {number: (bar, WORDS.findall(what), what) for number, bar, what
                     in ROW.findall((ROOT / "README.md").read_text(encoding="utf-8"))}
        self.words: list[str] = []

    @property
    def main(self) -> Locator:
        return self.page.get_by_role("main")

    def step(self, number: int, heading: str) -> None:
        """Begins a row of the table: presses in the bar what it names, and stands before that page."""
        bar, self.words, _ = self.rows[str(number)]
        if not bar.startswith("–"):
            self.press(self.page.locator(".demo-bar").get_by_role("button", name=bar.split(" (")[0]))
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(heading)

    def press(self, button: Locator) -> None:
        button.click()
        self.presses += 1

    def types(self, label: str) -> None:
        """The row's next words."""
        word = self.words.pop(0)
        self.main.get_by_label(label).locator("visible=true").first.fill(word)
        self.letters += len(word)

    def chooses(self, question: str, answer: str) -> None:
        self.main.get_by_role("group", name=question).get_by_label(re.compile(answer)).first.check()
        self.presses += 1

    def picks(self, label: str, answer: str) -> None:
        self.main.get_by_label(label).select_option(answer)
        self.presses += 1

    def finishes(self, button: str = "办结") -> None:
        self.press(self.main.get_by_role("button", name=button, exact=True))

    def has_typed_all(self) -> None:
        assert self.words == [], "the row's words are all used"


def test_a_stranger_takes_a_complex_issue_from_submission_to_rating(page: Page) -> None:
    stranger = Stranger(page)
    page.goto("/report")
    report(stranger)
    assert_accessible(page)
    assign(stranger)
    plan(stranger)
    handle(stranger)
    rate(stranger)
    tell(f"the README's walk: {stranger.presses} presses, {stranger.letters} letters typed")


def report(stranger: Stranger) -> None:
    stranger.step(1, "遇到了什么困难")
    stranger.types("用一句话说说困难")
    stranger.types("具体情况")
    stranger.chooses("属于哪一类", "用工")
    stranger.finishes("下一步")
    stranger.types("企业名称")
    stranger.picks("企业在哪个旗区或园区", "东胜区")
    stranger.types("联系人")
    stranger.types("联系电话")
    stranger.finishes("下一步")
    stranger.finishes("确认提交")
    stranger.has_typed_all()


def assign(stranger: Stranger) -> None:
    """The banner's office, four tasks one after another."""
    stranger.step(2, "收集登记")
    stranger.finishes()
    stranger.step(3, "梳理")
    stranger.chooses("梳理结果", "情况清楚，提交研判")
    stranger.finishes()
    stranger.step(4, "研判")
    stranger.chooses("问题级别", "复杂性问题")
    stranger.chooses("哪一级办理", "市级层面")
    stranger.types("研判理由")
    stranger.finishes()
    stranger.step(5, "交办")
    stranger.finishes()


def plan(stranger: Stranger) -> None:
    stranger.step(6, "受理")
    stranger.chooses("是否受理", r"^\s*受理")
    stranger.finishes()
    stranger.step(7, "起草办理方案")
    assert_accessible(stranger.page)
    assert_no_sideways_scrolling(stranger.page)
    stranger.types("办理方案")
    stranger.types("做什么")
    stranger.types("责任单位或责任人")
    stranger.main.get_by_label("完成日期").fill("2026-03-20")
    stranger.finishes()
    stranger.step(8, "审定办理方案")
    stranger.chooses("审定意见", r"^\s*同意")
    stranger.finishes()


def handle(stranger: Stranger) -> None:
    stranger.step(9, "协办答复")
    stranger.types("协办意见")
    stranger.finishes()
    stranger.step(10, "按方案推进办理")
    stranger.types("办理情况")
    stranger.types("没有完成的节点怎么办")
    stranger.finishes()
    stranger.step(11, "起草答复")
    stranger.chooses("答复类型", r"^\s*已解决")
    stranger.types("给企业的答复")
    stranger.finishes()
    stranger.step(12, "审定答复")
    stranger.chooses("审定意见", r"^\s*同意，答复企业")
    stranger.finishes()


def rate(stranger: Stranger) -> None:
    stranger.step(13, "招不到熟练焊工")
    stranger.press(stranger.main.get_by_role("link", name="评价", exact=True))
    for question, answer in (("response_rating", "5"), ("solved", "yes"), ("satisfaction", "5")):
        stranger.press(stranger.main.locator(f"[name={question}][value='{answer}']"))
    stranger.finishes("提交评价")
    expect(stranger.main).to_contain_text("谢谢您的评价。")
    stranger.press(stranger.page.locator(".demo-bar").get_by_role("button", name="以督办员的身份看全过程"))
    for words in ("办专场招聘", "同意配合", "已招到十名焊工。", "已办结"):
        expect(stranger.main).to_contain_text(words)
