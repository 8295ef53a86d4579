"""What is wrong with a case's entries: the first of them that was altered, removed, put in or moved."""
from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal

import orjson

from app.audit.entries import Entry
from app.audit.merkle import Hash
from app.audit.seals import Line
from app.cases import recorded
from app.cases.commitments import Kept as KeptBeside
from app.dates import in_full
from workflows.sentence import Sentence, say

What = Literal["altered", "missing", "inserted", "reordered"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`case` and `place` name the entry, `seal` the seal that shows it, where there is one."""
    what: What
    said: Sentence
    case: int | None = None
    place: int | None = None
    seal: int | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry as a seal has it."""
    seal: int
    hash: Hash
    value: bytes
    by_sha256: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """What the database has of a case. `length` and `head` are what its instance says, None when it is gone."""
    case: int
    length: int | None
    head: str | None
    sealed: Sequence[Sealed]
    leaves_follow: bool
    """whether each leaf begins where the one before it ends"""
    entries: Sequence[Entry]
    personal: Mapping[int, KeptBeside]
    """what is kept beside its entries, by place"""


def judge(kept: Kept, oldest_unsealed: datetime | None) -> Finding | None:
    """The first thing that is wrong. An entry without a seal that claims to be older than `oldest_unsealed` was put in
    after that seal was made."""
    tell = partial(_tell, kept)
    if kept.length is None:
        return tell("missing", 1, say("整件事项不见了"))
    if not kept.leaves_follow:
        return tell("missing", 1, say("封存的记录缺了一段"))
    previous = ""
    for place, entry in enumerate(kept.entries, start=1):
        if entry.seq > place:
            return tell("missing", place, say("缺失"))
        sealed = kept.sealed[place - 1] if place <= len(kept.sealed) else None
        if entry.prev_hash != previous or entry.hash != hashlib.sha256(entry.content).hexdigest() or \
                (sealed is not None and sealed.hash(entry.content) != sealed.value):
            return _classified(kept, place)
        if sealed is None and oldest_unsealed is not None and entry.at < oldest_unsealed:
            return tell("inserted", place, say("是封存以后补插的，时间是假的"))
        previous = entry.hash
    count = len(kept.entries)
    if count < max(len(kept.sealed), kept.length):
        return tell("missing", count + 1, say("缺失，末尾被截断"))
    if count > kept.length:
        return tell("inserted", kept.length + 1, say("是绕过程序插入的"))
    if previous != kept.head:
        return tell("altered", count, say("与流程记下的末尾不一致"))
    return next(_personal(kept), None)


def _personal(kept: Kept) -> Iterator[Finding]:
    """Personal data that is not what its entry commits to. The entries themselves hold."""
    erased = max((entry.seq for entry in kept.entries if entry.op == recorded.ERASE), default=0)
    committing = {entry.seq for entry in kept.entries if b'"committed"' in entry.content}
    for place in sorted(committing | kept.personal.keys()):
        if not 1 <= place <= len(kept.entries):
            yield _tell(kept, "inserted", place, say("没有，却有它的个人信息"))
            continue
        found = recorded.judge(kept.entries[place - 1].input, kept.personal.get(place), place < erased)
        if found.wrong is not None:
            yield _tell(kept, found.kind, place, found.wrong)


def _classified(kept: Kept, place: int) -> Finding:
    """What became of the entry of this place, which is not what it was."""
    here = _really(kept, kept.entries[place - 1])
    elsewhere = next((at for at, entry in enumerate(kept.entries[place:], start=place + 1)
                      if _is(kept, entry, place)), None)
    if here is not None and here > place:
        if elsewhere is None:
            return _tell(kept, "missing", place, say("缺失，后面的被改了序号"))
        return _tell(kept, "reordered", place, say("被调换：这里现在是原来的第%(other)s条", other=here))
    if here is not None and here < place:
        return _tell(kept, "inserted", here, say("是插入的，后面的被改了序号"))
    if elsewhere is not None:
        return _tell(kept, "inserted", place, say("是插入的，后面的被改了序号"))
    return _tell(kept, "altered", place, say("的内容被改动过"))


def _really(kept: Kept, entry: Entry) -> int | None:
    """The other place that this entry was written for, if it is otherwise unchanged."""
    return next((place for place in range(1, max(len(kept.entries), len(kept.sealed)) + 2)
                 if place != entry.seq and _is(kept, entry, place)), None)


def _is(kept: Kept, entry: Entry, place: int) -> bool:
    """Whether this is the entry of that place, by its own hash, or by its seal's where the chain was made anew."""
    content: dict[str, Any] = orjson.loads(entry.content) | {"seq": place}
    if _sha256(content).hex() == entry.hash:
        return True
    if not 1 <= place <= len(kept.sealed) or not kept.sealed[place - 1].by_sha256:
        return False
    before = kept.sealed[place - 2].value.hex() if place > 1 else ""
    return _sha256(content | {"prev_hash": before}) == kept.sealed[place - 1].value


def _sha256(content: dict[str, Any]) -> bytes:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


def _tell(kept: Kept, what: What, place: int, how: Sentence) -> Finding:
    seal = kept.sealed[place - 1].seal if place <= len(kept.sealed) else None
    return Finding(what, say("第%(case)s号流程的第%(place)s条历史%(how)s", case=kept.case, place=place, how=how),
                   kept.case, place, seal)


def of_seal(what: What, line: Line | None, number: int, how: Sentence) -> Finding:
    """What is wrong with a seal itself."""
    said = say("第%(number)s号封存%(how)s", number=number, how=how) if line is None else \
        say("第%(number)s号封存（%(day)s）%(how)s", number=number, day=in_full(line.day), how=how)
    return Finding(what, said, seal=number)
