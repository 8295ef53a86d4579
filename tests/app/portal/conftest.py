"""The enterprise's browser, with the real life of an issue published."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from tests.app.issues.lives import publish_lifecycle
from tests.conftest import FixedClock

TROUBLE = {"title": "流动资金贷款3月到期，续贷遇到困难", "category": "financing",
           "description": "我公司有一笔500万元贷款3月20日到期，银行答复可能压缩额度。"}
ENTERPRISE = {"enterprise_name": "鄂尔多斯市恒拓煤化工有限公司", "credit_code": "91350100m000100y43",
              "place": "dongsheng", "contact_name": "张经理", "contact_phone": "0477-8580000", "contact_email": ""}


@pytest.fixture
def browser(app: Flask, sessions: sessionmaker[Session], clock: FixedClock) -> FlaskClient:
    """A browser without script, on a site that asks for no CSRF token."""
    with sessions.begin() as session:
        publish_lifecycle(session, clock.now)
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = FlaskClient
    return app.test_client()


@pytest.fixture
def limits(app: Flask) -> None:
    """The limits on how often an address may ask are in force."""
    app.extensions["zhuqi_limiter"].enabled = True


@pytest.fixture
def report(browser: FlaskClient) -> Callable[[], str]:
    """Goes through the three steps; returns the follow-up code that the last page shows."""

    def go() -> str:
        browser.post("/report", data=TROUBLE)
        browser.post("/report/enterprise", data=ENTERPRISE)
        return code_on(browser.post("/report/done", data={"code": signed_code(browser)}).text)

    return go


def signed_code(browser: FlaskClient) -> str:
    return browser.get("/report/confirm").text.split('type="hidden" name="code" value="')[1].split('"')[0]


def code_on(page: str) -> str:
    return page.split('id="code"')[1].split(">")[1].split("<")[0]
