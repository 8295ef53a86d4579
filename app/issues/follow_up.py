"""The follow-up code: what an enterprise holds instead of an account. Only its SHA-256 is kept (ADR 6)."""
from __future__ import annotations

import hashlib
import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no I, L, O, U, which people confuse."""
LENGTH = 12
"""60 bits: out of reach of guessing at the rate that the pages allow, even with every issue of a city as a target."""

_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_GROUP = 4


def new_code() -> str:
    """A fresh random code in groups: 7K2M-9QXF-4T8C."""
    return grouped("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))


def grouped(characters: str) -> str:
    return "-".join(characters[i:i + _GROUP] for i in range(0, LENGTH, _GROUP))


def normalise(typed: str) -> str | None:
    """The 12 characters of what a person typed, whatever its case, spaces or hyphens; O is read as 0, I and L as 1.
    None when it cannot be a code."""
    kept = "".join(c for c in unicodedata.normalize("NFKC", typed).upper() if c.isalnum()).translate(_READ_AS)
    return kept if len(kept) == LENGTH and all(c in ALPHABET for c in kept) else None


def digest(code: str) -> str:
    """The SHA-256 that is stored. A text that cannot be a code has a digest too, one that no issue has, so that
    looking a wrong code up takes the same road and the same time."""
    return hashlib.sha256((normalise(code) or f"not a code: {code[:200]}").encode()).hexdigest()
