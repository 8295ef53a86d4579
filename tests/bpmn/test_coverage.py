"""The scenarios go along every sequence flow and every boundary event of every diagram, and show every clause."""
from __future__ import annotations

import re

import pytest

from tests.bpmn.coverage import Diagram, cover, read_diagram
from tests.bpmn.engine_driver import EngineDriver
from tests.bpmn.scenario import BPMN, Walk, load_all
from tests.sizes import tell

CLAUSES = {"C1", "C2", "C3", "C4", "C5", "C6", "C7", "C9", "C10", "C11", "C12"}
"""of policy/catalogue.md; C8 is another process's work"""


@pytest.fixture(scope="module")
def diagrams() -> list[Diagram]:
    found = [read_diagram(path.read_text(encoding="utf-8")) for path in sorted(BPMN.glob("*/*.bpmn"))]
    for scenario in load_all():
        cover(found, Walk(scenario, EngineDriver()).run())
    return found


def test_every_flow_and_boundary_event_is_gone_along_by_some_scenario(diagrams: list[Diagram]) -> None:
    assert diagrams
    for each in diagrams:
        tell(f"{each.process_id}: {len(each.everything) - len(each.missing)} of {len(each.everything)} gone along by "
             f"scenarios ({len(each.flows)} flows, {len(each.boundaries)} boundary events)")
    assert {each.process_id: each.missing for each in diagrams} == {each.process_id: [] for each in diagrams}


def test_no_two_flows_join_the_same_elements(diagrams: list[Diagram]) -> None:
    """Else the coverage could not tell them apart."""
    for diagram in diagrams:
        ends = [(flow.source, flow.target) for flow in diagram.flows]
        assert len(set(ends)) == len(ends)


def test_every_clause_is_shown_by_a_scenario_and_the_readme_says_by_which() -> None:
    scenarios = load_all()
    shown = {clause for scenario in scenarios for clause in scenario.shows}
    assert shown >= CLAUSES
    readme = (BPMN / "issue-lifecycle" / "README.md").read_text()
    table = re.findall(r"^\| (C\d+) \|.*\| (.+) \|$", readme, re.MULTILINE)
    told = {(clause, name) for clause, names in table for name in re.findall(r"`([^`]+)`", names)}
    assert told == {(clause, scenario.path.stem) for scenario in scenarios for clause in scenario.shows}
