"""Who held which task at which moment, from the acts that the history keeps beside the engine's inputs."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.issues import places
from app.models import History, Position, User, WorkItem
from workflows.sentence import say
from workflows.step import OpenedTask

Json = Any
_HANDS_OVER = ("claim", "release", "transfer", "delegate", "give_back", "take_back")
_HELD_BEFORE = ("release", "delegate", "give_back")
"""acts of whoever had the task until then"""
_WAITS: Mapping[str, bool] = {"hold": True, "reopen": False, "sign_refused": False}
"""act → whether the task then waits for signatures after it"""


@dataclass(frozen=True, slots=True)
class Beside:
    """A signature or a question that lay with somebody beside a task: the columns of its work item in words."""
    name: str
    who: str
    began: datetime
    ended: datetime | None


class Holders:
    """The people and work items of one instance."""

    def __init__(self, session: Session, instance_id: int) -> None:
        self.people: Mapping[int, str] = dict(session.execute(select(User.id, User.name)).all())
        self._units = places.unit_names(session)
        self._positions: dict[str, str] = dict(session.execute(select(Position.code, Position.name)).all())
        self._items = session.execute(
            select(WorkItem.id, WorkItem.task_id, WorkItem.kind, WorkItem.status, WorkItem.name, WorkItem.assignee_id,
                   WorkItem.unit_code, WorkItem.position_code, WorkItem.opened_at, WorkItem.closed_at)
            .where(WorkItem.instance_id == instance_id).order_by(WorkItem.id)).all()
        self._by_task = {item.task_id: item for item in self._items if item.task_id is not None}
        self._task_of = {item.id: item.task_id for item in self._items if item.task_id is not None}
        self._first_act: dict[int, History] = {}
        for act in session.scalars(select(History).where(
                History.instance_id == instance_id, History.kind == "act", History.op.in_(_HANDS_OVER))
                .order_by(History.seq)):
            self._first_act.setdefault(act.work_item_id or 0, act)

    def post(self, unit: str | None, position: str | None) -> str:
        """A post in words; '' for none."""
        if unit is None:
            return ""
        return say("%(unit)s %(position)s", unit=self._units.get(unit, unit),
                   position=self._positions.get(position or "", ""))

    def doer(self, entry: History) -> str:
        """Who did it, in which post and for whom; '' for what nobody pressed."""
        if entry.actor_id is None:
            return ""
        who = f"{self.post(entry.unit_code, entry.position_code)} {self.people.get(entry.actor_id, '')}".strip()
        if entry.on_behalf_of is None:
            return who
        return say("%(name)s（代%(absent)s）", name=who, absent=self.people.get(entry.on_behalf_of, ""))

    def first(self, session: Session, task: OpenedTask, entry: History) -> str | None:
        """Whose a task was when it opened; None: anybody's in its post."""
        if task.assignee:
            return session.scalar(select(User.name).where(User.username == task.assignee))
        item = self._by_task.get(task.task_id)
        if item is None:
            return None
        act = self._first_act.get(item.id)
        if act is None:
            return self.people.get(item.assignee_id or 0)
        return self.people.get(_person(act)) if act.op in _HELD_BEFORE else None

    def changed(self, entry: History, owners: dict[int, int]) -> dict[str, Json]:
        """{holders: {task: name or None}, held: {task: bool}} as an act has left them. `owners` keeps who has delegated
        a work item until it comes back."""
        task = self._task_of.get(entry.work_item_id or 0)
        if entry.kind != "act" or task is None:
            return {}
        if entry.op in _WAITS:
            return {"held": {task: _WAITS[entry.op]}}
        if entry.op not in _HANDS_OVER:
            return {}
        return {"holders": {task: self.people.get(self._next(entry, owners) or 0)}}

    def beside(self) -> list[Beside]:
        """The signatures and questions, in the order in which they were asked for."""
        return [Beside(item.name, self.people.get(item.assignee_id or 0)
                       or self.post(item.unit_code, item.position_code), item.opened_at, item.closed_at)
                for item in self._items if item.kind != "task" and item.status != "held"]

    @staticmethod
    def _next(act: History, owners: dict[int, int]) -> int | None:
        item = act.work_item_id or 0
        if act.op == "claim":
            return _person(act)
        if act.op == "delegate":
            owners[item] = _person(act)
        if act.op in ("transfer", "delegate"):
            return int(act.input["to"])
        return None if act.op == "release" else owners.pop(item, None)


def _person(act: History) -> int:
    """Whose hands an act speaks of: a stand-in's are the absent person's."""
    return act.on_behalf_of or act.actor_id or 0
