"""Users from Excel: the template, what is refused, the preview, and applying."""
from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import unescape
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from app.admin.errors import AdminRefused
from app.admin.import_users import HEADERS, MAX_BYTES, MAX_ROWS, judge, read_file
from app.models import User
from tests.app.conftest import Browser

ZHANG = ("finance.zhang", "张三", "市财政局", "经办人", "zhang@example.com", "0477-8580000")
LINES = re.compile(r'name="lines" value="([^"]*)"')


def test_the_templates_example_is_nobody(guardian: Browser):
    book = load_workbook(BytesIO(guardian.get("/admin/users/import/template.xlsx").data))
    assert book.active.title == "用户" and book.active["B2"].value == "张三"
    book.active.append(list(ZHANG))
    assert read_file(_saved(book)) == [[], list(ZHANG)]


def test_lines_keep_the_numbers_that_they_have_in_the_file(session: Session):
    lines = read_file(_workbook([ZHANG, [], ("李四",)]))
    assert [row.line for row in judge(session, lines, by=None)] == [2, 4]


def test_new_users_and_further_posts_are_entered(app: Flask, guardian: Browser, add_user: Callable[..., int],
                                                 sessions: sessionmaker[Session]):
    add_user("drc.head", ("drc", "head"), name="邵国梁")
    preview = _upload(guardian, [ZHANG, ("Finance.Zhang", "张三", "finance", "head", "", ""),
                                      ("drc.head", "邵国梁", "市发展和改革委员会", "负责人", "", ""),
                                      ("drc.head", "邵国梁", "市发展和改革委员会", "经办人", "", "")])
    assert [preview.count(f"<td>{said}</td>") for said in ("新建用户", "增加岗位", "已有，不变")] == [1, 2, 1]
    assert _count(sessions) == 2, "the preview writes nothing"
    done = _apply(guardian, preview)
    password = re.search(r"<code>([^<]+)</code>", done)
    assert password and done.count("<code>") == 1
    newcomer = app.test_client()
    assert isinstance(newcomer, Browser)
    assert newcomer.sign_in("finance.zhang", password[1]).location == "/account/password"
    with sessions() as session:
        posts = {user.username: len(user.posts) for user in session.scalars(select(User))}
    assert posts["finance.zhang"] == 2 and posts["drc.head"] == 2


def test_applying_twice_changes_nothing(guardian: Browser, sessions: sessionmaker[Session]):
    preview = _upload(guardian, [ZHANG])
    _apply(guardian, preview)
    assert "没有新用户" in _apply(guardian, preview)
    assert _count(sessions) == 2


@pytest.mark.parametrize(("row", "told"), [
    (("张三", "张三", "市财政局", "经办人"), "用户名要用字母"), (("zhang", "", "市财政局", "经办人"), "姓名没有填"),
    (("zhang", "张三", "财政厅", "经办人"), "没有这个单位"), (("zhang", "张三", "市财政局", "局长"), "没有这个岗位"),
    (("zhang", "张三", "市财政局", "经办人", "no mail"), "邮箱格式不对"),
    (("zhang", "张三", "市财政局", "经办人", "", "call me"), "电话格式不对")])
def test_what_is_wrong_with_a_row_is_said_beside_it(session: Session, row: Sequence[str], told: str):
    assert told in "；".join(judge(session, [row], by=None)[0].errors)


def test_a_name_that_belongs_to_somebody_else_is_refused(session: Session):
    first, other = judge(session, [ZHANG, ("finance.zhang", "李四", "市财政局", "负责人", "", "")], by=None)
    assert not first.errors and "是张三的" in other.errors[0]


def test_the_same_post_twice_in_a_file_is_refused(session: Session):
    assert [row.errors for row in judge(session, [ZHANG, ZHANG], by=None)] == [[], ["和上面的一行重复"]]


def test_a_file_with_a_wrong_row_enters_nobody(guardian: Browser, sessions: sessionmaker[Session]):
    preview = _upload(guardian, [ZHANG, ("li", "李四", "财政厅", "经办人", "", "")])
    assert "其中1行有错" in preview and not LINES.search(preview)
    refused = guardian.submit("/admin/users/import/apply", {"lines": '[["li","李四","财政厅","经办人","",""]]'},
                                   on="/admin/users/import")
    assert refused.status_code == 409
    assert _count(sessions) == 1


@pytest.mark.parametrize("lines", ["", "{}", "[1]", "not json"])
def test_a_preview_that_was_tampered_with_is_refused(guardian: Browser, lines: str):
    refused = guardian.submit("/admin/users/import/apply", {"lines": lines}, on="/admin/users/import")
    assert refused.status_code == 409


@pytest.mark.parametrize(("content", "told"), [
    (b"not excel", "读不出这个文件"), (b"PK\x03\x04broken", "读不出这个文件"), (b"x" * (MAX_BYTES + 1), "超过2MB")])
def test_files_that_are_no_workbook_are_refused(content: bytes, told: str):
    with pytest.raises(AdminRefused, match=told):
        read_file(content)


def test_other_columns_empty_files_and_too_many_rows_are_refused():
    with pytest.raises(AdminRefused, match="第一行应是"):
        read_file(_workbook([ZHANG], headers=("姓名", "单位")))
    with pytest.raises(AdminRefused, match="没有用户"):
        read_file(_workbook([]))
    with pytest.raises(AdminRefused, match="最多导入500行"):
        read_file(_workbook([ZHANG] * (MAX_ROWS + 1)))


def _workbook(rows: Sequence[Sequence[str]], headers: Sequence[str] = HEADERS) -> bytes:
    book = Workbook()
    for row in [headers, *rows]:
        book.active.append(list(row))
    return _saved(book)


def _saved(book: Workbook) -> bytes:
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _upload(guardian: Browser, rows: Sequence[Sequence[str]]) -> str:
    page = guardian.submit("/admin/users/import", {"file": (BytesIO(_workbook(rows)), "人员.xlsx")})
    assert page.status_code == 200
    return page.text


def _apply(guardian: Browser, preview: str) -> str:
    lines = LINES.search(preview)
    assert lines
    form = {"lines": unescape(lines[1])}
    return guardian.submit("/admin/users/import/apply", form, on="/admin/users/import").text


def _count(sessions: sessionmaker[Session]) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(User)) or 0
