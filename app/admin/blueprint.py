"""The blueprint of administration; the *_views modules add their routes, and views gathers them."""
from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("admin", __name__)
PAGE_SIZE = 50
