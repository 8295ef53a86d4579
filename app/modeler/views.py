"""Changing processes, gathered: importing this registers all its routes on the blueprint."""
from __future__ import annotations

from app.modeler import process_views
from app.modeler.blueprint import blueprint
from app.modeler.editor import draft_data_views, draft_views, parameter_views
from app.modeler.fleet import case_views, moving_views
from app.modeler.release import proposal_views, versions_views
from app.modeler.trial import simulation_views, what_if_views

__all__ = ["blueprint", "case_views", "draft_data_views", "draft_views", "moving_views", "parameter_views",
           "process_views", "proposal_views", "simulation_views", "versions_views", "what_if_views"]
