"""What the demonstration's people answer in each step, and how long they take."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

Json = Any
Hours = tuple[float, float]

HOURS: Mapping[str, Hours] = {
    "collect": (0.5, 4), "sort": (0.5, 4), "judge": (1, 6), "dispatch": (0.5, 4), "accept_assignment": (1, 7),
    "draft_plan": (4, 24), "approve_plan": (1, 7), "sign_plan": (2, 10), "handle": (16, 110), "pay_now": (10, 60),
    "joint_answer": (4, 26), "draft_reply": (2, 12), "approve_reply": (1, 7), "review_rework": (2, 8),
    "decide_extension": (2, 8), "settle_lead": (2, 7), "order_rework": (2, 8), "final_decision": (4, 16),
    "phone_follow_up": (3, 20), "leader_instruct": (4, 20), "read_material_lead": (2, 12),
    "read_material_intake": (2, 12),
}
"""working hours from opening to finishing, by step"""
PLAN_HOURS: Mapping[str, Hours] = {"complex": (60, 330), "special": (90, 380)}
"""the same for driving a plan forward, by level"""


@dataclass(slots=True)
class Story:
    """What will become of an issue: drawn once when it is reported, so that the same seed tells the same city."""
    rng: Random
    category: str
    level: str
    measure: str
    reply: str
    place_level: str
    pace: float
    """factor on how long everybody takes; the slow ones turn red"""
    asks: bool = False
    refusals: int = 0
    needs_city: bool = False
    extension: bool = False
    disputed: bool = False
    solved: bool = True
    satisfaction: int = 5
    silent: bool = False
    withdraws: bool = False
    adds: bool = False
    merge_into: str | None = None
    answered: dict[str, int] = field(default_factory=dict)

    def hours(self, element_id: str) -> float:
        """How long this step takes here, in working hours."""
        if element_id == "execute_plan":
            low, high = PLAN_HOURS.get(self.level, (40, 200))
        else:
            low, high = HOURS.get(element_id, (2, 12))
        return self.rng.uniform(low, high) * self.pace

    def answers(self, element_id: str, variables: Mapping[str, Json], today: date,
                later: Callable[[int], date]) -> dict[str, Json]:
        """What to answer in a step; `later(n)` is the date n working days from today."""
        self.answered[element_id] = self.answered.get(element_id, 0) + 1
        answer = _ANSWERS.get(element_id)
        return answer(self, variables, later) if answer else {}


def _sort(story: Story, variables: Mapping[str, Json], _: Callable[[int], date]) -> dict[str, Json]:
    if story.merge_into is not None:
        return {"sort_result": "merge", "merged_into": story.merge_into}
    if story.asks and story.answered["sort"] == 1:
        return {"sort_result": "ask", "question": "请补充贵公司近三个月的经营情况和已经联系过哪些部门，方便准确交办。"}
    return {"sort_result": "proceed", "category": story.category}


def _judge(story: Story, _: Mapping[str, Json], __: Callable[[int], date]) -> dict[str, Json]:
    reasons = {"general": "情况清楚，单个部门能够解决。", "complex": "涉及两个以上部门，需要制定办理方案。",
               "special": "现行政策没有直接规定，需要一企一策研究。"}
    return {"category": story.category, "level": story.level, "scope_place": story.place_level,
            "undisputed_arrears": story.category == "arrears" and not story.disputed,
            "judge_reason": reasons[story.level]}


def _accept(story: Story, variables: Mapping[str, Json], _: Callable[[int], date]) -> dict[str, Json]:
    if story.refusals > 0:
        story.refusals -= 1
        return {"accepted": False, "refusal_reason": "按职责分工，这件事的主要环节不在我单位，建议由主管部门牵头。"}
    return {"accepted": True}


def _settle(_: Story, variables: Mapping[str, Json], __: Callable[[int], date]) -> dict[str, Json]:
    return {"lead_unit": variables["lead_unit"],
            "settle_reason": "按部门职责，由原承办单位主办，其他单位配合，不再退回。"}


def _plan(story: Story, _: Mapping[str, Json], later: Callable[[int], date]) -> dict[str, Json]:
    steps = (("到企业现场核实情况", 4), ("召开协调会，明确分工", 9), ("落实措施并回访企业", 18))
    return {"plan_summary": f"{story.measure}\n分三步推进：先核实，再协调，最后落实并回访。",
            "milestones": [{"title": title, "responsible": "主办单位", "date": later(days).isoformat()}
                           for title, days in steps[:story.rng.randint(2, 3)]],
            "special_until": later(45).isoformat()}


def _work(story: Story, variables: Mapping[str, Json], _: Callable[[int], date]) -> dict[str, Json]:
    if story.needs_city and variables.get("scope_place") == "banner":
        return {"measures": f"{story.measure}经多次协调，超出旗区权限。", "needs_city": True,
                "city_reason": "需要市级部门协调上级单位和资源指标。"}
    return {"measures": f"{story.measure}已按计划落实。",
            "unfinished_note": "其余节点由主办单位继续跟踪，完成后另行告知企业。"}


def _pay(story: Story, _: Mapping[str, Json], later: Callable[[int], date]) -> dict[str, Json]:
    if story.disputed:
        return {"pay_result": "disputed", "dispute_note": "双方对结算金额有不同意见，需要先核对工程量。"}
    return {"pay_result": "paid", "paid_amount": story.rng.randint(20, 600), "paid_on": later(0).isoformat()}


def _reply(story: Story, _: Mapping[str, Json], __: Callable[[int], date]) -> dict[str, Json]:
    return {"reply_kind": "solved" if story.solved else "partly", "reply": story.reply}


def _approve_once(field: str, comment: str, words: str, rate: float) -> Callable[..., dict[str, Json]]:
    """Approves, but sometimes sends the first version back."""

    def approve(story: Story, _: Mapping[str, Json], __: Callable[[int], date]) -> dict[str, Json]:
        first = sum(story.answered.values()) < 14 and story.rng.random() < rate
        return {field: False, comment: words} if first else {field: True}

    return approve


def _phone(story: Story, _: Mapping[str, Json], __: Callable[[int], date]) -> dict[str, Json]:
    if story.rng.random() < 0.2:
        return {"reached": False, "phone_note": "连续三天各拨打一次，没有接通。"}
    return {"reached": True, "response_rating": story.rng.randint(3, 5), "solved": story.solved,
            "satisfaction": story.satisfaction, "phone_note": "电话回访，企业负责人口头作了评价。"}


def _extension(_: Story, __: Mapping[str, Json], later: Callable[[int], date]) -> dict[str, Json]:
    return {"extension_granted": True, "extension_until": later(25).isoformat(),
            "extension_opinion": "理由充分，同意延期一次，请按新的期限办结。"}


_ANSWERS: Mapping[str, Callable[[Story, Mapping[str, Json], Callable[[int], date]], dict[str, Json]]] = {
    "collect": lambda *_: {"contacted": True, "intake_note": "已与企业联系人通话，情况属实。"},
    "sort": _sort, "judge": _judge, "dispatch": lambda *_: {"assign_mode": "as_proposed"}, "accept_assignment": _accept,
    "settle_lead": _settle, "draft_plan": _plan, "execute_plan": _work, "handle": _work, "pay_now": _pay,
    "approve_plan": _approve_once("plan_approved", "plan_comment", "请把完成时限和责任人写具体。", 0.12),
    "sign_plan": lambda *_: {"plan_signed": True},
    "follow_milestone": lambda *_: {"milestone_result": "done", "milestone_note": "已按期完成。"},
    "joint_answer": lambda *_: {"joint_opinion": "已核实，我单位职责内的事项同意配合办理。"},
    "draft_reply": _reply,
    "approve_reply": _approve_once("reply_approved", "reply_comment", "答复再具体一些，写明联系人。", 0.1),
    "review_rework": lambda *_: {"rework_approved": True}, "phone_follow_up": _phone, "decide_extension": _extension,
    "order_rework": lambda *_: {"rework_instruction": "请主办单位负责人当面听取企业意见，重新研究解决办法。"},
    "final_decision": lambda *_: {"final_result": "close",
                                 "final_opinion": "政策范围内的措施已经用尽，向企业作好解释。"},
    "leader_instruct": lambda *_: {"leader_instruction": "请主办单位本周内专题研究，我来协调，务必给企业一个说法。"},
    "read_material_lead": lambda *_: {"material_note": "已阅，一并研究。"},
    "read_material_intake": lambda *_: {"material_note": "已阅，转承办单位。"},
}


def draw(rng: Random, category: str, texts: Mapping[str, str]) -> Story:
    """Draws what will become of an issue of this category."""
    chance = rng.random
    level = rng.choices(("general", "complex", "special"), (58, 34, 8))[0]
    story = Story(rng, category, level, texts["measure"], texts["reply"],
                  "city" if chance() < (0.35 if level == "general" else 0.6) else "banner",
                  rng.choices((0.6, 1.0, 1.7, 4.0), (32, 50, 12, 6))[0])
    story.asks, story.adds, story.withdraws = chance() < 0.12, chance() < 0.15, chance() < 0.03
    story.refusals = rng.choices((0, 1, 2), (86, 10, 4))[0]
    story.needs_city = story.place_level == "banner" and chance() < 0.1
    story.extension, story.disputed = chance() < 0.07, category == "arrears" and chance() < 0.25
    story.solved, story.silent = chance() < 0.93, chance() < 0.25
    story.satisfaction = rng.choices((5, 4, 3, 2, 1), (48, 32, 11, 6, 3))[0] if story.solved else rng.randint(1, 3)
    return story
