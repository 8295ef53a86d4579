"""Policy rules: whether a version keeps what the plan promises, on every way through it.

Kept apart from `versions.check`: a version that breaks a promise runs all the same, and may be published knowingly.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from workflows.checks import check_reading
from workflows.diagram import NAMESPACES, tag_of
from workflows.level_search import Search, doubled, search, trail
from workflows.marking import State
from workflows.policy_file import NAME, Policy, PolicyError, Rule, parse_policy
from workflows.policy_limits import Worth, excess, rule_text
from workflows.policy_paths import Facts, Watched
from workflows.possible import assume, tree
from workflows.reading import Reading, read
from workflows.sentence import say, sentence_of
from workflows.tokens import Machine

MAX_STATES = 8_000
"""of the search for one rule"""


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that a version does not keep: the rule in its own words and its clause, why, at which element (None
    where there is none), and where it is about a way, the element ids that lead there."""
    rule: str
    clause: str
    reason: str
    element: str | None
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        rule = say("%(clause)s %(rule)s", clause=self.clause, rule=self.rule) if self.clause else self.rule
        return say("%(rule)s：%(reason)s", rule=rule, reason=self.reason)


def broken(key: str, files: Mapping[str, str]) -> list[Broken]:
    """The promises of the `policy.yaml` files that these files break, [] when they keep all. Files that do not pass the
    checks are not looked at: nothing can be said of them."""
    found: list[Broken] = []
    reading = read(key, files)
    for path, text in sorted(files.items()):
        if path.rpartition("/")[2] != NAME:
            continue
        try:
            policy = parse_policy(text)
        except PolicyError as error:
            found.append(Broken(path, "", sentence_of(error), None))
            continue
        if not reading.problems and not check_reading(reading):
            found += [fault for rule in policy.rules for fault in _Judge(reading, policy, rule).faults()]
    return found


def dropped(old: Mapping[str, str], new: Mapping[str, str]) -> list[Broken]:
    """The promises of `old` that `new` no longer makes in the same words and with the same meaning: whoever takes a
    rule away or words it otherwise does not keep it."""
    left = _rules(new)
    return [Broken(rule.says, rule.clause, say("这条规则被去掉或者改写了"), None) for rule in _rules(old)
            if rule not in left]


def _rules(files: Mapping[str, str]) -> list[Rule]:
    """All rules of the `policy.yaml` files that can be read."""
    found: list[Rule] = []
    for path, text in sorted(files.items()):
        if path.rpartition("/")[2] == NAME:
            with suppress(PolicyError):
                found += parse_policy(text).rules
    return found


