"""The pages of measures, as a supervisor, a head and a stranger open them."""
from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

from openpyxl import load_workbook
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from app.measures import measuring
from app.measures.registry import MEASURES
from app.models import Enterprise
from tests.app.conftest import Browser


def figure(page: str, key: str) -> str:
    """What a measure's link says."""
    return re.search(rf'href="/measures/{key}\?[^"]*"[^>]*>([^<]+)<', page)[1]  # type: ignore[index]


def test_every_measure_is_shown_with_its_definition_and_source(supervisor: Browser) -> None:
    page = supervisor.get("/measures/").text
    for each in MEASURES:
        assert each.name in page and each.words in page and each.source in page
    assert (figure(page, "registered"), figure(page, "solution"), figure(page, "refusals")) == ("3", "100.0%", "1")


def test_a_figure_opens_its_cases(supervisor: Browser) -> None:
    (link,) = set(re.findall(r'href="(/measures/refusals\?[^"]*)" aria-label', supervisor.get("/measures/").text))
    page = supervisor.get(link.replace("&amp;", "&")).text
    assert "共1条" in page and "2026-000002" in page


def test_filters_narrow_what_is_counted(supervisor: Browser) -> None:
    assert figure(supervisor.get("/measures/?unit=otog").text, "registered") == "1"
    assert figure(supervisor.get("/measures/?category=financing&level=general").text, "registered") == "3"
    page = supervisor.get("/measures/?from=2026-01&to=2026-02").text
    assert "/measures/registered?" not in page, "nothing to open"


def test_a_leaders_figures_are_those_of_the_enterprises_in_charge(
        supervisor: Browser, sessions: sessionmaker[Session], add_user: Callable[..., int]) -> None:
    assert "按包联领导" not in supervisor.get("/measures/").text, "nobody is in charge of any"
    leader = add_user("leader", ("leaders", "leader"), name="刘建华")
    with sessions.begin() as session:
        session.execute(update(Enterprise).where(Enterprise.place == "otog").values(leader_id=leader))
    measuring.work_off(sessions)
    page = supervisor.get("/measures/").text
    assert figure(page, "registered") == "3" and "按包联领导" in page and "刘建华" in page
    assert figure(supervisor.get(f"/measures/?leader={leader}").text, "registered") == "1"
    assert figure(supervisor.get("/measures/?leader=99").text, "registered") == "3", "not a leader in charge"
    cases = supervisor.get(f"/measures/registered?leader={leader}").text
    assert "包联领导：刘建华" in cases and "2026-000003" in cases and "2026-000001" not in cases
    sheet = load_workbook(BytesIO(supervisor.get("/measures/export.xlsx").data)).worksheets[0]
    assert ["包联领导", "刘建华"] in [[cell.value for cell in row][:2] for row in sheet]
    assert "各包联领导情况" in supervisor.get("/measures/bulletin").text
    assert "包联领导：刘建华" in supervisor.get(f"/measures/bulletin?leader={leader}").text


def test_an_address_that_makes_no_sense_is_read_as_far_as_it_does(supervisor: Browser) -> None:
    for query in ("from=x&to=9999-99", "from=2026-03&to=2025-01", "unit=nobody&measure=drop&level=-1", "from=0001-01",
                  "from=2002-01&to=2098-12"):
        assert supervisor.get(f"/measures/?{query}").status_code == 200
    assert supervisor.get("/measures/nothing").status_code == 404
    assert supervisor.get("/measures/solution?part=all").status_code == 404
    assert supervisor.get("/measures/registered?part=missed").status_code == 200


def test_a_head_sees_the_own_unit_alone(head: Browser) -> None:
    page = head.get("/measures/").text
    assert figure(page, "registered") == "1" and "只统计您负责的单位" in page and "东胜区" not in page
    assert figure(head.get("/measures/?unit=dongsheng").text, "registered") == "1", "another unit is not to be had"
    assert "2026-000001" not in head.get("/measures/registered?unit=dongsheng").text
    assert load_workbook(BytesIO(head.get("/measures/registered/export.xlsx").data)).worksheets[0].max_row == 2


def test_a_clerk_sees_no_measures(officer: Browser, measured: None) -> None:
    for address in ("/measures/", "/measures/registered", "/measures/export.xlsx", "/measures/registered/export.xlsx",
                    "/measures/bulletin", "/measures/bulletin.docx", "/measures/bulletin.pdf"):
        assert officer.get(address).status_code == 403
    assert 'href="/measures/"' not in officer.get("/inbox").text


def test_what_is_shown_is_a_workbook_too(supervisor: Browser) -> None:
    sheet = load_workbook(BytesIO(supervisor.get("/measures/export.xlsx").data)).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet]
    whole = {row[3]: row[4] for row in rows if row[0] == "全部"}
    assert whole["登记件数"] == "3" and whole["解决率"] == "100.0%" and len(whole) == len(MEASURES)
    assert ["单位", "东胜区"] in [row[:2] for row in rows] and ["月份", "2026-03"] in [row[:2] for row in rows]


def test_no_cell_of_a_workbook_is_calculated(supervisor: Browser) -> None:
    sheet = load_workbook(BytesIO(supervisor.get("/measures/registered/export.xlsx").data)).worksheets[0]
    (cell,) = [cell for row in sheet for cell in row if str(cell.value).startswith("=")]
    assert cell.value == "=1+1 贷款" and cell.data_type == "s" and cell.quotePrefix


def test_an_issues_page_tells_whose_its_time_was(supervisor: Browser) -> None:
    page = supervisor.get("/issues/2026-000001").text
    assert "责任时钟" in page and "从登记到办结" in page and "东胜区" in page and "等企业" in page


def test_the_bulletin_is_of_the_last_month_that_was_asked_for(supervisor: Browser) -> None:
    page = supervisor.get("/measures/bulletin?from=2025-04&to=2026-03").text
    assert "2026年3月企业困难问题办理情况" in page and "2026年第3期" in page and "东胜区" in page and "融资" in page
    assert all(each.words in page for each in MEASURES)
    assert "2026年2月企业困难问题办理情况" in supervisor.get("/measures/bulletin?to=2026-02").text
