"""Every scenario of the content pack, walked through services and recorder: rows follow, and history replays."""
from __future__ import annotations

import pytest
from sqlalchemy import select

from app.actor import SYSTEM, Actor
from app.cases import calendars, check, definitions, recorder, service
from app.models import WorkItem
from tests.bpmn.scenario import BPMN, CALENDAR, Scenario, Walk, load_all
from workflows import engine


class DatabaseDriver:
    """Acts as officers and workers do; the engine's steps are seen on their way to the recorder."""

    def __init__(self, session, user, monkeypatch):
        self.session, self.user, self.calendar = session, user, CALENDAR
        record = recorder.record

        def seen(session, held, step, *args, **options):
            self.step = step
            return record(session, held, step, *args, **options)

        monkeypatch.setattr(recorder, "record", seen)

    def start(self, process, variables, now):
        definitions.publish_folder(self.session, BPMN / process, now=now)
        instance = service.start_case(self.session, process, variables, actor=SYSTEM, now=now, calendar=self.calendar)
        self.instance_id = instance.id
        return self._done()

    def complete(self, task, answers, now, jump_to):
        item = self._item(task)
        if jump_to is not None:
            item.jump_back = True
        service.complete_item(self.session, item.id, answers, actor=self._officer(item), now=now,
                              calendar=self.calendar)
        return self._done()

    def deliver(self, message, payload, now):
        service.deliver_message(self.session, self.instance_id, message, payload, actor=SYSTEM, now=now,
                                calendar=self.calendar)
        return self._done()

    def send_back(self, task, target, now):
        item = self._item(task)
        service.return_item(self.session, item.id, target, "请补充", jump_back=False, actor=self._officer(item),
                            now=now, calendar=self.calendar)
        return self._done()

    def wake(self, now):
        service.wake_instance(self.session, self.instance_id, actor=SYSTEM, now=now, calendar=self.calendar)
        return self._done()

    def notice(self, days, now):
        named = {day: {"working": working, "name": "调休"} for day, working in days.items()}
        calendars.save(self.session, named, CALENDAR.noticed_years, "放假通知", actor=SYSTEM, now=now)
        self.calendar = calendars.current(self.session)
        service.retime(self.session, self.instance_id, actor=SYSTEM, now=now, calendar=self.calendar)
        return self._done()

    def snapshot(self):
        version, state = service.state_of(self.session, self.instance_id)
        return engine.inspect(version, state)

    def form(self, name):
        return service.state_of(self.session, self.instance_id)[0].forms[name]

    def _done(self):
        self.session.commit()
        self.session.expunge_all()
        assert list(check.broken(self.session, self.instance_id)) == []
        return self.step

    def _item(self, task):
        return self.session.scalars(select(WorkItem).where(WorkItem.instance_id == self.instance_id,
                                                           WorkItem.task_id == task.task_id)).one()

    def _officer(self, item):
        post = (item.unit_code, item.position_code)
        return Actor(item.assignee_id or self.user, "经办人", frozenset({post}), post)


@pytest.mark.parametrize("scenario", load_all(), ids=str)
def test_a_scenario_goes_as_told_through_the_database(scenario: Scenario, session, make_user, monkeypatch) -> None:
    user = make_user("officer")
    calendars.save(session, {}, CALENDAR.noticed_years, "", actor=SYSTEM, now=scenario.start)
    driver = DatabaseDriver(session, user.id, monkeypatch)
    Walk(scenario, driver).run()
