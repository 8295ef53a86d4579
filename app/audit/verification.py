"""Checks everything that is kept: entries, chains, heads, the administrators' log, leaves, seals, and the copies that
were sent outside.

Cases are read in the order of their ids, a few hundred in a snapshot, so that neither memory grows nor anybody waits;
of each seal's tree only the roots of whole subtrees are held.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from app.audit import acts, entries, merkle, seals
from app.audit.acts import LOG
from app.audit.entries import HISTORY, Entry
from app.audit.findings import Finding, Kept, judge, of_seal
from app.audit.originals import Sealed
from app.audit.sealing import LATE
from app.audit.seals import Line
from app.cases.rows import table
from app.db import READ_ONLY
from app.models import Instance, PersonalValue, Seal, SealedCase
from app.powers import log
from workflows.sentence import say

AT_ONCE = 500
"""ids of cases a snapshot"""
KEPT = 200
"""findings that are kept; of more there is the number"""
_INSTANCE, _LEAF, _SEAL, _PERSONAL = table(Instance), table(SealedCase), table(Seal), table(PersonalValue)


class Verification:
    """One verification. `run` goes on a step at a time; the figures are those so far."""

    def __init__(self, sessions: sessionmaker[Session], now: datetime, copies: Iterable[str] = ()) -> None:
        """`copies` are lines that were sent outside. Raises ValueError for one that is no seal."""
        self._engine: Engine = sessions.kw["bind"]
        self._now = now
        self._copies = {line.number: line for line in map(seals.read_line, copies)}
        self._lines: dict[int, Line] = {}
        self._trees: dict[int, merkle.Growing] = {}
        self._sealed: dict[int, int] = {}
        self.findings: list[Finding] = []
        self.found = self.cases = self.entries = self.acts = self.unsealed = 0

    def run(self) -> Iterator[None]:
        """Yields after every few hundred cases."""
        with self._snapshot() as connection:
            of_seals = list(self._check_seals(connection))
        last = max(self._lines.values(), key=attrgetter("number"), default=None)
        oldest = last.at - LATE if last and last.at <= self._now else None
        with self._snapshot() as connection:
            self._check_log(connection, oldest)
        after: int | None = None
        while True:
            with self._snapshot() as connection:
                first = _next(connection, after)
                if first is None:
                    break
                self._check_cases(connection, first, oldest)
            after = first + AT_ONCE - 1
            yield
        self._note(of_seals)
        self._note(self._check_roots())

    def _snapshot(self) -> Any:
        """A connection whose statements see one moment."""
        level: dict[str, Any] = {READ_ONLY: True} if self._engine.dialect.name == "sqlite" else {
            "isolation_level": "REPEATABLE READ"}
        return self._engine.connect().execution_options(**level)

    def _note(self, found: Iterable[Finding]) -> None:
        for finding in found:
            self.found += 1
            if len(self.findings) < KEPT:
                self.findings.append(finding)

    def _check_seals(self, connection: Connection) -> Iterator[Finding]:
        rows = connection.execute(select(_SEAL).order_by(_SEAL.c.number)).all()
        earlier = {name: merkle.Growing(merkle.hash_of(name))
                   for name in {row.algorithm for row in rows} & set(merkle.ALGORITHMS)}
        place, whole = 0, True
        for row in rows:
            for gap in range(place + 1, row.number):
                lost = self._copies.get(gap)
                yield of_seal("missing", lost, gap, say("不见了"))
                whole = whole and lost is not None
                _add(earlier, lost.text() if lost else "")
            place, line, copy = row.number, self._line(row), self._copies.get(row.number)
            if line is None:
                yield of_seal("altered", copy, place, say("被改动过"))
            elif copy is not None and copy != line:
                yield of_seal("altered", copy, place, say("与发到外面的不同"))
            elif whole and earlier[line.algorithm].root().hex() != line.earlier:
                yield of_seal("altered", line, place, say("接不上以前的封存"))
                whole = False
            known = copy or line
            _add(earlier, known.text() if known else row.line)
            if line is not None:
                self._lines[place] = line
        for number in sorted(each for each in self._copies if each > place):
            yield of_seal("missing", self._copies[number], number, say("不见了，外面的副本里有"))
        self._lines |= self._copies

    @staticmethod
    def _line(row: Any) -> Line | None:
        """The row's line; None when it is none or its other columns say something else."""
        try:
            line = seals.read_line(row.line)
        except ValueError:
            return None
        beside = (row.number, row.day, row.at, row.algorithm, row.leaves, row.entries)
        return line if beside == (line.number, line.day, line.at, line.algorithm, line.leaves, line.entries) else None

    def _check_log(self, connection: Connection, oldest: datetime | None) -> None:
        """The administrators' log. Acts of before the first seal that has any may be as old as they like."""
        leaves = connection.execute(select(_LEAF).where(
            _LEAF.c.instance_id == LOG, _LEAF.c.seal <= max(self._lines, default=0)).order_by(_LEAF.c.seal)).all()
        own = list(acts.read(connection))
        self.acts = len(own)
        length, head = log.end(connection)
        end = SimpleNamespace(history_length=max(len(own), length),
                              history_head=own[-1].hash if len(own) > length else head)
        self._check_case(LOG, end, leaves, own, oldest if leaves else None, {})

    def _check_cases(self, connection: Connection, first: int, oldest: datetime | None) -> None:
        """The cases from this id on, AT_ONCE ids."""
        end = first + AT_ONCE
        instances = {row.id: row for row in connection.execute(
            select(_INSTANCE.c.id, _INSTANCE.c.history_length, _INSTANCE.c.history_head)
            .where(_INSTANCE.c.id >= first, _INSTANCE.c.id < end))}
        leaves = _by_case(connection.execute(
            select(_LEAF).where(_LEAF.c.instance_id >= first, _LEAF.c.instance_id < end,
                                _LEAF.c.seal <= max(self._lines, default=0))
            .order_by(_LEAF.c.instance_id, _LEAF.c.seal)))
        leaves.pop(LOG, None)
        found = entries.read(connection, entries.asked().where(HISTORY.c.instance_id >= first,
                                                              HISTORY.c.instance_id < end))
        personal: dict[int, dict[int, Any]] = {}
        for row in connection.execute(select(_PERSONAL).where(_PERSONAL.c.instance_id >= first,
                                                              _PERSONAL.c.instance_id < end)):
            personal.setdefault(row.instance_id, {})[row.seq] = row.kept
        waiting = sorted(instances.keys() | leaves.keys() | personal.keys(), reverse=True)

        def check(id: int, own: Sequence[Entry]) -> None:
            self._check_case(id, instances.get(id), leaves.get(id, []), own, oldest, personal.get(id, {}))

        for case, own in groupby(found, key=attrgetter("instance_id")):
            while waiting and waiting[-1] < case:
                check(waiting.pop(), ())
            if waiting and waiting[-1] == case:
                waiting.pop()
            check(case, list(own))
        while waiting:
            check(waiting.pop(), ())

    def _check_case(self, id: int, instance: Any, leaves: Sequence[Any], own: Sequence[Entry],
                    oldest: datetime | None, personal: Mapping[int, Any]) -> None:
        sealed: list[Sealed] = []
        follow = True
        for leaf in leaves:
            line = self._lines.get(leaf.seal)
            algorithm = line.algorithm if line else leaf.algorithm
            hash, values = merkle.hash_of(algorithm), leaf.hashes
            self._trees.setdefault(leaf.seal, merkle.Growing(hash)).add(
                merkle.leaf_hash(hash, seals.leaf_content(id, leaf.first, values)))
            self._sealed[leaf.seal] = self._sealed.get(leaf.seal, 0) + len(values) // merkle.SIZE
            follow = follow and leaf.first == len(sealed) + 1
            sealed += [Sealed(leaf.seal, hash, values[at:at + merkle.SIZE], algorithm == "sha256")
                       for at in range(0, len(values), merkle.SIZE)]
        kept = Kept(id, instance.history_length if instance else None, instance.history_head if instance else None,
                    sealed, follow, own, personal)
        if id != LOG:
            self.cases += 1
            self.entries += len(own)
            self.unsealed += max(0, len(own) - len(sealed))
        finding = judge(kept, oldest)
        self._note([finding] if finding else [])

    def _check_roots(self) -> Iterator[Finding]:
        for number, line in sorted(self._lines.items()):
            tree = self._trees.get(number) or merkle.Growing(merkle.hash_of(line.algorithm))
            if (tree.size, self._sealed.get(number, 0), tree.root().hex()) != (line.leaves, line.entries, line.root):
                yield of_seal("missing" if tree.size < line.leaves else "altered", line, number,
                              say("与它封存的事项对不上：封存了%(sealed)s件，现有%(kept)s件", sealed=line.leaves,
                                  kept=tree.size))


def _add(trees: Mapping[str, merkle.Growing], line: str) -> None:
    for name, tree in trees.items():
        tree.add(merkle.leaf_hash(merkle.hash_of(name), line.encode()))


def _by_case(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.instance_id, []).append(row)
    return found


def _next(connection: Connection, after: int | None) -> int | None:
    """The lowest id of a case, behind `after`, that anything is kept of."""
    columns = (_INSTANCE.c.id, HISTORY.c.instance_id, _LEAF.c.instance_id, _PERSONAL.c.instance_id)
    lowest = [connection.scalar(select(func.min(column)) if after is None else
                                select(func.min(column)).where(column > after)) for column in columns]
    return min((id for id in lowest if id is not None), default=None)
