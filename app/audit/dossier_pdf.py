"""A dossier for reading: what happened, by whom and when, under which version of the process, and what is proved."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from app import pdf
from app.audit.dossier import Dossier, day_of_seal
from workflows.calendar import CITY_ZONE
from workflows.sentence import say

Json = Any
MARGINS = (18, 18, 18, 18)
_HEADING = ParagraphStyle("heading", parent=pdf.PLAIN, fontSize=12, leading=18, spaceBefore=12, spaceAfter=4)
_TITLE = ParagraphStyle("title", parent=pdf.PLAIN, fontSize=17, leading=26, spaceAfter=6)


def written(dossier: Dossier) -> bytes:
    """The PDF."""
    title = say("事项档案 %(name)s", name=dossier.about["number"] or dossier.about["case"])
    return pdf.made(title, _story(title, dossier), MARGINS, _number)


def _story(title: str, dossier: Dossier) -> Iterable[Flowable]:
    yield pdf.paragraph(title, _TITLE)
    for part in (_facts, _entries, _versions, _files, _proof):
        yield from part(dossier)


def _number(canvas: Canvas, document: Any) -> None:
    canvas.setFont(pdf.FONT, 8)
    canvas.drawCentredString(A4[0] / 2, 10 * mm, say("第%(page)s页", page=document.page))


def _facts(dossier: Dossier) -> Iterable[Flowable]:
    about = dossier.about
    if about["title"]:
        yield pdf.paragraph(about["title"], _HEADING)
    yield pdf.paragraph(say("流程第%(case)s号，%(count)s条历史，其中%(sealed)s条已经封存。制作于%(at)s。",
                            case=about["case"], count=len(dossier.entries), sealed=dossier.sealed,
                            at=_when(about["made_at"])))


def _entries(dossier: Dossier) -> Iterable[Flowable]:
    yield from pdf.heading(say("经过"), _HEADING)
    rows = [(entry["seq"], _when(entry["at"]), _who(entry, dossier.about),
             entry["text"] or say("程序自动处理（%(op)s）", op=entry["op"]))
            for entry in dossier.entries]
    yield pdf.table((say("序号"), say("时间"), say("谁"), say("事情")), rows, (12, 34, 44, 84))


def _versions(dossier: Dossier) -> Iterable[Flowable]:
    yield from pdf.heading(say("用过的流程版本"), _HEADING)
    rows = [(each.name, _when(each.published_at.isoformat()), hash) for hash, each in dossier.definitions.items()]
    yield pdf.table((say("流程"), say("发布于"), say("内容的 SHA-256")), rows, (44, 34, 96))


def _files(dossier: Dossier) -> Iterable[Flowable]:
    files = dossier.about["attachments"]
    if files:
        yield from pdf.heading(say("附件"), _HEADING)
        rows = [(file["name"], _when(file["uploaded_at"]), file["sha256"]) for file in files]
        yield pdf.table((say("文件"), say("上传于"), say("内容的 SHA-256")), rows, (44, 34, 96))


def _proof(dossier: Dossier) -> Iterable[Flowable]:
    yield from pdf.heading(say("证明"), _HEADING)
    yield pdf.paragraph(say("每条历史的内容都计入当天的封存。用 verify_dossier.py 核对本档案的压缩包，再把下面的封存"
                            "与当时发到外面的文件或邮件比对，就能证明这些历史没有被改动、增加或减少。"))
    days = dict(map(day_of_seal, dossier.seals))
    rows = [(proof["seal"], days[proof["seal"]], say("第%(first)s至%(last)s条", first=proof["first"],
                                                     last=proof["first"] + len(proof["hashes"]) - 1))
            for proof in dossier.proofs]
    yield pdf.table((say("封存"), say("日期"), say("包含")), rows, (20, 34, 120))
    for line in dossier.seals[-1:]:
        yield pdf.paragraph(say("最近一次封存：%(line)s", line=line), pdf.SMALL)


def _when(instant: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(CITY_ZONE):%Y-%m-%d %H:%M:%S}"


def _who(entry: Mapping[str, Json], about: Mapping[str, Json]) -> str:
    """Person and post as they are called today; who was stood in for."""
    people = about["people"]
    if entry["actor_id"] is None:
        return ""
    name = people.get(str(entry["actor_id"]), entry["actor_id"])
    if entry["on_behalf_of"] is not None:
        absent = people.get(str(entry["on_behalf_of"]), entry["on_behalf_of"])
        name = say("%(name)s（代%(absent)s）", name=name, absent=absent)
    post = [about[kind].get(entry[code]) for kind, code in (("units", "unit_code"), ("positions", "position_code"))]
    return " ".join(str(each) for each in (*post, name) if each)
