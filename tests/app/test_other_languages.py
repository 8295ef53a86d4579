"""Pages are told in the language that the browser asks for, refusals of the services and names of kinds included."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import lxml.html
import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy.orm import Session, sessionmaker

from app.actor import ENTERPRISE
from app.issues.registration import register
from tests.app.conftest import Browser
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import live, publish_lifecycle
from tests.conftest import FixedClock
from workflows.calendar import Calendar

ROOT = Path(__file__).parents[2]
METHODS = [("app/**.py", "python"), ("workflows/**.py", "python"), ("app/templates/**.html", "jinja2")]
KEYWORDS = {**DEFAULT_KEYWORDS, "say": None, "lazy_gettext": None}
CHINESE = re.compile("[\u4e00-\u9fff]")
CONTENT = {text for path in (*ROOT.glob("bpmn/*/*.bpmn"), *ROOT.glob("bpmn/*/forms/*.json"),
                             ROOT / "app/organisation.yaml")
           for text in re.findall(r"[\w、“”]+", path.read_text(encoding="utf-8"))}
"""words of processes, forms and the organisation, which are the office's own"""
SPOKEN = ("aria-label", "placeholder", "title", "alt", "data-confirm")
"""attributes that people read or hear"""


@pytest.fixture(scope="session")
def catalogue() -> set[str]:
    """The message ids of the interface."""
    found: set[str] = set()
    for folder in ("app", "workflows"):
        for _, _, message, _, _ in extract_from_dir(str(ROOT / folder), [(pattern.removeprefix(f"{folder}/"), how)
                                                                        for pattern, how in METHODS],
                                                                        keywords=KEYWORDS):
            found.update(message if isinstance(message, tuple) else (message,))
    return found


@pytest.fixture(scope="session")
def translations(catalogue: set[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a made-up German: every sentence stands in ⟦brackets⟧."""
    folder = tmp_path_factory.mktemp("translations")
    made_up = Catalog(locale="de")
    for message in catalogue:
        made_up.add(message, f"⟦{message}⟧")
    path = folder / "de" / "LC_MESSAGES" / "messages.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, made_up)
    return folder


@pytest.fixture
def german(app: Flask, translations: Path) -> Callable[[], Browser]:
    """Makes browsers that ask for German, where the application has it."""
    app.extensions["babel"].translation_directories = [str(translations)]

    def one() -> Browser:
        client = app.test_client()
        assert isinstance(client, Browser)
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de-DE,de;q=0.9,zh;q=0.5"
        return client

    return one


@pytest.fixture
def number(sessions: sessionmaker[Session], clock: FixedClock, calendar: Calendar) -> str:
    """Of an issue that the city is to sort."""
    with sessions.begin() as session:
        publish_lifecycle(session, clock.now)
        issue, _ = register(session, a_report(), ENTERPRISE, clock.now, calendar)
        clock.now = live(session, issue, "collect", now=clock.now, calendar=calendar)
        return issue.number


def left_over(page: str, catalogue: set[str]) -> Iterator[str]:
    """Texts of a page that the catalogue knows, yet stand as they were written."""
    tree = lxml.html.fromstring(page)
    texts = [text for element in tree.iter() if isinstance(element.tag, str) and element.tag not in ("script", "style")
             for text in (element.text, element.tail, *(element.get(name) for name in SPOKEN))]
    return (text for text in map(str.strip, filter(None, texts))
            if CHINESE.search(text) and text in catalogue and text not in CONTENT)


@pytest.mark.parametrize("path", ["/report", "/follow", "/login", "/no-such-page"])
def test_public_pages_are_told_in_the_readers_language(german: Callable[[], Browser], catalogue: set[str], path: str):
    page = german().get(path)
    assert "⟦" in page.text and 'lang="de"' in page.text
    assert list(left_over(page.text, catalogue)) == []


@pytest.mark.parametrize("path", [
    "/inbox", "/inbox?scope=unit", "/inbox?scope=done", "/inbox?scope=watched", "/copies", "/issues", "/issues/new",
    "/account",
    "/inbox?group=1&q=x"])
def test_officers_lists_are_told_in_the_readers_language(
        german: Callable[[], Browser], add_user: Callable[..., int], catalogue: set[str], number: str, path: str):
    add_user("hao", ("miit", "intake"), ("miit", "judge"))
    browser = german()
    browser.sign_in("hao")
    page = browser.get(path, follow_redirects=True)
    assert "⟦" in page.text
    assert list(left_over(page.text, catalogue)) == []


def test_a_task_and_its_issue_are_told_in_the_readers_language(
        german: Callable[[], Browser], add_user: Callable[..., int], catalogue: set[str], number: str):
    add_user("hao", ("miit", "intake"), ("miit", "judge"))
    browser = german()
    browser.sign_in("hao")
    task = re.search(r"/tasks/\d+", browser.get("/inbox?scope=unit").text)
    assert task
    for path in (task[0], f"/issues/{number}", f"/issues/{number}/sheet"):
        assert list(left_over(browser.get(path).text, catalogue)) == [], path


@pytest.mark.parametrize("path", ["/admin/units", "/admin/users", "/admin/absences", "/admin/incidents", "/admin/mail",
                                  "/admin/users/new", "/admin/units/new", "/admin/users/import", "/admin/log",
                                  "/admin/agreements"])
def test_administrators_pages_are_told_in_the_readers_language(
        german: Callable[[], Browser], add_user: Callable[..., int], catalogue: set[str], path: str):
    add_user("auditor", ("city", "auditor"))
    browser = german()
    browser.sign_in("auditor")
    page = browser.get(path)
    assert page.status_code == 200
    assert list(left_over(page.text, catalogue)) == []


def test_a_refusal_of_a_service_is_told_in_the_readers_language(
        german: Callable[[], Browser], add_user: Callable[..., int]):
    add_user("security", ("city", "security"))
    browser = german()
    browser.sign_in("security")
    page = browser.submit("/admin/users/999/use", on="/account")
    assert "⟦没有这个用户。⟧" in page.text


def test_what_is_wrong_with_an_answer_is_told_in_the_readers_language(
        german: Callable[[], Browser], add_user: Callable[..., int], number: str):
    add_user("hao", ("miit", "intake"), ("miit", "judge"))
    browser = german()
    browser.sign_in("hao")
    task = re.search(r"/tasks/\d+", browser.get("/inbox?scope=unit").text)
    assert task
    page = browser.submit(f"{task[0]}/complete", {"sort_result": "nonsense"}, on=task[0])
    assert "⟦请从列表中选择，刚才选的已不在列表里⟧" in page.text


def test_a_spreadsheet_is_told_in_the_readers_language(
        german: Callable[[], Browser], add_user: Callable[..., int], number: str):
    add_user("hao", ("miit", "intake"), ("miit", "judge"))
    browser = german()
    browser.sign_in("hao")
    sheet = load_workbook(BytesIO(browser.get("/issues/export.xlsx").data)).active
    assert sheet is not None
    rows = list(sheet.values)
    assert rows[0][:2] == ("⟦编号⟧", "⟦标题⟧")
    assert {"⟦梳理⟧", "⟦办理中⟧"} <= set(rows[1])


def test_whoever_reads_chinese_gets_the_sources_language(german: Callable[[], Browser], app: Flask):
    page = app.test_client().get("/report", headers={"Accept-Language": "zh-CN,zh;q=0.9,de;q=0.8"})
    assert "⟦" not in page.text and 'lang="zh-Hans-CN"' in page.text
