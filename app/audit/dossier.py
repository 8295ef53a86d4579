"""A case's dossier: a zip that `docs/verify_dossier.py` checks far from our database, and in it a PDF to read.

    entries.jsonl        the case's entries, a line each, byte for byte what their hashes are of
    seals.jsonl          all seals, as they were sent outside
    personal.jsonl       {seq, kept} of each entry that commits to personal data: kept is {commitment: [salt, value]}
    proofs.json          [{seal, index, first, hashes, path}]: the case's leaves and their inclusion proofs
    definitions/HASH/…   the files of each version of the process that its entries name
    about.json           number and title, names of people, posts and units, attachments with their hashes
    dossier.pdf          the same for reading
"""
from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import entries, merkle
from app.audit.entries import HISTORY
from app.audit.seals import leaf_content, read_line
from app.cases.errors import NotFound
from app.models import (
    Attachment,
    Definition,
    Instance,
    Issue,
    Meeting,
    PersonalValue,
    Position,
    Seal,
    SealedCase,
    Unit,
    User,
    WorkItem,
)
from workflows.sentence import say

Json = Any
FORM = 2
"""of the dossier"""
_THEN = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Dossier:
    """What goes into it. `entries` are parsed too, for reading; `sealed` of them have a proof."""
    about: Mapping[str, Json]
    entries: Sequence[Mapping[str, Json]]
    contents: Sequence[bytes]
    seals: Sequence[str]
    proofs: Sequence[Mapping[str, Json]]
    definitions: Mapping[str, Definition]
    sealed: int
    personal: Sequence[Mapping[str, Json]]
    """what is kept beside the entries; of what was erased nothing"""


def find_case(session: Session, name: str) -> int:
    """The instance of an issue's or a meeting's number, or of its own id. Raises NotFound."""
    asked = select(Issue.instance_id).where(Issue.number == name).union_all(
        select(Meeting.instance_id).where(Meeting.number == name)) if "-" in name else \
        select(Instance.id).where(Instance.id == (int(name) if name.isascii() and name.isdigit() else -1))
    found = session.scalar(asked)
    if found is None:
        raise NotFound(say("没有这件事项：%(name)s", name=name))
    return found


def gather(session: Session, case: int, now: datetime) -> Dossier:
    """Everything of one case."""
    found = list(entries.read(session.connection(), entries.asked().where(HISTORY.c.instance_id == case)))
    parsed = [orjson.loads(entry.content) for entry in found]
    leaves = session.scalars(select(SealedCase).where(SealedCase.instance_id == case).order_by(SealedCase.seal)).all()
    seals = list(session.scalars(select(Seal.line).order_by(Seal.number)))
    proofs = [_proof(session, leaf) for leaf in leaves if leaf.seal <= len(seals)]
    definitions = {row.hash: row for row in session.scalars(
        select(Definition).where(Definition.hash.in_({each["definition_hash"] for each in parsed})))}
    personal = [{"seq": seq, "kept": kept} for seq, kept in session.execute(
        select(PersonalValue.seq, PersonalValue.kept).where(PersonalValue.instance_id == case)
        .order_by(PersonalValue.seq))]
    return Dossier(_about(session, case, parsed, now), parsed, [entry.content for entry in found], seals, proofs,
                   definitions, sum(len(proof["hashes"]) for proof in proofs), personal)


def _proof(session: Session, leaf: SealedCase) -> dict[str, Json]:
    """The leaf with its inclusion proof: reads the leaves of its day."""
    hash = merkle.hash_of(leaf.algorithm)
    rows = session.execute(select(SealedCase.instance_id, SealedCase.first, SealedCase.hashes)
                           .where(SealedCase.seal == leaf.seal).order_by(SealedCase.instance_id)).all()
    index = [row.instance_id for row in rows].index(leaf.instance_id)
    hashed = [merkle.leaf_hash(hash, leaf_content(*row)) for row in rows]
    told: dict[str, Json] = orjson.loads(leaf_content(leaf.instance_id, leaf.first, leaf.hashes))
    return {"seal": leaf.seal, "index": index, "first": told["first"], "hashes": told["hashes"],
            "path": [each.hex() for each in merkle.inclusion(hash, hashed, index)]}


def _about(session: Session, case: int, parsed: Iterable[Mapping[str, Json]], now: datetime) -> dict[str, Json]:
    issue = session.scalar(select(Issue).where(Issue.instance_id == case))
    about = issue or session.scalar(select(Meeting).where(Meeting.instance_id == case))
    people = {each[name] for each in parsed for name in ("actor_id", "on_behalf_of")}
    files = () if issue is None else session.scalars(select(Attachment).where(
        (Attachment.issue_id == issue.id) | Attachment.work_item_id.in_(
            select(WorkItem.id).where(WorkItem.instance_id == case))).order_by(Attachment.id)).all()
    return {
        "form": FORM, "case": case, "made_at": now.astimezone(UTC).isoformat(),
        "number": about.number if about else None, "title": about.title if about else None,
        "people": {str(id): name for id, name in session.execute(
            select(User.id, User.name).where(User.id.in_(people)))},
        "units": dict(session.execute(select(Unit.code, Unit.name)).all()),
        "positions": dict(session.execute(select(Position.code, Position.name)).all()),
        "attachments": [{"name": file.name, "media_type": file.media_type, "size": file.size, "sha256": file.sha256,
                         "uploaded_at": file.uploaded_at.astimezone(UTC).isoformat()} for file in files]}


def packed(dossier: Dossier, pdf: bytes) -> bytes:
    """The zip. Nothing in it depends on the hour or the machine, so that a verifier can make it again and compare:
    there is no byte in it that could be changed unseen."""
    parts = {"about.json": orjson.dumps(dossier.about, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2),
             "dossier.pdf": pdf,
             "entries.jsonl": b"".join(content + b"\n" for content in dossier.contents),
             "personal.jsonl": b"".join(orjson.dumps(each, option=orjson.OPT_SORT_KEYS) + b"\n"
                                        for each in dossier.personal),
             "proofs.json": orjson.dumps(dossier.proofs, option=orjson.OPT_SORT_KEYS),
             "seals.jsonl": "".join(f"{line}\n" for line in dossier.seals).encode()}
    for hash, definition in dossier.definitions.items():
        parts |= {f"definitions/{hash}/{path}": text.encode() for path, text in definition.files.items()}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as zip:
        for name in sorted(parts):
            part = zipfile.ZipInfo(name, _THEN)
            part.create_system, part.external_attr = 3, 0o100644 << 16
            zip.writestr(part, parts[name])
    return made.getvalue()


def day_of_seal(line: str) -> tuple[int, str]:
    """The number and the day of a seal, for reading."""
    seal = read_line(line)
    return seal.number, seal.day.isoformat()
