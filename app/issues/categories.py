"""The kinds of difficulty (C9) and the other code lists of an issue, with the words that people see."""
from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CATEGORIES: Mapping[str, str] = MappingProxyType({
    "financing": "融资", "land": "用地", "power": "用电", "gas": "用气", "labour": "用工", "sales": "销售",
    "policy": "政策兑现", "permits": "手续办理", "arrears": "账款拖欠", "tax": "税费", "science": "科技创新",
    "fiscal": "财政资金", "orders": "订单", "other": "其他",
})
LEVELS: Mapping[str, str] = MappingProxyType({"general": "一般", "complex": "复杂", "special": "特殊"})
CHANNELS: Mapping[str, str] = MappingProxyType({
    "portal": "企业网上填报", "visit": "走访", "phone": "电话", "meeting": "座谈会", "letter": "来信",
})
STAGES: Mapping[str, str] = MappingProxyType({
    "collect": "收集", "sort": "梳理", "judge": "研判", "assign": "交办", "handle": "办理", "feedback": "反馈",
    "evaluate": "评价",
})
"""The seven steps of C1, in order; an issue's stage may also be `closed`."""
STATUSES: Mapping[str, str] = MappingProxyType({
    "open": "办理中", "asked": "待企业补充", "suspended": "已暂停", "closed": "已办结", "withdrawn": "企业已撤回",
    "merged": "已合并",
})
LIGHTS: Mapping[str, str] = MappingProxyType({"green": "绿灯", "yellow": "黄灯", "red": "红灯"})
DIFFICULTIES: Mapping[str, str] = MappingProxyType({
    "stopped": "停产", "low_use": "产能利用率较低", "loss": "亏损", "falling": "产值下降",
})
EXCLUSIONS: Mapping[str, str] = MappingProxyType({
    "seasonal": "季节性停产", "deregistered": "注销", "bankrupt": "破产", "leaving": "计划退库",
    "litigation": "涉法涉诉",
})
OPEN_STATUSES = ("open", "asked", "suspended")
"""still being handled"""
