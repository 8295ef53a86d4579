"""/healthz and /readyz: what load balancers and service managers ask, often and without signing in.

Alive means that the process answers: restarting it would mend nothing that it waits for. Ready means that people may
be sent to it; until then the reason is told.
"""
from __future__ import annotations

import json

import structlog
from flask import Flask, Response, current_app

from app import assets, schema, web
from app.permissions import public

log = structlog.get_logger()


def init_app(app: Flask) -> None:
    app.add_url_rule("/healthz", "healthz", public(healthz))
    app.add_url_rule("/readyz", "readyz", public(readyz))


def healthz() -> Response:
    """200: the process is alive. Asks nobody else."""
    return Response("ok\n", content_type="text/plain")


def readyz() -> Response:
    """200 when the database answers, its tables are this release's or a newer one's, and the assets are built; else
    503 with the reason as problem+json (RFC 9457)."""
    fault = schema.fault(web.services().engine) or _assets()
    if fault is None:
        return Response("ok\n", content_type="text/plain")
    log.warning("not_ready", reason=fault)
    problem = {"type": "about:blank", "title": "Not ready", "status": 503, "detail": fault}
    return Response(json.dumps(problem), 503, content_type="application/problem+json")


def _assets() -> str | None:
    return None if current_app.extensions[assets.BUILT] else "styles and scripts are not built: run make assets"
