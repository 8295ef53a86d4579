"""Zip files are measured before anything opens them: a few kilobytes unpack to gigabytes, or name a million parts."""
from __future__ import annotations

import zipfile
from io import BytesIO

MAX_PARTS = 5_000
"""of an office document; Python sets aside half a kilobyte for each before it says how many there are"""
_ENTRY = b"PK\x01\x02"
"""what the entry of each part begins with in a zip's directory"""


class TooLarge(ValueError):
    """More parts, more bytes or more marks than are taken."""


def names_of(content: bytes) -> set[str]:
    """The names of a zip's parts. Raises TooLarge, zipfile.BadZipFile, ValueError, NotImplementedError."""
    return {part.filename for part in _opened(content).infolist()}


def measure(content: bytes, *, most_bytes: int, most_marks: int) -> None:
    """Raises TooLarge for a document whose parts together unpack to more than `most_bytes` or hold more than
    `most_marks` tags: a reader spends a kilobyte and microseconds on each. Nothing of it is kept, and no part is read
    beyond the size that its directory states. A document type, with which text multiplies, is refused alike."""
    archive = _opened(content)
    if sum(part.file_size for part in archive.infolist()) > most_bytes:
        raise TooLarge
    marks = 0
    for part in archive.infolist():
        unpacked = archive.read(part)
        marks += unpacked.count(b"<")
        if marks > most_marks or b"<!DOCTYPE" in unpacked or b"<!ENTITY" in unpacked or unpacked[:2] in _WIDE:
            raise TooLarge


_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
"""how a text of two bytes a character begins, in which the tags would not be found"""


def _opened(content: bytes) -> zipfile.ZipFile:
    if content.count(_ENTRY) > MAX_PARTS:
        raise TooLarge
    return zipfile.ZipFile(BytesIO(content))
