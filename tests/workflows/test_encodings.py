"""Files from elsewhere are read in whatever encoding they were written."""
from __future__ import annotations

import pytest

from workflows.encodings import text_of

TEXT = '<?xml version="1.0" encoding="{}"?>\n<a name="受理"/>'


@pytest.mark.parametrize(("declared", "written"), [
    ("UTF-8", "utf-8"), ("UTF-8", "utf-8-sig"), ("GBK", "gbk"), ("gb2312", "gb2312"), ("GB18030", "gb18030"),
    ("UTF-16", "utf-16"), ("ISO-8859-1", "utf-8")])
def test_a_file_is_read_as_it_was_written_and_says_what_it_is_kept_as(declared: str, written: str):
    assert text_of(TEXT.format(declared).encode(written)) == TEXT.format("UTF-8")


def test_a_file_without_declaration_stays_as_it_is():
    assert text_of("{\"a\": \"受理\"}".encode()) == "{\"a\": \"受理\"}"


@pytest.mark.parametrize("content", ["受理".encode("gbk"), TEXT.format("cp037").encode("gbk"), b"\xff\xff\xff"])
def test_what_does_not_say_how_it_was_written_is_refused(content: bytes):
    with pytest.raises(UnicodeDecodeError):
        text_of(content)
