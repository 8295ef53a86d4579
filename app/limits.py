"""Where Flask-Limiter counts: in the database, so that any number of processes and hosts share one count.

A hit is one statement in a transaction of its own, whatever becomes of the request. Limits stand only on routes that
strangers post to, where a commit more is little beside a password hash or a registration.
"""
from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from limits.storage import Storage
from sqlalchemy import ColumnElement, case, delete, select
from sqlalchemy.exc import DBAPIError

from app import web
from app.db import begin_reading, insert_into
from app.models import RateLimit

ADDRESS = "database://"


class DatabaseStorage(Storage):
    """Fixed windows: the first hit begins one. Used within a request, on its application's database."""
    STORAGE_SCHEME = ["database"]  # noqa: RUF012 - as its base class declares it

    @property
    def base_exceptions(self) -> type[Exception]:
        return DBAPIError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Adds hits and returns how many there are in the window, which lasts `expiry` seconds."""
        now = web.now()

        def unless_over(going_on: Any, anew: Any) -> ColumnElement[Any]:
            return case((RateLimit.ends_at > now, going_on), else_=anew)

        with web.apart() as own:
            first = insert_into(own, RateLimit).values(key_hash=_hash(key), hits=amount,
                                                       ends_at=now + timedelta(seconds=expiry))
            counted = first.on_conflict_do_update(index_elements=[RateLimit.key_hash], set_={
                "hits": unless_over(RateLimit.hits + amount, amount),
                "ends_at": unless_over(RateLimit.ends_at, first.excluded.ends_at)}).returning(RateLimit.hits)
            return int(own.execute(counted).scalar_one())

    def get(self, key: str) -> int:
        window = self._window(key)
        return window.hits if window is not None else 0

    def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since 1970; now, if there is none."""
        window = self._window(key)
        return (window.ends_at if window is not None else web.now()).timestamp()

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        with web.apart() as own:
            return len(own.scalars(delete(RateLimit).returning(RateLimit.key_hash)).all())

    def clear(self, key: str) -> None:
        with web.apart() as own:
            own.execute(delete(RateLimit).where(RateLimit.key_hash == _hash(key)))

    def _window(self, key: str) -> Any:
        with web.services().sessions.begin() as own:
            begin_reading(own)
            return own.execute(select(RateLimit.hits, RateLimit.ends_at).where(
                RateLimit.key_hash == _hash(key), RateLimit.ends_at > web.now())).one_or_none()


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
