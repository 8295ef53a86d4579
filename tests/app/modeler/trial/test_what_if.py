"""What-ifs: what recorded cases would have become under other files, without touching them."""
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app import bootstrap
from app.actor import ENTERPRISE, SYSTEM, Actor
from app.cases import definitions, moving, repairs, service
from app.cases.calendars import current
from app.demo.build import build
from app.issues.registration import register
from app.models import Instance, Issue, Timer, TrialRun, WorkItem
from app.settings import load_settings
from tests.app.issues import lives
from tests.app.issues.conftest import a_report
from tests.app.modeler.conftest import row_counts
from tests.app.modeler.trial.conftest import PLAIN, clerk
from tests.conftest import MONDAY
from tests.sizes import sized, tell
from tests.workflows import diagrams as d
from workflows.calendar import Calendar

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
LIFECYCLE = "issue-lifecycle/issue-lifecycle.bpmn"
PLAN = "five-working-day-plan/five-working-day-plan.bpmn"
ROUTING = "issue-lifecycle/routing.dmn"
ASKING = ('{"id": "plain", "type": "default", "schemaVersion": 18, "components": [{"type": "textfield", "key": "note",'
          ' "label": "意见", "validate": {"required": true}}]}')


def folder(session, key):
    return dict(definitions.publish_folder(session, bootstrap.CONTENT_PACK / key, now=MONDAY).files)


def swapped(files, path, old, new):
    assert old in files[path]
    return {**files, path: files[path].replace(old, new)}


def wake_until(sessions, calendar, until):
    """The worker comes 20 seconds late, as it does."""
    while True:
        with sessions.begin() as session:
            due = session.execute(select(Timer.instance_id, Timer.due_at).where(Timer.due_at < until)
                                  .order_by(Timer.due_at).limit(1)).one_or_none()
            if due is None:
                return
            service.wake_instance(session, due.instance_id, actor=SYSTEM, now=due.due_at + timedelta(seconds=20),
                                  calendar=calendar)


# The whole life


@pytest.fixture
def demo(sessions, tmp_path):
    """A demonstration city, and the files of its process."""
    with sessions.begin() as session:
        files = folder(session, "issue-lifecycle")
        folder(session, "dispatch-meeting")
    settings = load_settings({"ZHUQI_DEMO": "1", "ZHUQI_DATA_DIR": str(tmp_path)})
    build(sessions, now=NOW, settings=settings, issues=sized(12, 120))
    return files


def test_a_draft_without_a_change_differs_for_no_case_of_the_demonstration(sessions, demo, try_files):
    with sessions() as session:
        before = row_counts(session)
        states = session.execute(select(Instance.id, Instance.version, Instance.state)).all()
        issues = set(session.scalars(select(Issue.instance_id).where(Issue.instance_id.is_not(None))))
    found = try_files("issue-lifecycle", demo, now=NOW)
    assert found.keys() == issues and len(issues) >= 12
    assert [details for details in found.values() if details] == []
    with sessions() as session:
        assert row_counts(session) == before
        assert session.execute(select(Instance.id, Instance.version, Instance.state)).all() == states
        run = session.scalars(select(TrialRun)).one()
        assert run.passes and all(was == would for was, would in run.passes.values())
    tell(f"what-if of an unchanged draft: {len(found)} cases of the demonstration, 0 differ")


def test_three_days_for_a_plan_move_each_plans_limit_by_two_working_days(sessions, demo, try_files):
    found = try_files("issue-lifecycle", swapped(demo, LIFECYCLE, "&quot;plan_days&quot;: 5",
                                                 "&quot;plan_days&quot;: 3"), now=NOW)
    with sessions() as session:
        planned = set(session.scalars(select(WorkItem.instance_id).where(WorkItem.element_id == "draft_plan",
                                                                         WorkItem.due_at.is_not(None))))
        dues = {item.instance_id: item.due_at for item in session.scalars(
            select(WorkItem).where(WorkItem.element_id == "draft_plan").order_by(WorkItem.id.desc()))}
        city = current(session)
    moved = {id: [each for each in details.get("deadline", []) if each["element"] == "draft_plan"]
             for id, details in found.items()}
    assert planned and {id for id, limits in moved.items() if limits} == planned
    assert {each["days"] for limits in moved.values() for each in limits} == {-2}
    for id in planned:
        was, would = (datetime.fromisoformat(moved[id][0][side]) for side in ("before", "after"))
        assert was == dues[id] and city.working_days_between(would.date(), was.date()) == 2
    assert {kind for details in found.values() for kind in details} <= {"deadline", "breached", "kept"}


