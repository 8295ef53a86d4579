"""The working-day calendar in the browser: a year on one page, what a change would move, saving, and the moving."""
from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.actor import SYSTEM, Actor
from app.admin import calendar_changes, calendar_year
from app.cases import calendar_moves, calendar_trial, calendars, check, definitions, retiming, service
from app.models import CalendarVersion, History, Instance, Timer, WorkItem
from tests.app.conftest import Browser
from tests.conftest import MONDAY, FixedClock
from tests.workflows import diagrams as d
from workflows.calendar import CITY_ZONE, Calendar, DayKind

PAGE = "/admin/calendar"
PROCESS = d.diagram(
    d.start(), d.user("review", due="working_days(3)"), d.end(),
    d.boundary("late", "review", d.timer("duration", "working_days(5)"), interrupting=False, record="late"),
    d.end("noted"), d.flow("start", "review", "end"), d.flow("late", "noted"))
TODAY = MONDAY.astimezone(CITY_ZONE).date()
OFF = TODAY + timedelta(days=1)
"""a working day on which the city rests"""
DAY_OFF = {"year": str(TODAY.year), "first": OFF.isoformat(), "last": "", "kind": "off", "name": "那达慕"}


@pytest.fixture
def cases(sessions: sessionmaker[Session], make_actor: Callable[..., Actor]) -> list[int]:
    """Two instances with a task due in three working days and a timer in five."""
    with sessions.begin() as session:
        definitions.publish(session, "p", d.files(PROCESS), now=MONDAY)
        return [service.start_case(session, "p", {}, actor=SYSTEM, now=MONDAY,
                                   calendar=calendars.current(session)).id for _ in range(2)]


def due(sessions: sessionmaker[Session], instance_id: int) -> tuple[date, date]:
    """The last day of the case's task, and of its timer."""
    with sessions() as session:
        item = session.scalars(select(WorkItem.due_at).where(WorkItem.instance_id == instance_id)).one()
        timer = session.scalars(select(Timer.due_at).where(Timer.instance_id == instance_id)).one()
        assert item is not None
        return item.astimezone(CITY_ZONE).date(), timer.astimezone(CITY_ZONE).date()


def save(administrator: Browser, values: dict[str, str], note: str = "市政府通知", on_version: int = 0) -> int:
    answer = administrator.submit(PAGE, values | {"note": note, "on_version": str(on_version)}, on="/account/absence")
    return answer.status_code


def test_every_day_of_the_year_says_what_it_is():
    overrides = {date(2026, 6, 15): False, date(2026, 6, 20): True}
    days = {day.date: day.kind for month in calendar_year.months(Calendar(overrides), 2026)
            for week in month.weeks for day in week if day}
    assert len(days) == 365
    assert days[date(2026, 10, 1)] == DayKind.HOLIDAY
    assert days[date(2026, 2, 14)] == DayKind.MAKEUP  # a Saturday that the notice of 2026 has worked
    assert (days[date(2026, 6, 15)], days[date(2026, 6, 20)]) == (DayKind.CITY_OFF, DayKind.CITY_WORKED)
    assert (days[date(2026, 6, 16)], days[date(2026, 6, 19)]) == (DayKind.WORKING, DayKind.HOLIDAY)
    assert days[date(2026, 6, 27)] == DayKind.WEEKEND
    calendar = Calendar(overrides)
    assert {day for day, kind in days.items() if kind in calendar_year.WORKED} == {
        day for day in days if calendar.is_working_day(day)}


def test_a_year_whose_notice_is_not_out_is_provisional(administrator: Browser):
    assert "是暂定的" in administrator.get(f"{PAGE}?year=2031").text
    known = administrator.get(f"{PAGE}?year=2026").text
    assert "是暂定的" not in known and "国庆节" in known and "调休上班" in known


