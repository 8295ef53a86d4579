"""Processes are killed in the middle of their work: nothing acknowledged is lost, nothing happens twice."""
from __future__ import annotations

import random
import time
from collections import Counter
from contextlib import ExitStack

import pytest
from sqlalchemy import func, select

from app.cases import check, definitions, service
from app.models import Copy, History, Outbox, Timer, WorkItem
from tests.conftest import MONDAY
from tests.faults import office
from tests.workflows import diagrams as d

KILLS = 20
INSTANCES = 12
RING = d.diagram(
    d.start(), d.xor("again", default="draft"), d.user("draft"), d.user("review"), d.end(),
    d.boundary("late", "review", d.timer("duration", "working_days(2)"), interrupting=False), d.end("noted"),
    d.flow("start", "again", "draft", "review", "again"), d.flow("again", "end", when="stop"), d.flow("late", "noted"),
    variables='{"stop": false}')
REMINDER = d.diagram(
    d.start(), d.user("review"), d.end(),
    d.boundary("late", "review", d.timer("duration", "working_days(2)"), interrupting=False, record="late",
               notify="'miit'/head; enterprise", notify_text="已经超期", notify_kind="remind"),
    d.end("noted"), d.flow("start", "review", "end"), d.flow("late", "noted"))
DUE = MONDAY.replace(day=9)


@pytest.fixture
def start(session, make_actor, calendar):
    """`start(diagram, n)` starts n instances of it; returns who may work on them and their ids."""
    def start(diagram, n):
        clerk = make_actor("clerk", ("miit", "clerk"))
        definitions.publish(session, "p", d.files(diagram), now=MONDAY)
        ids = [service.start_case(session, "p", {}, actor=clerk, now=MONDAY, calendar=calendar).id for _ in range(n)]
        session.commit()
        return clerk, ids

    return start


@pytest.fixture
def url(engine):
    return engine.url.render_as_string(hide_password=False)


def kill_soon_after_the_first_word(processes):
    """Waits until each is at work, then kills one after the other at a random moment."""
    for process, receiving in processes:
        assert receiving.poll(20), "it never got to work"
        time.sleep(random.uniform(0, 0.03))
        process.kill()


def test_a_killed_web_process_loses_and_doubles_nothing(session, start, url, say):
    clerk, instances = start(RING, INSTANCES)
    acknowledged: list[int] = []
    for _ in range(KILLS // 2):
        with ExitStack() as stack:
            pair = [stack.enter_context(office.running(office.press, url, clerk, MONDAY)) for _ in range(2)]
            kill_soon_after_the_first_word(pair)
            for _, receiving in pair:
                acknowledged += office.said(receiving)
    done = set(session.scalars(select(WorkItem.id).where(WorkItem.status == "done")))
    entries = Counter(session.scalars(select(History.work_item_id).where(History.op == "complete")))
    say(f"{KILLS} kills, {len(acknowledged)} acknowledged, {len(done)} done")
    assert len(acknowledged) == len(set(acknowledged))
    assert set(acknowledged) <= done
    assert len(done - set(acknowledged)) <= KILLS, "at most what was committed and not yet acknowledged"
    assert entries == Counter(done), "each finished task was finished once"
    for instance in instances:
        assert list(check.broken(session, instance)) == []


def test_killed_workers_fire_each_timer_once(session, start, url, say):
    _, instances = start(REMINDER, 100)
    for _ in range(KILLS // 2):
        with ExitStack() as stack:
            kill_soon_after_the_first_word(
                [stack.enter_context(office.running(office.work, url, DUE)) for _ in range(2)])
    left = session.scalar(select(func.count()).select_from(Timer))
    session.commit()
    with office.running(office.work, url, DUE) as (_, receiving):
        while receiving.recv():
            pass
    say(f"{KILLS} kills, {left} of {len(instances)} timers left for the last worker")
    woken = Counter(session.scalars(select(History.instance_id).where(History.op == "wake")))
    told = Counter(session.scalars(select(Copy.instance_id)))
    assert woken == told == Counter(instances)
    assert session.scalar(select(func.count()).select_from(Timer)) == 0
    assert session.scalar(select(func.count(Outbox.key.distinct()))) == session.scalar(
        select(func.count()).select_from(Outbox))
    for instance in instances:
        assert list(check.broken(session, instance)) == []
