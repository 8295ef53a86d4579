"""The product as a browser meets it: real HTTP on a free port, its own database, a clock that tests advance."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread

import yaml
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.serving import make_server

from app import bootstrap
from app.auth.passwords import hash_password
from app.cases import calendars
from app.factory import create_app
from app.models import Post, User
from app.settings import Settings
from app.worker.loop import work_once
from tests.conftest import MONDAY, FixedClock
from workflows.calendar import CITY_ZONE, Calendar

PEOPLE = bootstrap.ROOT / "app" / "demo" / "people.yaml"
PASSWORD = "a long enough pass-phrase"


@dataclass(frozen=True, slots=True)
class Live:
    """A served application. `address` has no slash at its end; `work()` is the worker's round at the clock's now."""
    address: str
    settings: Settings
    sessions: sessionmaker[Session]
    clock: FixedClock

    @classmethod
    def on(cls, folder: Path, clock: FixedClock) -> Live:
        """On the database that `prepare` has made in this folder."""
        settings = _settings(folder)
        return cls("", settings, bootstrap.open_database(settings), clock)

    def work(self) -> None:
        """Works off whatever is due, in as many rounds as it takes."""
        while work_once(self.sessions, self.settings, self.clock()):
            pass

    def advance(self, **duration: float) -> None:
        """Lets time pass (days, hours, minutes) and the worker do what has come due."""
        self.clock.advance(**duration)
        self.work()

    def advance_working_days(self, days: int) -> None:
        """The same time of day `days` working days later, in daily steps, as a worker that never rests would take."""
        for _ in range(days):
            today = self.clock().astimezone(CITY_ZONE).date()
            self.advance(days=(self.calendar().add_working_days(today, 1) - today).days)

    def calendar(self) -> Calendar:
        with self.sessions() as session:
            return calendars.current(session)


def prepare(folder: Path, clock: FixedClock) -> Live:
    """A fresh SQLite database with organisation, content pack and the demonstration's people; not yet served."""
    settings = _settings(folder)
    sessions = bootstrap.prepare(settings, clock())
    with sessions.begin() as session:
        _enter_people(session)
    return Live("", settings, sessions, clock)


def _settings(folder: Path) -> Settings:
    month = 30 * 24 * 60  # minutes: people stay signed in while a test lets weeks pass
    return Settings(
        database_url=f"sqlite:///{folder / 'zhuqi.sqlite3'}", secret_key="k" * 40, data_dir=folder,
        base_url="http://localhost", smtp_url="", mail_from="zhuqi@localhost", idle_minutes=12 * month, demo=False)


def _enter_people(session: Session) -> None:
    password_hash = hash_password(PASSWORD)
    for username, (name, *posts) in yaml.safe_load(PEOPLE.read_text(encoding="utf-8")).items():
        user = User(username=username, name=name, password_hash=password_hash, must_change_password=False,
                    created_at=MONDAY)
        user.posts = [Post(unit_code=unit, position_code=position)
                      for unit, position in (post.split(":") for post in posts)]
        session.add(user)


@contextmanager
def serve(live: Live) -> Iterator[Live]:
    """Serves it on a free port for the time of the block; the answer knows its address."""
    app = create_app(live.settings, live.clock)
    app.extensions["zhuqi_limiter"].enabled = False
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield replace(live, address=f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.extensions["zhuqi"].engine.dispose()
