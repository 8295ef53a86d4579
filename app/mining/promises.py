"""Rules of `policy.yaml` judged from what a case really did: what came before what, who did it, and by when.

Diagrams are checked against the same rules before they are published; a case may break one all the same, by a version
that was published knowingly, by a repair, or by being late.
"""
from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.measures.record import Record
from workflows.policy_file import NAME, PolicyError, Rule, parse_policy
from workflows.possible import ANY, Known, Values, known, tree, truths

Json = Any
DONE = ("completed", "fired", "received", "thrown")
BEGUN = ("entered", *DONE)
Told = Mapping[str, Json]
"""variables by name"""


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing of a case's trace: the entry that it belongs to, when, at which element, and what."""
    seq: int
    at: datetime
    element: str
    what: str


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that was broken, since when and at which element."""
    rule: Rule
    at: datetime
    element: str

    @property
    def key(self) -> str:
        return key_of(self.rule)


class Variables:
    """What is known of a case's variables after each entry: what forms and messages wrote, at once; and everything, by
    replay, only when somebody asks. `assigned` are the names that the diagram writes by itself."""

    def __init__(self, written: Callable[[], Sequence[tuple[int, Told]]], assigned: frozenset[str],
                 replayed: Callable[[int], Told]) -> None:
        self._read, self._assigned, self._replayed = written, assigned, replayed
        self._written: Sequence[tuple[int, Told]] | None = None

    def holds(self, condition: str, seq: int) -> bool:
        """Whether a condition held after an entry."""
        expression = tree(condition)
        known_now = self._until(seq)

        def look(name: str) -> Values:
            return ANY if name in self._assigned or name not in known_now else known(known_now[name])

        found = truths(expression, look)
        if len(found) == 1:
            return next(iter(found))
        everything = self._replayed(seq)
        found = truths(expression, lambda name: known(everything[name]) if name in everything
                       else frozenset({Known("NoneType", None)}))
        return found == {True}

    def _until(self, seq: int) -> Told:
        if self._written is None:
            self._written = self._read()
        found: dict[str, Json] = {}
        for number, values in self._written:
            if number <= seq:
                found.update(values)
        return found


def key_of(rule: Rule) -> str:
    """The name of a promise: the same words under the same clause are one promise in all versions."""
    return hashlib.sha256(f"{rule.clause} {rule.says}".encode()).hexdigest()[:16]


def rules_of(files: Mapping[str, str]) -> tuple[Rule, ...]:
    """The rules of a version's files; a file that cannot be read has none."""
    found: list[Rule] = []
    for path, text in sorted(files.items()):
        if path.rpartition("/")[2] == NAME:
            try:
                found += parse_policy(text).rules
            except PolicyError:
                continue
    return tuple(found)


def broken(record: Record, rules: Sequence[Rule], variables: Variables) -> Iterator[Breach]:
    """The rules that a case has broken, each once, where it first did."""
    trace = [Happened(entry.seq, entry.at, element, what) for entry in record.history
             for element, _, _, _, what, _, _ in entry.trace]
    for rule in rules:
        found = _way(rule, trace, variables) or _persons(rule, record) or _limit(rule, record)
        if found is not None:
            yield found


def _way(rule: Rule, trace: Sequence[Happened], variables: Variables) -> Breach | None:
    """Each time `after` is done and `when` holds, one of `comes` is done before any of `before` begins."""
    if not rule.comes:
        return None
    owed_since: int | None = None if rule.after else 0
    for each in trace:
        if each.element in rule.comes and each.what in DONE:
            owed_since = None
        elif each.element in rule.after and each.what in DONE:
            owed_since = each.seq
        if owed_since is None or each.element not in rule.before or each.what not in BEGUN:
            continue
        if rule.when is None or not rule.after or variables.holds(rule.when, owed_since):
            return Breach(rule, each.at, each.element)
        owed_since = None
    return None


def _persons(rule: Rule, record: Record) -> Breach | None:
    """Nobody does one of `apart` and one of `others`: here, the same person."""
    if not rule.apart:
        return None
    done = [(item.on_behalf_of or item.closed_by, item) for item in record.items
            if item.kind == "task" and item.status == "done"]
    drafted = {person for person, item in done if person is not None and item.element_id in rule.apart}
    for person, item in sorted(done, key=lambda each: each[1].closed_at):
        if person in drafted and item.element_id in rule.others:
            return Breach(rule, item.closed_at, item.element_id)
    return None


def _limit(rule: Rule, record: Record) -> Breach | None:
    """A step that the rule bounds was not done by its date. Timers and variables that it bounds are the clauses' part
    (`clauses`), since a diagram says by its marks what their passing means."""
    newest = record.issue.closed_at or record.history[-1].at
    for item in record.items:
        bounded = item.kind == "task" and item.element_id in rule.limits and item.due_at is not None
        if bounded and (item.closed_at or newest) > item.due_at:
            return Breach(rule, item.due_at, item.element_id)
    return None
