"""Words that still say the number which a parameter had."""
from __future__ import annotations

from pathlib import Path

import pytest

from workflows.content import read_folder
from workflows.leftover_words import Moved, mentions, moved, named
from workflows.reading import read
from workflows.said_numbers import periods, whole

BPMN = Path(__file__).parents[2] / "bpmn"
LIFE = "issue-lifecycle/issue-lifecycle.bpmn"
FIVE = Moved("p", "plan_days", "", 5, 3, frozenset({"working_days"}))


@pytest.mark.parametrize(("text", "number"), [
    ("5", 5), ("５", 5), ("五", 5), ("十", 10), ("十五", 15), ("二十", 20), ("两", 2), ("一百零五", 105),
    ("三千", 3_000)])
def test_numbers_are_read_in_digits_and_in_chinese(text: str, number: int):
    assert whole(text) == number


@pytest.mark.parametrize(("text", "unit", "said"), [
    ("复杂问题5个工作日内定方案", "working_days", ["5个工作日"]), ("第五个工作日结束", "working_days", ["五个工作日"]),
    ("5 个工作日", "working_days", ["5 个工作日"]), ("5日内答复", "working_days", ["5日"]),
    ("十五个工作日", "working_days", ["十五个工作日"]), ("三个月内解决", "months", ["三个月内"]),
    ("3月内", "months", ["3月内"]), ("批复4月2日取得", "working_days", []), ("12月解决", "months", []),
    ("下一个工作日", "working_days", []), ("1.5天", "days", []), ("五个月", "working_days", []), ("共5家", "days", [])])
def test_periods_are_found_and_dates_are_none(text: str, unit: str, said: list[str]):
    assert [each for _, each in periods(text, unit)] == said


def test_another_number_or_one_in_braces_is_not_named():
    assert named(FIVE, "5个工作日内") and named(FIVE, "五日内")
    assert not any(named(FIVE, text) for text in (
        "十五个工作日", "25个工作日", "{plan_days}个工作日内", "5个月", "3个工作日"))


def test_a_changed_parameter_is_missed_where_names_explanations_and_quotations_keep_the_old_number():
    files = read_folder(BPMN, "issue-lifecycle")
    new = files | {LIFE: files[LIFE].replace("plan_days&quot;: 5", "plan_days&quot;: 3", 1)}
    (change,) = moved(read("issue-lifecycle", files), read("issue-lifecycle", new), new)
    assert (change.name, change.old, change.new, change.units) == ("plan_days", 5, 3, {"working_days"})
    found = {(each.passage.element, str(each.passage.where), each.said)
             for each in mentions(change, new)}
    assert {("plan_overdue", "名称", "五个工作日"), ("five-working-day-plan", "说明", "5个工作日"),
            ("plan", "名称", "五个工作日"),
            ("pool", "流程框的名称", "五个工作日"), ("plan_summary", "“办理方案”的政策原文", "5个工作日")} <= found
    assert not {each for each in found if each[1] in ("通知内容", "选项", "文字", "“审定意见”的说明")}


def test_a_number_that_counts_no_period_has_no_words_to_miss():
    files = read_folder(BPMN, "issue-lifecycle")
    new = files | {LIFE: files[LIFE].replace("max_refusals&quot;: 2", "max_refusals&quot;: 3", 1)}
    assert moved(read("issue-lifecycle", files), read("issue-lifecycle", new), new) == []


def test_months_that_a_table_makes_are_known_as_months():
    files = read_folder(BPMN, "issue-lifecycle")
    new = files | {LIFE: files[LIFE].replace("general_months&quot;: 1", "general_months&quot;: 2", 1)}
    (change,) = moved(read("issue-lifecycle", files), read("issue-lifecycle", new), new)
    assert change.units == {"months"}
    assert {each.passage.element for each in mentions(change, new)} == {
        "level", "special_until", "plan_signed", "limits"}
