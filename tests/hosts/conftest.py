"""A city that three web hosts and three worker hosts serve, started at once on an empty PostgreSQL database."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.pool import NullPool

from app.db import make_engine, make_session_factory
from app.settings import Settings
from tests.faults.town import Town, wait_for
from tests.hosts.network import OUTSIDE, PORT, Host, network

DATABASE = "hosts"
KEY, TOKEN = "k" * 40, "t" * 40


@dataclass(frozen=True)
class City:
    """The town behind all of them, and its hosts."""
    town: Town
    web: list[Host]
    workers: list[Host]

    @property
    def hosts(self) -> list[Host]:
        return self.web + self.workers

    @property
    def kind(self) -> str:
        return "network namespaces" if self.web[0].inside else "loopback addresses"


@pytest.fixture(scope="module")
def city(postgresql_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("hosts")
    server = make_engine(postgresql_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {DATABASE}"))
    socket_file = Path(str(make_url(postgresql_url).query["host"])) / ".s.PGSQL.5432"
    url = server.url.set(database=DATABASE)
    with network(["serve"] * 3 + ["worker"] * 3, str(socket_file)) as hosts:
        for host in hosts:
            there = url.set(host=OUTSIDE if host.inside else host.address, port=host.cable.port, query={})
            host.log = folder / f"{host.name}.log"
            host.environment = {
                "ZHUQI_DATABASE_URL": there.render_as_string(hide_password=False), "ZHUQI_SECRET_KEY": KEY,
                "ZHUQI_DATA_DIR": str(folder), "ZHUQI_METRICS_TOKEN": TOKEN, "ZHUQI_BASE_URL": "http://127.0.0.1",
                "ZHUQI_PASSWORD_DAYS": "0"}
            host.start()
        for host in hosts:
            wait_for(host.is_ready, f"{host.role} on {host.address} is ready")
        yield City(_settled(url.render_as_string(hide_password=False), folder), hosts[:3], hosts[3:])
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {DATABASE} WITH (FORCE)"))


def _settled(url: str, folder: Path) -> Town:
    """The town as the tests see it, past every cable."""
    settings = Settings(database_url=url, secret_key=KEY, data_dir=folder, base_url="http://127.0.0.1", smtp_url="",
                        mail_from="zhuqi@localhost", idle_minutes=60, demo=False)
    town = Town(settings, make_session_factory(make_engine(url)), PORT)
    town.settle()
    return town
