"""`zhuqi serve` with several processes measures as one, and leaves nothing behind."""
from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import text
from sqlalchemy.pool import NullPool

from app.db import make_engine
from tests.faults.town import free_port, wait_for

ROOT = Path(__file__).parents[2]
TOKEN = "t" * 40
ASKED = 40


class Served:
    """`zhuqi serve --workers 2` on a database of its own, with a folder for temporary files that nobody else uses."""

    def __init__(self, url: str, folder: Path) -> None:
        self.port, self.folder = free_port(), folder / "tmp"
        self.folder.mkdir()
        self.environment = {**os.environ, "TMPDIR": str(self.folder), "ZHUQI_DATABASE_URL": url,
                            "ZHUQI_SECRET_KEY": "k" * 40, "ZHUQI_DATA_DIR": str(folder), "ZHUQI_METRICS_TOKEN": TOKEN}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from app.cli import main; main()", "serve", "--port", str(self.port)], cwd=ROOT,
            env=self.environment, stderr=subprocess.DEVNULL, start_new_session=True)
        wait_for(self.answers, "it serves")

    def answers(self) -> bool:
        try:
            return bool(self.ask("/healthz"))
        except (URLError, OSError):
            return False

    def ask(self, path: str) -> str:
        request = Request(f"http://127.0.0.1:{self.port}{path}", headers={"Authorization": f"Bearer {TOKEN}"})
        with urlopen(request, timeout=30) as answer:
            return answer.read().decode()

    def folders(self) -> list[Path]:
        return sorted(self.folder.glob("zhuqi-metrics-*"))

    def end(self, number: signal.Signals) -> int:
        assert self.process is not None
        os.killpg(self.process.pid, number)
        return self.process.wait(60)


@pytest.fixture
def served(postgresql_url: str, tmp_path: Path) -> Iterator[Served]:
    server = make_engine(postgresql_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("CREATE DATABASE serving"))
    served = Served(server.url.set(database="serving").render_as_string(hide_password=False), tmp_path)
    yield served
    if served.process is not None and served.process.poll() is None:
        served.end(signal.SIGKILL)
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE serving WITH (FORCE)"))


def test_two_web_processes_measure_as_one_and_leave_nothing_behind(served):
    served.start()
    for _ in range(ASKED):
        served.ask("/login")
    (folder,) = served.folders()
    asked = ASKED
    while asked < 50 * ASKED:  # which of the two is asked is the system's choice
        if len(list(folder.glob("histogram_*.db"))) == 2:
            break
        served.ask("/login")
        asked += 1
    assert len(list(folder.glob("histogram_*.db"))) == 2, "both processes have had their share"
    for _ in range(10):
        (count,) = re.findall(r'^zhuqi_request_seconds_count\{method="GET",route="/login",status="200"\} (\S+)$',
                              served.ask("/metrics"), re.MULTILINE)
        assert float(count) == asked, "whichever process is asked"
    served.end(signal.SIGKILL)
    assert served.folders() == [folder]
    served.start()
    (fresh,) = served.folders()
    assert fresh != folder, "what a killed server has left behind is gone"
    assert served.end(signal.SIGTERM) == 0
    assert served.folders() == []
