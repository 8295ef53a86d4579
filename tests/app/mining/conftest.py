"""Lives of issues, as measures have them."""
from __future__ import annotations

from tests.app.measures.conftest import lived

__all__ = ["lived"]
