"""The archive: a zip file of JSON lines, a part for each table, the attachments' contents, and a manifest.

    manifest.json        format, product, revision of the schema, instant, and of each table its columns, rows and hash
    tables/NAME.jsonl    a row a line (`columns`)
    files/SHA-256        the content of that hash

Zip because every tool opens it, parts are found without reading the others, and a file that was cut off is seen at
once: the directory stands at its end. The manifest comes last, when everything in it is known.
"""
from __future__ import annotations

import hashlib
import re
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import IO, Any

import orjson

from app.backup.errors import BackupError
from workflows.sentence import say

FORMAT = 1
MANIFEST = "manifest.json"
MANIFEST_LIMIT = 4 * 2**20
"""bytes; ours have some ten thousand"""
_FAST = 1
"""level of compression: people work meanwhile, time counts more than room"""
_BLOCK = 2**20
_NAME = re.compile(r"manifest\.json|tables/[a-z][a-z0-9_]{0,62}\.jsonl|files/[0-9a-f]{64}")
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError, KeyError,
           TypeError)
"""what reading a damaged archive raises; RuntimeError where a flipped bit says that a part is encrypted"""


@dataclass(frozen=True, slots=True)
class Part:
    """A table: its columns, {name: kind} in the order of the rows' values, and what must be found in it."""
    table: str
    columns: dict[str, str]
    rows: int
    sha256: str


@dataclass(slots=True)
class Manifest:
    """`lost` names contents that attachments ask for and that were gone or damaged when the archive was made; they are
    not in it."""
    revision: str
    made_at: str
    tables: list[Part] = field(default_factory=list)
    files: int = 0
    lost: list[str] = field(default_factory=list)
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.tables)


class Writer:
    """Writes the parts of an archive, one after the other, and when its block ends well the manifest."""

    def __init__(self, file: IO[bytes], manifest: Manifest) -> None:
        self.manifest = manifest
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_FAST)

    def add_table(self, table: str, columns: dict[str, str], lines: Iterable[bytes]) -> None:
        rows, digest = 0, hashlib.sha256()
        with self._zip.open(_table(table), "w", force_zip64=True) as part:
            for line in lines:
                digest.update(line)
                part.write(line)
                rows += 1
        self.manifest.tables.append(Part(table, columns, rows, digest.hexdigest()))

    def add_file(self, sha256: str, content: BufferedReader) -> None:
        """A file's content, as it is: those of people are packed already. Noted as lost if it is not what its name
        says."""
        if hashlib.file_digest(content, "sha256").hexdigest() != sha256:
            self.manifest.lost.append(sha256)
            return
        content.seek(0)
        with self._zip.open(zipfile.ZipInfo(f"files/{sha256}"), "w", force_zip64=True) as part:
            shutil.copyfileobj(content, part, _BLOCK)
        self.manifest.files += 1

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        if error is None:
            self._zip.writestr(MANIFEST, orjson.dumps(asdict(self.manifest), option=orjson.OPT_INDENT_2))
        with nullcontext() if error is None else suppress(OSError, ValueError):
            self._zip.close()


class Reader:
    """Reads an archive. Whatever is not as the manifest says raises BackupError, at the latest when a part ends."""

    def __init__(self, zip: zipfile.ZipFile) -> None:
        self._zip = zip
        names = zip.namelist()
        if len(set(names)) != len(names) or not all(map(_NAME.fullmatch, names)):
            raise ValueError("names")
        self.manifest = _manifest(zip)
        self.files = sorted(name.removeprefix("files/") for name in names if name.startswith("files/"))
        expected = {MANIFEST, *(_table(part.table) for part in self.manifest.tables)}
        if {name for name in names if not name.startswith("files/")} != expected or \
                len(self.files) != self.manifest.files:
            raise ValueError("parts")

    def lines(self, part: Part) -> Iterator[bytes]:
        """The rows of a table. The last comes only if all were as they had been written."""
        with _reading():
            rows, digest, last = 0, hashlib.sha256(), None
            with self._zip.open(_table(part.table)) as content:
                for line in content:
                    digest.update(line)
                    rows += 1
                    if last is not None:
                        yield last
                    last = line
            if (rows, digest.hexdigest()) != (part.rows, part.sha256):
                raise ValueError("content")
            if last is not None:
                yield last

    def blocks(self, sha256: str) -> Iterator[bytes]:
        """A file's content; the last block comes only if its hash is right."""
        with _reading():
            digest, last = hashlib.sha256(), b""
            with self._zip.open(f"files/{sha256}") as content:
                while block := content.read(_BLOCK):
                    digest.update(block)
                    yield last
                    last = block
            if digest.hexdigest() != sha256:
                raise ValueError("content")
            yield last


@contextmanager
def opened(path: Path) -> Iterator[Reader]:
    """An archive to read. Raises BackupError when it is none, cut off, damaged or of a later release."""
    with _reading():
        try:
            zip = zipfile.ZipFile(path)
        except OSError as error:
            raise BackupError(say("打不开备份文件%(file)s：%(reason)s。", file=path, reason=error.strerror)) from error
    with zip:
        with _reading():
            reader = Reader(zip)
        yield reader


def _manifest(zip: zipfile.ZipFile) -> Manifest:
    with zip.open(MANIFEST) as file:
        told: dict[str, Any] = orjson.loads(file.read(MANIFEST_LIMIT))
    if told["format"] != FORMAT:
        raise BackupError(say("备份的格式是%(found)s，本版本只认得%(known)s。请用做这份备份的版本恢复。",
                              found=told["format"], known=FORMAT))
    return Manifest(**{**told, "tables": [Part(**part) for part in told["tables"]]})


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise BackupError(say("备份文件不完整或已经损坏，不能用来恢复。请换一份备份。")) from error


def _table(table: str) -> str:
    return f"tables/{table}.jsonl"
