"""The proof that an instance's history is whole and that everything stored follows from it.

Every entry's place and hash are checked, every input is run again under its recorded version and calendar, and what
came out is held against what is stored: the state after each input, what was noted of the diagram, and in the end the
instance's state, its work items, its timers and what lists show of its issue. Nothing is written. A long history is
proved in slices, so that no request holds a processor for long: `Proof` keeps what the next slice needs.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases import projection, recorded, replay, sentences
from app.cases.history import state_digest
from app.cases.proof_rows import ItemRows, differing_variables, other_answers
from app.cases.replay import Past
from app.models import History, Instance, Issue, Timer
from workflows import engine
from workflows.sentence import Sentence, say, sentence_of
from workflows.step import ArmedTimer, Step, Trace

Json = Any
_SLICE = 500


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that does not follow. `seq` is the entry that it shows at, None where it is none's; `what` names
    the step, `differs` says what stands in one place and what follows from the history."""
    seq: int | None
    what: Sentence
    differs: tuple[Sentence, ...] = ()


@dataclass(slots=True)
class Proof:
    """A proof under way: `seq` entries are checked, `inputs` of them were run again. Not ended while `ended` is false;
    then `fault` is None for a history that holds."""
    seq: int = 0
    inputs: int = 0
    ended: bool = False
    fault: Fault | None = None
    past: Past = field(default_factory=Past)
    previous: str = ""
    items: ItemRows = field(default_factory=ItemRows)
    timers: dict[str, ArmedTimer] = field(default_factory=dict)
    shown: dict[str, Json] = field(default_factory=dict)
    """columns of the issue as the steps so far have written them"""
    personal: int = 0
    """values of personal data that are what was committed to"""
    erased: int = 0
    """values of personal data that were erased, and cannot be compared"""
    erasure: History | None = None
    """the entry that tells of it"""
    lost_at: int | None = None
    """the first entry that cannot be run without what was erased, as the erasure has noted"""


def go_on(session: Session, instance_id: int, proof: Proof, *, most: int) -> None:
    """Checks the next `most` entries at most; after the last one also what is stored beside the history."""
    instance = session.get_one(Instance, instance_id, populate_existing=True)
    proof.past.look_up(session, instance_id)
    rows = session.scalars(select(History).where(History.instance_id == instance_id, History.seq > proof.seq)
                           .order_by(History.seq).limit(most).execution_options(populate_existing=True)).all()
    for entry in rows:
        proof.fault = _check(session, entry, proof)
        if proof.fault is not None:
            proof.ended = True
            return
    if len(rows) < most:
        proof.fault = next(_at_the_end(session, instance, proof), None)
        proof.ended = True


def whole(session: Session, instance_id: int) -> Proof:
    """The proof of an instance in one go."""
    proof = Proof()
    while not proof.ended:
        go_on(session, instance_id, proof, most=_SLICE)
    return proof


def _check(session: Session, entry: History, proof: Proof) -> Fault | None:
    """One entry: its link, and its input run again."""
    broken = replay.broken_link(entry, proof.seq + 1, proof.previous)
    if broken is not None:
        return Fault(entry.seq, broken, (say("这一条：%(text)s", text=told(entry)), *other_answers(session, entry),
                                         *_consequences(session, entry, proof)))
    proof.seq, proof.previous = entry.seq, entry.hash
    personal = recorded.judge(entry.input, entry.personal.kept if entry.personal is not None else None,
                              entry.seq < proof.past.erased_before)
    if personal.wrong is not None:
        return Fault(entry.seq, say("第%(seq)s条历史%(what)s", seq=entry.seq, what=personal.wrong))
    proof.personal, proof.erased = proof.personal + personal.there, proof.erased + personal.erased
    if entry.kind == "act" and entry.op == recorded.ERASE:
        proof.erasure = entry
    if entry.kind != "input" or proof.lost_at is not None:
        proof.past.pass_by(entry)
        return None
    return _run_again(session, entry, proof)


def _run_again(session: Session, entry: History, proof: Proof) -> Fault | None:
    """An entry's input, run again."""
    try:
        step = proof.past.run(session, entry)
    except Exception as error:  # noqa: BLE001 - what was put into a record by hand may break anything
        return None if _lost(session, entry, proof) else _impossible(entry, error)
    differs = tuple(_differs(entry, step, proof.past))
    if differs and _lost(session, entry, proof):
        return None
    proof.inputs += 1
    if differs:
        return Fault(entry.seq, say("第%(seq)s条（%(text)s）重演后与当时存下的不同", seq=entry.seq, text=told(entry)),
                     differs)
    proof.items.take(step, entry)
    _arm(proof, step)
    proof.shown |= projection.columns(step, entry.at)
    return None


