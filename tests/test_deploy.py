"""The files of the usual installation parse, and name only commands, options and settings that exist."""
from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from app.cli import main
from app.cli.server import STOP_SECONDS
from app.settings import load_settings

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "zhuqi"}
UNITS = sorted(DEPLOY.glob("systemd/*.service"))
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md"),
                *(path for path in DEPLOY.rglob("*") if path.is_file())])


def found(pattern: str, path: Path) -> list[Any]:
    return re.findall(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)


EXAMPLE = dict(found(r"^(ZHUQI_\w+)=(.*)$", DEPLOY / "zhuqi.env.example"))
KNOWN = set(found(r'"(ZHUQI_[A-Z_]+)"', ROOT / "app/settings.py"))


def unit(path: Path) -> ConfigParser:
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text(encoding="utf-8"))
    return parser


def commands() -> Iterator[tuple[str, list[str]]]:
    for name, service in OURS.items():
        yield f"compose {name}", service["command"]
    for path in UNITS:
        line = unit(path)["Service"]["ExecStart"].replace("%i", "8001").replace("%%", "%")
        words = shlex.split(line)
        if words[0] == "/bin/sh":
            words = shlex.split(words[2].removeprefix("exec "))
        assert words[0] == "/opt/zhuqi/.venv/bin/zhuqi"
        yield path.name, words[1:]
    docker = found(r"^CMD (\[.*\])$", DEPLOY / "Dockerfile")
    yield "Dockerfile", yaml.safe_load(docker[0])


@pytest.mark.parametrize("words", [pytest.param(words, id=where) for where, words in commands()])
def test_every_command_and_option_exists(words):
    command = main.commands[words[0]]
    command.make_context(words[0], words[1:], parent=click.Context(main))


def test_every_setting_that_documents_and_installations_name_exists():
    for page in PAGES:
        named = set(found(r"\bZHUQI_[A-Z_]*[A-Z]\b", page))
        assert named <= KNOWN, page


def test_every_setting_stands_in_the_example_and_in_the_documents():
    assert set(EXAMPLE) == KNOWN
    assert set(found(r"^\| `(ZHUQI_[A-Z_]+)`", ROOT / "docs/settings.md")) == KNOWN


def test_the_example_is_complete_but_for_its_secrets():
    filled = {**EXAMPLE, "ZHUQI_SECRET_KEY": "k" * 48, "ZHUQI_METRICS_TOKEN": "t" * 48}
    assert load_settings(filled).proxies == 1
    assert [name for name, value in EXAMPLE.items() if not value] == ["ZHUQI_SECRET_KEY", "ZHUQI_METRICS_TOKEN"]


def test_no_image_names_a_registry():
    images = {service["image"] for service in COMPOSE["services"].values()}
    images |= set(found(r"^FROM (\S+)", DEPLOY / "Dockerfile"))
    assert images and all("/" not in image for image in images)


def test_compose_services_depend_on_services_and_use_volumes_that_there_are():
    for name, service in COMPOSE["services"].items():
        assert set(service.get("depends_on", ())) <= set(COMPOSE["services"]), name
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source.startswith("./") or source in COMPOSE["volumes"], name


def test_web_and_worker_containers_are_watched_and_given_time_to_end():
    for service in OURS.values():
        assert "/readyz" in " ".join(service["healthcheck"]["test"])
        assert service["command"][service["command"].index("--port") + 1] in " ".join(service["healthcheck"]["test"])
        assert int(service["stop_grace_period"].rstrip("s")) > STOP_SECONDS
    assert {service["command"][0] for service in OURS.values()} == {"serve", "worker"}
    assert len(OURS) == 4, "two of each, so that one may be restarted"


def test_the_proxy_asks_each_web_container():
    asked = set(found(r"server (\S+):8000", DEPLOY / "nginx.conf"))
    assert asked == {name for name, service in OURS.items() if service["command"][0] == "serve"}


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_runs_as_its_own_user_with_the_settings_of_the_service(path):
    service = unit(path)["Service"]
    assert (service["User"], service["EnvironmentFile"], service["NoNewPrivileges"]) == (
        "zhuqi", "/etc/zhuqi/zhuqi.env", "yes")
    if service.get("Type") != "oneshot":
        assert service["Restart"] == "always" and int(service["TimeoutStopSec"]) > STOP_SECONDS
