"""A small life of an issue, and reports to put into it."""
from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.actor import ENTERPRISE, Actor
from app.cases.definitions import publish
from app.issues.registration import PROCESS, Report, register
from app.models import Issue
from tests.conftest import MONDAY
from tests.workflows import diagrams
from workflows.calendar import Calendar

REPORT: dict[str, Any] = {
    "title": "流动资金贷款3月到期，续贷遇到困难", "enterprise_name": "鄂尔多斯市恒拓煤化工有限公司",
    "place": "dongsheng",
    "description": "我公司在本地银行有一笔500万元流动资金贷款，3月到期，银行答复可能压缩额度。",
    "contact_name": "张经理", "contact_phone": "0477-8580000"}


def a_report(**given: Any) -> Report:
    return Report(**{**REPORT, **given})


def _lifecycle() -> dict[str, str]:
    """Collect, then handle, then wait for the rating; the enterprise may withdraw until then."""
    wait = diagrams.node("intermediateCatchEvent", "await_rating", diagrams.event("message", "m_rated"))
    return diagrams.files(diagrams.diagram(
        diagrams.start(), diagrams.user("collect", stage="collect"), diagrams.script("sorted", "stage = 'handle'"),
        diagrams.user("handle", stage="handle"), diagrams.script("replied", "stage = 'evaluate'"), wait, diagrams.end(),
        diagrams.boundary("withdrawn", "handle", diagrams.event("message", "m_withdraw")),
        diagrams.script("mark_withdrawn", "outcome = 'withdrawn'"), diagrams.end("withdrawn_end"),
        diagrams.flow("start", "collect", "sorted", "handle", "replied", "await_rating", "end"),
        diagrams.flow("withdrawn", "mark_withdrawn", "withdrawn_end"),
        id=PROCESS, declared=diagrams.declare("withdraw", "rated"), position="intake", unit="intake_unit",
        given="intake_unit",
        variables='{"outcome": null, "stage": "collect", "category": null, "lead_unit": null, "reason": null, '
                  '"response_rating": null, "solved": null, "satisfaction": null, "comment": null}'), key=PROCESS)


@pytest.fixture
def lifecycle(session: Session) -> str:
    """The small life, published as issue-lifecycle."""
    return publish(session, PROCESS, _lifecycle(), now=MONDAY).hash


@pytest.fixture
def make_issue(session: Session, lifecycle: str, calendar: Calendar) -> Callable[..., Issue]:
    """`make_issue(title="…")` registers a report, the enterprise's own unless an actor is given; other names are set
    on the row afterwards (stage, lead_unit …)."""

    def make(actor: Actor = ENTERPRISE, now: datetime = MONDAY, **given: Any) -> Issue:
        facts = {name: value for name, value in given.items() if name in Report.__dataclass_fields__}
        issue, _ = register(session, a_report(**facts), actor, now, calendar)
        for name, value in given.items():
            if name not in facts:
                setattr(issue, name, value)
        session.flush()
        return issue

    return make
