"""A small town's installation: its database, its people, its cases, and the processes that serve it.

Processes are forked from a server that has imported everything. The web process is gunicorn's, as `zhuqi serve` starts
it, and brings its own workers back; worker processes are brought back by whoever `keep`s them, as systemd would.
"""
from __future__ import annotations

import multiprocessing
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.actor import SYSTEM
from app.auth import passwords
from app.cases import check, definitions, service
from app.cli import server
from app.db import make_engine, make_session_factory
from app.models import Base, Instance, Post, User
from app.organisation import load_organisation
from app.settings import Settings
from tests.conftest import MONDAY
from tests.workflows import diagrams as d
from workflows.calendar import Calendar

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.faults.town"])
CALENDAR = Calendar(version=0)
PATIENCE = 120
"""seconds in which a served page has to come back, on a busy machine too"""
RING = d.diagram(
    d.start(), d.xor("again", default="draft"), d.user("draft"), d.user("review"), d.end(),
    d.boundary("late", "review", d.timer("duration", "working_days(2)"), interrupting=False), d.end("noted"),
    d.flow("start", "again", "draft", "review", "again"), d.flow("again", "end", when="stop"), d.flow("late", "noted"),
    variables='{"stop": false}')
"""a case that goes round for ever, so that there is always something to finish"""
REMINDER = d.diagram(
    d.start(), d.user("wait"), d.end(),
    d.boundary("late", "wait", d.timer("duration", "working_days(2)"), interrupting=False, record="late",
               notify="'miit'/head", notify_text="已经超期", notify_kind="remind"),
    d.end("noted"), d.flow("start", "wait", "end"), d.flow("late", "noted"))
"""a case whose limit passes once, with a copy and a letter to the head"""
OFFICERS = ("early", "late", "ever")
PASSWORD = "a long enough pass-phrase"


@dataclass(frozen=True)
class Town:
    """An installation with three officers and the head of one bureau."""
    settings: Settings
    sessions: sessionmaker[Session]
    port: int

    @classmethod
    def found(cls, url: str, folder: Path) -> Town:
        """Makes the tables, the people and the processes."""
        settings = Settings(database_url=url, secret_key="k" * 40, data_dir=folder, base_url="http://127.0.0.1",
                            smtp_url="", mail_from="zhuqi@localhost", idle_minutes=60, demo=False)
        engine = make_engine(url)
        Base.metadata.create_all(engine)
        town = cls(settings, make_session_factory(engine), free_port())
        with town.sessions.begin() as session:
            load_organisation(session)
        town.settle()
        return town

    def settle(self) -> None:
        """Enters the people and publishes the processes."""
        hashed = passwords.hash_one_time(PASSWORD)
        with self.sessions.begin() as session:
            for name in (*OFFICERS, "head"):
                session.add(User(username=name, name=name, password_hash=hashed, must_change_password=False,
                                 email=f"{name}@example.org", created_at=MONDAY,
                                 posts=[Post(unit_code="miit", position_code="head" if name == "head" else "clerk")]))
            for key, diagram in (("ring", RING), ("reminder", REMINDER)):
                definitions.publish(session, key, d.files(diagram, key=key), now=MONDAY)

    @property
    def embedded(self) -> bool:
        return self.settings.database_url.startswith("sqlite")

    @property
    def kind(self) -> str:
        return "SQLite" if self.embedded else "PostgreSQL"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start_cases(self, key: str, n: int, now: datetime = MONDAY) -> list[int]:
        """Starts that many cases, each in a transaction of its own."""
        started = []
        for _ in range(n):
            with self.sessions.begin() as session:
                started.append(service.start_case(session, key, {}, actor=SYSTEM, now=now, calendar=CALENDAR).id)
        return started

    def faults(self) -> list[str]:
        """What `zhuqi check` finds."""
        with self.sessions() as session:
            return [line for id in session.scalars(select(Instance.id)).all() for line in check.broken(session, id)]

    @contextmanager
    def served(self) -> Iterator[int]:
        """The web processes of this town; yields the process id of gunicorn's master."""
        with running(serve, self.settings, self.port) as process:
            wait_for(self.answers, "the web answers")
            assert process.pid is not None
            yield process.pid

    def answers(self) -> bool:
        try:
            with urlopen(f"{self.address}/healthz", timeout=5) as answer:
                return answer.status == 200
        except (URLError, OSError):
            return False


def serve(settings: Settings, port: int) -> None:
    _log_to(settings.data_dir / "web.log")
    server.serve(settings, "127.0.0.1", port, workers=2)


def work(settings: Settings) -> None:
    _log_to(settings.data_dir / "worker.log")
    server.work(settings)


def _log_to(file: Path) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)


@contextmanager
def running(target: Callable[..., None], *arguments: object) -> Iterator[ForkServerProcess]:
    """Such a process; ended at the latest when the block ends."""
    process = CONTEXT.Process(target=target, args=arguments)
    process.start()
    try:
        yield process
    finally:
        process.terminate()
        process.join(20)
        process.kill()
        process.join()


def children(pid: int) -> list[int]:
    """The process ids of a process's children: gunicorn's workers of its master."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(holds: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Looks again and again until something holds. Fails when it never does."""
    until = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < until, f"{what}: not in {patience:.0f} seconds"
        time.sleep(0.02)
