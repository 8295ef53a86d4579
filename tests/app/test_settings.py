"""Settings are checked at start, and documented."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.settings import SettingsError, load_settings

KEY = "k" * 40
ROOT = Path(__file__).parents[2]


def test_a_production_start_without_a_key_is_refused():
    with pytest.raises(SettingsError, match="ZHUQI_SECRET_KEY"):
        load_settings({})


def test_a_short_or_known_key_is_refused_in_production():
    for key in ("short", "demonstration-only-key-never-for-real-use"):
        with pytest.raises(SettingsError, match="ZHUQI_SECRET_KEY"):
            load_settings({"ZHUQI_SECRET_KEY": key})


def test_the_demonstration_starts_without_any_setting_but_its_own():
    settings = load_settings({"ZHUQI_DEMO": "1"})
    assert settings.demo and settings.database_url.startswith("sqlite:///")


@pytest.mark.parametrize(("name", "value"), [
    ("ZHUQI_DATABASE_URL", "mysql://somewhere"), ("ZHUQI_DATABASE_URL", "nonsense"), ("ZHUQI_SMTP_URL", "http://mail"),
    ("ZHUQI_BASE_URL", "zhuqi.example"), ("ZHUQI_IDLE_MINUTES", "soon"), ("ZHUQI_IDLE_MINUTES", "0"),
    ("ZHUQI_METRICS_TOKEN", "short"), ("ZHUQI_DEMO", "maybe"), ("ZHUQI_PROXIES", "9"), ("ZHUQI_PROXIES", "all"),
    ("ZHUQI_READ_DAYS", "183")])
def test_a_value_that_cannot_be_used_is_refused_by_its_name(name, value):
    with pytest.raises(SettingsError, match=name):
        load_settings({"ZHUQI_SECRET_KEY": KEY, name: value})


def test_every_setting_is_documented_and_nothing_else():
    read = set(re.findall(r'"(ZHUQI_[A-Z_]+)"', (ROOT / "app/settings.py").read_text(encoding="utf-8")))
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(ZHUQI_[A-Z_]+)`", page, re.MULTILINE))
    assert read == documented
