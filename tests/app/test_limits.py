"""How often somebody may try is one count for all web processes, kept whatever becomes of the request."""
from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from app.factory import create_app
from app.models import RateLimit
from app.worker.loop import clean_up
from tests.sizes import sized, tell

LIMIT = 20
"""sign-ins that an address may try in a minute"""


@pytest.fixture
def processes(app, settings, clock):
    """Two applications on one database, as two processes or hosts have them; CSRF tokens are asked for elsewhere."""
    app.extensions["zhuqi_limiter"].enabled = True
    other = create_app(settings, clock)
    for each in (app, other):
        each.config["WTF_CSRF_ENABLED"] = False
    yield app, other
    other.extensions["zhuqi"].engine.dispose()


def try_to_sign_in(app, address="192.0.2.1"):
    return app.test_client().post("/login", data={"username": "nobody", "password": "x"},
                                  environ_overrides={"REMOTE_ADDR": address}).status_code


def test_two_processes_count_together(processes):
    answers = [try_to_sign_in(processes[number % 2]) for number in range(LIMIT + 2)]
    assert answers == [422] * LIMIT + [429] * 2


def test_other_addresses_are_counted_by_themselves(processes):
    assert [try_to_sign_in(processes[0]) for _ in range(LIMIT + 1)][-1] == 429
    assert try_to_sign_in(processes[1], "192.0.2.2") == 422


def test_a_minute_later_the_count_begins_anew(processes, clock):
    for _ in range(LIMIT + 1):
        try_to_sign_in(processes[0])
    clock.advance(seconds=59)
    assert try_to_sign_in(processes[1]) == 429
    clock.advance(seconds=1)
    assert [try_to_sign_in(processes[number % 2]) for number in range(LIMIT + 1)] == [422] * LIMIT + [429]


def test_wrong_follow_up_codes_are_counted_after_the_answer(processes):
    """The view has a transaction of its own open on SQLite until then."""
    answers = [processes[number % 2].test_client().post("/follow", data={"code": "WRONG-CODE-0000"}).status_code
               for number in range(11)]
    assert answers == [200] * 10 + [429]


def test_tries_at_once_are_all_counted(processes):
    rounds, at_once = sized(3, 20), 8
    barrier = Barrier(at_once)

    def press(number, address):
        barrier.wait()
        return try_to_sign_in(processes[number % 2], address)

    with ThreadPoolExecutor(at_once) as threads:
        for address in (f"192.0.2.{number}" for number in range(rounds)):
            answers = Counter(status for _ in range(4)
                              for status in threads.map(press, range(at_once), [address] * at_once))
            assert answers == {422: LIMIT, 429: 4 * at_once - LIMIT}
    tell(f"rate limits: {rounds} x {4 * at_once} tries, {at_once} at once in two processes, each time {LIMIT} let in")


def test_only_a_hash_of_the_address_is_kept_and_not_for_long(processes, sessions, settings, clock):
    try_to_sign_in(processes[0])
    with sessions() as session:
        window = session.scalars(select(RateLimit)).one()
        assert len(window.key_hash) == 64 and window.hits == 1
        assert window.ends_at == clock.now + timedelta(minutes=1)
    clean_up(sessions, settings, clock.advance(minutes=1))
    with sessions() as session:
        assert session.scalars(select(RateLimit)).all() == []


def test_limits_can_be_lifted(processes):
    limiter = processes[0].extensions["zhuqi_limiter"]
    for _ in range(LIMIT + 1):
        try_to_sign_in(processes[0])
    with processes[1].test_request_context():
        assert limiter.storage.check()
        assert limiter.storage.reset() == 1
    assert try_to_sign_in(processes[0]) == 422
