"""Serving: gunicorn on what the settings say, and the worker's loop."""
from __future__ import annotations

import signal
from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import structlog
from gunicorn.app.base import BaseApplication
from sqlalchemy import make_url

from app import bootstrap
from app.clock import system_clock
from app.factory import create_app
from app.settings import Settings
from app.worker import loop

log = structlog.get_logger()
THREADS = 4


def serve(settings: Settings, host: str, port: int, workers: int) -> None:
    """Serves until it is stopped. On SQLite one process serves and works off timers too: there is one writer anyway."""
    embedded = make_url(settings.database_url).get_backend_name() == "sqlite"
    options = {"bind": f"{host}:{port}", "workers": 1 if embedded else workers, "threads": THREADS,
               "worker_class": "gthread", "control_socket_disable": True, "proc_name": "zhuqi"}
    if embedded:
        options["post_worker_init"] = lambda _: _work_alongside(settings)
    _Server(settings, options).run()


def work(settings: Settings) -> None:
    """The worker until SIGTERM or SIGINT; on PostgreSQL one of any number that share the work."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    log.info("worker_started")
    run = loop.run if _embedded(settings) else _scaled()
    run(bootstrap.open_database(settings), settings, system_clock, stop)


def _scaled() -> Callable[..., None]:
    """Imported where it is needed: a web process has no room for the queue's library."""
    from app.worker import scaled

    return scaled.run


def _embedded(settings: Settings) -> bool:
    return make_url(settings.database_url).get_backend_name() == "sqlite"


def _work_alongside(settings: Settings) -> None:
    Thread(target=loop.run, args=(bootstrap.open_database(settings), settings, system_clock, Event()),
           name="worker", daemon=True).start()


class _Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with our options instead of a configuration file."""

    def __init__(self, settings: Settings, options: dict[str, Any]) -> None:
        self.settings, self.options = settings, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return create_app(self.settings, system_clock)
