"""The blueprint of changing processes; the *_views modules add their routes, and views gathers them."""
from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("modeler", __name__, url_prefix="/processes")
