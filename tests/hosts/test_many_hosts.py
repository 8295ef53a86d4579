"""One city on many hosts: some are killed, some are cut off, and the others carry on without a hand."""
from __future__ import annotations

from tests.faults.town import wait_for
from tests.hosts.conftest import City
from tests.hosts.day import Day, assert_all_is_well
from tests.hosts.network import Host
from tests.sizes import sized, tell

ROUNDS = sized(1, 12)
"""in each, one web and one worker host is killed and one of each cut off"""


def test_hosts_that_are_killed_and_hosts_that_are_cut_off_lose_nothing_and_the_others_carry_on(city):
    hosts = city.hosts
    with Day(city) as day:
        day.goes_on("all is well", hosts)
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
            day.goes_on("all are back", hosts)
            for host in hosts:
                wait_for(host.is_ready, f"{host.address} is ready")
    figures = assert_all_is_well(city, day)
    shares = [day.share(host) for host in hosts]
    tell(f"hosts, {city.kind}: 3 web, 3 worker, {2 * ROUNDS} killed, {2 * ROUNDS} cut off: {figures}; "
         f"answers by web host {shares[:3]}, timers by worker host {shares[3:]}")


def pair_of(city: City, number: int) -> list[Host]:
    """One web and one worker host, in turn."""
    return [city.web[number % 3], city.workers[number % 3]]
