"""Finishing a task by POST, as a browser does: gunicorn with two processes, PostgreSQL, 1 and 8 clients at once.

The floor is a POST of the same session to the same server that commits one row. Afterwards: the server's memory.
"""
from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from socket import socket
from time import monotonic, sleep
from urllib.parse import urlencode

from sqlalchemy import text as sql

from app.models import User
from bench.content import TASKS
from bench.measure import report, report_times, scaled, timed
from bench.product import ANSWERS, Product, make_product
from bench.web_client import COOKIE, SETTINGS, sign_in
from bench.web_server import FLOOR, FLOOR_TABLE

CLIENTS = (1, 8)
STEPS = TASKS - 1
MOST_MIB = 100
START_SECONDS = 60


def run(kind: str, url: str) -> None:
    product = make_product(url)
    with product.engine.begin() as connection:
        connection.execute(sql(FLOOR_TABLE))
    with _served(url) as (port, process):
        _measure(kind, product, port, 1, 4)  # warms both processes up
        for clients in CLIENTS:
            times = _measure(kind, product, port, clients, scaled(24) if clients > 1 else scaled(48))
            report_times(f"complete_task_http_{clients}_{kind}", [value for value, _ in times],
                         [floor for _, floor in times])
        workers = _children(process.pid)
        report("web_memory", "MiB", max(_mib(worker, "Rss") for worker in workers), MOST_MIB, len(workers),
               own_share=max(_mib(worker, "Pss") for worker in workers))
    product.engine.dispose()


def _measure(kind: str, product: Product, port: int, clients: int, cases: int) -> list[tuple[float, float]]:
    """Each client walks its own cases; every press is followed by one of the floor."""
    tokens = [f"{kind}-{clients}-{number}-{cases}" for number in range(clients)]
    with product.sessions.begin() as session:
        user = session.get_one(User, product.actor.user_id)
        for token in tokens:
            sign_in(session, user, token)
    items = [[product.start() for _ in range(cases)] for _ in tokens]
    with ThreadPoolExecutor(clients) as pool:
        found = pool.map(lambda pair: _client(port, *pair), zip(tokens, items, strict=True))
        return [times for each in found for times in each]


def _client(port: int, token: str, items: list[int]) -> list[tuple[float, float]]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    page = _send(connection, "GET", f"/tasks/{items[0]}", token)[1]
    csrf = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert csrf is not None, page
    fields = {"csrf_token": csrf[1], "opinion": ANSWERS["opinion"]}
    times = []
    for item in items:
        address = f"/tasks/{item}"
        for step in range(STEPS):
            pressed = urlencode({**fields, "idempotency_key": f"{item}-{step}-{token}"})
            value, (address, _) = timed(_send, connection, "POST", f"{address}/complete", token, pressed)
            floor, _ = timed(_send, connection, "POST", FLOOR, token, urlencode(fields))
            times.append((value, floor))
    connection.close()
    return times


def _send(connection: HTTPConnection, method: str, path: str, token: str, body: str = "") -> tuple[str, str]:
    """Where the answer leads, and its text."""
    connection.request(method, path, body.encode() or None, {
        "Cookie": f"{COOKIE}={token}", **({"Content-Type": "application/x-www-form-urlencoded"} if body else {})})
    answer = connection.getresponse()
    content = answer.read().decode()
    assert answer.status < 400, content
    return answer.headers.get("Location", ""), content


@contextmanager
def _served(url: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, **SETTINGS, "ZHUQI_DATABASE_URL": url, "ZHUQI_DATA_DIR": folder}
        process = subprocess.Popen([sys.executable, "-m", "bench.web_server", str(port)], env=environment,
                                   stderr=subprocess.DEVNULL)
        try:
            _wait(port)
            yield port, process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _wait(port: int) -> None:
    until = monotonic() + START_SECONDS
    while True:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/healthz")
            assert connection.getresponse().status == 200
            return
        except OSError:
            assert monotonic() < until, "the server did not start"
            sleep(0.1)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _mib(pid: int, what: str) -> float:
    """Resident memory: all of it (Rss), or with what is shared divided among those who share it (Pss)."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(text.split(f"{what}:")[1].split()[0]) / 1024
