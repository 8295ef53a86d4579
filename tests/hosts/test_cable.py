"""A cable that is cut: what the server had begun for the host behind it is not held for ever."""
from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import make_url

from tests.faults.town import wait_for
from tests.hosts.cable import Cable, laid

HERE = "127.0.0.1"


@pytest.fixture
def cable(postgresql_url: str) -> Iterator[Cable]:
    with laid(HERE, f"{make_url(postgresql_url).query['host']}/.s.PGSQL.5432", silent=0.2) as cable:
        yield cable


def test_a_lock_is_free_again_although_the_line_was_cut_in_the_middle_of_a_message(cable, postgresql_url):
    plain = postgresql_url.replace("+psycopg", "")
    there = psycopg.connect(host=HERE, port=cable.port, user="postgres", dbname="postgres")
    there.execute("SELECT pg_advisory_xact_lock(4711)")
    os.write(there.fileno(), b"Q\x00\x00\x10\x00SELECT")
    cable.cut()
    with psycopg.connect(plain, autocommit=True) as here:
        wait_for(lambda: here.execute("SELECT pg_try_advisory_lock(4711)").fetchone() == (True,), "the lock is free")