def test_a_change_is_shown_before_it_is_saved(
        administrator: Browser, cases: list[int], sessions: sessionmaker[Session]):
    before = due(sessions, cases[0])
    page = administrator.get(f"{PAGE}/try", query_string=DAY_OFF).text
    assert "那达慕" in page and "review" in page
    with sessions() as session:
        trial = calendar_trial.tried(session, calendar_changes.candidate(None, calendar_changes.Entered(
            OFF.year, (calendar_changes.Change(OFF, OFF, "off", "那达慕"),), False)), now=MONDAY)
    assert (trial.running, trial.cases, trial.later, trial.earlier, trial.fires) == (2, 2, 4, 0, 0)
    assert {(each.kind, each.after.astimezone(CITY_ZONE).date()) for each in trial.shown} == {
        (calendar_trial.TASK, before[0] + timedelta(days=1)), (calendar_trial.TIMER, due_after(before[1]))}
    with sessions() as session:
        assert session.scalars(select(CalendarVersion)).all() == []
        assert set(session.scalars(select(Instance.version))) == {1}
    assert due(sessions, cases[0]) == before


def due_after(day: date) -> date:
    return Calendar().add_working_days(day, 1)


def test_saved_deadlines_move_as_was_shown(
        administrator: Browser, cases: list[int], sessions: sessionmaker[Session], clock: FixedClock):
    before = due(sessions, cases[0])
    assert save(administrator, DAY_OFF) == 302
    assert "正在后台重新计算" in administrator.get(PAGE).text
    assert 'hx-trigger="every 2s"' in administrator.get(f"{PAGE}/moving").text
    assert calendar_moves.work_off(sessions, clock())
    told = administrator.get(f"{PAGE}/moving").text
    assert "已经按新日历算好" in told and "移动了2件事项的时限" in told and "hx-trigger" not in told
    for instance in cases:
        assert due(sessions, instance) == (due_after(before[0]), due_after(before[1]))
        with sessions() as session:
            assert list(check.broken(session, instance)) == []
    page = administrator.get(f"{PAGE}?year={OFF.year}").text
    assert "移动了2件事项的时限" in page and "宋致远" in page and "市政府通知" in page and "那达慕" in page
    assert not calendar_moves.work_off(sessions, clock()), "it is done once"


def test_what_is_taken_back_is_as_the_state_says(
        administrator: Browser, cases: list[int], sessions: sessionmaker[Session], clock: FixedClock):
    before = due(sessions, cases[0])
    save(administrator, DAY_OFF)
    calendar_moves.work_off(sessions, clock())
    back = DAY_OFF | {"kind": "plain", "name": "", "last": OFF.isoformat()}
    assert "收回" in administrator.get(f"{PAGE}/try", query_string=back).text
    with sessions() as session:
        version = calendar_changes.newest(session)
        assert version is not None
    assert save(administrator, back, on_version=version.id) == 302
    calendar_moves.work_off(sessions, clock())
    assert due(sessions, cases[0]) == before


def test_a_worker_that_was_killed_in_the_middle_goes_on(
        administrator: Browser, cases: list[int], sessions: sessionmaker[Session], clock: FixedClock,
        monkeypatch: pytest.MonkeyPatch):
    save(administrator, DAY_OFF)
    real = retiming.retime_all

    def killed(*_: object, **__: object) -> None:
        with sessions.begin() as session:
            service.retime(session, cases[0], actor=SYSTEM, now=clock(), calendar=calendars.current(session))
        raise KeyboardInterrupt

    monkeypatch.setattr(retiming, "retime_all", killed)
    with pytest.raises(KeyboardInterrupt):
        calendar_moves.work_off(sessions, clock())
    monkeypatch.setattr(retiming, "retime_all", real)
    assert calendar_moves.work_off(sessions, clock())
    with sessions() as session:
        saved = session.scalars(select(CalendarVersion)).one()
        assert (saved.moved, saved.failed) == (2, 0) and saved.moved_at is not None
        assert session.scalars(select(History.instance_id).where(History.op == "retime")
                               .order_by(History.instance_id)).all() == cases


def test_a_case_in_which_no_deadline_moves_is_not_counted(
        administrator: Browser, cases: list[int], sessions: sessionmaker[Session], clock: FixedClock):
    reckons = d.diagram(d.start(), d.user("a"), d.end(), d.flow("start", "a", "end"), id="q",
                        variables=f'{{"begun": "{MONDAY.isoformat()}"}}',
                        derived='{"until": "after(begun, working_days(3))"}')
    with sessions.begin() as session:
        definitions.publish(session, "q", d.files(reckons, key="q"), now=MONDAY)
        third = service.start_case(session, "q", {}, actor=SYSTEM, now=MONDAY, calendar=calendars.current(session)).id
    save(administrator, DAY_OFF)
    calendar_moves.work_off(sessions, clock())
    with sessions() as session:
        noted = session.scalars(select(History.instance_id).where(History.op == "retime")).all()
        assert sorted(noted) == sorted([*cases, third])
        assert session.scalars(select(CalendarVersion.moved)).one() == len(cases)


