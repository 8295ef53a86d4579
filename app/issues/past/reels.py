"""Replays that are under way: kept in a process's memory between the requests that take them on, slice by slice.

A replay belongs to the person who looks and to the run that their page has named. Whoever asks another process, or
comes back late, begins anew there; nothing is kept that the history could not give again.
"""
from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

Key = tuple[int | None, int, str]
"""(person, instance, run)"""
T = TypeVar("T")
MOST = 32
"""replays that a process keeps: a state of some kilobytes and what is counted on the way"""


class Shelf(Generic[T]):
    """The newest few, by key. Who takes one has it alone until it is put back."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Key, T] = OrderedDict()
        self._lock = Lock()

    def take(self, key: Key) -> T | None:
        with self._lock:
            return self._kept.pop(key, None)

    def put(self, key: Key, under_way: T) -> None:
        with self._lock:
            self._kept[key] = under_way
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
