"""SQLite takes one writer at a time; writers of one process wait for their turn in the order in which they came.

SQLite's own way of waiting is to try again after ever longer naps, so that a writer who came early may be passed by
everybody else. Other processes are still waited for in that way, once it is a writer's turn here.
"""
from __future__ import annotations

import sqlite3
from collections import deque
from threading import Lock
from typing import Any


class Turns:
    """A queue of those who want to write."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._taken = False
        self._waiting: deque[Lock] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def take(self, timeout: float) -> bool:
        """Waits for one's turn, `timeout` seconds at most; False when it did not come."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=timeout):
            return True
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return False
        return True  # it came just now

    def pass_on(self) -> None:
        """One's turn is over: the next one's begins."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


_turns: dict[str, Turns] = {}
"""one queue a database file, whatever connections this process opens to it"""


class TurnTakingConnection(sqlite3.Connection):
    """A connection whose writing transactions begin in turn, and whose reading ones at once."""

    def __init__(self, database: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(database, *args, **kwargs)
        self.turns = Turns() if database == ":memory:" else _turns.setdefault(database, Turns())
        self._mine = False

    def begin(self, reads: bool, timeout: float) -> None:
        """Begins a transaction. sqlite3.OperationalError "database is locked" when no turn came in time. A deferred
        one that turns into a writer halfway would fail as soon as another has written, so writers begin IMMEDIATE."""
        if reads:
            self.execute("BEGIN DEFERRED")
            return
        if not self.turns.take(timeout):
            raise sqlite3.OperationalError("database is locked: no turn came in time")
        self._mine = True
        try:
            self.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._pass_on()
            raise

    def commit(self) -> None:
        """Ends the transaction, and the turn once it is written. A commit that fails leaves both as they were."""
        super().commit()
        self._pass_on()

    def rollback(self) -> None:
        super().rollback()
        self._pass_on()

    def close(self) -> None:
        super().close()
        self._pass_on()

    def _pass_on(self) -> None:
        if self._mine:
            self._mine = False
            self.turns.pass_on()
