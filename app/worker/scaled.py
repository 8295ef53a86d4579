"""Background work shared by many hosts: on PostgreSQL a dispatcher hands what is due to Procrastinate, in shares.

Our timer rows stay the truth. The dispatcher only enqueues a job for each share that has something due; a job that is
lost, doubled or late changes nothing, since the handler asks the rows again under the instances' locks. Of one share at
most one job waits in the queue; jobs hold no lock of the queue's, so that one whose worker was killed keeps nobody from
the next.
"""
from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from threading import Event, Thread

import procrastinate
import structlog
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session, sessionmaker

from app.cases import timers
from app.clock import Clock
from app.db import postgresql_arguments
from app.settings import Settings
from app.turns import Turn
from app.worker import loop

log = structlog.get_logger()
QUEUE = "timers"
TASK = "zhuqi.wake"
CONNECTIONS = 4
"""of the queue, at the most: the worker and its listener, the dispatcher"""
POLL_SECONDS = 1.0
DISPATCHED = 1_000
"""due instances that a dispatcher looks at in one round"""
_WAITING = "SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock IS NOT NULL"


def make_app(settings: Settings, sessions: sessionmaker[Session], clock: Clock) -> procrastinate.App:
    """The Procrastinate application on our own database."""
    address = make_url(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(
        conninfo=address, min_size=1, max_size=CONNECTIONS, kwargs=postgresql_arguments()))

    @app.task(name=TASK, queue=QUEUE)
    def wake(share: int) -> None:
        with structlog.contextvars.bound_contextvars(request_id=secrets.token_hex(8)):
            timers.work_off(sessions, clock(), share=share)

    return app


def apply_schema(app: procrastinate.App, sessions: sessionmaker[Session]) -> None:
    """Makes Procrastinate's tables unless they are there."""
    with sessions.begin() as session:
        connection = session.connection()
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": int(Turn.MIGRATE_QUEUE)})
        if connection.scalar(text("SELECT to_regclass('procrastinate_jobs')")) is None:
            connection.exec_driver_sql(app.schema_manager.get_schema(), execution_options={"no_parameters": True})


def dispatch(app: procrastinate.App, sessions: sessionmaker[Session], clock: Clock) -> int:
    """Enqueues a job for each share with something due; one that waits in the queue already is left there. How many
    were enqueued."""
    with sessions.begin() as session:
        due = timers.due_instances(session, clock(), DISPATCHED)
        waiting = set(session.scalars(text(_WAITING)))
    shares = {instance_id % timers.SHARES for instance_id in due}
    return sum(_enqueue(app, share) for share in sorted(shares) if _lock_of(share) not in waiting)


def _enqueue(app: procrastinate.App, share: int) -> bool:
    try:
        app.configure_task(TASK, queue=QUEUE, queueing_lock=_lock_of(share)).defer(share=share)
        return True
    except AlreadyEnqueued:
        return False


def _lock_of(share: int) -> str:
    return f"wake-{share}"


def run(sessions: sessionmaker[Session], settings: Settings, clock: Clock, stop: Event) -> None:
    """Works until `stop` is set: this thread dispatches, sends mail and cleans up, another runs the jobs. A job that
    has begun is finished first. What cannot go on ends as a whole, for whoever keeps it to start it anew."""
    app = make_app(settings, sessions, clock)
    apply_schema(app, sessions)
    jobs = Thread(target=lambda: asyncio.run(_work(lambda: make_app(settings, sessions, clock), stop)), name="jobs")
    jobs.start()
    try:
        with app.open():
            loop.run(sessions, settings, clock, stop, work_timers=lambda _: dispatch(app, sessions, clock))
    finally:
        stop.set()
        jobs.join()


async def _work(make: Callable[[], procrastinate.App], stop: Event) -> None:
    """Runs jobs until `stop` is set; what ends by itself, as when the database restarts, is begun again."""
    stopping = asyncio.create_task(asyncio.to_thread(stop.wait))
    while not stop.is_set():
        try:
            await _run_jobs(make(), stopping)
        except Exception:
            log.exception("queue_worker_ended")
        await asyncio.wait({stopping}, timeout=POLL_SECONDS)


async def _run_jobs(app: procrastinate.App, stopping: asyncio.Task[bool]) -> None:
    """One queue worker, until it is to stop or cannot go on."""
    async with app.open_async():
        for left_by_the_dead in await app.job_manager.get_stalled_jobs(queue=QUEUE):
            await app.job_manager.finish_job(left_by_the_dead, Status.FAILED, delete_job=True)
        worker = asyncio.create_task(app.run_worker_async(
            queues=[QUEUE], concurrency=1, fetch_job_polling_interval=POLL_SECONDS, delete_jobs="always",
            install_signal_handlers=False))
        await asyncio.wait({worker, stopping}, return_when=asyncio.FIRST_COMPLETED)
        worker.cancel()
        (ended,) = await asyncio.gather(worker, return_exceptions=True)
        if isinstance(ended, Exception):
            raise ended