def _lost(session: Session, entry: History, proof: Proof) -> bool:
    """Whether this is the entry from which on a case cannot be run without what was erased: where the erasure itself
    came to no more. Anywhere else it is a fault."""
    noted = session.scalar(select(History.input).where(
        History.instance_id == entry.instance_id, History.seq == proof.past.erased_before)) or {}
    if noted.get("runs_until") != entry.seq:
        return False
    proof.lost_at = entry.seq
    return True


def told(entry: History) -> str:
    """What an entry says, also where it has no sentence for the timeline."""
    return entry.text or sentences.QUIET


def _impossible(entry: History, error: Exception) -> Fault:
    return Fault(entry.seq, say("第%(seq)s条（%(text)s）按记录重演不下去", seq=entry.seq, text=told(entry)),
                 (say("引擎拒绝了这项输入：%(why)s", why=sentence_of(error)),))


def _consequences(session: Session, entry: History, proof: Proof) -> Iterator[Sentence]:
    """What an entry that was changed, or stands in a wrong place, would lead to if it were taken as it is."""
    if entry.kind != "input" or entry.seq != proof.seq + 1:
        return
    try:
        step = proof.past.run(session, entry)
    except Exception as error:  # noqa: BLE001 - as above
        yield _impossible(entry, error).what
        return
    yield from (_differs(entry, step, proof.past) if not proof.past.leads_to(entry, step) else
                [say("照它重演，流程走到的状态没有不同：改动的不是流程的输入，而是人员、时间或说明")])


def _differs(entry: History, step: Step, past: Past) -> Iterator[Sentence]:
    """What an input leads to, beside what was noted of it."""
    noted, again = [Trace(*trace) for trace in entry.trace], list(step.trace)
    if noted != again:
        yield say("当时记下经过%(noted)s，重演经过%(again)s", noted=_path(noted), again=_path(again))
    if not past.leads_to(entry, step):
        yield say("状态的哈希：存下的是%(stored)s…，重演得到%(again)s…", stored=entry.state_hash[:12],
                  again=state_digest(step.state, past.blinding)[:12])


def _path(traces: Sequence[Trace]) -> list[Sentence]:
    """Where a step went, for reading."""
    names = list(dict.fromkeys(trace.name or trace.element_id for trace in traces))
    return [say("“%(name)s”", name=name) for name in names] or [say("无")]


def _arm(proof: Proof, step: Step) -> None:
    for task_id in step.disarmed:
        proof.timers.pop(task_id, None)
    proof.timers.update((timer.task_id, timer) for timer in step.armed)
    if step.ended is not None:
        proof.timers.clear()


def _at_the_end(session: Session, instance: Instance, proof: Proof) -> Iterator[Fault]:
    """What is stored beside the history and does not follow from it."""
    if (proof.seq, proof.previous) != (instance.history_length, instance.history_head):
        yield Fault(proof.seq or None, say("历史的末尾与流程记下的不一致，有记录缺失"),
                    (say("流程记着共%(length)s条，历史里有%(found)s条", length=instance.history_length,
                         found=proof.seq),))
    if proof.erasure is not None and state_digest(instance.state) != proof.erasure.state_hash:
        yield Fault(proof.erasure.seq, say("保存的状态不是删除个人信息时留下的"))
    if proof.lost_at is not None:
        return
    if proof.past.state != instance.state or proof.past.version is None:
        yield Fault(proof.seq or None, say("保存的状态与重演历史得到的不同"),
                    tuple(differing_variables(session, instance, proof.past)))
        return
    yield from (Fault(seq, what) for seq, what in proof.items.faults(session, instance.id))
    if instance.status == "running":
        yield from _timer_faults(session, instance, proof)
    yield from _issue_faults(session, instance, proof)
    if (engine.inspect(proof.past.version, proof.past.state).ended is None) != (instance.ended_at is None):
        yield Fault(proof.seq, say("结束的标记与流程的状态不同"))


def _timer_faults(session: Session, instance: Instance, proof: Proof) -> Iterator[Fault]:
    stored = {(task_id, due) for task_id, due in session.execute(
        select(Timer.task_id, Timer.due_at).where(Timer.instance_id == instance.id))}
    if stored != {(timer.task_id, timer.due_at) for timer in proof.timers.values()}:
        yield Fault(None, say("存下的时限与重演历史得到的不同"))


def _issue_faults(session: Session, instance: Instance, proof: Proof) -> Iterator[Fault]:
    """What lists show of an issue. Its stage and status also follow from acts around the engine."""
    issue = session.scalar(select(Issue).where(Issue.instance_id == instance.id)
                           .execution_options(populate_existing=True))
    for name, value in proof.shown.items() if issue is not None else ():
        if name not in ("stage", "status", "closed_at") and getattr(issue, name) != value:
            yield Fault(None, say("问题清单里的“%(name)s”与重演历史得到的不同", name=name),
                        (say("存着%(stored)s，历史得出%(again)s", stored=getattr(issue, name), again=value),))
