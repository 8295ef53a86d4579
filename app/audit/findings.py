"""What is wrong with a case's entries: the first of them that was altered, removed, put in or moved."""
from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.acts import LOG
from app.audit.entries import Entry
from app.audit.originals import Sealed, found_again, put_back
from app.audit.seals import Line
from app.cases import recorded
from app.cases.commitments import Kept as KeptBeside
from app.dates import in_full
from app.models import Issue
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
    entry = kept.entries[place - 1]
    now = found_again(kept.entries, kept.sealed, place)
    here = _numbered_before(entry, max(len(kept.entries), len(kept.sealed)) + 1) or next(
        (then for then, at in now.items() if at == place and then != place), None)
    elsewhere = next((at for at, other in enumerate(kept.entries[place:], start=place + 1) if _was_at(other, place)),
                     None) or now.get(place, place) != place
    if here is not None and here > place:
        if not elsewhere:
            return _tell(kept, "missing", place, say("缺失，后面的被改了序号"))
        return _tell(kept, "reordered", place, say("被调换：这里现在是原来的第%(other)s条", other=here))
    if here is not None:
        return _tell(kept, "inserted", here, say("是插入的，后面的被改了序号"))
    if elsewhere:
        return _tell(kept, "inserted", place, say("是插入的，后面的被改了序号"))
    return _tell(kept, "altered", place, say("被改动过，或者被抽掉、后面的重新编了号") if _may_be_gone(kept, place) else
                 say("的内容被改动过"))


def _may_be_gone(kept: Kept, place: int) -> bool:
    """Whether the chain is whole here, and the seal by a hash that does not tell what came before what follows."""
    entry, before = kept.entries[place - 1], kept.entries[place - 2].hash if place > 1 else ""
    return (place <= len(kept.sealed) and not kept.sealed[place - 1].by_sha256 and entry.prev_hash == before
            and entry.hash == hashlib.sha256(entry.content).hexdigest())


def _numbered_before(entry: Entry, most: int) -> int | None:
    """The other place that this entry was written for, if only its number was changed."""
    return next((place for place in range(1, most + 1) if place != entry.seq and _was_at(entry, place)), None)


def _was_at(entry: Entry, place: int) -> bool:
    """Whether the entry has the hash that it would have at that place."""
    return hashlib.sha256(put_back(entry, place)).hexdigest() == entry.hash


def _tell(kept: Kept, what: What, place: int, how: Sentence) -> Finding:
    seal = kept.sealed[place - 1].seal if place <= len(kept.sealed) else None
    said = say("管理日志第%(place)s条%(how)s", place=place, how=how) if kept.case == LOG else \
        say("第%(case)s号流程的第%(place)s条历史%(how)s", case=kept.case, place=place, how=how)
    return Finding(what, said, kept.case, place, seal)


def of_seal(what: What, line: Line | None, number: int, how: Sentence) -> Finding:
    """What is wrong with a seal itself."""
    said = say("第%(number)s号封存%(how)s", number=number, how=how) if line is None else \
        say("第%(number)s号封存（%(day)s）%(how)s", number=number, day=in_full(line.day), how=how)
    return Finding(what, said, seal=number)


def issue_numbers(session: Session, findings: Iterable[Finding]) -> dict[int | None, str]:
    """{case: number of its issue} of those that findings are about."""
    cases = {finding.case for finding in findings if finding.case}
    return dict(session.execute(select(Issue.instance_id, Issue.number).where(Issue.instance_id.in_(cases))).all())
