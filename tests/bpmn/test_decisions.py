"""The routing and limits tables: no input falls through, and the plan's departments lead where the plan says so."""
from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
import yaml

from tests.bpmn.scenario import BPMN, CALENDAR
from workflows.content import read_folder
from workflows.versions import load_version

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
VERSION = load_version("issue-lifecycle", read_folder(BPMN, "issue-lifecycle"))
ROUTING, LIMITS = VERSION.decisions["routing"], VERSION.decisions["limits"]
UNITS = {unit["code"]: unit["kind"]
         for unit in yaml.safe_load((BPMN.parent / "app" / "organisation.yaml").read_text(encoding="utf-8"))["units"]}
PLACES = [code for code, kind in UNITS.items() if kind in ("banner", "zone")]
CATEGORIES = ["financing", "land", "power", "gas", "labour", "sales", "policy", "permits", "arrears", "tax", "science",
              "fiscal", "orders", "other"]
LEVELS = ["general", "complex", "special"]
SCOPES = ["banner", "zone", "city"]
ACTION_LEADS = {1: "drc", 2: "drc", 3: "finance", 4: "finance", 5: "fin_office", 6: "miit", 7: "commerce", 8: "hrss",
                9: "science", 10: "miit"}
"""the last line of each action in the plan; the tenth names none, 市工业和信息化局 collates (Amb-16)"""


def routed(category: str, level: str, scope: str, place: str) -> dict[str, Any]:
    names = {"category": category, "level": level, "scope_place": scope, "place": place}
    return ROUTING.evaluate(names, now=NOW, calendar=CALENDAR)


def test_no_input_falls_through_and_no_two_rules_claim_one() -> None:
    domains: dict[str, list[Any]] = {"category": CATEGORIES, "level": LEVELS, "scope_place": SCOPES}
    assert ROUTING.gaps(domains, now=NOW, calendar=CALENDAR) == []
    limits: dict[str, list[Any]] = {"undisputed_arrears": [True, False], "level": LEVELS, "green_lane": [True, False]}
    assert LIMITS.gaps(limits, now=NOW, calendar=CALENDAR) == []


def test_every_combination_names_one_lead_and_other_units_beside_it() -> None:
    for category, level, scope, place in product(CATEGORIES, LEVELS, SCOPES, PLACES):
        found = routed(category, level, scope, place)
        assert found["lead_unit"] in UNITS
        assert set(found["joint_units"]) <= UNITS.keys() - {found["lead_unit"]}
        assert len(set(found["joint_units"])) == len(found["joint_units"])


def test_a_banner_or_zone_leads_what_it_can_solve_itself() -> None:
    for category, level, place in product(CATEGORIES, LEVELS, PLACES):
        assert routed(category, level, "banner", place)["lead_unit"] == place


def test_at_the_city_the_department_of_the_action_leads_and_the_place_goes_along() -> None:
    for category, level, place in product(CATEGORIES, LEVELS, PLACES):
        found = routed(category, level, "city", place)
        assert found["lead_unit"] == ACTION_LEADS[found["action_number"]]
        assert place in found["joint_units"]


def test_every_lead_department_of_the_ten_actions_appears() -> None:
    found = {routed(category, "general", "city", "otog")["lead_unit"] for category in CATEGORIES}
    assert found == set(ACTION_LEADS.values())


def test_every_action_has_a_category() -> None:
    assert {routed(each, "general", "city", "otog")["action_number"] for each in CATEGORIES} == set(ACTION_LEADS)


def test_only_orders_and_sales_take_the_green_lane() -> None:
    assert [each for each in CATEGORIES if routed(each, "general", "city", "otog")["green_lane"]] == ["sales", "orders"]


@pytest.mark.parametrize(("level", "green", "arrears", "limit", "plan_limit"), [
    ("general", False, False, "P1M", None),
    ("general", True, False, "P15D", None),
    ("complex", False, False, "P3M", "P5D"),
    ("complex", True, False, "P2M", "P5D"),
    ("special", False, False, "P3M", "P5D"),
    ("general", False, True, "P10D", None),
])
def test_limits_follow_the_plan(level: str, green: bool, arrears: bool, limit: str, plan_limit: str | None) -> None:
    names = VERSION.variables_of("issue-lifecycle") | {
        "level": level, "green_lane": green, "undisputed_arrears": arrears}
    found = LIMITS.evaluate(names, now=NOW, calendar=CALENDAR)
    assert (found["limit"], found["plan_limit"]) == (limit, plan_limit)


def test_the_dates_count_from_registration() -> None:
    names = VERSION.variables_of("issue-lifecycle") | {
        "registered_at": "2026-03-02T09:00:00+08:00", "plan_from": "2026-03-02T09:00:00+08:00", "limit": "P1M",
        "plan_limit": "P5D"}
    for name, rule in VERSION.derived.items():
        names[name] = rule.evaluate(names, now=datetime(2026, 3, 20, tzinfo=UTC), calendar=CALENDAR)
    assert (names["due_at"][:10], names["plan_due_at"][:10]) == ("2026-04-02", "2026-03-09")
