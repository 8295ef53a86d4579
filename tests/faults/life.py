"""The life of an issue with its bones only: collect, handle, approve, then the enterprise's word; all over again when
that is a bad one.

The enterprise may withdraw until the reply is approved; after five working days of silence it ends.
"""
from __future__ import annotations

from typing import Any

from app.issues.registration import PROCESS, Report
from tests.workflows import diagrams as d

CLERKS = ("clerk", "colleague")
PEOPLE = {"clerk": ("miit", "clerk"), "colleague": ("miit", "clerk"), "stranger": ("finance", "clerk"),
          "supervisor": ("supervision", "supervisor")}
"""who plays with it, and the post of each"""
HANDLE_DAYS, SILENCE_DAYS = 3, 5
"""working days until the head is reminded, and until an unrated issue ends"""

_WORK = d.sub(
    "work", d.start("begin"), d.user("collect", stage="collect"), d.user("handle", stage="handle"), d.user("approve"),
    d.xor("judged", default="handle"), d.end("made"),
    d.boundary("late", "handle", d.timer("duration", f"working_days({HANDLE_DAYS})"), interrupting=False,
               notify="'miit'/head", notify_text="已经超期", notify_kind="remind"), d.end("noted"),
    d.flow("begin", "collect", "handle", "approve", "judged"), d.flow("judged", "made", when="approved"),
    d.flow("judged", "handle"), d.flow("late", "noted"))
LIFE = d.diagram(
    d.start(), _WORK, d.node("eventBasedGateway", "wait"),
    d.node("intermediateCatchEvent", "answered", d.event("message", "m_rated")),
    d.node("intermediateCatchEvent", "silence", d.timer("duration", f"working_days({SILENCE_DAYS})")),
    d.xor("pleased", default="work"), d.end(), d.end("silent"),
    d.boundary("withdrawn", "work", d.event("message", "m_withdraw")), d.end("withdrawn_end"),
    d.flow("start", "work", "wait", "answered", "pleased"), d.flow("pleased", "end", when="satisfaction >= 3"),
    d.flow("pleased", "work"), d.flow("wait", "silence", "silent"), d.flow("withdrawn", "withdrawn_end"),
    id=PROCESS, declared=d.declare("withdraw", "rated"),
    variables='{"approved": false, "reason": null, "response_rating": null, "solved": null, "satisfaction": null, '
              '"comment": null}')


def files(note: str = "") -> dict[str, str]:
    """The life as a version's files; another note makes another version."""
    return d.files(LIFE.replace('name="collect"', f'name="collect{note}"'), key=PROCESS)


def report(**given: Any) -> Report:
    return Report(**{
        "title": "续贷遇到困难", "description": "贷款3月到期，银行答复可能压缩额度。", "place": "dongsheng",
        "enterprise_name": "鄂尔多斯市恒拓煤化工有限公司", "contact_name": "张经理", "contact_phone": "0477-8580000",
        **given})
