"""Replay: the recorded inputs, run again under their versions and calendars, must give the stored states."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases import calendars, definitions
from app.cases.history import CHAINED, digest, state_digest
from app.models import History, Instance
from workflows import engine
from workflows.calendar import Calendar
from workflows.sentence import say
from workflows.step import Step
from workflows.versions import ProcessVersion

Json = Any
Run = Callable[[ProcessVersion, bytes, Mapping[str, Json], datetime, Calendar], Step]

RUN: Mapping[str, Run] = {
    "start": lambda v, _, i, now, cal: engine.start(v, i["variables"], now=now, calendar=cal),
    "complete": lambda v, s, i, now, cal: engine.complete(v, s, i["task_id"], i["answers"], now=now, calendar=cal,
                                                          jump_to=i["jump_to"]),
    "deliver": lambda v, s, i, now, cal: engine.deliver(v, s, i["message"], i["payload"], now=now, calendar=cal),
    "wake": lambda v, s, _, now, cal: engine.wake(v, s, now=now, calendar=cal),
    "return_to": lambda v, s, i, now, cal: engine.return_to(v, s, i["task_id"], i["target_element"], now=now,
                                                            calendar=cal),
    "recall": lambda v, s, i, now, cal: engine.recall(v, s, i["task_ids"], i["target_element"], now=now, calendar=cal),
    "assign_variables": lambda v, s, i, now, cal: engine.assign_variables(v, s, i["values"], now=now, calendar=cal),
    "retime": lambda v, s, _, now, cal: engine.retime(v, s, now=now, calendar=cal),
    "suspend": lambda v, s, _, now, __: engine.suspend(v, s, now=now),
    "resume": lambda v, s, _, now, cal: engine.resume(v, s, now=now, calendar=cal),
    "cancel": lambda v, s, _, now, __: engine.cancel(v, s, now=now),
    "retry": lambda v, s, _, now, cal: engine.retry(v, s, now=now, calendar=cal),
}
"""op of an 'input' entry → the engine's function, given what the entry holds"""


def faults(session: Session, instance: Instance) -> list[str]:
    """What does not follow in an instance's history, in words; the chain stops at its first fault."""
    state, previous, count = b"", "", 0
    for count, entry in enumerate(session.scalars(select(History).where(History.instance_id == instance.id)
                                                  .order_by(History.seq)
                                                  .execution_options(populate_existing=True)), start=1):
        where = say("第%(seq)s条历史", seq=entry.seq)
        if entry.seq != count or entry.prev_hash != previous:
            return [say("%(where)s与前一条接不上，中间有记录缺失或被插入", where=where)]
        if digest({name: getattr(entry, name) for name in CHAINED}) != entry.hash:
            return [say("%(where)s的内容与哈希不符，被改动过", where=where)]
        previous = entry.hash
        if entry.kind == "input":
            version = definitions.version_of(session, entry.definition_hash)
            calendar = calendars.of_version(session, entry.calendar_version)
            state = RUN[entry.op](version, state, entry.input, entry.at, calendar).state
            if state_digest(state) != entry.state_hash:
                return [say("%(where)s（%(op)s）重演后的状态与当时不同", where=where, op=entry.op)]
    if (count, previous) != (instance.history_length, instance.history_head):
        return [say("历史的末尾与流程记下的不一致，有记录缺失")]
    return [] if state == instance.state else [say("重演得到的状态与保存的状态不同")]
