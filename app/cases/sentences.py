"""The plain Chinese sentence that each entry of the history says."""
from __future__ import annotations

from app.actor import Actor
from app.cases.items import Item
from workflows.step import Step
from workflows.versions import ProcessVersion

MESSAGES = {
    "withdraw": "企业撤回了反映的问题", "material_added": "企业补充了材料", "enterprise_answered": "企业答复了询问",
    "rated": "企业作了评价", "extension_requested": "主办单位申请延期", "take_over": "督办员接管办理",
    "joint_released": "免除了一个协办单位的答复",
}


def started(version: ProcessVersion, actor: Actor) -> str:
    return f"{actor.name}发起“{version.name}”"


def completed(version: ProcessVersion, item: Item, step: Step) -> str:
    """What was finished, and where it went."""
    following = "、".join(dict.fromkeys(task.name for task in step.opened))
    return f"办结“{item.name}”" + (f"，转入“{following}”" if following else "")


def returned(version: ProcessVersion, target_element: str, reason: str, jump_back: bool) -> str:
    target = version.elements.get(target_element)
    after = "，办完直接返回" if jump_back else ""
    return f"退回到“{target.name if target else target_element}”{after}：{reason}"


def recalled(name: str) -> str:
    return f"撤回刚办结的“{name}”"


def delivered(message: str) -> str:
    return MESSAGES.get(message, f"收到消息“{message}”")


def woken(step: Step) -> str:
    """What time limits have led to: what was recorded and what was opened. '' when a limit came and all was done."""
    told = [trace.name for trace in step.trace if trace.mark and trace.name] + [task.name for task in step.opened]
    return f"时限到：{'、'.join(dict.fromkeys(told))}" if told else ""


def retimed(step: Step) -> str:
    moved = len(step.redated) + len(step.armed)
    return f"工作日历有变化，{moved}个时限重新计算" if moved else "工作日历有变化，时限没有移动"
