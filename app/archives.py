"""Zip files are measured before anything opens them: a few kilobytes unpack to gigabytes, or name a million parts."""
from __future__ import annotations

import stat
import zipfile
from collections.abc import Mapping
from io import BytesIO

MAX_PARTS = 5_000
"""of an office document; Python sets aside half a kilobyte for each before it says how many there are"""
_ENTRY = b"PK\x01\x02"
"""what the entry of each part begins with in a zip's directory"""


class TooLarge(ValueError):
    """More parts, more bytes or more marks than are taken."""


class BadName(ValueError):
    """A part whose name leads elsewhere, that is there twice, a link, or shut by a password."""


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


def texts(content: bytes, suffixes: tuple[str, ...], *, most_parts: int, most_bytes: int) -> dict[str, str]:
    """{name: text} of the parts with these endings. Raises TooLarge before anything is unpacked, BadName for a part
    that would lie outside of a folder or is no plain file, zipfile.BadZipFile, UnicodeDecodeError and what else zipfile
    raises."""
    archive = _opened(content)
    parts = [part for part in archive.infolist() if not part.is_dir()]
    if len(parts) > most_parts or sum(part.file_size for part in parts) > most_bytes:
        raise TooLarge
    names = [part.filename for part in parts]
    for part in parts:
        mode = part.external_attr >> 16
        if not is_plain(part.filename) or part.flag_bits & 1 or stat.S_ISLNK(mode) or names.count(part.filename) > 1:
            raise BadName(part.filename)
    return {part.filename: archive.read(part).decode("utf-8-sig") for part in parts
            if part.filename.endswith(suffixes)}


def is_plain(name: str) -> bool:
    """Whether a part's name stays within the folder that it is unpacked into."""
    return not ({"\\", ":", "\0"} & set(name) or any(piece in ("", ".", "..") for piece in name.split("/")))


def packed(files: Mapping[str, str]) -> bytes:
    """A zip of {name: text}; the same texts make the same bytes."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return made.getvalue()


_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
"""how a text of two bytes a character begins, in which the tags would not be found"""


def _opened(content: bytes) -> zipfile.ZipFile:
    if content.count(_ENTRY) > MAX_PARTS:
        raise TooLarge
    return zipfile.ZipFile(BytesIO(content))
