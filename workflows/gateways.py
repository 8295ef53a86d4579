"""Gateways and the joints that SpiffWorkflow puts around activities.

SpiffWorkflow's joins look for their siblings up and down the task tree, which grows with history and confuses them in
loops. Ours count what has arrived at the join itself: every token knows by which flow it came (`via`).
"""
from __future__ import annotations

from collections import Counter

from SpiffWorkflow.bpmn.specs import control, defaults
from SpiffWorkflow.util.task import TaskState

from workflows.events import BoundaryEvent
from workflows.sentence import say
from workflows.spiff import OPEN, Spec, Token


def waiting_at(token: Token) -> list[Token]:
    """The tokens that have arrived at this token's join and wait there, in order of arrival, itself included."""
    spec = token.task_spec
    return [other for other in token.workflow.tasks.values()
            if other.task_spec is spec and other._state == TaskState.WAITING]


def take(token: Token, tokens: list[Token]) -> None:
    """The join fires with `token`; the others that it took are gone."""
    for other in tokens:
        if other is not token:
            token.workflow.remove(other)


class Joining:
    """What the joins have in common."""
    counts_arrivals = True

    def _run_hook(self, token: Token) -> bool:
        return True


class ParallelGateway(Joining, defaults.ParallelGateway):  # type: ignore[misc]
    """Fires with one token from each incoming flow; more from the same flow wait for their own turn."""

    def _update_hook(self, token: Token) -> bool:
        token._state = TaskState.WAITING
        needed: Counter[str] = Counter(self._inputs)
        taken = []
        for other in waiting_at(token):
            if needed[other.internal_data["via"]] > 0:
                needed[other.internal_data["via"]] -= 1
                taken.append(other)
        if token not in taken or any(needed.values()):
            return False
        take(token, taken)
        return True


class ExclusiveGateway(defaults.ExclusiveGateway):  # type: ignore[misc]
    """The first flow whose condition holds, in the order of the file; else the default flow."""

    def _predict_hook(self, token: Token) -> None:
        """Which flow it will be is known when it runs."""

    def _run_hook(self, token: Token) -> bool:
        chosen = self.default_task_spec
        for condition, name in self.cond_task_specs:
            if condition is not None and condition._matches(token):
                chosen = name
                break
        if chosen is None:
            token.execution.fail(token, "gateway", say("没有一条出口的条件成立，也没有默认出口"))
        token._add_child(self._wf_spec.task_specs[chosen])
        return True


class InclusiveGateway(Joining, defaults.InclusiveGateway):  # type: ignore[misc]
    """Fires when no token can still come by a flow that has none (BPMN 2.0.2, 13.4.3), then takes every flow whose
    condition holds."""

    def _predict_hook(self, token: Token) -> None:
        """Which flows it will be is known when it runs."""

    def _update_hook(self, token: Token) -> bool:
        token._state = TaskState.WAITING
        waiting = waiting_at(token)
        if token is not waiting[0]:
            return False
        taken = {other.internal_data["via"]: other for other in reversed(waiting)}
        if len(taken) < len(set(self._inputs)) and self._more_may_come(token, set(taken)):
            return False
        take(token, list(taken.values()))
        return True

    def _more_may_come(self, token: Token, filled: set[str]) -> bool:
        for other in token.workflow.tasks.values():
            if other._state & OPEN and other.task_spec is not self and not isinstance(other.task_spec, BoundaryEvent):
                reached = self._inputs_reached_from(other.task_spec)
                if reached - filled and not reached & filled:
                    return True
        return False

    def _inputs_reached_from(self, spec: Spec) -> set[str]:
        """The incoming flows that a token at `spec` could come by without passing this gateway."""
        seen, todo = {spec.name}, [spec]
        for current in todo:
            for following in current.outputs:
                if following is not self and following.name not in seen:
                    seen.add(following.name)
                    todo.append(following)
        return seen & set(self._inputs)

    def _run_hook(self, token: Token) -> bool:
        matches, defaults_ = self._get_matching_outputs(token)
        if not matches and not defaults_:
            token.execution.fail(token, "gateway", say("没有一条出口的条件成立，也没有默认出口"))
        for spec in matches or defaults_:
            token._add_child(spec)
        return True


class EventBasedGateway(defaults.EventBasedGateway):  # type: ignore[misc]
    """Opens every event behind it; the first to fire cancels the others."""

    def _update_hook(self, token: Token) -> bool:
        return True

    def _predict_hook(self, token: Token) -> None:
        for spec in self.outputs:
            token._add_child(spec).internal_data["gate"] = token.id

    def _run_hook(self, token: Token) -> bool:
        return True

    def _on_ready_hook(self, token: Token) -> None:
        """Nothing to unregister."""

    def _on_cancel(self, token: Token) -> None:
        """Nothing to unregister."""


class BoundaryEventSplit(control.BoundaryEventSplit):  # type: ignore[misc]
    """Stands over an activity and its boundary events: both begin."""

    def _predict_hook(self, token: Token) -> None:
        for spec in self.outputs:
            token._add_child(spec)

    def _run_hook(self, token: Token) -> bool:
        return True


class EndJoin(Joining, control._EndJoin):  # type: ignore[misc]
    """Ends a level when nothing else is under way in it."""

    def _update_hook(self, token: Token) -> bool:
        token._state = TaskState.WAITING
        waiting = waiting_at(token)
        open_tokens = token.workflow.open_tokens()
        if token is not waiting[-1]:
            return False
        take(token, waiting)  # one is enough to wait for the rest
        return not any(other.task_spec is not self for other in open_tokens)


JOINS = (ParallelGateway, InclusiveGateway, EndJoin)