def test_a_changed_row_of_the_routing_gives_exactly_its_cases_to_another_unit(sessions, calendar, try_files):
    with sessions.begin() as session:
        files = folder(session, "issue-lifecycle")
        issues = {}
        for category in ("financing", "tax"):
            issue, _ = register(session, a_report(), ENTERPRISE, MONDAY, calendar)
            steps = tuple((name, {**answers, **({"category": category} if "category" in answers else {})})
                          for name, answers in lives.GENERAL)
            lives.live(session, issue, "dispatch", now=MONDAY, calendar=calendar, steps=steps)
            issues[category] = issue.instance_id
    found = try_files("issue-lifecycle", swapped(
        files, ROUTING, '<outputEntry id="routing_rule_1_output_1">\n          <text>place</text>',
        '<outputEntry id="routing_rule_1_output_1">\n          <text>"finance"</text>'), now=MONDAY + timedelta(days=1))
    assert found[issues["tax"]] == {}
    assert {each.get("variable"): (each["before"], each["after"]) for each in found[issues["financing"]]["unit"]
            if "variable" in each} == {"lead_unit": ("dongsheng", "finance")}
    assert [each["after"] for each in found[issues["financing"]]["unit"] if each.get("element")] == [
        ["finance", "clerk"]]
    assert set(found) == set(issues.values()) and set(found[issues["financing"]]) == {"unit"}


# Small cases


def test_a_limit_of_three_days_would_have_lapsed_where_five_did_not(sessions, calendar, run_case, try_files):
    def files(days):
        return d.files(d.diagram(
            d.start(), d.user("a", due=f"working_days({days})"), d.user("late"), d.end(), d.end("end_late"),
            d.boundary("limit", "a", d.timer("duration", f"working_days({days})"), interrupting=False),
            d.flow("start", "a", "end"), d.flow("limit", "late", "end_late")))

    slow = run_case(files(5))
    wake_until(sessions, calendar, MONDAY + timedelta(days=4))
    details = try_files("p", files(3), now=MONDAY + timedelta(days=4))[slow]
    assert [(each["element"], each["days"]) for each in details["deadline"]] == [("a", -2)]
    assert [(each["element"], each["timer"]) for each in details["breached"]] == [("a", False), ("limit", True)]
    assert details["stopped"]["step"] == "late" and "记录里没有答案" in details["stopped"]["reason"]


def test_a_limit_of_five_days_would_not_have_lapsed_where_three_did(sessions, calendar, run_case, try_files):
    def files(days):
        return d.files(d.diagram(
            d.start(), d.user("a", due=f"working_days({days})"), d.end(), d.end("end_late"),
            d.boundary("limit", "a", d.timer("duration", f"working_days({days})"), interrupting=False),
            d.flow("start", "a", "end"), d.flow("limit", "end_late")))

    slow = run_case(files(3))
    wake_until(sessions, calendar, MONDAY + timedelta(days=4))
    details = try_files("p", files(5), now=MONDAY + timedelta(days=4))[slow]
    assert [(each["element"], each["timer"]) for each in details["kept"]] == [("a", False), ("limit", True)]
    assert "breached" not in details


def test_the_same_steps_in_another_order_take_the_recorded_answers(run_case, try_files):
    case = run_case(PLAIN, ("a", {}), ("b", {}))
    other = d.files(d.diagram(d.start(), d.user("a"), d.user("b"), d.end(), d.flow("start", "b", "a", "end")))
    assert try_files("p", other, now=NOW)[case] == {"route": {"before": ["a", "b"], "after": ["b", "a"]}}


