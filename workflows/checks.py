"""Deployment checks: what a process folder must be before an instance may start from it."""
from __future__ import annotations

from collections.abc import Collection, Mapping

from workflows.errors import Problem
from workflows.reading import Reading, read

__all__ = ["check", "check_reading"]


def check(key: str, files: Mapping[str, str], positions: Collection[str] | None = None) -> list[Problem]:
    """What is wrong with these files, [] when nothing is. Never raises for bad input.

    `positions` are the known position codes; None does not check them.
    """
    return check_reading(read(key, files), positions)


def check_reading(reading: Reading, positions: Collection[str] | None = None) -> list[Problem]:
    """As `check`, for files that are read already."""
    return reading.problems
