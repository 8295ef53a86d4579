"""Every scenario of the content pack, walked on the engine with and without saving between the acts."""
from __future__ import annotations

import pytest

from tests.bpmn.engine_driver import EngineDriver, SavingDriver
from tests.bpmn.scenario import Scenario, Walk, load_all


@pytest.mark.parametrize("scenario", load_all(), ids=str)
def test_a_scenario_goes_as_told_whether_saved_between_its_acts_or_not(scenario: Scenario) -> None:
    kept = Walk(scenario, EngineDriver()).run()
    saved = Walk(scenario, SavingDriver()).run()
    assert saved == kept
