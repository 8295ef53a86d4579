"""What the history says in plain words."""
from __future__ import annotations

from app.cases import sentences
from workflows.step import Step, Trace


def trace(name, mark=None):
    return Trace("e", "p", "boundaryEvent", name, "fired", "1", mark)


def test_a_limit_that_recorded_something_is_told_by_what_it_recorded():
    step = Step(b"", {}, trace=(trace("到期"), trace("记录方案逾期", "plan_breached")))
    assert sentences.woken(step) == "时限到：记录方案逾期"


def test_a_limit_that_came_when_all_was_done_is_not_worth_a_line():
    assert sentences.woken(Step(b"", {}, trace=(trace("到期未交办"),))) == ""
