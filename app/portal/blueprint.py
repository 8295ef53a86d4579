"""The blueprint of the enterprise's pages; report_views and follow_views add their routes."""
from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("portal", __name__)

FOLLOWED = "follow"
"""key of the browser session: the id of the issue whose code was entered or handed out here"""
