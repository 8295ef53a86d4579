"""How long after the same start the time rules of a version may lie, whatever the case."""
from __future__ import annotations

from collections.abc import Iterable

from workflows.errors import WorkflowError
from workflows.parameters import numbers
from workflows.policy_limits import Worth, in_words, summed
from workflows.possible import Moment
from workflows.reading import Reading
from workflows.sentence import Sentence, listed, say

UNREADABLE = (WorkflowError, SyntaxError, ValueError, LookupError, RecursionError)
"""what a draft's expressions may raise while they are wrong; the list of problems says so"""
Lengths = dict[str | None, list[Moment]]
"""start → moments, the shortest first; the start is a variable, None the beginning of the step"""


class Limits:
    """The time rules of a version, each worked out once."""

    def __init__(self, reading: Reading):
        self.reading = reading
        self._numbers = {name: value for (_, name), value in numbers(reading).items()}
        self._known: dict[str, Lengths] = {}

    def lengths(self, rule: str) -> Lengths:
        """The moments that a rule may mean; {} where that cannot be told."""
        if rule not in self._known:
            self._known[rule] = self._worked_out(rule) if rule else {}
        return self._known[rule]

    def _worked_out(self, rule: str) -> Lengths:
        try:
            spans = Worth(self.reading, self._numbers, None).spans(rule)
        except UNREADABLE:
            return {}
        found: Lengths = {}
        for each in spans or ():
            if each.kind == "moment":
                found.setdefault(each.value.start, []).append(each.value)
        return {start: sorted(moments, key=lambda each: each.days) for start, moments in found.items()}


def told(moments: Iterable[Moment]) -> Sentence:
    """The periods of moments in words, the shortest first: 5个工作日、1个月前3个工作日."""
    return listed(list(dict.fromkeys(map(_said, sorted(moments, key=lambda each: each.days)))))


def _said(each: Moment) -> Sentence:
    spans = summed(each)
    then = in_words({unit: number for unit, number in spans.items() if number > 0})
    before = in_words({unit: -number for unit, number in spans.items() if number < 0})
    if not each.units():
        return say("到期时")
    if not before:
        return then
    return say("%(then)s前%(before)s", then=then or say("到期"), before=before)
