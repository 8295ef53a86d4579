"""Processes that are killed: one that presses like a web process, one that works off timers like a worker.

They are forked from a server that has imported everything, share nothing with the test but a database address, and say
what they have had acknowledged through a pipe.
"""
from __future__ import annotations

import multiprocessing
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess

from sqlalchemy import select

from app.actor import Actor
from app.cases import service, timers
from app.cases.errors import AlreadyDone, Stale
from app.db import make_engine, make_session_factory
from app.models import WorkItem
from workflows.calendar import Calendar
from workflows.errors import TaskNotReady

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.faults.office"])


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
            except (AlreadyDone, Stale, TaskNotReady):
                continue
            acknowledged.send(item)


def work(acknowledged: Connection, url: str, now: datetime) -> None:
    """Works off what is due at `now`, two instances a round, for ever."""
    sessions = make_session_factory(make_engine(url))
    while True:
        acknowledged.send(timers.work_off(sessions, now, limit=2))


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


def said(receiving: Connection) -> list[int]:
    """Everything that has come through a pipe whose sender is dead."""
    heard: list[int] = []
    try:
        while True:
            heard.append(receiving.recv())
    except EOFError:
        return heard
