"""The supervisors' pages with a million cases and twenty million entries of history, beside ten thousand cases.

Server time of the whole application, from a request to its answer. Beside the clock's time stands the processor's, of
the application and of the database together, which other people's work on the machine does not stretch as much.
"""
from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from time import process_time

import psutil
from alembic import command
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, text

from app.bootstrap import migration_config
from app.factory import create_app
from app.models import Instance, Issue
from app.settings import load_settings
from bench import city
from bench.databases import filled
from bench.measure import report, scaled, settle, timed
from bench.product import NOW
from bench.web_client import COOKIE, SETTINGS

FEW, MANY = 10_000, 1_000_000
ENTRIES = 20
"""of each case's history"""
LONG = f"/issues/2026-{city.LONG_NUMBER}"
PAGES: Mapping[str, str] = {
    "board": "/board/", "board_now": "/board/now", "board_filtered": "/board/?category=financing&level=general",
    "board_unit": "/board/?unit=finance", "board_of_a_head": "head:/board/",
    **{f"list_{show}": f"/board/cases?show={show}" for show in (
        "red", "yellow", "green", "soon", "idle", "returned", "deciding")},
    "list_red_page_9": "/board/cases?show=red&page=9", "list_idle_filtered": "/board/cases?show=idle&category=land",
    "list_returned_of_a_head": "head:/board/cases?show=returned",
    "issue": "{case}", "history": "{case}/history", "past": "{case}/past", "frames": "{case}/past/frames.json",
    "proof": "{case}/past/proof", "history_long": f"{LONG}/history", "history_long_whole": f"{LONG}/history?size=1000",
    "history_long_kind": f"{LONG}/history?kind=back", "past_long": f"{LONG}/past",
    "frames_long": f"{LONG}/past/frames.json", "proof_long": f"{LONG}/past/proof", "issue_long": LONG,
    "audit": "auditor:/audit/",
    "measures": "/measures/", "measures_month": "/measures/?from=2026-01&to=2026-01&measure=median",
    "measures_filtered": "/measures/?unit=finance&category=financing&level=general",
    "measures_three_years": "/measures/?from=2023-04", "measures_bulletin": "/measures/bulletin",
    "measures_cases": "/measures/solution?part=missed", "measures_refusals": "/measures/refusals?unit=finance",
    "measures_held": "/measures/held?unit=kangbashi", "measures_overdue": "/measures/overdue"}
"""what stands in the address bar, of a supervisor unless another browser is named; {case}: an issue whose history has
twenty entries"""
MOST_MS = 200.0
WARM_UP = 2


def run(_kind: str, url: str) -> None:
    lived = filled(url, f"city_lived_{scaled(city.LIVED, 8)}_{scaled(city.LONG, 30)}", city.live)
    few, many = scaled(FEW, 50), scaled(MANY, 200)
    addresses = {n: filled(url, f"city_{n}", partial(city.multiply, cases=n, entries=n * scaled(ENTRIES)),
                           template=lived.rpartition("/")[2].partition("?")[0]) for n in (few, many)}
    with _city(addresses[few]) as small, _city(addresses[many]) as large:
        gc.freeze()  # what the two applications consist of need not be gone through before each page
        for name, address in PAGES.items():
            of_few, of_many = Figures(), Figures()
            for number in range(WARM_UP + scaled(20)):
                for each, figures in ((small, of_few), (large, of_many)):
                    each.ask(address, figures if number >= WARM_UP else Figures())
            report(f"supervision_pages_{name}", "ms", median(of_many.took), median(of_few.took), len(of_many.took),
                   p95=quantiles(of_many.took, n=20)[-1], processor=of_many.processor, database=of_many.database,
                   floor_processor=of_few.processor, cases=large.cases, entries=large.entries, goal=MOST_MS)


class Figures:
    """What the asking of a page took: milliseconds by the clock, and of processors all in all."""

    def __init__(self) -> None:
        self.took: list[float] = []
        self._application = self._database = 0.0

    def add(self, took: float, application: float, database: float) -> None:
        self.took.append(took)
        self._application += application
        self._database += database

    @property
    def database(self) -> float:
        """Milliseconds of the database's processes a page."""
        return self._database * 1000 / len(self.took)

    @property
    def processor(self) -> float:
        """Milliseconds of the application and the database a page."""
        return self._application * 1000 / len(self.took) + self.database


@dataclass(frozen=True)
class City:
    """The application on a filled database, and browsers that are signed in."""
    browsers: Mapping[str, FlaskClient]
    case: str
    cases: int
    entries: int
    server: Callable[[], float]

    def ask(self, address: str, figures: Figures) -> None:
        """Fetches a page, and notes what it took."""
        who, _, path = address.rpartition(":")
        settle()
        before, worked = self.server(), process_time()
        took, answer = timed(self.browsers[who or "supervisor"].get, path.format(case=self.case))
        application = process_time() - worked
        assert answer.status_code == 200, (address, answer.status, answer.text)
        figures.add(took, application, self.server() - before)


@contextmanager
def _city(url: str) -> Iterator[City]:
    command.upgrade(migration_config(url), "head")
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(load_settings({**SETTINGS, "ZHUQI_DATABASE_URL": url, "ZHUQI_DATA_DIR": folder}), lambda: NOW)
        engine: Engine = app.extensions["zhuqi"].engine
        browsers = {token: app.test_client() for token in city.WHO}
        for token, browser in browsers.items():
            browser.set_cookie(COOKIE, token)
        with engine.connect() as connection:
            of_twenty = connection.scalars(
                select(Issue.number).join(Instance, Instance.id == Issue.instance_id)
                .where(Issue.closed_at.is_not(None), Issue.number.like("2026-%"))
                .order_by(func.abs(Instance.history_length - ENTRIES), Issue.id).limit(1)).one()
            cases, entries = connection.execute(text(
                "SELECT count(*), sum(history_length) FROM instance")).one()
            folder_of_server = connection.scalar(text("SHOW data_directory"))
        yield City(browsers, f"/issues/{of_twenty}", cases, entries, partial(_worked, Path(str(folder_of_server))))
        engine.dispose()


def _worked(folder: Path) -> float:
    """Seconds of processors that a server's processes have used so far, those that have ended included."""
    server = psutil.Process(int((folder / "postmaster.pid").read_text().split()[0]))
    own = server.cpu_times()
    used = own.children_user + own.children_system
    for process in server.children():
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        used += times.user + times.system
    return used
