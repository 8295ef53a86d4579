"""Lives of issues for measures: the real issue-lifecycle, walked through in a few ways."""
from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from app.actor import ENTERPRISE
from app.issues import enterprise_acts
from app.issues.registration import register
from app.measures import measuring
from app.models import Issue
from tests.app.conftest import Browser
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import GENERAL, do, live, publish_lifecycle
from tests.conftest import MONDAY
from workflows.calendar import Calendar

REFUSAL = {"accepted": False, "refusal_reason": "不是我们的职责"}
DISPATCH = {"assign_mode": "as_proposed", "assign_note": "请先与银行联系"}
Live = Callable[..., str]


@pytest.fixture
def lived(sessions: sessionmaker[Session], calendar: Calendar) -> Live:
    """`lived(refused=1, rating=(5, True, 4), at=…)` lets an issue live to its rating, or `until` a step; its number."""
    with sessions.begin() as session:
        publish_lifecycle(session, MONDAY)

    def life(at: datetime = MONDAY, *, refused: int = 0, rating: tuple[int, bool, int] | None = (5, True, 4),
             until: str = "approve_reply", days: int = 0, **given: Any) -> str:
        with sessions.begin() as session:
            issue, _ = register(session, a_report(**given), ENTERPRISE, at, calendar)
            now = live(session, issue, "dispatch" if refused else until, now=at, calendar=calendar)
            for _ in range(refused):
                do(session, issue, "accept_assignment", REFUSAL, now=now, calendar=calendar)
                do(session, issue, "dispatch", DISPATCH, now=now, calendar=calendar)
            if refused:
                now = live(session, issue, until, now=now, calendar=calendar, steps=GENERAL[4:])
            if rating is not None and until == "approve_reply":
                _rate(session, issue, rating, now + timedelta(days=days), calendar)
            return issue.number

    return life


def _rate(session: Session, issue: Issue, rating: tuple[int, bool, int], now: datetime, calendar: Calendar) -> None:
    response, solved, satisfaction = rating
    enterprise_acts.rate(session, issue, response_rating=response, solved=solved, satisfaction=satisfaction, comment="",
                         now=now, calendar=calendar)


@pytest.fixture
def measured(lived: Live, sessions: sessionmaker[Session]) -> None:
    """Two issues of Dongsheng, one of them with a title that Excel would calculate, and one of Otog."""
    lived(title="=1+1 贷款", days=1, rating=(5, True, 4))
    lived(refused=1, rating=(5, True, 4))
    lived(place="otog", enterprise_name="鄂托克旗乌兰陶瓷有限公司", rating=None)
    measuring.work_off(sessions)


@pytest.fixture
def supervisor(browser: Browser, measured: None, add_user: Callable[..., int]) -> Browser:
    add_user("supervisor", ("supervision", "supervisor"))
    browser.sign_in("supervisor")
    return browser


@pytest.fixture
def head(browser: Browser, measured: None, add_user: Callable[..., int]) -> Browser:
    """The browser of Otog's head."""
    add_user("otog.head", ("otog", "head"))
    browser.sign_in("otog.head")
    return browser
