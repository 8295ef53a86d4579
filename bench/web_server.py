"""The product's web application as it is served, with one route more: the floor of a press.

`python -m bench.web_server PORT` serves it with two processes at the bench's instant.
"""
from __future__ import annotations

import sys

from flask import Flask, Response
from sqlalchemy import text

from app.cli import server
from app.factory import create_app
from app.permissions import Permission, requires
from app.settings import load_settings
from app.web import db
from bench.product import NOW

WORKERS = 2
FLOOR = "/bench/floor"
FLOOR_TABLE = "CREATE TABLE floor_press (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, content TEXT)"


@requires(Permission.WORK)
def floor() -> Response:
    """What a press costs that does nothing: session, CSRF, permission, one row, one commit."""
    db().execute(text("INSERT INTO floor_press (content) VALUES (:content)"), {"content": "x" * 200})
    return Response(status=204)


def make() -> Flask:
    app = create_app(load_settings(), lambda: NOW)
    app.add_url_rule(FLOOR, "bench_floor", floor, methods=["POST"])
    return app


class Server(server.Server):
    """As the product serves itself, with the floor beside."""

    def load(self) -> Flask:
        return make()


if __name__ == "__main__":
    Server(load_settings(), {"bind": f"127.0.0.1:{sys.argv[1]}", "workers": WORKERS, "threads": server.THREADS,
                             "worker_class": "gthread", "control_socket_disable": True}).run()
