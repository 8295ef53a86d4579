"""Settings of a small city that is sealed into a folder of its own."""
from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.settings import Settings
from tests.installations import new

__all__ = ["new"]


@pytest.fixture
def settings(engine: Engine, tmp_path: Path) -> Settings:
    return Settings(database_url=engine.url.render_as_string(hide_password=False), secret_key="k" * 40,
                    data_dir=tmp_path, base_url="http://localhost", smtp_url="", mail_from="zhuqi@localhost",
                    idle_minutes=30, demo=False, seal_dir=tmp_path / "outside",
                    seal_mail=("audit@example.gov.cn", "archive@example.gov.cn"))
