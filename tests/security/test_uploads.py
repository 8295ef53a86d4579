"""Files that come in, lists that go out: what they are told by, what they cost, and what they do to who opens them."""
from __future__ import annotations

import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app import spreadsheet
from app.admin import import_users
from app.admin.errors import AdminRefused
from app.issues import attachments
from app.issues.attachments import Upload, check, clean_name, path_of
from app.issues.errors import FileRefused
from app.models import Attachment, Issue
from tests.app.conftest import Browser
from tests.security.conftest import City
from tests.security.test_evaluator import CHINESE, no_hang
from tests.sizes import tell

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 40
SCRIPT = b"<script>alert(1)</script>"
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def packed(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


REFUSED: dict[str, tuple[str, bytes]] = {
    "a page": ("a.html", b"<!doctype html><html>" + SCRIPT), "a page called a picture": ("a.png", b"<html>" + SCRIPT),
    "a page called a text": ("a.txt", SCRIPT), "a page after blanks": ("a.txt", b" \n\t" * 99 + b"<html>"),
    "a page in wide letters": ("a.txt", "<html><script>".encode("utf-16")), "an SVG": ("a.svg",
    b"<svg onload='x()'/>"),
    "an SVG called a picture": ("a.png", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'),
    "an SVG with a mark": ("a.txt", b"\xef\xbb\xbf<svg/>"), "MathML": ("a.txt", b"<math><mtext></mtext></math>"),
    "XML with XSLT": ("a.xml", b'<?xml-stylesheet href="x"?><a/>'), "a program": ("a.pdf", b"MZ" + b"\0" * 99),
    "an ELF program": ("a.docx", b"\x7fELF" + b"\0" * 99), "a shell script": ("a.sh", b"#!/bin/sh\n<a"),
    "a Java archive": ("a.docx", packed({"META-INF/MANIFEST.MF": b"x"})), "a zip": ("a.xlsx",
    packed({"a.exe": b"MZ"})),
    "an Android package": ("a.docx", packed({"AndroidManifest.xml": b"x", "classes.dex": b"x"})),
    "a document with macros": ("a.docx", packed({"[Content_Types].xml": b"", "word/document.xml": b"",
                                                 "word/vbaProject.bin": b"x"})),
    "a workbook with macros": ("a.xls", OLE + "Workbook".encode("utf-16-le") + "_VBA_PROJECT".encode("utf-16-le")),
    "an OLE file that is none of ours": ("a.doc", OLE + b"\0" * 600), "an empty file": ("a.txt", b""),
    "a cut-off zip": ("a.docx", packed({"word/document.xml": b"x"})[:-10]),
    "a tar": ("a.txt", b"a" * 257 + b"ustar\0" + b"\0" * 99),
    "a 7z archive": ("a.pdf", b"7z\xbc\xaf'\x1c" + b"\0" * 99), "a gzip": ("a.txt", b"\x1f\x8b\x08" + b"\0" * 99),
    "a video": ("a.jpg", b"\0\0\0\x18ftypmp42" + b"\0" * 99), "a font": ("a.png", b"wOFF" + b"\0" * 99),
    "Flash": ("a.pdf", b"FWS\x09" + b"\0" * 99), "a shortcut": ("a.txt", b"L\0\0\0\x01\x14\x02\0" + b"\0" * 99),
    "bytes of nothing": ("a.txt", bytes(range(256))), "text with a null": ("a.txt", b"abc\0def"),
    "a PHP page": ("a.txt", b"<?php system('id'); ?>"), "a JSP page": ("a.txt", b"<%@ page %><b>"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_could_run_is_not_taken_under_any_name(name: str):
    called, content = REFUSED[name]
    for other in (called, "a.png", "a.docx", "a.txt", "a.pdf"):
        with pytest.raises(FileRefused, match=CHINESE):
            check(Upload(other, content))


@pytest.mark.parametrize(("name", "content", "kind"), [
    ("a.html", PNG + SCRIPT, "image/png"), ("a.svg", PNG + b"<svg onload=x>", "image/png"),
    ("a.png.html", PNG, "image/png"), ("a.htm\0.png", PNG, "image/png"), ("a.php",
    b"%PDF-1.4 " + SCRIPT, "application/pdf"),
    ("a.js", "平常的文字".encode(), "text/plain"), ("a.exe", b"GIF89a" + SCRIPT, "image/gif")])
def test_a_polyglot_is_kept_as_what_it_begins_as_and_only_ever_downloaded(name: str, content: bytes, kind: str):
    file = check(Upload(name, content))
    assert file.media_type == kind
    assert file.name.rsplit(".", 1)[-1] in attachments.ALLOWED[kind]


NAMES = ["../../etc/passwd", "..\\..\\windows\\win.ini", "/etc/passwd", "C:\\a.png", "a\0b.png", "a\r\nX: y.png",
    "a\u202egnp.exe",
         ".htaccess", "..", ".", "", " ", "con", "a" * 5_000 + ".png", "汉字" * 200 + ".png", "a\"b.png",
         "a;b=c.png", "<b>.png",
         "a%00.png", "%2e%2e%2fa", "a\u0000", "-rf", "`id`.png", "$(id).png", "|id.png", "a\u200b.png",
         "file://x", "\ufeffa.png"]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_leaves_its_folder_or_its_header(name: str):
    kept = clean_name(name)
    assert kept and len(kept) <= 125 and not set(kept) & set('/\\\0\r\n"<>|:*?\u202e\u200b')
    assert kept not in (".", "..") and not kept.startswith(".")


def test_files_lie_under_their_hash_outside_of_everything_that_is_served(living_city: City, tmp_path: Path,
                                                                         sessions: sessionmaker[Session]):
    browser = living_city.browser("handled")
    answer = browser.post("/follow/material", content_type="multipart/form-data", data={
        "text": "请看附件", "files": [(BytesIO(PNG), "../../../app/static/x.html")]})
    assert answer.status_code == 303
    with sessions() as session:
        row = session.scalars(select(Attachment).order_by(Attachment.id.desc())).first()
    assert row is not None
    folder = tmp_path / "attachments"
    assert path_of(folder, row.sha256).read_bytes() == PNG
    assert {path.name for path in tmp_path.rglob("*") if path.is_file() and path.read_bytes() == PNG} == {row.sha256}
    static = Path(living_city.app.static_folder or "").resolve()
    assert static not in path_of(folder, row.sha256).resolve().parents
    for address in (f"/static/../attachments/{row.sha256}",
    f"/static/%2e%2e/attachments/{row.sha256[:2]}/{row.sha256}",
                    f"/attachments/{row.sha256[:2]}/{row.sha256}", "/static/..%2f..%2f..%2fetc/passwd"):
        assert browser.get(address).status_code == 404


def test_a_file_is_never_shown_in_our_pages(city: City):
    case = city.cases["handled"]
    for who, address in ((case.post, f"/issues/{case.number}/files/{case.attachment}"),
                         ("handled", f"/follow/files/{case.attachment}")):
        headers = city.browser(who).get(address).headers
        assert headers["Content-Disposition"].startswith("attachment")
        assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert headers["X-Content-Type-Options"] == "nosniff"


def _workbook(**parts: bytes) -> bytes:
    """A workbook for the import, some of its parts replaced."""
    book = Workbook()
    book.active.append(list(import_users.HEADERS))  # type: ignore[union-attr]
    buffer = BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as archive:
        made = {name: archive.read(name) for name in archive.namelist()}
    names = {"strings": "xl/sharedStrings.xml", "sheet": "xl/worksheets/sheet1.xml", "styles": "xl/styles.xml",
             "types": "[Content_Types].xml", "book": "xl/workbook.xml"}
    return packed(made | {names[part]: content for part, content in parts.items()})


LAUGHS = b'<!DOCTYPE a [<!ENTITY a "' + b"x" * 99 + b'">]>'
SST = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
END = b"</sheetData></worksheet>"
SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
BOMBS: dict[str, Callable[[], bytes]] = {
    "a million strings": lambda: _workbook(strings=SST + b"<si><t/></si>" * 1_000_000 + b"</sst>"),
    "half a million empty strings": lambda: _workbook(strings=SST + b"<si/>" * 600_000 + b"</sst>"),
    "a million rows": lambda: _workbook(sheet=SHEET + b"<row/>" * 800_000 + END),
    "one row of a million cells": lambda: _workbook(sheet=SHEET + b"<row>" + b"<c/>" * 1_000_000 + b"</row>" + END),
    "a gigabyte of blanks": lambda: _workbook(strings=SST + b" " * 200_000_000 + b"</sst>"),
    "a hundred thousand styles": lambda: _workbook(
        styles=b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs>'
        + b"<xf/>" * 100_000 + b"</cellXfs></styleSheet>"),
    "a billion laughs": lambda: _workbook(strings=LAUGHS + SST + b"<si><t>&a;</t></si></sst>"),
    "a billion laughs in wide letters": lambda: _workbook(strings=(LAUGHS + SST + b"</sst>").decode().encode("utf-16")),
    "elements inside each other": lambda: _workbook(strings=SST + b"<si>" * 100_000),
    "a hundred thousand parts": lambda: packed({str(n): b"" for n in range(100_000)}, zipfile.ZIP_STORED),
    "a size that is a lie": lambda: _lying(_workbook(strings=SST + b"<si><t/></si>" * 300_000 + b"</sst>")),
}


def _lying(content: bytes) -> bytes:
    """The same zip, whose directory says that every part has ten bytes."""
    made, at = bytearray(content), -1
    while (at := made.find(b"PK\x01\x02", at + 1)) >= 0:
        made[at + 24:at + 28] = struct.pack("<I", 10)
    return bytes(made)


@pytest.mark.parametrize("name", BOMBS)
def test_a_workbook_is_measured_before_it_is_opened(name: str):
    content = BOMBS[name]()[:import_users.MAX_BYTES + 1]
    tracemalloc.start()
    try:
        with no_hang(), pytest.raises(AdminRefused, match=CHINESE):
            import_users.read_file(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 30_000_000
    tell(f"hostile workbook, {name}: {len(content) / 1000:.0f} kB refused with {peak / 1e6:.1f} MB")


def test_a_full_file_of_users_is_still_taken():
    row = ("finance.zhang", "张三", "市财政局", "经办人", "zhang@example.com", "0477-8580000")
    content = spreadsheet.workbook("用户", import_users.HEADERS, import_users.WIDTHS, [row] * import_users.MAX_ROWS)
    assert len(import_users.read_file(content)) == import_users.MAX_ROWS


def test_a_document_of_too_many_parts_is_not_taken():
    parts = {"[Content_Types].xml": b"", "word/document.xml": b""} | {f"word/{n}.xml": b"" for n in range(100_000)}
    content = packed(parts, zipfile.ZIP_STORED)
    tracemalloc.start()
    try:
        with pytest.raises(FileRefused):
            check(Upload("a.docx", content))
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_broken_workbook_is_said_to_be_unreadable_wherever_it_breaks():
    good = _workbook()
    with no_hang():
        for at in range(0, len(good), 7):
            broken = good[:at] + bytes([good[at] ^ 0xff]) + good[at + 1:]
            try:
                import_users.read_file(broken)
            except AdminRefused:
                continue


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "=HYPERLINK(\"http://evil\",\"x\")",
            "=WEBSERVICE(\"http://evil\")", "=IMPORTXML(\"http://evil\")", "＝1+1", "=DDE(\"cmd\";\"x\")", "@=1",
            "-2+3+cmd|x", "=1\n",
            "'=1", "%0a=1", ";=1", "\n=1", " =1"]


def test_no_cell_of_a_list_is_a_formula(living_city: City, sessions: sessionmaker[Session]):
    cases = list(living_city.cases.values())
    for start in range(0, len(FORMULAS), len(cases)):
        with sessions.begin() as session:
            for case, formula in zip(cases, FORMULAS[start:], strict=False):
                issue = session.get_one(Issue, case.issue_id)
                issue.title, issue.enterprise.name = formula, formula + str(case.issue_id)
        for who in (("city", "admin"), cases[2].post, cases[4].post):
            for address in ("/issues/export.xlsx", "/inbox/export.xlsx?view=unit", "/inbox/export.xlsx?view=done",
                            "/inbox/export.xlsx?view=copies", "/inbox/export.xlsx?view=watched",
                            "/inbox/export.xlsx"):
                _no_formula(living_city.browser(who).get(address).data)


def _no_formula(content: bytes) -> None:
    for row in load_workbook(BytesIO(content)).active.iter_rows():  # type: ignore[union-attr]
        for cell in row:
            assert cell.data_type in ("s", "n", "inlineStr"), cell.value
            if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@", "\t", "\r")):
                assert cell.quotePrefix
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for name in archive.namelist():
            assert b"<f>" not in archive.read(name) and b"<f " not in archive.read(name)


def test_text_that_no_workbook_can_hold_breaks_no_export():
    content = spreadsheet.workbook("表", ["甲"], [9], [["\0\x01\x08\x1f\ud800"[:4]], ["a" * 40_000], [2**63]])
    assert load_workbook(BytesIO(content)).active is not None


SMALL_ROUTES = ("/login", "/logout", "/follow", "/report/enterprise", "/report/done", "/inbox/claim")


@pytest.mark.parametrize("address", SMALL_ROUTES)
def test_a_route_without_files_reads_no_more_than_a_megabyte(browser: Browser, address: str):
    answer = browser.post(address, data={"a": (BytesIO(b"x" * 1_100_000),
    "a.png")}, content_type="multipart/form-data")
    assert answer.status_code == 413
    assert "文件太大" in answer.text


def test_a_form_has_no_more_fields_than_people_fill_in(browser: Browser):
    for body in ("a=&" * 100_000, "&".join(f"a{n}=1" for n in range(2_001))):
        answer = browser.post("/login", data=body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 413
    assert browser.get("/login?" + "a=&" * 3_000).status_code == 413
    parts = {f"a{n}": "1" for n in range(1_500)}
    assert browser.post("/login", data=parts, content_type="multipart/form-data").status_code == 413


@pytest.mark.parametrize("body", [
    b"\xff\xfe\x00", b"%" * 999, b"a=%00", b"a=%ff%fe", b"=&=&=", b"a[b][c][d]=1&" * 99, b"{" * 9_999, b"[" * 9_999])
def test_a_body_of_another_kind_is_refused_and_not_a_fault(browser: Browser, body: bytes):
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json",
    "text/xml",
                 "multipart/form-data", "application/x-www-form-urlencoded; charset=utf-7", ""):
        assert browser.post("/login", data=body, content_type=kind).status_code < 500


@pytest.mark.parametrize("lines", ["[" * 100_000, "[" * 400 + "]" * 400, "{}", "[[[[1]]]]", "[{}]", "null",
    "[[\"\\u0000\"]]",
                                   '[["a\\u0000b", "\\ud800", "miit", "clerk", "", ""]]', "1e999",
                                   '[["a", {"b": []}]]', "[[]]"])
def test_nested_and_odd_previews_are_refused_and_no_fault(guardian: Browser, lines: str):
    answer = guardian.submit("/admin/users/import/apply", {"lines": lines}, on="/admin/users/import")
    assert answer.status_code < 500


def test_compressed_bodies_are_not_unpacked(app: Flask):
    bomb = zlib.compress(b"a=" + b"x" * 50_000_000)
    answer = app.test_client().post("/login", data=bomb, headers={"Content-Encoding": "deflate"})
    assert answer.status_code < 500
