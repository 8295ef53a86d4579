"""What differs between two versions of a process, in words and as marks on the diagrams.

Both sides are `{path: text}`. Steps, flows, lanes, time limits, conditions, decision tables and forms are compared by
what they say, not by how the file is written; nothing that differs is left untold.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import ndiff
from functools import partial

from workflows.changes import Change, Names
from workflows.checks_variables import written_variables
from workflows.content import folders
from workflows.diagram import Process, XmlRefused, parse_xml, read_processes
from workflows.diagram_facts import Callers, callers_of
from workflows.differences_diagram import diagram_changes
from workflows.differences_forms import form_changes
from workflows.differences_tables import table_changes
from workflows.errors import WorkflowError
from workflows.followers import Follower, followers
from workflows.limits_compared import Limits
from workflows.reading import read
from workflows.sentence import listed, say

PARAMETER = "variable:"


@dataclass(frozen=True, slots=True)
class DiagramPair:
    """A diagram of both sides, None where a side does not have it. `marks` gives the kind of change by element id."""
    path: str
    name: str
    old: str | None
    new: str | None
    marks: dict[str, str]


@dataclass(frozen=True, slots=True)
class Differences:
    """`changes` in the order of the files; `diagrams` are those that differ."""
    changes: list[Change] = field(default_factory=list)
    diagrams: list[DiagramPair] = field(default_factory=list)

    @property
    def weighty(self) -> list[Change]:
        """Changes of expressions and routing: two people have to agree to them."""
        return [change for change in self.changes if change.weighty]


def differences(old: Mapping[str, str], new: Mapping[str, str], names: Names | None = None) -> Differences:
    """What leads from `old` to `new`. `names` tells codes of units and positions for people."""
    found = Differences()
    names = {**_form_names(old), **_form_names(new), **(names or {})}
    callers = _callers(old), _callers(new)
    for path in sorted({*old, *new}, key=_diagrams_first):
        before, after = old.get(path), new.get(path)
        if before != after or (path.endswith(".bpmn") and callers[0] != callers[1]):
            changes = list(_file_changes(path, before, after, names, callers))
            if before == after and not changes:
                continue  # no caller's parameter makes a difference to it
            found.changes.extend(changes)
            if path.endswith(".bpmn"):
                marks: dict[str, str] = {each.element: each.kind for each in changes if each.element is not None}
                found.diagrams.append(DiagramPair(path, _name_of(after or before or "", path), before, after, marks))
    found.changes[:] = [change for change in found.changes if change.text]
    _tell_followers(found, old, new)
    return found


def _tell_followers(found: Differences, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    """Puts below each changed parameter the elements that read it, and marks them on their diagrams."""
    if not any(change.fact.startswith(PARAMETER) and change.kind == "changed" for change in found.changes):
        return
    before, after = (Limits(read(next(iter(folders(files)), ""), files)) for files in (old, new))
    known = {change.element: change for change in found.changes if change.kind == "follows"}
    told: list[Change] = []
    for change in found.changes:
        if change.kind == "follows":
            continue
        told.append(change)
        for each in _followers(change, before, after):
            own = known.pop(each.element, None) or Change("follows", each.file, each.element, each.text)
            told.append(own)
            _mark(found, own, old, new)
    found.changes[:] = [*told, *known.values()]


def _followers(change: Change, before: Limits, after: Limits) -> list[Follower]:
    """What follows a changed parameter; nothing where a caller decides it, or where it is written while a case runs."""
    name = change.fact.removeprefix(PARAMETER)
    reading = after.reading
    main = reading.processes.get(reading.main)
    if name == change.fact or main is None or name in written_variables(reading) or (
            change.element != main.id and name in (main.variables or {})):
        return []
    return followers(name, before, after)


def _mark(found: Differences, change: Change, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    pair = next((each for each in found.diagrams if each.path == change.file), None)
    if pair is None:
        pair = DiagramPair(change.file, _name_of(new.get(change.file, ""), change.file), old.get(change.file),
                           new.get(change.file), {})
        found.diagrams.append(pair)
    if change.element is not None:
        pair.marks.setdefault(change.element, change.kind)


def _callers(files: Mapping[str, str]) -> Callers:
    """What the processes that call others give them."""
    roots = []
    for path, text in files.items():
        if path.endswith(".bpmn"):
            try:
                roots.append(parse_xml(text))
            except XmlRefused:
                continue  # told when the file itself is compared
    return callers_of(roots)


def _form_names(files: Mapping[str, str]) -> dict[str, str]:
    """`form:NAME` → the names of the steps that show it."""
    steps: dict[str, list[str]] = {}
    for path, text in files.items():
        if path.endswith(".bpmn"):
            for process in _processes(text):
                for element in process.elements.values():
                    if element.form and element.name:
                        steps.setdefault(f"form:{element.form}", []).append(element.name)
    return {name: str(listed(list(dict.fromkeys(found)))) for name, found in steps.items()}


def _processes(text: str) -> list[Process]:
    try:
        return read_processes(parse_xml(text))
    except XmlRefused:
        return []


def _diagrams_first(path: str) -> tuple[bool, bool, str]:
    return not path.endswith(".bpmn"), not path.endswith(".dmn"), path


def _file_changes(path: str, old: str | None, new: str | None, names: Names,
                  callers: tuple[Callers, Callers]) -> list[Change]:
    compare = next((compare for suffix, compare in _READERS.items() if path.endswith(suffix)), None)
    if path.endswith(".bpmn"):
        compare = partial(diagram_changes, callers=callers)
    if compare is not None:
        try:
            changes = compare(path, old, new, names)
            return changes if changes or old == new else [
                Change("changed", path, None, say("文件“%(path)s”只有写法上的改动，不影响办理", path=path))]
        except (WorkflowError, ValueError, TypeError, AttributeError, RecursionError):
            pass  # what cannot be read is compared as text
    return [_text_change(path, old, new)]


_READERS = {".dmn": table_changes, ".form.json": form_changes}


def _text_change(path: str, old: str | None, new: str | None) -> Change:
    """A file that is compared as text. Rules of policy are among them, so that a second person looks at it."""
    if old is None:
        return Change("added", path, None, say("新增文件“%(path)s”", path=path), weighty=True, after=new or "")
    if new is None:
        return Change("removed", path, None, say("去掉文件“%(path)s”", path=path), weighty=True, before=old)
    lines = [line for line in ndiff(old.splitlines(), new.splitlines()) if line[:1] in "+-"] \
        if len(old) + len(new) < MAX_COMPARED else []
    return Change("changed", path, None, say("文件“%(path)s”有改动", path=path), weighty=True,
                  before="\n".join(line[2:] for line in lines if line[0] == "-"),
                  after="\n".join(line[2:] for line in lines if line[0] == "+"))


MAX_COMPARED = 100_000
"""characters of a text that is compared line by line: what two of them have in common costs their product"""


def _name_of(text: str, path: str) -> str:
    """The name of a file's first process, else its path."""
    return next((process.name for process in _processes(text)), path)
