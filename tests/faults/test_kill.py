"""Processes are killed in the middle of their work: nothing acknowledged is lost, nothing happens twice, and the work
goes on without a hand."""
from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections import Counter
from contextlib import ExitStack, suppress

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.clock import system_clock
from app.models import Copy, History, Incident, Outbox, Timer, User, WorkItem
from tests.faults import town as towns
from tests.faults.officers import Officer, at_work
from tests.faults.town import OFFICERS, Town, wait_for
from tests.sizes import sized, tell

SEED = 20260302
KILLS = sized(8, 260)
"""of web and worker processes, on each database"""
RESTARTS = sized(1, 20)
"""of the database server, without a word of warning"""
DUE, WHILE_DUE = sized(100, 1_000), sized(6, 50)
"""timers that are due at once, and how often one of their two workers is killed meanwhile"""
RINGS = 12
FEED = 20
"""cases with a limit that has passed, started whenever fewer are left"""


class Workers:
    """Worker processes that are started again when they die, as systemd does."""

    def __init__(self, town: Town, n: int):
        self.town, self.stack = town, ExitStack()
        self.processes = [self._begin() for _ in range(n)]

    def _begin(self):
        return self.stack.enter_context(towns.running(towns.work, self.town.settings))

    def kill(self, dice: random.Random) -> None:
        place = dice.randrange(len(self.processes))
        self.processes[place].kill()
        self.processes[place].join()
        self.processes[place] = self._begin()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.stack.close()


def feed(town: Town) -> list[int]:
    """Keeps the workers busy."""
    return town.start_cases("reminder", FEED) if due(town) < FEED else []


def kill_a_web_worker(master: int, officers: list[Officer], dice: random.Random) -> int:
    """Once they are at work again; gunicorn's master starts another by itself."""
    before = len(finished(officers))
    wait_for(lambda: len(finished(officers)) > before, "officers finish something")
    time.sleep(dice.uniform(0, 0.1))
    with suppress(ProcessLookupError, IndexError):
        os.kill(dice.choice(towns.children(master)), signal.SIGKILL)
        return 1
    return 0


def finished(officers: list[Officer]) -> list[int]:
    assert not any(officer.broken for officer in officers), [officer.broken for officer in officers]
    return [item for officer in officers for item in officer.finished]


def empty_the_queue(town: Town) -> int:
    """All that Procrastinate knows is gone."""
    with town.sessions.begin() as session:
        if session.scalar(text("SELECT to_regclass('procrastinate_jobs')")) is None:
            return 0
        session.execute(text("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE"))
    return 1


def due(town: Town) -> int:
    """How many timers are due; more than any when the database cannot be asked."""
    try:
        with town.sessions() as session:
            return session.scalar(select(func.count()).select_from(Timer).where(Timer.due_at < system_clock()))
    except DBAPIError:
        return sys.maxsize


def assert_nothing_lost_or_doubled(town: Town, officers: list[Officer], reminders: list[int]) -> str:
    """Every press has had its answer in the end, so that what was done and what was acknowledged are the same. Returns
    figures."""
    acknowledged = {item: officer.username for officer in officers for item in officer.finished}
    assert len(acknowledged) == len(finished(officers)), "one task was acknowledged twice"
    with town.sessions() as session:
        done = dict(session.execute(select(WorkItem.id, User.username).join(User, User.id == WorkItem.closed_by)
                                    .where(WorkItem.status == "done")).all())
        entries = Counter(session.scalars(select(History.work_item_id).where(History.op == "complete")))
    assert done == acknowledged, "done once, by whom it was acknowledged to"
    assert entries == Counter(done.keys()), "each finished task was finished once"
    assert_each_limit_passed_once(town, reminders)
    assert town.faults() == []
    return f"{len(acknowledged)} acknowledged, 0 lost, 0 twice; {len(reminders)} timers fired once each"


def assert_each_limit_passed_once(town: Town, reminders: list[int]) -> None:
    """Its effects are a step, a copy and a letter."""
    with town.sessions() as session:
        woken = Counter(session.scalars(select(History.instance_id).where(History.op == "wake",
                                                                          History.instance_id.in_(reminders))))
        copies = Counter(session.scalars(select(Copy.instance_id).where(Copy.kind == "remind")))
        assert woken == copies == Counter(reminders)
        assert session.scalar(select(func.count()).select_from(Outbox)) == len(reminders)
        assert session.scalar(select(func.count()).select_from(Incident)) == 0


def test_killed_web_and_worker_processes_lose_and_double_nothing(town):
    dice, kills, emptied = random.Random(SEED), Counter(), 0
    town.start_cases("ring", RINGS)
    reminders = []
    with town.served() as master, Workers(town, 2) as workers:
        with at_work(town, OFFICERS, SEED) as officers:
            while kills.total() < KILLS:
                reminders += feed(town)
                if dice.random() < 0.5:
                    kills["web"] += kill_a_web_worker(master, officers, dice)
                else:
                    time.sleep(dice.uniform(0, 0.5))
                    workers.kill(dice)
                    kills["worker"] += 1
                if not town.embedded and dice.random() < 0.2:
                    emptied += empty_the_queue(town)
        later = goes_on(town)
    figures = assert_nothing_lost_or_doubled(town, officers + later, reminders)
    tell(f"kills, {town.kind}: {kills.total()} (web {kills['web']}, worker {kills['worker']}), "
         f"queue emptied {emptied} times: {figures}")


def goes_on(town: Town) -> list[Officer]:
    """The timers are worked off and officers finish tasks, with nobody's help."""
    wait_for(lambda: not due(town), "the timers are worked off")
    with at_work(town, OFFICERS, SEED + 1) as officers:
        wait_for(lambda: all(officer.finished for officer in officers), "officers go on")
    return officers


def test_a_database_server_that_restarts_again_and_again_loses_nothing(lonely_town):
    town, restart = lonely_town
    dice, reminders = random.Random(SEED), []
    town.start_cases("ring", RINGS)
    with town.served(), Workers(town, 2):
        with at_work(town, OFFICERS, SEED) as officers:
            for _ in range(RESTARTS):
                before = len(finished(officers))
                wait_for(lambda before=before: len(finished(officers)) > before, "officers finish something")
                reminders += feed(town)
                time.sleep(dice.uniform(0, 0.3))
                restart()
        later = goes_on(town)
    figures = assert_nothing_lost_or_doubled(town, officers + later, reminders)
    refused = Counter(status for officer in officers for status in officer.answers.elements() if status >= 500)
    assert set(refused) <= {503}, "the page says that it passes"
    tell(f"restarts of the database server: {RESTARTS} (immediate): {figures}; "
         f"{refused[503]} presses were told to wait")


def test_two_workers_that_are_killed_all_the_time_fire_each_of_many_due_timers_once(town):
    dice = random.Random(SEED)
    reminders = town.start_cases("reminder", DUE)
    with Workers(town, 2) as workers:
        for left in reversed(range(WHILE_DUE)):
            threshold = DUE * left // WHILE_DUE
            wait_for(lambda threshold=threshold: due(town) <= threshold + DUE // WHILE_DUE, "timers fire")
            time.sleep(dice.uniform(0, 0.02))
            workers.kill(dice)
        wait_for(lambda: not due(town), "the timers are worked off")
    assert_each_limit_passed_once(town, reminders)
    assert town.faults() == []
    tell(f"timers, {town.kind}: {DUE} due, 2 workers, {WHILE_DUE} kills: each fired once")
