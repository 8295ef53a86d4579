"""The follow-up code that a confirmation page is given, signed, so that sending it twice registers once (ADR 6)."""
from __future__ import annotations

from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.issues import follow_up

_AGE = 12 * 3600
"""seconds that a confirmation page may lie open; after that it is shown again with a fresh code"""


def hand_out(secret_key: str) -> str:
    """A fresh code, signed, for the form's hidden field."""
    return _serializer(secret_key).dumps(follow_up.new_code())


def read(secret_key: str, signed: str) -> str | None:
    """The code that was handed out; None when the field was tampered with or is too old."""
    try:
        code: str = _serializer(secret_key).loads(signed, max_age=_AGE)
    except BadSignature:
        return None
    return code


def _serializer(secret_key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_key, salt="follow-up-code")
