"""What every request leaves behind: a line in the log and its time among the metrics, by the pattern of its address.

The address itself is in neither: it may carry names, numbers and what somebody searched for, and a stranger could fill
the metrics with made-up ones.
"""
from __future__ import annotations

from time import perf_counter

import structlog
from flask import Flask, Response, abort, current_app, g, request

from app import metrics, web
from app.permissions import public

log = structlog.get_logger()
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
QUIET = frozenset({"static", "healthz", "readyz", "metrics"})
"""endpoints that are asked all day and whose requests nobody looks for; their times are counted all the same"""
_FIGURES = "zhuqi_figures"


def init_app(app: Flask) -> None:
    """Before everything else that has to do with requests, so that their work is in the time."""
    services = app.extensions["zhuqi"]
    app.extensions[_FIGURES] = metrics.Figures(services.engine, services.clock)
    app.before_request(_begin)
    app.after_request(_end)
    app.add_url_rule("/metrics", "metrics", public(show))


def show() -> Response:
    """The metrics, for who brings the token of the settings; where none is set there is no such page."""
    token = web.services().settings.metrics_token
    if not token:
        abort(404)
    if not metrics.may_read(token, request.headers.get("Authorization")):
        return Response("bearer token needed\n", 401, {"WWW-Authenticate": "Bearer"}, content_type="text/plain")
    return Response(metrics.page(current_app.extensions[_FIGURES]), content_type=metrics.CONTENT_TYPE)


def _begin() -> None:
    g.began = perf_counter()


def _end(response: Response) -> Response:
    seconds = perf_counter() - g.began if "began" in g else 0.0
    method = request.method if request.method in METHODS else "other"
    route = web.route()
    metrics.REQUESTS.labels(method, route, str(response.status_code)).observe(seconds)
    if request.endpoint not in QUIET:
        log.info("request", method=method, route=route, status=response.status_code, ms=round(seconds * 1000, 1))
    return response
