"""A day's work on all hosts: officers who press, limits that pass, and what each host has had of it."""
from __future__ import annotations

import http.client
import itertools
import subprocess
import time
from collections import Counter

from sqlalchemy import func, select

from app.clock import system_clock
from app.models import Timer
from tests.faults.officers import Officer
from tests.faults.test_kill import assert_nothing_lost_or_doubled
from tests.faults.town import OFFICERS, PATIENCE, wait_for
from tests.hosts.conftest import City
from tests.hosts.network import PORT, ROOT, ZHUQI, Host
from tests.sizes import sized

PRESSES = sized(3, 5)
"""finished tasks of each officer until a day has gone on"""
FEED = 3
"""cases with a limit that has passed, started twice a second"""
SEED = 20260302


class Traveller(Officer):
    """An officer whose requests go from host to host in turn, as a balancer deals them out that has not noticed who is
    away; what one does not answer soon goes to the next."""

    def __init__(self, city: City, username: str, seed: int) -> None:
        super().__init__(city.town, username, seed)
        self.turns = itertools.cycle(city.web)
        self.answered_by = Counter[str]()
        self.asked: Host | None = None

    def connect(self) -> http.client.HTTPConnection:
        self.asked = next(self.turns)
        patience = 3 if self._token else 30  # who is signing in does not press again soon
        return http.client.HTTPConnection(self.asked.address, PORT, timeout=patience)

    def request(self, method, path, form=None):
        answer = super().request(method, path, form)
        self.answered_by[self.asked.name] += 1
        return answer


class Day:
    """A day's work on all hosts: officers who press and limits that pass."""

    def __init__(self, city: City) -> None:
        self.city, self.reminders, self.next_feed = city, [], 0.0
        city.town.start_cases("ring", 12)
        self.officers = [Traveller(city, name, SEED) for name in OFFICERS]

    def __enter__(self) -> Day:
        for officer in self.officers:
            officer.start()
        return self

    def __exit__(self, *_error: object) -> None:
        for officer in self.officers:
            officer.halt.set()
        for officer in self.officers:
            officer.join(PATIENCE + 30)

    def goes_on(self, what: str, hosts: list[Host]) -> None:
        """Until each officer has finished some more, and each of these hosts, no other, has had a share of it."""
        before = {officer: len(officer.finished) for officer in self.officers}
        shares = {host: self.share(host) for host in hosts}

        def has_gone_on() -> bool:
            self.feed()
            return (all(len(officer.finished) >= n + PRESSES for officer, n in before.items())
                    and all(self.share(host) > n for host, n in shares.items()))

        wait_for(has_gone_on, f"{what}: {[host.address for host in hosts]} carry on")

    def share(self, host: Host) -> int:
        if host.role == "worker":
            return len(host.lines("timer_fired"))
        return sum(officer.answered_by[host.name] for officer in self.officers)

    def feed(self) -> None:
        if time.monotonic() >= self.next_feed:
            self.next_feed = time.monotonic() + 0.5
            self.reminders += self.city.town.start_cases("reminder", FEED)


def due(city: City) -> int:
    with city.town.sessions() as session:
        return session.scalar(select(func.count()).select_from(Timer).where(Timer.due_at < system_clock())) or 0


def assert_all_is_well(city: City, day: Day) -> str:
    """Nothing acknowledged is lost, nothing happened twice, `zhuqi check` passes. Returns figures."""
    for officer in day.officers:
        assert officer.broken is None and not officer.is_alive(), officer.broken
    wait_for(lambda: not due(city), "the timers are worked off")
    figures = assert_nothing_lost_or_doubled(city.town, day.officers, day.reminders)
    host = city.web[0]
    checked = subprocess.run([*host.inside, *ZHUQI, "check"], cwd=ROOT, env=host.environment, text=True,
                             capture_output=True, check=False, timeout=300)
    assert checked.returncode == 0, checked.stderr
    return f"{figures}; check passes"
