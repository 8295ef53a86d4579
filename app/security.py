"""Headers that every answer carries, and the limits on how often somebody may ask."""
from __future__ import annotations

from flask import Flask, Response, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from app import limits

INLINE_STYLES = "inline_styles"
"""set on `flask.g` by a view whose page shows a diagram: bpmn-js positions with style attributes"""

limiter = Limiter(key_func=get_remote_address, storage_uri=limits.ADDRESS, strategy="fixed-window")
"""Routes that strangers reach say their own limits: `@limiter.limit("10/minute")`."""


def allow_inline_styles() -> None:
    """Lets this page's scripts set style attributes (bpmn-js)."""
    g.inline_styles = True


def init_app(app: Flask) -> None:
    limiter.init_app(app)
    app.extensions["zhuqi_limiter"] = limiter
    app.after_request(_headers)


def _headers(response: Response) -> Response:
    styles = "'self' 'unsafe-inline'" if g.get(INLINE_STYLES) else "'self'"
    response.headers.setdefault("Content-Security-Policy", (
        f"default-src 'none'; script-src 'self'; style-src {styles}; img-src 'self' data:; font-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"))
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
