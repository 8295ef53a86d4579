"""What Prometheus reads: times that processes have measured, and figures that the database knows.

Times are histograms of the process; under several web processes they lie in files of one folder, so that whichever
process is asked tells of all. Figures of the city are asked for when somebody reads, from whichever host: each host
tells the same, and nobody has to add them up.
"""
from __future__ import annotations

import hmac
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

import structlog
from prometheus_client import CollectorRegistry, Histogram, generate_latest, values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import Engine, func, or_, select
from sqlalchemy.exc import SQLAlchemyError

from app.clock import Clock
from app.db import READ_ONLY
from app.models import Instance, Outbox, Timer, WorkItem
from app.models.case import UNDER_WAY
from app.models.outbox import MAX_ATTEMPTS

log = structlog.get_logger()
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
KEPT_FOR = timedelta(seconds=10)
"""how long the database's figures are told again before it is asked anew"""
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""environment variable of prometheus_client: where several processes leave their times"""

_OWN = CollectorRegistry()
REQUESTS = Histogram("zhuqi_request_seconds", "Time of a request, by the pattern of its address.",
                     ["method", "route", "status"], registry=_OWN,
                     buckets=(.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30))
STEPS = Histogram("zhuqi_step_seconds", "Time of a step of a case, from its lock to its last statement.", ["op"],
                  registry=_OWN, buckets=(.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5))


def share(folder: Path) -> None:
    """From here on this process and those that it forks leave their times in `folder`. Every histogram has labels, so
    none of them has begun to count before."""
    os.environ[FOLDER] = str(folder)
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]


def may_read(token: str, authorization: str | None) -> bool:
    """Whether the header brings the token, as `Bearer …`. Without a token nobody may."""
    given = (authorization or "").removeprefix("Bearer ")
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())


def page(figures: Figures) -> bytes:
    """Everything, in Prometheus's text format."""
    asked = CollectorRegistry()
    asked.register(figures)
    folder = os.environ.get(FOLDER)
    if folder:
        MultiProcessCollector(asked, path=folder)  # type: ignore[no-untyped-call]
    return generate_latest(asked) + (b"" if folder else generate_latest(_OWN))


class Figures(Collector):
    """What the database knows of the city, kept for KEPT_FOR."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self._lock = Lock()
        self._read_at: datetime | None = None
        self._kept: list[GaugeMetricFamily] = []

    def collect(self) -> list[GaugeMetricFamily]:
        """The figures; only that the database is down when it is. One reader asks, the others wait for the answer."""
        with self._lock:
            now = self._clock()
            if self._read_at is None or now - self._read_at >= KEPT_FOR:
                self._kept = self._read(now)
                self._read_at = now
            return self._kept

    def _read(self, now: datetime) -> list[GaugeMetricFamily]:
        up = "Whether the database answers."
        try:
            return [_gauge("zhuqi_database_up", up, 1), *self._ask(now)]
        except (SQLAlchemyError, OSError):
            log.warning("metrics_without_database")
            return [_gauge("zhuqi_database_up", up, 0)]

    def _ask(self, now: datetime) -> Iterator[GaugeMetricFamily]:
        with self._engine.connect().execution_options(**{READ_ONLY: True}) as connection:
            by_status = {row.status: row.n for row in connection.execute(
                select(Instance.status, func.count().label("n")).where(Instance.status.in_(UNDER_WAY))
                .group_by(Instance.status))}
            late = WorkItem.due_at < now
            tasks = connection.execute(select(
                func.count(), func.count().filter(late), func.count(WorkItem.instance_id.distinct()).filter(late))
                .where(WorkItem.status == "open")).one()
            since = func.coalesce(Timer.not_before, Timer.due_at)
            timers = connection.execute(select(func.count(), func.min(since, type_=Timer.due_at.type)).join(
                Instance, Instance.id == Timer.instance_id).where(
                    Timer.due_at <= now, or_(Timer.not_before.is_(None), Timer.not_before <= now),
                    Instance.status == "running")).one()
            given_up = Outbox.attempts >= MAX_ATTEMPTS
            mail = connection.execute(select(
                func.count().filter(~given_up, Outbox.due_at <= now), func.count().filter(given_up))
                .where(Outbox.sent_at.is_(None))).one()
        cases = GaugeMetricFamily("zhuqi_cases_open", "Cases that have not ended, by status.", labels=["status"])
        for status in UNDER_WAY:
            cases.add_metric([status], by_status.get(status, 0))
        yield cases
        yield _gauge("zhuqi_cases_overdue", "Cases with a task past its limit.", tasks[2])
        yield _gauge("zhuqi_tasks_open", "Tasks that wait for somebody.", tasks[0])
        yield _gauge("zhuqi_tasks_overdue", "Tasks past their limit.", tasks[1])
        yield _gauge("zhuqi_timers_due", "Timers that are due and have not fired.", timers[0])
        yield _gauge("zhuqi_timer_lag_seconds", "How long the longest due timer has waited to fire.",
                     (now - timers[1]).total_seconds() if timers[1] is not None else 0)
        yield _gauge("zhuqi_mail_waiting", "Letters that are due and not sent.", mail[0])
        yield _gauge("zhuqi_mail_failed", "Letters that were given up.", mail[1])


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)
