"""Every scenario of the content pack, walked on the engine: kept, saved between the acts, and moved between them."""
from __future__ import annotations

from dataclasses import replace

import pytest

from tests.bpmn.engine_driver import EngineDriver, MovingDriver, SavingDriver
from tests.bpmn.scenario import Scenario, Walk, load_all


@pytest.mark.parametrize("scenario", load_all(), ids=str)
def test_a_scenario_goes_as_told_whether_saved_or_moved_between_its_acts_or_not(scenario: Scenario) -> None:
    kept = Walk(scenario, EngineDriver()).run()
    saved = Walk(scenario, SavingDriver()).run()
    moved = Walk(scenario, MovingDriver()).run()
    assert saved == kept
    assert [replace(step, state=b"") for step in moved] == [replace(step, state=b"") for step in kept]
