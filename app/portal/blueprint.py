"""The blueprint of the enterprise's pages; report_views and follow_views add their routes."""
from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("portal", __name__)
