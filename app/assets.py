"""Addresses of what `make assets` has built. A file's name carries the hash of its content, so that browsers may keep
it for ever and still get the next release's."""
from __future__ import annotations

import json
from pathlib import Path

from flask import Flask, url_for

MANIFEST = "manifest.json"
BUILT = "zhuqi_assets_built"
"""key of `app.extensions`: whether there are built assets"""
FOR_EVER = 365 * 24 * 3600
"""seconds"""


def init_app(app: Flask) -> None:
    """Gives templates `asset(name)`. Without built assets (in tests) the plain name is given."""
    folder = Path(app.static_folder or "") / "dist"
    manifest = folder / MANIFEST
    names: dict[str, str] = json.loads(manifest.read_text(encoding="utf-8")) if manifest.exists() else {}

    def asset(name: str) -> str:
        return url_for("static", filename=f"dist/{names.get(name, name)}")

    app.jinja_env.globals["asset"] = asset
    app.extensions[BUILT] = bool(names)
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = FOR_EVER if names else None
