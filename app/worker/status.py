"""A worker's own /healthz, /readyz and /metrics, for service managers and Prometheus; it serves nothing else."""
from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from sqlalchemy import Engine
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from app import metrics, schema
from app.clock import Clock


@contextmanager
def served(host: str, port: int, engine: Engine, clock: Clock, token: str) -> Iterator[int]:
    """Answers on this address for the time of the block; gives the port, chosen by the system where 0 is asked for."""
    figures = metrics.Figures(engine, clock)

    @Request.application
    def answer(request: Request) -> Response:
        return _answer(request, engine, figures, token)

    server = make_server(host, port, answer, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, name="status", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(request: Request, engine: Engine, figures: metrics.Figures, token: str) -> Response:
    match request.path:
        case "/healthz":
            return Response("ok\n")
        case "/readyz":
            return ready(schema.fault(engine))
        case "/metrics" if token and metrics.may_read(token, request.headers.get("Authorization")):
            return Response(metrics.page(figures), content_type=metrics.CONTENT_TYPE)
        case "/metrics" if token:
            return Response("bearer token needed\n", 401, {"WWW-Authenticate": "Bearer"})
        case _:
            return Response("no such page\n", 404)


def ready(fault: str | None) -> Response:
    """200, or 503 with what is missing as problem+json."""
    if fault is None:
        return Response("ok\n")
    problem = {"type": "about:blank", "title": "Not ready", "status": 503, "detail": fault}
    return Response(json.dumps(problem), 503, content_type="application/problem+json")


class _Quiet(WSGIRequestHandler):
    """Leaves no line a request."""

    def log(self, type: str, message: str, *args: object) -> None:
        pass
