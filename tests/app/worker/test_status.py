"""A worker tells how it is on a port of its own."""
from __future__ import annotations

from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from app.db import make_engine
from app.worker import status
from tests.conftest import FixedClock

TOKEN = "t" * 40


@pytest.fixture
def ask(engine):
    """`ask("/healthz")` is what the worker answers: (status, text)."""
    def ask(path: str, token: str = "") -> tuple[int, str]:
        request = Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {token}"})
        try:
            with urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()

    with status.served("127.0.0.1", 0, engine, FixedClock(), TOKEN) as port:
        yield ask


def test_a_worker_is_alive_and_says_why_it_is_not_ready(ask):
    assert ask("/healthz") == (200, "ok\n")
    code, text = ask("/readyz")
    assert code == 503 and "schema is behind" in text


def test_a_worker_without_its_database_is_not_ready(tmp_path):
    away = make_engine(f"postgresql+psycopg://zhuqi@/zhuqi?host={tmp_path}")
    with (status.served("127.0.0.1", 0, away, FixedClock(), "") as port,
          pytest.raises(HTTPError) as refused):
        urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10)
    with refused.value as answer:
        assert answer.code == 503 and "cannot be reached" in answer.read().decode()


def test_who_brings_the_token_reads_the_metrics(ask):
    assert ask("/metrics")[0] == ask("/metrics", "x" * 40)[0] == 401
    code, text = ask("/metrics", TOKEN)
    assert code == 200 and "zhuqi_timer_lag_seconds 0" in text


def test_it_serves_nothing_else(ask):
    assert ask("/")[0] == ask("/login")[0] == 404
