"""A reminder that comes no earlier than the limit it reminds of."""
from __future__ import annotations

from pathlib import Path

import pytest

from tests.workflows import diagrams as d
from workflows.content import read_folder
from workflows.late_reminders import late_reminders
from workflows.reading import read

BPMN = Path(__file__).parents[2] / "bpmn"
LIFE, PLAN = "issue-lifecycle", "five-working-day-plan"


def found(remind: str, limit: str, *, variables: str = "{}", interrupts: bool = True) -> list[str]:
    text = d.diagram(
        d.start(), d.user("a"), d.end(), d.flow("start", "a", "end"),
        d.boundary("early", "a", d.timer("duration", remind), False, notify="lead/clerk", notify_kind="remind"),
        d.boundary("late", "a", d.timer("duration", limit), interrupts, notify="lead/head", notify_kind="escalate"),
        variables=variables)
    return [f"{element}: {why}" for element, why in late_reminders(read("p", d.files(text)))]


@pytest.mark.parametrize(("remind", "limit"), [
    ("working_days(3)", "working_days(5)"), ("working_days(days - 1)", "working_days(days)"),
    ("working_days(3)", "months(1)"), ("before(due, 2)", "due"), ("P3D", "P5D"), ("working_days(unknown)", "P1D")])
@pytest.mark.parametrize("interrupts", [True, False])
def test_a_reminder_before_its_limit_is_no_finding(remind: str, limit: str, interrupts: bool):
    assert found(remind, limit, variables='{"days": 5}', interrupts=interrupts) == []


@pytest.mark.parametrize(("remind", "limit", "lengths"), [
    ("working_days(3)", "working_days(3)", ("3个工作日", "3个工作日")),
    ("working_days(days)", "P3D", ("5个工作日", "3个工作日")),
    ("after(began, working_days(days))", "due", ("5个工作日", "2个工作日"))])
def test_a_reminder_at_or_after_its_limit_is_told(remind: str, limit: str, lengths: tuple[str, str]):
    variables = '{"days": 5, "began": null}'
    (told,) = found(remind, limit.replace("due", "after(began, working_days(2))"), variables=variables)
    assert told.startswith("early: 提醒“early”") and all(each in told for each in lengths)


@pytest.mark.parametrize("key", [LIFE, PLAN])
def test_the_plan_reminds_in_time_until_its_limit_is_the_reminders(key: str):
    files = read_folder(BPMN, key)
    path = f"{key}/{key}.bpmn"
    assert list(late_reminders(read(key, files))) == []
    files[path] = files[path].replace("plan_days&quot;: 5", "plan_days&quot;: 3", 1)
    ((element, why),) = late_reminders(read(key, files))
    assert element == "plan_reminder" and "3个工作日" in why and "第五个工作日结束" in why
