"""The enterprise's pages, gathered: importing this registers all their routes on the blueprint."""
from __future__ import annotations

from app.portal import follow_views, report_views
from app.portal.blueprint import blueprint

__all__ = ["blueprint", "follow_views", "report_views"]
