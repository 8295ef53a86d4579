"""Random tokens that browsers carry in cookies; only their hashes are kept."""
from __future__ import annotations

import hashlib


def hash_token(token: str) -> str:
    """The SHA-256 by which a token is found again, as hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()
