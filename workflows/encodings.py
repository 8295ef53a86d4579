"""The text of a file from elsewhere, in whatever encoding it was written."""
from __future__ import annotations

import re

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_NAMED = re.compile(r"""(^\s*<\?xml[^>]*?encoding\s*=\s*["'])([A-Za-z0-9._-]{1,40})(["'])""")
_MARKS = (b"\xff\xfe", b"\xfe\xff")
"""with which UTF-16 begins"""
KNOWN = {"gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5hkscs", "iso-8859-1": "cp1252",
         "windows-1252": "cp1252", "utf-16": "utf-16"}
"""declared encoding → the one that has all its characters"""


def text_of(content: bytes) -> str:
    """The text of a file: UTF-8 where it is that, whatever it calls itself, else as its XML declaration says. The
    declaration then says UTF-8, which is what it is kept and handed out as. UnicodeDecodeError for anything else."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        declared = _DECLARED.match(content)
        name = "utf-16" if content.startswith(_MARKS) else declared[1].decode().lower() if declared else ""
        if name not in KNOWN:
            raise
        text = content.decode(KNOWN[name])
    return _NAMED.sub(r"\g<1>UTF-8\g<3>", text, count=1)
