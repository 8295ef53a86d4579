"""The kinds of entries of a history, as people filter them: one expression over its columns."""
from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import ColumnElement, and_, case, or_

from app.models import History
from workflows.sentence import Sentence, say

KINDS: Mapping[str, Sentence] = MappingProxyType({
    "work": say("办理"), "back": say("退回与撤回"), "hands": say("签收与转交"), "asked": say("沟通与备注"),
    "supervision": say("督办"), "enterprise": say("企业"), "clock": say("时限"), "process": say("流程与数据")})
_BACK = ("return_to", "recall", "reopen", "sign_refused")
_HANDS = ("claim", "release", "transfer", "delegate", "give_back", "add_signers", "remove_signer")
_ASKED = ("consult", "consult_answer", "comment", "copy", "follow_up")
_SUPERVISION = ("urge", "meeting", "suspend", "resume", "assign_variables")
_PROCESS = ("migrate", "skip", "set_variables", "relocate", "retry", "cancel", "repair_asked", "repair_refused",
            "merge", "erase")

_from_outside = and_(History.actor_id.is_(None), History.op.in_(("start", "deliver")))
_kind = case(
    (_from_outside, "enterprise"),
    (History.op.in_(_BACK), "back"),
    # `take_back` is a delegated task's as an act, a version's as an input
    (or_(History.op.in_(_HANDS), and_(History.op == "take_back", History.kind != "input")), "hands"),
    (History.op.in_(_ASKED), "asked"),
    (or_(History.op.in_(_SUPERVISION), History.op == "deliver"), "supervision"),
    (History.op.in_(("wake", "retime")), "clock"),
    (or_(History.op.in_(_PROCESS), History.op == "take_back"), "process"),
    else_="work")


def kind_of() -> ColumnElement[str]:
    """The kind of an entry of the history, a key of KINDS, for queries. Whatever has no kind of its own is work."""
    return _kind
