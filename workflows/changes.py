"""One change between two versions, and how values are put in words."""
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from workflows.sentence import Sentence, say

Kind = Literal["added", "removed", "changed", "moved", "follows"]
"""`follows`: the element says what it said, but reads a parameter that has changed"""
Names = Mapping[str, str]
"""code of a unit or position → its name; `form:NAME` → the steps that show the form"""

SHOWN = 80
"""characters of a value in a sentence; the whole stands beside it"""
_QUOTED = re.compile(r"""(["'])([A-Za-z_][A-Za-z0-9_-]*)\1""")


@dataclass(frozen=True, slots=True)
class Change:
    """A difference. `element` is the diagram's element that it is marked on; `text` says it, '' where another change
    says it already. `weighty`: expressions or routing. `before` and `after` are the values in full; `fact` names what
    is said of the element, such as variable:plan_days."""
    kind: Kind
    file: str
    element: str | None
    text: Sentence | str
    weighty: bool = False
    before: str = ""
    after: str = ""
    fact: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is said about an element. `shown` is what it amounts to, where that can be worked out: of
    `working_days(plan_days)` the days."""
    raw: str
    shown: str = ""


def change_of(file: str, element: str | None, subject: object, label: object, weighty: bool, old: Fact | None,
              new: Fact | None, names: Names | None = None) -> Change:
    """The change of one fact of `subject`, such as “「审定方案」的时限由 5个工作日 改为 3个工作日”. `names` is given
    where the values are codes of units and positions."""
    by_shown = old is not None and new is not None and old.shown != new.shown and bool(old.shown and new.shown)
    before, after = _value(old, by_shown, names or {}), _value(new, by_shown, names or {})
    parts = {"subject": subject, "label": label, "old": _cut(before), "new": _cut(after)}
    if old is None or not old.raw:
        text = say("%(subject)s设了%(label)s：%(new)s", **{**parts, "old": ""})
    elif new is None or not new.raw:
        text = say("%(subject)s不再有%(label)s（原为 %(old)s）", **{**parts, "new": ""})
    else:
        text = say("%(subject)s的%(label)s由 %(old)s 改为 %(new)s", **parts)
    long = max(len(before), len(after)) > SHOWN
    return Change("changed", file, element, text, weighty, before if long else "", after if long else "")


def named(text: str, names: Names) -> str:
    """A text with the codes of units and positions in it told by name: `'miit'` becomes 「市工业和信息化局」."""
    return _QUOTED.sub(lambda found: say("「%(name)s」", name=names[found[2]]) if found[2] in names else found[0], text)


def _value(fact: Fact | None, by_shown: bool, names: Names) -> str:
    if fact is None:
        return ""
    if by_shown:
        return fact.shown
    return names.get(fact.raw) or named(fact.raw, names)


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= SHOWN else f"{flat[:SHOWN]}…"
