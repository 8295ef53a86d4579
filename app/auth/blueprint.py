"""The blueprint of signing in and of one's own account; views and second_views add their routes."""
from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("auth", __name__)
