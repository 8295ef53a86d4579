"""What `make assets` has built: complete, and understood by the oldest browser that offices use (Chromium 109)."""
from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

DIST = Path(__file__).parents[1] / "app" / "static" / "dist"
TEMPLATES = Path(__file__).parents[1] / "app" / "templates"
SCRIPTS = Path(__file__).parents[1] / "frontend" / "src"
TOO_NEW = ("light-dark(", "oklch(", "color-mix(", "@starting-style")
"""CSS that came with Chromium 111 and later; the viewer's own sheet uses some, for tools that we do not show"""


@pytest.fixture(scope="module")
def manifest() -> dict[str, str]:
    names: dict[str, str] = json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))
    return names


def test_every_asset_that_templates_name_is_built(manifest: dict[str, str]):
    named = {name for file in TEMPLATES.rglob("*.html")
             for name in re.findall(r"asset\(['\"]([^'\"]+)['\"]\)", file.read_text(encoding="utf-8"))}
    assert named and named <= set(manifest)


def test_every_icon_that_templates_and_the_menu_name_is_in_the_sprite(manifest: dict[str, str]):
    sprite = (DIST / manifest["icons.svg"]).read_text(encoding="utf-8")
    named = {name for file in TEMPLATES.rglob("*.html")
             for name in re.findall(r"\bicon\(['\"]([a-z0-9-]+)['\"]\)", file.read_text(encoding="utf-8"))}
    missing = {name for name in named if f'id="{name}"' not in sprite}
    assert named and not missing


def test_styles_use_nothing_that_old_office_browsers_lack(manifest: dict[str, str]):
    style = (DIST / manifest["app.css"]).read_text(encoding="utf-8")
    assert [word for word in TOO_NEW if word in style] == []


def test_scripts_say_nothing_that_cannot_be_translated():
    comments = re.compile(r"/\*.*?\*/|(?m:(?:^|\s)//[^\n]*$)", re.DOTALL)
    hard_coded = [(file.name, found) for file in SCRIPTS.rglob("*.js")
                  for found in re.findall(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]+",
                                          comments.sub("", file.read_text(encoding="utf-8")))]
    assert hard_coded == []


def test_whatever_scripts_say_is_written_into_the_page():
    said = {name for file in SCRIPTS.rglob("*.js")
            for name in re.findall(r'\bsay\("(\w+)"', file.read_text(encoding="utf-8"))}
    written = {name for file in TEMPLATES.rglob("words.html")
               for name in re.findall(r'"(\w+)": _\(', file.read_text(encoding="utf-8"))}
    assert said and said == written
