"""Serving: gunicorn on what the settings say, and the worker's loop. Both stop on SIGTERM once what they have begun is
done."""
from __future__ import annotations

import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread
from typing import Any

import structlog
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from sqlalchemy import make_url

from app import bootstrap, metrics
from app.clock import system_clock
from app.factory import create_app
from app.settings import Settings
from app.worker import loop, status

log = structlog.get_logger()
THREADS = 4
STOP_SECONDS = 30
"""how long requests that are under way may take once serving is to stop"""
_FOLDER = "zhuqi-metrics-"


def serve(settings: Settings, host: str, port: int, workers: int) -> None:
    """Serves until it is stopped. On SQLite one process serves and works off timers too: there is one writer anyway."""
    options: dict[str, Any] = {
        "bind": f"{host}:{port}", "workers": 1 if _embedded(settings) else workers, "threads": THREADS,
        "worker_class": "gthread", "control_socket_disable": True, "proc_name": "zhuqi", "logger_class": _Lines,
        "graceful_timeout": STOP_SECONDS, "on_exit": _share_times()}
    if _embedded(settings):
        begin, end = _worker_alongside(settings)
        options |= {"post_worker_init": lambda _worker: begin(), "worker_exit": lambda _server, _worker: end()}
    Server(settings, options).run()


def work(settings: Settings, host: str = "127.0.0.1", port: int | None = None) -> None:
    """The worker until SIGTERM or SIGINT; on PostgreSQL one of any number that share the work. With a port it tells
    there how it is."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    sessions = bootstrap.open_database(settings)
    with ExitStack() as stack:
        if port is not None:
            stack.enter_context(status.served(host, port, sessions.kw["bind"], system_clock, settings.metrics_token))
        log.info("worker_started")
        run = loop.run if _embedded(settings) else _scaled()
        run(sessions, settings, system_clock, stop)
    log.info("worker_stopped")


def _scaled() -> Callable[..., None]:
    """Imported where it is needed: a web process has no room for the queue's library."""
    from app.worker import scaled

    return scaled.run


def _embedded(settings: Settings) -> bool:
    return make_url(settings.database_url).get_backend_name() == "sqlite"


def _worker_alongside(settings: Settings) -> tuple[Callable[[], None], Callable[[], None]]:
    """What begins a worker's loop in a thread of this process, and what ends it after the round that it is in."""
    stop, threads = Event(), []

    def begin() -> None:
        threads.append(Thread(target=loop.run, args=(bootstrap.open_database(settings), settings, system_clock, stop),
                              name="worker", daemon=True))
        threads[0].start()

    def end() -> None:
        stop.set()
        for thread in threads:
            thread.join(STOP_SECONDS)

    return begin, end


def _share_times() -> Callable[[object], None]:
    """Makes the folder in which the web processes leave their times; the answer removes it. What a killed server has
    left behind is removed first."""
    for left in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        if not _alive(left.name.removeprefix(_FOLDER).partition("-")[0]):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-"))
    metrics.share(folder)
    return lambda _server: shutil.rmtree(folder, ignore_errors=True)


def _alive(number: str) -> bool:
    try:
        os.kill(int(number), 0)
    except PermissionError:
        return True
    except (ValueError, OSError):
        return False
    return True


class _Lines(Logger):  # type: ignore[misc]
    """Gunicorn's own words go where ours go, as lines like ours."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with our options instead of a configuration file."""

    def __init__(self, settings: Settings, options: dict[str, Any]) -> None:
        self.settings, self.options = settings, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return create_app(self.settings, system_clock)

    def run(self) -> None:
        """What is imported by now stays: the collector, looking through it in each web process, would leave its marks
        in memory that they share, and each would get a copy."""
        gc.collect()
        gc.freeze()
        super().run()
