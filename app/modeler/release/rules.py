"""The rules of policy that a version breaks anew, or does without: what is current may break some knowingly already."""
from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from app.models import Definition
from workflows.policy import Broken, broken, dropped

KEPT = 16
"""versions whose answer is remembered: a page asks what its form asks again a moment later"""


def newly_broken(key: str, files: Mapping[str, str], base: Definition | None) -> list[Broken]:
    """The broken rules of these files that `base` does not break in the same way, and the rules that `base` has and
    these files no longer do. No files, as for a retirement, break nothing."""
    known = {(each.rule, each.clause, each.reason) for each in _broken(key, _frozen(base.files))} if base else set()
    gone = dropped(base.files, files) if base and files else []
    return gone + [each for each in _broken(key, _frozen(files))
                   if (each.rule, each.clause, each.reason) not in known]


def _frozen(files: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(files.items()))


@lru_cache(KEPT)
def _broken(key: str, files: tuple[tuple[str, str], ...]) -> tuple[Broken, ...]:
    return tuple(broken(key, dict(files)))
