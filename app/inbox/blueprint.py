"""The blueprint of the inbox; views, task_views and act_views add their routes."""
from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("inbox", __name__)