class _Judge:
    """Looks at one rule."""

    def __init__(self, reading: Reading, policy: Policy, rule: Rule):
        self._reading, self._policy, self._rule = reading, policy, rule

    def faults(self) -> Iterator[Broken]:
        rule = self._rule
        named = (*rule.after, *rule.comes, *rule.before, *rule.apart, *rule.others, *filter(None, [rule.timer]))
        missing = [name for name in named if name not in self._reading.elements]
        if missing:
            yield self._fault(say("图上没有“%(missing)s”了", missing=missing[0]), None)
            return
        yield from self._ways()
        yield from self._limits()
        yield from self._persons()

    def _fault(self, reason: str, element: str | None, path: tuple[str, ...] = ()) -> Broken:
        return Broken(self._rule.says, self._rule.clause, reason, element, path)

    def _name(self, element: str) -> str:
        return self._reading.elements[element].name or element

    def _ways(self) -> Iterator[Broken]:
        """The shortest way on which the promised step does not come before the one that it has to. At first nothing is
        known of variables. A way that breaks the rule is gone along again with all that is known; if it turns out to be
        none, the variables that it fails by are followed from then on."""
        names: frozenset[str] = frozenset()
        machine = self._watched(names)
        aside = machine.aside().intersection((*self._rule.after, *self._rule.comes, *self._rule.before))
        if aside:
            yield self._fault(say("“%(step)s”在不中断的事件后面，和主流程并行，先后无从判断",
                                  step=self._name(min(aside))), min(aside))
            return
        knowing = self._watched(machine.everything())
        while self._rule.comes:
            found = search(machine, machine.begin(facts=machine.first()), MAX_STATES, stops=_stops)
            breaking = [number for number in found.stopped if _is_broken(found.states[number])]
            way = _way_to(found, breaking[0]) if breaking else ()
            far = knowing.far_along(way)
            if way and far == len(way):
                yield self._fault(say("有一条路不经“%(comes)s”就到了“%(step)s”", step=self._name(way[-1]),
                                      comes=[self._name(each) for each in self._rule.comes]), way[-1], trail(way))
                return
            more = machine.not_followed(way[:far + 1]) or machine.not_followed(way)
            if not more:
                if way or not found.complete or len(found.stopped) > len(breaking):
                    yield self._fault(say("走法太多，或有重复办理的地方，没有查完，不能断定守住了这一条"),
                                      self._rule.before[0])
                return
            names |= more
            machine = self._watched(names)

    def _watched(self, names: frozenset[str]) -> Watched:
        return Watched(self._reading, self._policy, self._rule, names)

    def _limits(self) -> Iterator[Broken]:
        """Deadlines that may be longer than promised."""
        rule = self._rule
        if not rule.within:
            return
        assumed = assume(tree(rule.when), True) if rule.when else {}
        worth = Worth(self._reading, assumed, rule.start)
        for name in rule.limits or (rule.timer or "",):
            element, text = None, name
            if name in self._reading.elements:
                element = name
                text = self._rule_of(name) or ""
            elif rule.timer is not None or worth.unknown(name):
                yield self._fault(say("图上没有“%(missing)s”了", missing=name), None)
                continue
            reason = excess(worth.deadline(text), rule.within, rule.start) if text else say("这里没有期限")
            if reason is not None:
                yield self._fault(say("“%(name)s”%(reason)s", reason=reason,
                                      name=self._name(element) if element else name), element)
        if rule.timer is not None and not any(self._stands_over(rule.timer, each) for each in rule.comes):
            yield self._fault(say("“%(timer)s”不再附在“%(comes)s”或它所在的活动上", timer=self._name(rule.timer),
                                  comes=[self._name(each) for each in rule.comes]), rule.timer)

    def _rule_of(self, name: str) -> str | None:
        element = self._reading.elements[name]
        node = next(node for node in self._reading.processes[element.process_id].node.iter()
                    if tag_of(node) and node.get("id") == name)
        return rule_text(node, element.extensions.get("due"))

    def _stands_over(self, timer: str, step: str) -> bool:
        """Whether a timer is on the edge of a step, or of something that the step is inside of."""
        nodes = {node.get("id"): node for process in self._reading.processes.values()
                 for node in process.node.iter() if tag_of(node)}
        host = nodes[timer].get("attachedToRef")
        if host is None:
            return True
        inside = nodes[host].get("calledElement")
        return any(above.get("id") in (host, inside) for above in (nodes[step], *nodes[step].iterancestors()))

    def _persons(self) -> Iterator[Broken]:
        """Steps that the same lane does."""
        for one in self._rule.apart:
            for other in self._rule.others:
                if self._reading.elements[one].position == self._reading.elements[other].position:
                    yield self._fault(say("“%(one)s”和“%(other)s”都由“%(lane)s”办，会是同一个人", one=self._name(one),
                                          other=self._name(other), lane=self._lane(other)), other)

    def _lane(self, step: str) -> str:
        """The name of the lane that a step stands in."""
        element = self._reading.elements[step]
        for lane in self._reading.processes[element.process_id].node.iterfind(".//bpmn:lane", NAMESPACES):
            if any((ref.text or "").strip() == step for ref in lane.findall("bpmn:flowNodeRef", NAMESPACES)):
                return lane.get("name") or element.position or ""
        return element.position or ""


def _way_to(found: Search, number: int) -> tuple[str, ...]:
    """The steps on the way to where the rule is broken, without what runs by itself after it."""
    way, facts = found.steps(number), found.states[number].facts
    assert isinstance(facts, Facts)
    return way[:len(way) - way[::-1].index(facts.broken)]


def _is_broken(state: State) -> bool:
    return isinstance(state.facts, Facts) and bool(state.facts.broken)


def _stops(machine: Machine, state: State) -> str | None:
    """The step at which the rule is broken; also where tokens pile up, which soundness tells."""
    if isinstance(state.facts, Facts) and state.facts.broken:
        return state.facts.broken
    return doubled(machine, state)
