"""Settings whose folder a test may look into."""
from __future__ import annotations

from tests.app.audit.conftest import settings

__all__ = ["settings"]
