"""Addresses that a browser names, and that it may be sent to."""
from __future__ import annotations

from urllib.parse import urlsplit


def own_address(address: str | None) -> str | None:
    """The address if it is a path of our own; anything that could lead elsewhere is dropped."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")) or "\\" in address:
        return None
    parts = urlsplit(address)
    return address if not parts.scheme and not parts.netloc and address.isprintable() else None
