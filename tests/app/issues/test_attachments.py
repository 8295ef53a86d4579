"""Files: what is taken, by content and not by name."""
from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.issues import attachments
from app.issues.attachments import Upload
from app.issues.errors import FileRefused
from app.models import Attachment

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
                    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082")
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF"


def office(part: str, *more: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("[Content_Types].xml", part, *more):
            archive.writestr(name, "<x/>")
    return buffer.getvalue()


@pytest.mark.parametrize(("name", "content", "kept_as", "media_type"), [
    ("合同.pdf", PDF, "合同.pdf", "application/pdf"),
    ("照片.PNG", PNG, "照片.PNG", "image/png"),
    ("图片.jpg", PNG, "图片.jpg.png", "image/png"),
    ("清单.xlsx", office("xl/workbook.xml"), "清单.xlsx",
     "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("说明.docx", office("word/document.xml"), "说明.docx",
     "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("说明.txt", "欠款300万元，到期日<2026-10-01>。".encode("gb18030"), "说明.txt", "text/plain"),
    ("旧.doc", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 500 + "WordDocument".encode("utf-16-le"), "旧.doc",
     "application/msword"),
])
def test_documents_and_pictures_are_taken_under_the_kind_of_their_content(
        name: str, content: bytes, kept_as: str, media_type: str) -> None:
    file = attachments.check(Upload(name, content))
    assert (file.name, file.media_type) == (kept_as, media_type)


@pytest.mark.parametrize(("name", "content"), [
    ("图.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'),
    ("图.png", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'),
    ("页.txt", b"<html><script>alert(1)</script></html>"),
    ("程序.pdf", b"MZ\x90\x00" + b"\0" * 600),
    ("包.docx", office("anything.txt")),
    ("宏.docx", office("word/document.xml", "word/vbaProject.bin")),
    ("坏.xlsx", b"PK\x03\x04 not a zip"),
    ("宏.xls", bytes.fromhex("d0cf11e0a1b11ae1") + "Workbook_VBA_PROJECT".encode("utf-16-le")),
])
def test_pages_programs_archives_and_macros_are_not_taken(name: str, content: bytes) -> None:
    with pytest.raises(FileRefused, match="不是可以接收的文件"):
        attachments.check(Upload(name, content))


def test_an_empty_or_too_large_file_is_refused_with_what_to_do() -> None:
    with pytest.raises(FileRefused, match="空文件"):
        attachments.check(Upload("a.pdf", b""))
    large = attachments.read_upload("a.pdf", io.BytesIO(PDF + b"\0" * attachments.MAX_BYTES))
    with pytest.raises(FileRefused, match="超过20MB"):
        attachments.check(large)


def test_no_more_than_ten_files_are_taken() -> None:
    with pytest.raises(FileRefused, match="最多可以传10个文件"):
        attachments.check_all([Upload("a.pdf", PDF)] * 4, already=7)


@pytest.mark.parametrize(("given", "kept"), [
    ("../../etc/passwd", "passwd"), ("C:\\用户\\合同.pdf", "合同.pdf"),
    ("a\r\nSet-Cookie: b.pdf", "a_Set-Cookie_ b.pdf"),
    ("\u202efdp.exe", "_fdp.exe"), ("...", "文件"), ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
])
def test_names_are_made_safe(given: str, kept: str) -> None:
    assert attachments.clean_name(given) == kept


def test_content_is_kept_once_under_its_hash(session: Session, tmp_path: Path) -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    file = attachments.check(Upload("合同.pdf", PDF))
    first = attachments.keep(session, file, tmp_path / "kept", now=now)
    second = attachments.keep(session, file, tmp_path / "kept", now=now)
    assert first.sha256 == second.sha256
    assert first.id != second.id
    assert [p.read_bytes() for p in (tmp_path / "kept").rglob("*") if p.is_file()] == [PDF]


def test_files_of_reports_that_were_never_sent_are_forgotten(session: Session, tmp_path: Path) -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    folder = tmp_path / "kept"
    pdf, png = attachments.check(Upload("合同.pdf", PDF)), attachments.check(Upload("图.png", PNG))
    for file in (pdf, png):
        attachments.keep(session, file, folder, now=now)
    later = attachments.keep(session, pdf, folder, now=now + timedelta(days=2))
    forgotten = attachments.forget_unfinished(session, before=now + timedelta(days=1))
    for sha256 in forgotten:
        attachments.throw_away(session, folder, sha256)
    assert len(forgotten) == 2
    assert session.scalars(select(Attachment.id)).all() == [later.id]
    assert [path.read_bytes() for path in folder.rglob("*") if path.is_file()] == [PDF]
