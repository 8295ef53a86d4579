"""Changing processes, gathered: importing this registers all its routes on the blueprint."""
from __future__ import annotations

from app.modeler import draft_data_views, draft_views, process_views
from app.modeler.blueprint import blueprint

__all__ = ["blueprint", "draft_data_views", "draft_views", "process_views"]
