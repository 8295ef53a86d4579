"""Ways through a whole process, inner levels included, with what is known of its variables: for policy rules about what
comes before what.

Known is what the process declares, scripts assign and tables give, until a form, a message or something that runs
beside writes it. A gateway goes every way that its conditions may allow.
"""
from __future__ import annotations

import ast
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from workflows.diagram import NAMESPACES, properties_of
from workflows.flowgraph import Flow, Level, Step, all_levels
from workflows.policy_file import Policy, Rule
from workflows.policy_limits import assignments, outputs
from workflows.possible import ANY, Known, Values, assume, known, tree, truths, values
from workflows.reading import Reading
from workflows.specification import called_decision
from workflows.syntax import CONSTANTS
from workflows.tokens import Machine
from workflows.vocabulary import VOCABULARY

Json = Any
MAX_SEEN = 5_000
"""situations in going along one way"""


class Facts(NamedTuple):
    """What a walk knows: whether the rule's step is still `owed`, the step that it was `broken` at, and the variables
    that have one known value."""
    owed: bool
    broken: str = ""
    variables: frozenset[tuple[str, Known]] = frozenset()


class Watched(Machine):
    """All moves of a process under one rule. Of the variables it follows `names`, those of the rule's condition, and
    those that they are worked out from; of all others it knows nothing."""

    def __init__(self, reading: Reading, policy: Policy, rule: Rule, names: frozenset[str]):
        super().__init__(all_levels(reading), reading.main)
        self._reading, self._policy, self._rule = reading, policy, rule
        self._when = tree(rule.when) if rule.when else None
        self._names = names | (_names(self._when) if self._when is not None else frozenset())
        self._scripts = {step.id: assignments(step.node) for level in self.levels.values()
                         for step in level.steps.values() if step.kind == "scriptTask"}

    def aside(self) -> frozenset[str]:
        """The steps that run beside the flow, which is walked without them."""
        todo, main = [self.root], set[str]()
        for name in todo:
            level = self.levels[name]
            origins = [level.start, *(each for each, step in level.steps.items()
                                      if step.attached and not step.interrupting and each not in level.beside)]
            here = {each for origin in origins for each in level.thread(origin)}
            main |= here
            todo += [inner for each in here if (inner := level.steps[each].inner) is not None and inner not in todo]
        return frozenset(name for level in self.levels.values() for name in level.steps) - main

    def everything(self) -> frozenset[str]:
        """The variables of all gateways."""
        return frozenset(each for level in self.levels.values() for step in level.steps.values()
                         for each in self._decides(step))

    def far_along(self, way: Sequence[str]) -> int:
        """How many of the steps of a way can be gone one after another; as many as it has if that breaks the rule."""
        first = self.begin(facts=self.first()), 0
        todo, seen, furthest = [first], {first}, 0
        while todo and len(seen) < MAX_SEEN:
            state, gone = todo.pop()
            if gone == len(way):
                if isinstance(state.facts, Facts) and state.facts.broken:
                    return gone
                continue
            furthest = max(furthest, gone)
            for move in self.moves(state):
                passed = move.passed[:len(way) - gone]
                following = move.state, gone + len(passed)
                if tuple(way[gone:gone + len(passed)]) == passed and following not in seen:
                    seen.add(following)
                    todo.append(following)
        return furthest

    def not_followed(self, way: Sequence[str]) -> frozenset[str]:
        """The variables of the last gateway on a way that would tell more if they were followed."""
        steps = {name: step for level in self.levels.values() for name, step in level.steps.items()}
        return next((asked for name in reversed(way) if (asked := self._decides(steps[name]) - self._asked)),
                    frozenset())

    @staticmethod
    def _decides(step: Step) -> frozenset[str]:
        """The variables by which a gateway decides."""
        if step.kind != "exclusiveGateway":
            return frozenset()
        return frozenset(each for flow in step.leaving if flow.condition is not None
                         for each in _names(tree(flow.condition)))

    def first(self) -> Facts:
        declared: dict[str, Json] = {}
        for process in self._reading.processes.values():
            declared = {**(process.variables or {}), **declared}
        kept = {(name, next(iter(found))) for name, value in declared.items()
                if name in self._asked and name not in self._policy.given and (found := known(value)) is not None}
        return Facts(not self._rule.after, "", frozenset(kept))

    # What the walk tells

    def taken(self, step: Step, facts: Hashable) -> Iterator[tuple[Flow, Hashable]]:
        """The first flow that holds, in the order of the file; with what its condition tells."""
        assert isinstance(facts, Facts)
        for flow in step.leaving:
            if flow.default or flow.condition is None:
                continue
            condition = tree(flow.condition)
            found = truths(condition, _look(facts))
            if True in found:
                yield flow, self._assumed(facts, condition, True)
            if False not in found:
                return
            facts = self._assumed(facts, condition, False)
        yield from ((flow, facts) for flow in step.leaving if flow.default or flow.condition is None)

    def begun(self, step: Step, facts: Hashable) -> Hashable:
        assert isinstance(facts, Facts)
        if facts.owed and step.id in self._rule.before and not facts.broken:
            return facts._replace(broken=step.id)
        return facts

    def done(self, step: Step, facts: Hashable) -> Iterable[Hashable]:
        assert isinstance(facts, Facts)
        facts = self._after(step, facts)
        if step.id in self._rule.comes:
            facts = facts._replace(owed=False)
        if step.id not in self._rule.after:
            return [facts]
        if self._when is None:
            return [facts._replace(owed=True)]
        return [self._assumed(facts, self._when, truth)._replace(owed=truth)
                for truth in sorted(truths(self._when, _look(facts)))]

    # What is known

    def _assumed(self, facts: Facts, condition: ast.expr, truth: bool) -> Facts:
        found = {name: value for name, value in assume(condition, truth).items()
                 if name in self._asked and name not in self._aside}
        return _written(facts, {name: known(value) for name, value in found.items()})

    def _after(self, step: Step, facts: Facts) -> Facts:
        """What a step writes."""
        if step.kind == "scriptTask":
            for name, right in self._scripts[step.id]:
                if name in self._asked:
                    facts = _written(facts, {name: values(right, _look(facts)) if name not in self._aside else ANY})
            return facts
        if step.kind == "businessRuleTask":
            decision = properties_of(step.node).get("calledDecisionId") or called_decision(step.node)
            table = self._reading.decisions[decision]
            return _written(facts, {name: outputs(table, name, _look(facts)) if name not in self._aside else ANY
                                    for name in table.outputs if name in self._asked})
        return _written(facts, dict.fromkeys(self._brought(step), ANY))

    def _brought(self, step: Step) -> Collection[str]:
        """The variables that a form or message of a step may write."""
        element = self._reading.elements[step.id]
        if step.kind == "userTask" and element.form in self._reading.forms:
            return self._asked & set(self._reading.forms[element.form].writes())
        if step.trigger in ("message", "signal") or step.kind == "receiveTask":
            return self._asked & self._policy.messages.get(self._message(step), self._asked)
        return ()

    def _message(self, step: Step) -> str:
        kind = "signal" if step.trigger == "signal" else "message"
        definition = step.node.find(f"bpmn:{kind}EventDefinition", NAMESPACES)
        reference = (definition if definition is not None else step.node).get(f"{kind}Ref")
        root = step.node.getroottree().getroot()
        return next((each.get("name") for each in root.findall(f"bpmn:{kind}", NAMESPACES)
                     if each.get("id") == reference), "")

    @cached_property
    def _asked(self) -> frozenset[str]:
        """The variables that are followed, those that they are assigned from included."""
        names = set(self._names)
        while True:
            more = {each for script in self._scripts.values() for name, right in script if name in names
                    for each in _names(right)}
            more |= {each for table in self._reading.decisions.values() if names & set(table.outputs)
                     for expression in table.inputs for each in expression.names}
            if more <= names:
                return frozenset(names)
            names |= more

    @cached_property
    def _aside(self) -> frozenset[str]:
        """The variables that something beside the flow writes, at whatever time; and those of single items."""
        found: set[str] = set()
        for level in self.levels.values():
            for step in level.steps.values():
                if step.begins_by_event or (step.repeated and step.inner is not None):
                    found |= self._writes(self.levels[step.inner or ""])
                elif step.repeated and step.kind == "userTask":
                    found |= set(self._brought(step))
            for event in level.beside:
                for name in level.thread(event):
                    found |= self._step_writes(level.steps[name])
        return frozenset(found)

    def _writes(self, level: Level) -> set[str]:
        return {name for step in level.steps.values() for name in self._step_writes(step)}

    def _step_writes(self, step: Step) -> set[str]:
        if step.inner is not None:
            return self._writes(self.levels[step.inner])
        if step.kind == "scriptTask":
            return {name for name, _ in self._scripts[step.id]}
        if step.kind == "businessRuleTask":
            return {name for table in self._reading.decisions.values() for name in table.outputs}
        return set(self._brought(step))


def _look(facts: Facts) -> Any:
    found: Mapping[str, Known] = dict(facts.variables)

    def look(name: str) -> Values:
        return frozenset({found[name]}) if name in found else ANY

    return look


def _written(facts: Facts, written: Mapping[str, Values]) -> Facts:
    if not written:
        return facts
    kept = dict(facts.variables)
    for name, found in written.items():
        kept.pop(name, None)
        if found is not None and len(found) == 1:
            kept[name] = next(iter(found))
    return facts._replace(variables=frozenset(kept.items()))


@lru_cache(maxsize=4096)
def _names(node: ast.AST) -> frozenset[str]:
    """The variables that an expression mentions."""
    return frozenset(each.id for each in ast.walk(node) if isinstance(each, ast.Name)) - CONSTANTS.keys() \
        - VOCABULARY.keys()
