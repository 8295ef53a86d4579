"""Processes beside a test: one that presses without end, ones that are killed. They are forked from a server that has
imported everything, share nothing with the test but addresses, and say through a pipe what they have done."""
from __future__ import annotations

import multiprocessing
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from sqlalchemy import select

from app.actor import Actor
from app.backup import restoring, saving
from app.cases import service
from app.cases.errors import CaseError
from app.db import make_engine, make_session_factory
from app.models import WorkItem
from tests.installations import NOW
from tests.workflows import diagrams as d
from workflows.calendar import Calendar
from workflows.errors import TaskNotReady

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.app.backup.processes"])
ENDLESS = d.diagram(
    d.start(), d.xor("again", default="draft"), d.user("draft"), d.user("review"), d.end(),
    d.flow("start", "again", "draft", "review", "again"), d.flow("again", "end", when="stop"),
    variables='{"stop": false}')
"""a case that goes round for ever, so that there is always something to finish"""


@contextmanager
def running(target: object, *arguments: object) -> Iterator[tuple[ForkServerProcess, Connection]]:
    """Such a process and the receiving end of its pipe; killed at the latest when the block ends."""
    receiving, sending = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=target, args=(sending, *arguments), daemon=True)
    process.start()
    sending.close()
    try:
        yield process, receiving
    finally:
        process.kill()
        process.join()
        receiving.close()


def press(acknowledged: Connection, url: str, actor: Actor, now: datetime) -> None:
    """Finishes open tasks, one after the other in any order, for ever."""
    sessions = make_session_factory(make_engine(url))
    while True:
        with sessions() as session:
            items = list(session.scalars(select(WorkItem.id).where(WorkItem.status == "open")))
        random.shuffle(items)
        for item in items:
            try:
                with sessions.begin() as session:
                    service.complete_item(session, item, {}, actor=actor, now=now, calendar=Calendar(version=0))
            except (CaseError, TaskNotReady):
                continue
            acknowledged.send(item)


def save(heard: Connection, url: str, folder: Path, target: Path) -> None:
    saving.save(make_engine(url), folder, target, now=NOW, progress=lambda done, total: heard.send((done, total)))


def restore(heard: Connection, url: str, folder: Path, source: Path) -> None:
    restoring.restore(make_engine(url), folder, source, progress=lambda done, total: heard.send((done, total)))
