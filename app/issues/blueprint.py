"""The blueprint of issues; views adds its routes and gathers those of the pages about an issue's past."""
from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("issues", __name__, url_prefix="/issues")
