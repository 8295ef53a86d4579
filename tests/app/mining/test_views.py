"""The pages of the process, as a supervisor, a head and strangers open them."""
from __future__ import annotations

import csv
import re
from collections.abc import Callable
from io import StringIO

import pytest
from sqlalchemy.orm import Session, sessionmaker

from app.measures import measuring
from tests.app.conftest import Browser
from tests.app.measures.conftest import Live

RATE = {"rating": (5, True, 4)}
PAGES = ("", "variants", "rework", "conformance", "bottlenecks")


@pytest.fixture
def measured(lived: Live, sessions: sessionmaker[Session]) -> None:
    """Two issues of Dongsheng that have ended, one after a refusal, and one of Otog that waits for its rating."""
    lived(title="=1+1 贷款", **RATE)
    lived(refused=1, **RATE)
    lived(place="otog", enterprise_name="鄂托克旗乌兰陶瓷有限公司", rating=None)
    measuring.work_off(sessions)


@pytest.fixture
def supervisor(browser: Browser, measured: None, add_user: Callable[..., int]) -> Browser:
    add_user("supervisor", ("supervision", "supervisor"))
    browser.sign_in("supervisor")
    return browser


def link(page: str, label: str) -> str:
    """Where the link of that name leads."""
    return re.search(rf'href="([^"]+)" aria-label="{label}"', page)[1].replace("&amp;", "&")  # type: ignore[index]


def test_every_page_opens_and_every_figure_leads_to_its_cases(supervisor: Browser) -> None:
    opened = 0
    for each in PAGES:
        page = supervisor.get(f"/mining/{each}").text
        assert "登记的3件，其中2件已经结束" in page
        for address, number in re.findall(r'href="(/mining/cases[^"]+)"[^>]*>(\d+)</a>', page):
            found = supervisor.get(address.replace("&amp;", "&"))
            assert found.status_code == 200
            if "of=step" not in address and "of=event" not in address:
                assert f"共{number}条" in found.text
            opened += 1
    assert opened > 20


def test_a_step_tells_how_often_it_was_tried(supervisor: Browser) -> None:
    page = supervisor.get("/mining/").text
    row = re.search(r"<td>受理</td>(.*?)</tr>", page, re.S)[1]  # type: ignore[index]
    assert re.findall(r'data-label="次数">(\d+)<', row) == ["4"], "three cases, one of them refused once"
    assert "共3条" in supervisor.get(link(page, "受理 3件")).text


def test_the_diagram_is_told_its_heat(supervisor: Browser) -> None:
    first = supervisor.get("/mining/diagram.json?from=2026-01&to=2026-12").json[0]
    assert first["notes"]["accept_assignment"]["text"] == "4次" and first["heat"]["accept_assignment"] == 5
    waiting = supervisor.get("/mining/diagram.json?from=2026-01&to=2026-12&show=working").json[0]
    assert waiting["notes"]["accept_assignment"]["text"] == "不到1分钟", "everything is done at the first act"


def test_variants_show_loops_and_lead_to_the_diagram(supervisor: Browser) -> None:
    page = supervisor.get("/mining/variants").text
    assert page.count("50.0%") == 2 and "重复" in page
    address = re.search(r'href="(/mining/cases\?[^"]*of=variant[^"]*)"', page)[1].replace("&amp;", "&")  # type: ignore[index]
    cases = supervisor.get(address).text
    drawn = re.search(r'data-diagram="([^"]+)"', cases)[1].replace("&amp;", "&")  # type: ignore[index]
    notes = supervisor.get(drawn).json[0]["notes"]
    assert notes["collect"]["text"] == "1"
    assert supervisor.get("/mining/variants/nothing/diagram.json").status_code == 404


def test_a_refusal_is_told_with_its_reason(supervisor: Browser) -> None:
    page = supervisor.get("/mining/rework").text
    assert "不是我们的职责" in page and "东胜区" in page
    assert "不是我们的职责" in supervisor.get(link(page, "从受理退到交办的1件")).text


def test_an_address_that_makes_no_sense_is_read_as_far_as_it_does(supervisor: Browser) -> None:
    for each in PAGES:
        for query in ("from=x&to=9999-99", "unit=nobody&version=drop&show=x&level=-1", "from=2002-01&to=2098-12"):
            assert supervisor.get(f"/mining/{each}?{query}").status_code == 200
    for query in ("", "of=nothing", "of=variant", "of=variant&variant=x", "of=breach&rule=x"):
        assert supervisor.get(f"/mining/cases?{query}").status_code == 404
    assert supervisor.get("/mining/log.xlsx").status_code == 404
    for element in ("nothing", "%ED%A0%80", "a" * 5000):
        assert "没有这样的问题" in supervisor.get(f"/mining/cases?of=step&element={element}").text
    assert "没有这样的问题" in supervisor.get("/mining/?from=2020-01&to=2020-02").text


def test_a_head_sees_the_own_cases_alone(browser: Browser, measured: None, add_user: Callable[..., int]) -> None:
    add_user("otog.head", ("otog", "head"))
    browser.sign_in("otog.head")
    for each in PAGES:
        page = browser.get(f"/mining/{each}?unit=dongsheng").text
        assert "登记的1件" in page and "只看您负责的单位" in page and "2026-000001" not in page
    assert "共1条" in browser.get("/mining/cases?of=step&element=collect").text
    rows = list(csv.DictReader(StringIO(browser.get("/mining/log.csv").text)))
    assert {row["case:concept:name"] for row in rows} == {"2026-000003"}


def test_the_log_tells_nothing_of_enterprises_and_nobody_by_name(supervisor: Browser) -> None:
    for form in ("xes", "csv"):
        answer = supervisor.get(f"/mining/log.{form}")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        for secret in ("贷款", "陶瓷", "有限公司", "经办人甲"):
            assert secret not in answer.text


def test_clerks_have_no_business_there(browser: Browser, measured: None, add_user: Callable[..., int]) -> None:
    add_user("clerk", ("dongsheng", "clerk"))
    browser.sign_in("clerk")
    assert browser.get("/mining/").status_code == 403 and "流程实况" not in browser.get("/inbox").text
