"""The kinds of difficulty (C9) and the other code lists of an issue, with the words that people see."""
from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from workflows.sentence import say

CATEGORIES: Mapping[str, str] = MappingProxyType({
    "financing": say("融资"), "land": say("用地"), "power": say("用电"), "gas": say("用气"), "labour": say("用工"),
    "sales": say("销售"), "policy": say("政策兑现"), "permits": say("手续办理"), "arrears": say("账款拖欠"),
    "tax": say("税费"),
    "science": say("科技创新"), "fiscal": say("财政资金"), "orders": say("订单"), "other": say("其他"),
})
LEVELS: Mapping[str, str] = MappingProxyType({"general": say("一般"), "complex": say("复杂"), "special": say("特殊")})
CHANNELS: Mapping[str, str] = MappingProxyType({
    "portal": say("企业网上填报"), "visit": say("走访"), "phone": say("电话"), "meeting": say("座谈会"),
    "letter": say("来信"),
})
STAGES: Mapping[str, str] = MappingProxyType({
    "collect": say("收集"), "sort": say("梳理"), "judge": say("研判"), "assign": say("交办"), "handle": say("办理"),
    "feedback": say("反馈"), "evaluate": say("评价"),
})
"""The seven steps of C1, in order; an issue's stage may also be `closed`."""
STATUSES: Mapping[str, str] = MappingProxyType({
    "open": say("办理中"), "asked": say("待企业补充"), "suspended": say("已暂停"), "closed": say("已办结"),
    "withdrawn": say("企业已撤回"), "merged": say("已合并"),
})
LIGHTS: Mapping[str, str] = MappingProxyType({"green": say("绿灯"), "yellow": say("黄灯"), "red": say("红灯")})
DIFFICULTIES: Mapping[str, str] = MappingProxyType({
    "stopped": say("停产"), "low_use": say("产能利用率较低"), "loss": say("亏损"), "falling": say("产值下降"),
})
EXCLUSIONS: Mapping[str, str] = MappingProxyType({
    "seasonal": say("季节性停产"), "deregistered": say("注销"), "bankrupt": say("破产"), "leaving": say("计划退库"),
    "litigation": say("涉法涉诉"),
})
RESPONSE: Mapping[str, str] = MappingProxyType({
    "5": say("很快"), "4": say("较快"), "3": say("一般"), "2": say("较慢"), "1": say("很慢"),
})
SATISFACTION: Mapping[str, str] = MappingProxyType({
    "5": say("很满意"), "4": say("满意"), "3": say("基本满意"), "2": say("不满意"), "1": say("很不满意"),
})
"""how an enterprise rates, by what it sends"""
OPEN_STATUSES = ("open", "asked", "suspended")
"""still being handled"""
