"""What an entry of the history holds: the one place where everybody reads it, with its personal data filled in."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from app.cases import commitments
from app.models import History, PersonalValue
from workflows.sentence import Sentence, say

Json = Any
ERASE = "erase"
"""the act that erases what the entries before it committed to"""


def given(entry: History) -> dict[str, Json]:
    """An entry's input as it came in. Of personal data that is erased, or gone, it holds `commitments.ERASED`."""
    return commitments.filled(entry.input, entry.personal.kept if entry.personal is not None else None)


def of_entry() -> ColumnElement[bool]:
    """What joins PersonalValue to History where only some columns are read; `commitments.filled` then fills them in."""
    return and_(PersonalValue.instance_id == History.instance_id, PersonalValue.seq == History.seq)


def erased_before(session: Session, instance_id: int) -> int:
    """The place of the entry that tells of an erasure, 0 where there was none: what earlier ones committed to is to be
    gone."""
    return session.scalar(select(func.max(History.seq)).where(
        History.instance_id == instance_id, History.kind == "act", History.op == ERASE)) or 0


@dataclass(frozen=True, slots=True)
class Personal:
    """What became of an entry's personal data: how many values are there, how many were erased, and what is wrong."""
    there: int
    erased: int
    wrong: Sentence | None = None
    kind: Literal["altered", "missing", "inserted"] = "altered"
    """of what is wrong"""


def judge(held: Json, kept: commitments.Kept | None, is_erased: bool) -> Personal:
    """Holds what is kept beside an entry against what its input commits to. `is_erased`: a later entry tells that its
    personal data was erased, so that none may be there; else all has to be."""
    wanted, left = list(commitments.in_entry(held)), dict(kept or {})
    for commitment, algorithm in wanted:
        value = left.pop(commitment, None)
        if value is None and not is_erased:
            return Personal(0, 0, say("有一项个人信息不见了，没有删除的记录"), "missing")
        if value is not None and is_erased:
            return Personal(0, 0, say("有一项个人信息删除以后又出现了"), "inserted")
        if value is not None and not commitments.opens(commitment, algorithm, value):
            return Personal(0, 0, say("有一项个人信息被改动过，与当时的承诺不符"), "altered")
    if left:
        return Personal(0, 0, say("有一项个人信息是补插的，当时没有承诺"), "inserted")
    return Personal(0, len(wanted)) if is_erased else Personal(len(wanted), 0)


def has_erased(entry: History, before: int) -> bool:
    """Whether personal data of this entry was erased, by the act at the place `before`."""
    return entry.seq < before and any(commitments.in_entry(entry.input))
