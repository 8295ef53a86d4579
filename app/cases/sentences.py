"""The plain Chinese sentence that each entry of the history says."""
from __future__ import annotations

from app.actor import Actor
from app.cases.items import Item
from workflows.sentence import say
from workflows.step import Step
from workflows.versions import ProcessVersion

MESSAGES = {
    "withdraw": say("企业撤回了反映的问题"), "material_added": say("企业补充了材料"),
    "enterprise_answered": say("企业答复了询问"),
    "rated": say("企业作了评价"), "extension_requested": say("主办单位申请延期"), "take_over": say("督办员接管办理"),
    "joint_released": say("免除了一个协办单位的答复"),
}
QUIET = say("时限到，没有新的变化")
"""of an entry that has no sentence of its own, where all entries are shown"""
UNMOVED = say("工作日历有变化，时限没有移动")
"""of an entry that only noted what follows from the days, such as a reckoned variable"""


def started(version: ProcessVersion, actor: Actor) -> str:
    return say("%(name)s发起“%(process)s”", name=actor.name, process=version.name)


def completed(version: ProcessVersion, item: Item, step: Step) -> str:
    """What was finished, and where it went."""
    following = list(dict.fromkeys(task.name for task in step.opened))
    if following:
        return say("办结“%(name)s”，转入“%(following)s”", name=item.name, following=following)
    return say("办结“%(name)s”", name=item.name)


def returned(version: ProcessVersion, target_element: str, reason: str, jump_back: bool) -> str:
    target = version.elements.get(target_element)
    name = target.name if target else target_element
    if jump_back:
        return say("退回到“%(name)s”，办完直接返回：%(reason)s", name=name, reason=reason)
    return say("退回到“%(name)s”：%(reason)s", name=name, reason=reason)


def recalled(name: str) -> str:
    return say("撤回刚办结的“%(name)s”", name=name)


def delivered(message: str) -> str:
    return MESSAGES.get(message, say("收到消息“%(message)s”", message=message))


def woken(step: Step) -> str:
    """What time limits have led to: what was recorded and what was opened. '' when a limit came and all was done."""
    told = [trace.name for trace in step.trace if trace.mark and trace.name] + [task.name for task in step.opened]
    return say("时限到：%(names)s", names=list(dict.fromkeys(told))) if told else ""


def retimed(step: Step) -> str:
    moved = len(step.redated) + len(step.armed)
    return say("工作日历有变化，%(moved)s个时限重新计算", moved=moved) if moved else UNMOVED


def migrated(old: int, new: int, note: str) -> str:
    if note:
        return say("流程由第%(old)s版移到第%(new)s版：%(note)s", old=old, new=new, note=note)
    return say("流程由第%(old)s版移到第%(new)s版", old=old, new=new)


def taken_back(new: int, old: int) -> str:
    return say("收回移动，流程由第%(new)s版回到第%(old)s版", new=new, old=old)
