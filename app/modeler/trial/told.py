"""What a step of a simulation did, in words: what opened and closed, which limits run, who would be told."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.cases import sentences
from app.dates import day_and_clock
from app.modeler.trial.outcome import Names
from app.modeler.trial.simulation import Happened
from workflows.diagram import BPMN, parse_xml, tag_of
from workflows.sentence import Sentence, say
from workflows.step import Notice
from workflows.support import triggers_of
from workflows.versions import ProcessVersion

_CLOSED = {"completed": say("办结"), "cancelled": say("撤掉"), "returned": say("退回"), "recalled": say("撤回")}
_KINDS = {"inform": say("告知"), "remind": say("提醒"), "urge": say("催办"), "escalate": say("上报")}
_ENDED = {"completed": say("流程办结。"), "terminated": say("流程到终止处结束。"), "cancelled": say("流程终止。")}
ENTERPRISE = "enterprise"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the log: when, what was done, and what it did."""
    at: datetime
    title: Sentence
    lines: tuple[Sentence, ...]


def entry(happened: Happened, version: ProcessVersion, names: Names) -> Entry:
    """A step in words."""
    return Entry(happened.at, _title(happened, version), tuple(_lines(happened, version, names)))


def _title(happened: Happened, version: ProcessVersion) -> Sentence:
    if happened.why == "start":
        return say("开始“%(process)s”", process=version.name)
    if happened.why == "complete":
        return say("办结“%(task)s”", task=happened.about)
    if happened.why == "deliver":
        return message_title(happened.about)
    fired = [trace.name or trace.element_id for trace in happened.step.trace if trace.what == "fired"]
    return say("到了时限“%(names)s”", names=list(dict.fromkeys(fired))) if fired else say("到了时限")


def message_title(message: str) -> Sentence:
    """What a message means, in words where they are known."""
    return sentences.MESSAGES.get(message) or say("收到消息“%(message)s”", message=message)


def arrivals(version: ProcessVersion, waiting: Iterable[str]) -> list[tuple[str, Sentence, bool]]:
    """The messages that may come: (name, in words, whether the flow waits for it), those that it waits for first. The
    others may come beside whatever is under way."""
    awaited = _awaited(version)
    found = [(name, message_title(name), name in awaited) for name in waiting]
    return sorted(found, key=lambda each: not each[2])


def _awaited(version: ProcessVersion) -> set[str]:
    """The messages and signals of catching events in the flow and of receive tasks."""
    found: set[str] = set()
    for diagram in set(version.diagrams.values()):
        root = parse_xml(diagram)
        names = {each.get("id"): each.get("name", "") for each in root if tag_of(each) in ("message", "signal")}
        for kind in ("intermediateCatchEvent", "receiveTask"):
            for node in root.iter(f"{{{BPMN}}}{kind}"):
                for each in (node, *triggers_of(node)):
                    found.update(names.get(each.get(f"{what}Ref"), "") for what in ("message", "signal"))
    return found - {""}


def _lines(happened: Happened, version: ProcessVersion, names: Names) -> Iterator[Sentence]:
    step = happened.step
    for task in happened.closed:
        if not (happened.why == "complete" and task.how == "completed"):
            yield say("“%(task)s”%(how)s", task=task.opened.name, how=_CLOSED[task.how or "cancelled"])
    for opened in step.opened:
        post = names.post((opened.unit, opened.position))
        if opened.due_at:
            yield say("转到%(post)s“%(task)s”，%(day)s前办结", post=post, task=opened.name,
                      day=day_and_clock(opened.due_at))
        else:
            yield say("转到%(post)s“%(task)s”，没有时限", post=post, task=opened.name)
    for moved in step.redated:
        yield say("“%(task)s”的时限改为%(day)s", task=moved.name,
                  day=day_and_clock(moved.due_at) if moved.due_at else say("无"))
    for timer in step.armed:
        yield say("时限“%(name)s”定在%(day)s", name=element_name(version, timer.element_id),
                  day=day_and_clock(timer.due_at))
    for trace in step.trace:
        if trace.mark:
            yield say("记下“%(name)s”", name=trace.name or trace.mark)
    for notice in step.notices:
        yield _notice(notice, names)
    if step.incident is not None:
        yield say("停在故障上：%(message)s", message=step.incident.message)
    if step.ended:
        yield _ENDED[step.ended]


def _notice(notice: Notice, names: Names) -> Sentence:
    who = say("企业") if notice.unit == ENTERPRISE else names.post((notice.unit, notice.position or ""))
    return say("会%(kind)s%(who)s：%(text)s", kind=_KINDS[notice.kind], who=who, text=notice.text)


def element_name(version: ProcessVersion, element_id: str) -> str:
    """The name of an element; of a boundary event without one, its id."""
    elements: Mapping[str, object] = version.elements
    return version.elements[element_id].name or element_id if element_id in elements else element_id
