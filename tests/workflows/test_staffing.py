"""Which units a version's routing can name, and what follows what."""
from __future__ import annotations

from pathlib import Path

from tests.workflows import diagrams as d
from workflows.content import read_folder
from workflows.staffing import steps_of

BPMN = Path(__file__).parents[2] / "bpmn"


def by_id(key, files):
    return {step.id: step for step in steps_of(key, files)}


def test_units_are_followed_through_tables_and_scripts():
    steps = by_id("issue-lifecycle", read_folder(BPMN, "issue-lifecycle"))
    assert {"finance", "miit", "drc"} <= steps["handle"].codes and steps["handle"].open >= {"place"}
    assert {"land", "tax"} <= steps["joint_answer"].codes
    assert steps["leader_instruct"].codes == {"leaders"}
    assert steps["order_rework"].codes == {"supervision"}


def test_a_condition_names_no_unit():
    files = d.files(d.diagram(d.start(), d.user("a"), d.end(), d.flow("start", "a", "end"),
                              unit="x if level == 'complex' else 'tax'"))
    step = by_id("p", files)["a"]
    assert (step.codes, step.open) == ({"tax"}, {"x"})


def test_what_follows_is_found_through_gateways_and_subprocesses():
    steps = by_id("five-working-day-plan", read_folder(BPMN, "five-working-day-plan"))
    assert steps["draft_plan"].next == ("approve_plan",)
    assert set(steps["approve_plan"].next) >= {"draft_plan", "sign_plan"}


def test_a_limit_is_a_due_rule_or_a_timer_on_the_step_or_around_it():
    timer = d.timer("duration", "working_days(2)")
    files = d.files(d.diagram(
        d.start(), d.user("a", due="working_days(1)"), d.user("b"), d.user("c"),
        d.sub("s", d.start("s0"), d.user("x"), d.end("s1"), d.flow("s0", "x", "s1")), d.end(),
        d.boundary("late", "b", timer), d.boundary("later", "s", timer), d.end("e2"), d.flow("late", "e2"),
        d.flow("later", "e2"), d.flow("start", "a", "b", "c", "s", "end")))
    assert {id for id, step in by_id("p", files).items() if not step.has_limit} == {"c"}
