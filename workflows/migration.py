"""Moving an instance to another version of its process, and taking the move back.

A move changes where things stand and until when, and lets nothing happen: what is due by the new rules fires with the
next input. What was under way goes on where it is (`carrying`); deadlines count from when they began. A boundary event
that the old version had and that no longer waits has fired, and is not armed again; one that it did not have is. What
a repeating timer would have done before the move is not made up for.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from SpiffWorkflow.util.task import TaskState

from workflows import reporting, timers
from workflows.activities import CallActivity
from workflows.calendar import Calendar
from workflows.carrying import Carrier, refuse, renamed
from workflows.compaction import compact
from workflows.errors import InstanceStopped, MoveRefused
from workflows.events import BoundaryEvent
from workflows.execution import Execution, Failure
from workflows.gateways import EventBasedGateway
from workflows.sentence import say
from workflows.spiff import Level, Spec, Token
from workflows.state import dump, load, read, restore
from workflows.step import OpenedTask, RewrittenTask, Step, Trace
from workflows.timers import Timer
from workflows.versions import ProcessVersion

Json = Any
_NEVER = datetime.min.replace(tzinfo=UTC)


def migrate(old: ProcessVersion, new: ProcessVersion, state: bytes, mapping: Mapping[str, str], *, now: datetime,
            calendar: Calendar, entered: Mapping[str, str] | None = None) -> Step:
    """An instance of `old` as one of `new`. Open tasks keep their ids.

    `mapping` names an element of `new` for one of `old`; an element without is looked for under its own id. `entered`
    tells since when activities are under way, task id → ISO 8601, as far as the state does not know it and it is
    asked for (`asks_when_entered`); else they count from now. Suspended instances stay so, and one that stops at an
    incident does until it is tried again. Raises StepsGone for elements that need a name in `mapping`, MoveRefused for
    what cannot go on in the new version, InstanceStopped for an instance that has ended.
    """
    before = load(old, state, now=now, calendar=calendar)
    if before.ended is not None:
        raise InstanceStopped(say("流程已经结束"))
    document = read(state)
    document[1], document[7] = new.hash[:16], Carrier(before, new, mapping).levels()
    _rename_incident(document[5], new, mapping)
    mover = _Mover(before, restore(new, document, now=now, calendar=calendar), mapping, entered or {})
    try:
        mover.settle()
    except Failure as failure:
        raise MoveRefused(reporting.incident_of(mover.there, failure).message) from failure
    return _told(before, mover.there)


def take_back(new: ProcessVersion, old: ProcessVersion, state: bytes, earlier: bytes, *, now: datetime,
              calendar: Calendar) -> Step:
    """The state that a move has left, as it was `earlier`, before the move. Ids that the move gave are not given again.
    """
    moved = load(new, state, now=now, calendar=calendar)
    back = load(old, earlier, now=now, calendar=calendar)
    back.counter = max(back.counter, moved.counter)
    return _told(moved, back)


def under_way(version: ProcessVersion, state: bytes) -> frozenset[str]:
    """The task ids of everything that is under way in a state."""
    execution = load(version, state, now=_NEVER, calendar=Calendar())
    return frozenset(token.id for level in execution.instance.levels() for token in level.open_tokens())


def asks_when_entered(old: ProcessVersion, new: ProcessVersion, mapping: Mapping[str, str]) -> bool:
    """Whether some element of the new version gets a limit that it did not have: whoever moves instances there has to
    tell since when their activities are under way."""
    known = {renamed(element_id, mapping): element for element_id, element in old.elements.items()}
    return any(
        (element.kind in ("boundaryEvent", "intermediateCatchEvent") and element_id not in known)
        or ("due" in element.extensions and element_id in known and "due" not in known[element_id].extensions)
        for element_id, element in new.elements.items())


def _rename_incident(incident: dict[str, Json] | None, new: ProcessVersion, mapping: Mapping[str, str]) -> None:
    if incident is not None:
        name = renamed(incident["element_id"], mapping)
        if name in new.elements:
            incident |= {"element_id": name, "process_id": new.elements[name].process_id}


@dataclass(frozen=True, slots=True)
class _Mover:
    """An instance in the middle of its move: as it was, and as it is being made."""
    before: Execution
    there: Execution
    mapping: Mapping[str, str]
    entered: Mapping[str, str]

    def settle(self) -> None:
        """Gives what was carried over everything that the new version wants of it."""
        for level in self.there.instance.levels():
            for token in list(level.open_tokens()):
                if token._state in (TaskState.READY, TaskState.STARTED) and token.repetition is None:
                    self._arm_boundary_events(token)
            self._await_more(level)
        for level in self.there.instance.levels():
            self.there.micro(_declare, level.task_tree)
        self.there.micro(_derive, self.there.instance.task_tree)
        for token in reporting.open_tasks(self.there):
            if _lane(token) != _lane(self._was(token)):
                self.there.micro(_place_anew, token)
        for level in self.there.instance.levels():
            for token in level.open_tokens():
                self.there.micro(self._work_out, token)

    def _was(self, token: Token) -> Token:
        found = self.before.instance.token(token.id)
        assert found is not None
        return found

    def _since(self, token: Token) -> datetime:
        """When an activity or event was entered, as well as is known."""
        if token.id in self.entered:
            return datetime.fromisoformat(self.entered[token.id])
        was = self._was(token)
        beside = was.split.children if was.split is not None else ()
        known = [timers.since(each) for each in [was, *beside] if "since" in each.internal_data]
        return min(known, default=self.there.now)

    def _arm_boundary_events(self, token: Token) -> None:
        """Those that the old version did not put beside this activity."""
        specs = token.workflow.spec.task_specs
        name = f"{token.task_spec.name}.BoundaryEventSplit"
        if name not in specs:
            return
        was = self._was(token)
        old = was.workflow.spec.task_specs.get(f"{was.task_spec.name}.BoundaryEventSplit")
        had = {renamed(spec.name, self.mapping) for spec in old.outputs} if old is not None else set()
        fresh = [spec for spec in specs[name].outputs if isinstance(spec, BoundaryEvent) and spec.name not in had]
        if fresh:
            since = self._since(token)
            split = token.split or _put_split(token, specs[name])
            for spec in fresh:
                self._wait(split._add_child(spec), since)

    def _await_more(self, level: Level) -> None:
        """Events that the new version awaits beside those that an event-based gateway has opened."""
        gates: dict[str, list[Token]] = {}
        for token in level.open_tokens():
            if "gate" in token.internal_data and token._state == TaskState.WAITING:
                gates.setdefault(token.internal_data["gate"], []).append(token)
        for gate, waiting in gates.items():
            old = _gateway_before([self._was(token).task_spec for token in waiting])
            new = _gateway_before([token.task_spec for token in waiting])
            if new is None:
                refuse(waiting[0], say("在新版本里等候的方式不同"))
            had = {renamed(spec.name, self.mapping) for spec in old.outputs} if old is not None else set()
            since = min(map(self._since, waiting))
            for spec in new.outputs:
                if spec.name not in had:
                    token = level.task_tree._add_child(spec)
                    token.internal_data["gate"] = gate
                    self._wait(token, since)

    def _wait(self, token: Token, since: datetime) -> None:
        if isinstance(token.task_spec.event_definition, Timer):
            token.internal_data["since"] = timers.text_of(since)
        self.there.micro(_enter, token)

    def _work_out(self, token: Token) -> None:
        """The deadline of a task or event by the rule that it has now."""
        rule = timers.rule_of(token) if token.task_spec.element is not None else None
        if rule is None or not (token.task_spec.manual or hasattr(token.task_spec, "event_definition")):
            for name in ("since", "due", "provisional"):
                token.internal_data.pop(name, None)
        elif token._state in (TaskState.READY, TaskState.WAITING):
            if "since" in token.internal_data:
                timers.work_out_again(token)
            else:
                since = self._since(token)
                timers.keep(token, timers.work_out(token, rule, since, optional=token.task_spec.manual), since)
            was = self.before.instance.token(token.id)
            if was is None or was.internal_data.get("due") != token.internal_data.get("due"):
                _skip_what_passed(token)


def _skip_what_passed(token: Token) -> None:
    """A repeating timer goes on with its first turn after the move; one that has been due is done with the others."""
    definition = getattr(token.task_spec, "event_definition", None)
    if not isinstance(definition, Timer) or not definition.repeats:
        return
    while "due" in token.internal_data and timers.since(token) < timers.due_at(token) <= token.execution.now:
        turn = timers.due_at(token)
        timers.keep(token, timers.work_out(token, definition.rule, turn, optional=True), turn)


def _put_split(token: Token, spec: Spec) -> Token:
    """Puts the split of boundary events over an activity that has had none, before it in its level."""
    level = token.workflow
    parent = token.parent
    split = parent._add_child(spec, TaskState.COMPLETED)
    parent._children.remove(token.id)
    split._children.append(token.id)
    token._parent = split.id
    order: dict[str, Token] = {}
    for each in level.tasks.values():
        if each is token:
            order[split.id] = split
        if each is not split:
            order[each.id] = each
    level.tasks = order
    return split


def _gateway_before(waiting: list[Spec]) -> Spec | None:
    """The event-based gateway that opens all these events."""
    return next((gateway for gateway in waiting[0].inputs if isinstance(gateway, EventBasedGateway)
                 and all(spec in gateway.outputs for spec in waiting)), None)


def _enter(token: Token) -> None:
    token.task_spec._update_hook(token)
    token.execution.note(token, "entered")


def _place_anew(token: Token) -> None:
    token.internal_data.pop("assignee", None)
    token.execution.place(token)


def _declare(root: Token) -> None:
    """New declared variables of the process of a level get their initial values."""
    level = root.workflow
    if level.parent_token is None or isinstance(level.parent_token.task_spec, CallActivity):
        root.execution.declare(level.scope, level.spec.name)


def _derive(root: Token) -> None:
    for scope in root.execution.instance.scopes():
        root.execution.derive(scope, scope.values)


def _lane(token: Token) -> tuple[str | None, ...]:
    element = token.task_spec.element
    return element.position, element.unit_expression, element.extensions.get("assignee")


def _told(before: Execution, after: Execution) -> Step:
    """The step from an instance of one version to the same one in another."""
    compact(after.instance)
    was = {token.id: reporting.opened_task(token) for token in reporting.open_tasks(before)}
    rewritten = tuple(_rewritten(was, after))
    for each in rewritten:
        element = after.version.elements[each.task.element_id]
        if each.elsewhere or was[each.task.task_id].element_id != element.id:
            after.trace.append(Trace(element.id, element.process_id, element.kind, element.name, "moved",
                                     each.task.task_id))
    return replace(reporting.step(after, dump(after), reporting.view(before)), rewritten=rewritten)


def _rewritten(earlier: Mapping[str, OpenedTask], after: Execution) -> Iterator[RewrittenTask]:
    for token in reporting.open_tasks(after):
        was, now = earlier[token.id], reporting.opened_task(token)
        if _described(was) != _described(now):
            place = [(task.unit, task.position, task.assignee) for task in (was, now)]
            yield RewrittenTask(now, place[0] != place[1])


def _described(task: OpenedTask) -> OpenedTask:
    """A task without its deadline, of which `redated` tells."""
    return replace(task, due_at=None, provisional=False)