def test_a_new_step_has_no_answer_in_the_record(run_case, try_files):
    case = run_case(PLAIN, ("a", {}), ("b", {}))
    more = d.files(d.diagram(d.start(), d.user("a"), d.user("x"), d.user("b"), d.end(),
                             d.flow("start", "a", "x", "b", "end")))
    details = try_files("p", more, now=NOW)[case]
    assert details["stopped"]["reason"] == "走到“x”，记录里没有答案"
    assert datetime.fromisoformat(details["stopped"]["at"]) == MONDAY + timedelta(hours=1)


def test_a_step_that_is_taken_out_leaves_its_answer_unused(run_case, try_files):
    case = run_case(PLAIN, ("a", {}), ("b", {}))
    fewer = d.files(d.diagram(d.start(), d.user("a"), d.end(), d.flow("start", "a", "end")))
    details = try_files("p", fewer, now=NOW)[case]
    assert details["steps"] == {"before": 2, "after": 1}
    assert details["unused"] == ["“b”的答案没有用上"]


def test_an_answer_that_the_new_form_refuses_is_told_with_what_is_missing(run_case, try_files):
    case = run_case(PLAIN, ("a", {}), ("b", {}))
    details = try_files("p", PLAIN | {"p/forms/plain.form.json": ASKING}, now=NOW)[case]
    assert details["stopped"]["step"] == "a" and "请填写意见" in details["stopped"]["reason"]


def test_what_the_old_form_would_have_refused_as_well_is_no_difference(run_case, try_files):
    asked = PLAIN | {"p/forms/plain.form.json": ASKING}
    case = run_case(asked, ("a", {}), ("b", {}))
    longer = ASKING.replace('"意见"', '"意见", "description": "请写清楚"')
    assert try_files("p", asked | {"p/forms/plain.form.json": longer}, now=NOW)[case] == {}


def test_a_clock_that_was_set_back_while_the_case_ran_makes_no_difference(sessions, calendar, run_case, try_files):
    files = d.files(d.diagram(d.start(), d.user("a"), d.user("b", due="2026-03-02T10:30:00+08:00"), d.end(),
                              d.flow("start", "a", "b", "end")))
    case = run_case(files, ("a", {}))
    with sessions.begin() as session:
        item = session.scalars(select(WorkItem.id).where(WorkItem.status == "open")).one()
        service.complete_item(session, item, {}, actor=clerk(), now=MONDAY - timedelta(hours=9), calendar=calendar)
    assert try_files("p", files, now=NOW)[case] == {}


def test_a_message_comes_by_its_name_and_one_that_nothing_waits_for_is_left_over(sessions, calendar, try_files,
                                                                                 run_case):
    def files(message):
        wait = d.node("intermediateCatchEvent", "wait", d.event("message", f"m_{message}"))
        return d.files(d.diagram(d.start(), wait, d.end(), d.flow("start", "wait", "end"),
                                 declared=d.declare(message)))

    case = run_case(files("rated"))
    with sessions.begin() as session:
        service.deliver_message(session, case, "rated", {}, actor=ENTERPRISE, now=MONDAY + timedelta(hours=1),
                                calendar=calendar)
    assert try_files("p", files("rated"), now=NOW)[case] == {}
    details = try_files("p", files("answered"), now=NOW)[case]
    assert set(details) == {"stopped", "unused"} and "rated" in details["unused"][0]


def test_an_incident_in_the_draft_stops_the_case_with_its_element(run_case, try_files):
    case = run_case(PLAIN, ("a", {}))
    faulty = d.files(d.diagram(d.start(), d.user("a"), d.script("s", "y = 1 / x"), d.user("b"), d.end(),
                               d.flow("start", "a", "s", "b", "end"), variables='{"x": 0, "y": 0}'))
    assert try_files("p", faulty, now=NOW)[case]["stopped"]["element"] == "s"


