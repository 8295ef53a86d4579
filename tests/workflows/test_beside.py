"""Steps that run beside the main road take the case from nobody."""
from __future__ import annotations

from pathlib import Path

from tests.workflows import diagrams as d
from workflows.beside import along, beside
from workflows.content import read_folder
from workflows.versions import load_version

PACK = Path(__file__).parents[2] / "bpmn"


def test_in_the_content_pack_reading_deciding_and_instructing_run_beside():
    version = load_version("issue-lifecycle", read_folder(PACK, "issue-lifecycle"))
    tasks = {element for element in beside(version) if version.elements[element].kind == "userTask"}
    assert tasks == {"decide_extension", "leader_instruct", "read_material_intake", "read_material_lead"}


def test_what_an_interrupting_event_leads_to_is_the_main_road():
    def steps(interrupting: bool) -> frozenset[str]:
        files = d.files(d.diagram(
            d.start(), d.user("a"), d.end(), d.boundary("late", "a", d.timer("duration", "working_days(2)"),
                                                        interrupting=interrupting),
            d.user("b"), d.end("ended"), d.flow("start", "a", "end"), d.flow("late", "b", "ended"), id="p"), key="p")
        return beside(load_version("p", files))

    assert steps(interrupting=True) == frozenset()
    assert steps(interrupting=False) == {"late", "b", "ended"}


def test_along_the_road_what_leads_to_another_comes_before_it_through_parts_and_called_processes():
    version = load_version("issue-lifecycle", read_folder(PACK, "issue-lifecycle"))
    places = along(version)
    assert places.keys() == version.elements.keys() - beside(version)
    road = ["collect", "sort", "judge", "dispatch", "accept_assignment", "handle", "draft_reply", "approve_reply",
            "review_rework", "phone_follow_up", "order_rework"]
    plan = ["accept_assignment", "draft_plan", "approve_plan", "sign_plan", "execute_plan", "draft_reply"]
    for steps in (road, plan, ["accept_assignment", "settle_lead"]):
        assert steps == sorted(steps, key=places.__getitem__)


def test_a_flow_that_leads_back_changes_no_place():
    files = d.files(d.diagram(
        d.start(), d.user("a"), d.user("b"), d.xor("good", "end"), d.end(),
        d.flow("start", "a", "b", "good", "end"), d.flow("good", "a", when="1 == 2"), id="p"), key="p")
    places = along(load_version("p", files))
    assert places["start"] < places["a"] < places["b"] < places["good"] < places["end"]
