"""What follows a parameter: the elements that read it, themselves or by way of derived variables, tables and forms."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from workflows import form_texts
from workflows.checks_variables import reads_of
from workflows.derived import rules as derived_rules
from workflows.diagram import Element, Node, tag_of
from workflows.diagram_facts import is_owner
from workflows.differences_diagram import subject_of
from workflows.errors import WorkflowError
from workflows.expressions import Expression
from workflows.limits_compared import Limits, told
from workflows.policy_limits import rule_text
from workflows.possible import Moment
from workflows.reading import Reading
from workflows.sentence import Sentence, listed, say
from workflows.specification import called_decision

LIMITS = (say("期限"), say("定时"))
"""what `reads_of` calls the rules that have a length"""


@dataclass(frozen=True, slots=True)
class Follower:
    """An element that reads a changed parameter, with what becomes of it in words."""
    file: str
    element: str
    text: Sentence


def followers(name: str, old: Limits, new: Limits) -> list[Follower]:
    """The elements of the new version that read a parameter, in the order of the diagrams. A limit that both sides tell
    is left out where the parameter makes no difference to it."""
    names, reading = _reached(name, new.reading), new.reading
    found = []
    for process in reading.processes.values():
        nodes = {node.get("id", ""): node for node in process.node.iter("{*}*") if tag_of(node) and is_owner(node)}
        for id, node in nodes.items():
            text = _told(subject_of(node, nodes), node, reading.elements.get(id), names, old, new)
            if text is not None:
                found.append(Follower(reading.file_of(process.id), id, text))
    return found


def _reached(name: str, reading: Reading) -> frozenset[str]:
    """The parameter, and the derived variables and outputs of tables that hang on it."""
    reads: dict[str, set[str]] = {derived: set(rule.names) for derived, rule in _derived(reading).items()}
    for table in reading.decisions.values():
        for column, output in enumerate(table.outputs):
            reads.setdefault(output, set()).update(*(rule.outputs[column].names for rule in table.rules))
    reached, grown = {name}, True
    while grown:
        more = {each for each, read in reads.items() if read & reached} - reached
        reached, grown = reached | more, bool(more)
    return frozenset(reached)


def _derived(reading: Reading) -> dict[str, Expression]:
    with suppress(WorkflowError):
        return derived_rules(reading)
    return {}


def _told(subject: Sentence, node: Node, element: Element | None, names: frozenset[str], old: Limits,
          new: Limits) -> Sentence | None:
    uses = [what for what, read in _all_reads(node, element, new.reading) if set(read) & names]
    if not uses:
        return None
    if any(what in LIMITS for what in uses):
        before, after = (_moments(element, each) for each in (old, new))
        if before - after and after - before:
            return say("%(subject)s的时限由 %(old)s 变为 %(new)s", subject=subject, old=told(before - after),
                       new=told(after - before))
        if before and before == after:
            uses = [what for what in uses if what not in LIMITS]
    return say("%(subject)s的%(uses)s用到它", subject=subject, uses=listed(uses)) if uses else None


def _all_reads(node: Node, element: Element | None, reading: Reading) -> Iterator[tuple[str, set[str]]]:
    with suppress(WorkflowError):
        yield from ((what, set(names)) for what, names in reads_of(node, element))
    if element is None:
        return
    decision = element.extensions.get("calledDecisionId") or called_decision(node)
    if element.kind == "businessRuleTask" and (table := reading.decisions.get(decision)) is not None:
        yield table.name, set(table.names())
    form = reading.forms.get(element.form or "")
    if form is not None:
        yield say("表单"), {*form_texts.names(form), *(name for each in form.expressions for name in each.names)}


def _moments(element: Element | None, limits: Limits) -> frozenset[Moment]:
    """The moments that an element's limit may mean; none where that cannot be told or it has none."""
    reading = limits.reading
    own = reading.elements.get(element.id) if element is not None else None
    if own is None:
        return frozenset()
    node = next(each for each in reading.processes[own.process_id].node.iter("{*}*") if each.get("id") == own.id)
    lengths = limits.lengths(rule_text(node, own.extensions.get("due")) or "")
    return frozenset(each for moments in lengths.values() for each in moments)
