"""The list of issues, and its workbook."""
from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from app.actor import Actor
from app.issues import export, listing
from app.issues.places import unit_names
from app.models import Issue
from tests.conftest import MONDAY


@pytest.fixture
def supervisor(make_actor: Callable[..., Actor]) -> Actor:
    return make_actor("supervisor", ("supervision", "supervisor"))


def numbers(session: Session, actor: Actor, **query: object) -> list[str]:
    return [issue.number[-1] for issue in listing.find_page(session, actor, listing.Query(**query)).issues]  # type: ignore[arg-type]


@pytest.fixture
def issues(make_issue: Callable[..., Issue]) -> list[Issue]:
    return [
        make_issue(title="贷款到期", category="financing", level="complex", stage="handle", light="yellow",
                   lead_unit="fin_office", due_at=MONDAY + timedelta(days=2)),
        make_issue(title="用电不足", enterprise_name="达拉特旗丰源化肥有限公司", place="dalad", category="power",
                   light="red", due_at=MONDAY - timedelta(days=1)),
        make_issue(title="手续办理100%卡住", category="permits", status="closed", light="red",
                   now=MONDAY + timedelta(hours=1)),
    ]


@pytest.mark.parametrize(("query", "expected"), [
    ({}, ["3", "2", "1"]),
    ({"q": "丰源"}, ["2"]), ({"q": "2026-000003"}, ["3"]), ({"q": "恒拓 贷款"}, ["1"]),
    ({"q": "0%卡"}, ["3"]), ({"q": "_"}, []),
    ({"filters": {"category": ["power", "permits"]}}, ["3", "2"]),
    ({"filters": {"status": ["unfinished"]}}, ["2", "1"]), ({"filters": {"light": ["red"]}}, ["2"]),
    ({"filters": {"place": ["dalad"]}}, ["2"]),
    ({"filters": {"lead_unit": ["fin_office"], "level": ["complex"]}}, ["1"]),
    ({"sort": "light"}, ["2", "3", "1"]), ({"sort": "due"}, ["2", "1", "3"]), ({"sort": "number"}, ["1", "2", "3"]),
    ({"size": 20, "page": 9}, ["3", "2", "1"]),
])
def test_the_list_shows_what_the_address_asks_for(
        session: Session, issues: list[Issue], supervisor: Actor, query: dict[str, object],
        expected: list[str]) -> None:
    assert numbers(session, supervisor, **query) == expected


def test_the_list_shows_nobody_more_than_they_may_see(
        session: Session, issues: list[Issue], make_actor: Callable[..., Actor]) -> None:
    assert numbers(session, make_actor("dalad.office", ("dalad", "clerk"))) == ["2"]


def test_unknown_names_in_an_address_are_left_out() -> None:
    query = listing.parse({"sort": "password", "page": "-1", "size": "9999", "q": " x "},
                          {"stage": ["handle", ""], "colour": ["red"], "level": [""]})
    assert query == listing.Query(q="x", filters={"stage": ["handle"]})


def test_the_workbook_has_the_rows_of_the_list_and_no_formula(
        session: Session, issues: list[Issue], supervisor: Actor) -> None:
    issues[0].title = '=HYPERLINK("http://x","贷款")'
    issues[1].title = "带\x0b控制字符"
    query = listing.Query(filters={"status": ["unfinished"]}, sort="number")
    book = load_workbook(BytesIO(export.workbook(listing.find_all(session, supervisor, query), unit_names(session))))
    rows = list(book.active.iter_rows())
    assert [cell.value for cell in rows[0]] == list(export.HEADERS)
    assert [row[1].value for row in rows[1:]] == ['=HYPERLINK("http://x","贷款")', "带控制字符"]
    assert rows[1][1].data_type == "s"
    assert rows[1][1].quotePrefix
