"""Two people finish one task at the same moment: one wins, the other is told, and nothing is done twice."""
from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import select

from app.cases import check, definitions, service
from app.cases.errors import AlreadyDone, Stale
from app.models import History, WorkItem
from tests.conftest import MONDAY
from tests.sizes import tell
from tests.workflows import diagrams as d
from workflows.errors import TaskNotReady

PAIRS = 60
PROCESS = d.diagram(
    d.start(), d.user("draft"), d.user("review"), d.end(),
    d.boundary("late", "draft", d.timer("duration", "working_days(2)")), d.end("lapsed"),
    d.flow("start", "draft", "review", "end"), d.flow("late", "lapsed"))
LOST = (AlreadyDone, Stale, TaskNotReady)


def start(session, actors, calendar):
    definitions.publish(session, "p", d.files(PROCESS), now=MONDAY)
    ids = [service.start_case(session, "p", {}, actor=actors[0], now=MONDAY, calendar=calendar).id
           for _ in range(PAIRS)]
    session.commit()
    items = list(session.scalars(select(WorkItem.id).order_by(WorkItem.id)))
    session.commit()
    return ids, items


def race(acts):
    """Runs the acts at the same moment, each in a thread of its own; what each returned or was refused with."""
    barrier = Barrier(len(acts))

    def run(act):
        barrier.wait()
        try:
            return act()
        except LOST as refused:
            return refused

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def test_of_two_who_finish_one_task_at_once_one_wins(session, sessions, make_actor, calendar):
    actors = [make_actor(name, ("miit", "clerk")) for name in ("quick", "quicker")]
    ids, items = start(session, actors, calendar)

    def press(item, actor):
        with sessions.begin() as own:
            return service.complete_item(own, item, {}, actor=actor, now=MONDAY, calendar=calendar)

    outcomes = Counter()
    for item in items:
        results = race([lambda item=item, actor=actor: press(item, actor) for actor in actors])
        outcomes.update(type(result).__name__ for result in results)
        assert sum(isinstance(result, LOST) for result in results) == 1
    tell(f"{PAIRS} pairs: {dict(outcomes)}")
    assert Counter(session.scalars(select(History.work_item_id).where(History.op == "complete"))) == Counter(items)
    for instance in ids:
        assert list(check.broken(session, instance)) == []
        session.commit()


def test_a_deadline_and_a_press_at_once_leave_one_of_the_two(session, sessions, make_actor, calendar):
    clerk = make_actor("clerk", ("miit", "clerk"))
    ids, items = start(session, [clerk], calendar)
    due = MONDAY.replace(day=9)

    def press(item):
        with sessions.begin() as own:
            return service.complete_item(own, item, {}, actor=clerk, now=MONDAY, calendar=calendar)

    def lapse(instance):
        with sessions.begin() as own:
            return service.wake_instance(own, instance, actor=clerk, now=due, calendar=calendar)

    for instance, item in zip(ids, items, strict=True):
        race([lambda item=item: press(item), lambda instance=instance: lapse(instance)])
        session.commit()
        ways = sorted(session.scalars(select(WorkItem.status).where(WorkItem.instance_id == instance)))
        assert ways in (["cancelled"], ["done", "open"])
        assert list(check.broken(session, instance)) == []
        session.commit()
