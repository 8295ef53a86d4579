"""What has happened to an issue, as sentences for its page; and the path it took on the diagrams."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from app.cases.recorded import given
from app.models import Comment, History
from workflows.sentence import say

_DONE = frozenset({"completed", "fired", "received", "thrown", "escalated", "moved"})
WORDS_OF: Mapping[str, str] = MappingProxyType({
    "withdraw": "reason", "material_added": "text", "enterprise_answered": "answer", "rated": "comment"})
"""the enterprise's messages, and which name of their payload holds its words"""
COMMENT = "comment"
"""entries of this act only tell that somebody wrote a remark; the remark itself stands in the timeline"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline. `who` is a name with its post or None for what nobody pressed; `tone` is act,
    comment, enterprise or system. What the clock has said several times running is one line, `since` the first."""
    at: datetime
    text: str
    who: str | None
    tone: str
    since: datetime
    times: int = 1


@dataclass(frozen=True, slots=True)
class Said:
    """What the enterprise said after reporting: `message` is enterprise_answered, material_added, withdraw or rated."""
    at: datetime
    message: str
    text: str
    files: tuple[str, ...] = ()
    """names of the files that came along"""


def said_by_enterprise(history: Iterable[History]) -> list[Said]:
    """The enterprise's words in order; a press without words is left out."""
    said = []
    for row in history:
        if _is_said(row):
            told = given(row)
            message: str = told["message"]
            payload = told["payload"]
            said.append(Said(row.at, message, payload.get(WORDS_OF[message]) or "", tuple(payload.get("files", ()))))
    return [each for each in said if each.text or each.files]


def timeline(history: Sequence[History], comments: Sequence[Comment], people: Mapping[int, str],
             units: Mapping[str, str]) -> list[Entry]:
    """Entries and comments in one line, newest first. An entry without a sentence is not for people."""
    entries = [Entry(row.at, row.text, _who(row, people, units), _tone(row), row.at) for row in history
               if row.text and row.op != COMMENT]
    entries += [Entry(row.at, row.text, people.get(row.user_id), "comment", row.at) for row in comments]
    entries.sort(key=lambda entry: entry.at)
    return _gathered(entries)[::-1]


def _gathered(entries: Iterable[Entry]) -> list[Entry]:
    """The entries, with those that the clock repeats, such as daily urging, gathered into one."""
    found: list[Entry] = []
    for entry in entries:
        before = found[-1] if found else None
        if before is not None and entry.tone == before.tone == "system" and entry.text == before.text:
            found[-1] = replace(before, at=entry.at, times=before.times + 1)
        else:
            found.append(entry)
    return found


def path_taken(history: Iterable[History]) -> dict[str, list[str]]:
    """{process id: ids of the elements that were passed, in order of their first pass}, for the diagram."""
    passed: dict[str, dict[str, None]] = {}
    for row in history:
        for element_id, process_id, _kind, _name, what, *_rest in row.trace:
            if what in _DONE:
                passed.setdefault(process_id, {})[element_id] = None
    return {process_id: list(elements) for process_id, elements in passed.items()}


def _who(row: History, people: Mapping[int, str], units: Mapping[str, str]) -> str | None:
    if row.actor_id is None:
        return None
    name = people.get(row.actor_id, "")
    if row.on_behalf_of is not None:
        name = say("%(name)s（代%(absent)s）", name=name, absent=people.get(row.on_behalf_of, ""))
    return f"{units.get(row.unit_code, '')} {name}".strip() if row.unit_code else name


def _is_said(row: History) -> bool:
    return row.kind == "input" and row.op == "deliver" and row.input.get("message") in WORDS_OF


def _tone(row: History) -> str:
    if _is_said(row):
        return "enterprise"
    return "act" if row.actor_id is not None else "system"
