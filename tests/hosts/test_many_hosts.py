"""One city on many hosts: some are killed, some are cut off, and the others carry on without a hand."""
from __future__ import annotations

import http.client
import itertools
import subprocess
from collections import Counter

from sqlalchemy import func, select

from app.clock import system_clock
from app.models import Timer
from tests.faults.officers import Officer
from tests.faults.test_kill import assert_nothing_lost_or_doubled
from tests.faults.town import OFFICERS, wait_for
from tests.hosts.conftest import City
from tests.hosts.network import PORT, ROOT, ZHUQI, Host
from tests.sizes import sized, tell

ROUNDS = sized(1, 12)
"""in each, one web and one worker host is killed and one of each cut off"""
PRESSES = sized(3, 40)
"""finished tasks of each officer between two of these"""
FEED = 3
"""cases with a limit that has passed, started whenever fewer are left"""
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
        return http.client.HTTPConnection(self.asked.address, PORT, timeout=3)

    def request(self, method, path, form=None):
        answer = super().request(method, path, form)
        self.answered_by[self.asked.name] += 1
        return answer


class Day:
    """A day's work on all hosts: officers who press and limits that pass."""

    def __init__(self, city: City) -> None:
        self.city, self.reminders = city, []
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
            officer.join(90)

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
        if due(self.city) < FEED:
            self.reminders += self.city.town.start_cases("reminder", FEED)


def due(city: City) -> int:
    with city.town.sessions() as session:
        return session.scalar(select(func.count()).select_from(Timer).where(Timer.due_at < system_clock())) or 0


def zhuqi(city: City, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command on the first web host."""
    host = city.web[0]
    return subprocess.run([*host.inside, *ZHUQI, *arguments], cwd=ROOT, env=host.environment, text=True,
                          capture_output=True, check=False, timeout=300)


def test_hosts_that_are_killed_and_hosts_that_are_cut_off_lose_nothing_and_the_others_carry_on(city):
    web, workers = city.web, city.workers
    with Day(city) as day:
        day.goes_on("all is well", web + workers)
        for round in range(ROUNDS):
            killed, cut, left = (pair_of(city, round + n) for n in range(3))
            for host in killed:
                host.kill()
            day.goes_on("one of each is killed", cut + left)
            for host in cut:
                host.cut_off()
            day.goes_on("and one of each is cut off", left)
            for host in killed:
                host.start()
            for host in cut:
                host.reconnect()
            day.goes_on("all are back", web + workers)
            for host in web + workers:
                wait_for(host.is_ready, f"{host.address} is ready")
    for officer in day.officers:
        assert officer.broken is None and not officer.is_alive(), officer.broken
    wait_for(lambda: not due(city), "the timers are worked off")
    figures = assert_nothing_lost_or_doubled(city.town, day.officers, day.reminders)
    checked = zhuqi(city, "check")
    assert checked.returncode == 0, checked.stderr
    shares = [day.share(host) for host in web + workers]
    tell(f"hosts, {city.kind}: 3 web, 3 worker, {2 * ROUNDS} killed, {2 * ROUNDS} cut off: {figures}; "
         f"answers by web host {shares[:3]}, timers by worker host {shares[3:]}, check passes")


def pair_of(city: City, number: int) -> list[Host]:
    """One web and one worker host, in turn."""
    return [city.web[number % 3], city.workers[number % 3]]