def test_of_several_workers_one_moves_the_deadlines(
        administrator: Browser, cases: list[int], sessions: sessionmaker[Session], clock: FixedClock):
    save(administrator, DAY_OFF)
    engine = sessions.kw["bind"]
    with calendar_moves.alone(engine) as mine:
        assert mine
        did = calendar_moves.work_off(sessions, clock())
    assert did is (engine.dialect.name == "sqlite"), "SQLite has one worker"
    assert calendar_moves.work_off(sessions, clock()) is not did


def test_a_change_that_makes_something_overdue_says_so(
        cases: list[int], sessions: sessionmaker[Session]):
    saturday = OFF + timedelta(days=4)
    entered = calendar_changes.Entered(
        TODAY.year, (calendar_changes.Change(saturday, saturday + timedelta(days=1), "worked", "加班"),), noticed=False)
    with sessions() as session:
        trial = calendar_trial.tried(session, calendar_changes.candidate(None, entered), now=MONDAY + timedelta(days=6))
    assert trial.fires == 2


def test_more_cases_than_can_be_tried_are_told(cases: list[int], sessions: sessionmaker[Session]):
    entered = calendar_changes.Entered(TODAY.year, (calendar_changes.Change(OFF, OFF, "off", "那达慕"),), noticed=False)
    with sessions() as session:
        trial = calendar_trial.tried(session, calendar_changes.candidate(None, entered), now=MONDAY, most=1)
    assert (trial.running, trial.tried, trial.untried, trial.cases) == (2, 1, 1, 1)


def test_a_whole_notice_is_entered_at_once(administrator: Browser, sessions: sessionmaker[Session]):
    assert administrator.get(f"{PAGE}?year=2031&notice=1").text.count('name="first"') == 14
    notice = {"year": "2031", "first": ["2031-01-01", "2031-01-04", ""], "last": ["2031-01-03", "", ""],
              "kind": ["off", "worked", "off"], "name": ["元旦", "元旦调休", ""], "mark": "1", "noticed": "1"}
    assert "不再是暂定" in administrator.get(f"{PAGE}/try", query_string=notice).text
    assert save(administrator, notice) == 302  # type: ignore[arg-type]
    with sessions() as session:
        calendar = calendars.current(session)
    assert not calendar.provisional(2031) and calendar.provisional(2032)
    assert calendar.is_working_day(date(2031, 1, 4)) and not calendar.is_working_day(date(2031, 1, 3))
    page = administrator.get(f"{PAGE}?year=2031").text
    assert "2031-01-01 至 2031-01-03" in page and "放假通知已经填写" in page


@pytest.mark.parametrize(("wrong", "told"), [
    ({"first": "", "name": ""}, "没有填要改的日期"), ({"first": "2026-02-30"}, "请填写日期"),
    ({"last": "2026-01-01"}, "不能早于"), ({"last": (OFF + timedelta(days=90)).isoformat()}, "最长62天"),
    ({"kind": "holiday"}, "请选择"), ({"name": " "}, "请写名称"), ({"first": "1999-01-01"}, "只涵盖")])
def test_what_cannot_be_is_said_beside_what_was_typed(administrator: Browser, wrong: dict[str, str], told: str):
    answer = administrator.get(f"{PAGE}/try", query_string=DAY_OFF | wrong)
    assert answer.status_code == 422 and told in answer.text
    assert (DAY_OFF | wrong)["first"] in answer.text


def test_nobody_saves_over_a_calendar_that_they_have_not_seen(administrator: Browser, sessions: sessionmaker[Session]):
    assert save(administrator, DAY_OFF, note=" ") == 409
    assert save(administrator, DAY_OFF) == 302
    assert save(administrator, DAY_OFF | {"kind": "worked"}) == 409
    with sessions() as session:
        assert len(session.scalars(select(CalendarVersion)).all()) == 1


def test_the_calendar_is_the_administrators_to_change(officer: Browser):
    assert officer.get(PAGE).status_code == officer.get(f"{PAGE}/try").status_code == 403