def test_a_return_and_the_second_attempt_are_lived_through(sessions, calendar, run_case, try_files):
    case = run_case(PLAIN, ("a", {}))
    with sessions.begin() as session:
        item = session.scalars(select(WorkItem.id).where(WorkItem.status == "open")).one()
        service.return_item(session, item, "a", "请重写", jump_back=False, actor=clerk(),
                            now=MONDAY + timedelta(hours=2), calendar=calendar)
    for hours, element in ((3, "a"), (4, "b")):
        with sessions.begin() as session:
            item = session.scalars(select(WorkItem.id).where(WorkItem.status == "open")).one()
            assert session.get_one(WorkItem, item).element_id == element
            service.complete_item(session, item, {}, actor=clerk(), now=MONDAY + timedelta(hours=hours),
                                  calendar=calendar)
    assert try_files("p", PLAIN, now=NOW)[case] == {}


def test_a_case_that_was_moved_over_is_lived_through_in_the_version_that_is_tried(sessions, calendar, run_case,
                                                                                    try_files):
    case = run_case(PLAIN, ("a", {}))
    more = d.files(d.diagram(d.start(), d.user("a"), d.user("b"), d.user("c"), d.end(),
                             d.flow("start", "a", "b", "c", "end")))
    with sessions.begin() as session:
        to = definitions.publish(session, "p", more, now=MONDAY).hash
        moving.migrate(session, case, to, {}, "", actor=SYSTEM, now=MONDAY + timedelta(hours=2), calendar=calendar)
    with sessions.begin() as session:
        item = session.scalars(select(WorkItem.id).where(WorkItem.status == "open")).one()
        service.complete_item(session, item, {}, actor=clerk(), now=MONDAY + timedelta(hours=3), calendar=calendar)
    assert try_files("p", more, now=NOW)[case] == {}
    details = try_files("p", PLAIN, now=NOW)[case]
    assert details == {"route": {"before": ["a", "b", "c"], "after": ["a", "b"]}, "steps": {"before": 3, "after": 2}}


def test_a_step_that_was_skipped_after_an_incident_is_skipped_again(sessions, calendar, run_case, try_files, add_user):
    faulty = d.files(d.diagram(d.start(), d.user("a"), d.script("s", "y = 1 / x"), d.user("b"), d.end(),
                               d.flow("start", "a", "s", "b", "end"), variables='{"x": 0, "y": 0}'))
    case = run_case(faulty, ("a", {}))
    one, other = (Actor(add_user(name, ("city", "admin")), name, frozenset(), None) for name in ("one", "other"))
    with sessions.begin() as session:
        asked = repairs.ask(session, case, "skip", {}, "算不出来", actor=one, now=MONDAY + timedelta(hours=2),
                            calendar=calendar).id
    with sessions.begin() as session:
        repairs.agree(session, asked, actor=other, now=MONDAY + timedelta(hours=3), calendar=calendar)
    assert try_files("p", faulty, now=NOW)[case] == {}
    mended = {path: text.replace("1 / x", "1 + x") for path, text in faulty.items()}
    assert try_files("p", mended, now=NOW)[case] == {"unused": ["流程没有故障"]}


def test_a_limit_that_sets_itself_off_without_end_ends_the_telling(run_case, try_files):
    case = run_case(PLAIN)
    endless = d.files(d.diagram(
        d.start(), d.user("a"), d.user("b"), d.end(), d.end("e"), d.flow("start", "a", "b", "end"),
        d.boundary("each", "a", d.timer("cycle", "hours(1)"), interrupting=False), d.flow("each", "e")))
    assert "没有尽头" in try_files("p", endless, now=NOW)[case]["stopped"]["reason"]


def test_another_calendar_holds_from_the_start(run_case, try_files):
    files = d.files(d.diagram(d.start(), d.user("a", due="working_days(2)"), d.end(), d.flow("start", "a", "end")))
    case = run_case(files)
    holiday = Calendar({date(2026, 3, 3): False})
    details = try_files("p", files, now=MONDAY + timedelta(hours=1), calendar=holiday)[case]
    assert [(each["before"][:10], each["after"][:10]) for each in details["deadline"]] == [("2026-03-04", "2026-03-05")]
    assert set(details) == {"deadline"}
