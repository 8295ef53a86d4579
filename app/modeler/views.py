"""Changing processes, gathered: importing this registers all its routes on the blueprint."""
from __future__ import annotations

from app.modeler import (
    case_views,
    draft_data_views,
    draft_views,
    moving_views,
    parameter_views,
    process_views,
    proposal_views,
    simulation_views,
    versions_views,
    what_if_views,
)
from app.modeler.blueprint import blueprint

__all__ = ["blueprint", "case_views", "draft_data_views", "draft_views", "moving_views", "parameter_views",
           "process_views", "proposal_views", "simulation_views", "versions_views", "what_if_views"]
