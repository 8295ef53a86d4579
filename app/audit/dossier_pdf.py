"""A dossier for reading: what happened, by whom and when, under which version of the process, and what is proved.

ReportLab's own Chinese font needs no file: readers of PDF bring it along (Adobe's STSong-Light).
"""
from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, LongTable, Paragraph, SimpleDocTemplate, TableStyle

from app.audit.dossier import Dossier, day_of_seal
from workflows.calendar import CITY_ZONE
from workflows.sentence import Sentence, say

Json = Any
FONT = "STSong-Light"
MARGIN = 18 * mm
_PLAIN = ParagraphStyle("plain", fontName=FONT, fontSize=9.5, leading=14, wordWrap="CJK")
_SMALL = ParagraphStyle("small", parent=_PLAIN, fontSize=8, leading=11)
_HEADING = ParagraphStyle("heading", parent=_PLAIN, fontSize=12, leading=18, spaceBefore=12, spaceAfter=4)
_TITLE = ParagraphStyle("title", parent=_PLAIN, fontSize=17, leading=26, spaceAfter=6)
_LINES = TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.lightgrey),
                     ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke)])


def written(dossier: Dossier) -> bytes:
    """The PDF."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    made = io.BytesIO()
    title = say("事项档案 %(name)s", name=dossier.about["number"] or dossier.about["case"])
    document = SimpleDocTemplate(made, pagesize=A4, title=title, invariant=1, leftMargin=MARGIN, rightMargin=MARGIN,
                                 topMargin=MARGIN, bottomMargin=MARGIN)
    document.build([Paragraph(escape(title), _TITLE), *_facts(dossier), *_entries(dossier), *_versions(dossier),
                    *_files(dossier), *_proof(dossier)], onFirstPage=_number, onLaterPages=_number)
    return made.getvalue()


def _number(canvas: Canvas, document: Any) -> None:
    canvas.setFont(FONT, 8)
    canvas.drawCentredString(A4[0] / 2, 10 * mm, say("第%(page)s页", page=document.page))


def _facts(dossier: Dossier) -> Iterable[Flowable]:
    about = dossier.about
    if about["title"]:
        yield Paragraph(escape(about["title"]), _HEADING)
    yield Paragraph(say("流程第%(case)s号，%(count)s条历史，其中%(sealed)s条已经封存。制作于%(at)s。",
                        case=about["case"], count=len(dossier.entries), sealed=dossier.sealed,
                        at=_when(about["made_at"])), _PLAIN)


def _entries(dossier: Dossier) -> Iterable[Flowable]:
    yield from _heading(say("经过"))
    rows = [(entry["seq"], _when(entry["at"]), _who(entry, dossier.about),
             entry["text"] or say("程序自动处理（%(op)s）", op=entry["op"]))
            for entry in dossier.entries]
    yield _table((say("序号"), say("时间"), say("谁"), say("事情")), rows, (12, 34, 44, 84))


def _versions(dossier: Dossier) -> Iterable[Flowable]:
    yield from _heading(say("用过的流程版本"))
    rows = [(each.name, _when(each.published_at.isoformat()), hash) for hash, each in dossier.definitions.items()]
    yield _table((say("流程"), say("发布于"), say("内容的 SHA-256")), rows, (44, 34, 96))


def _files(dossier: Dossier) -> Iterable[Flowable]:
    files = dossier.about["attachments"]
    if files:
        yield from _heading(say("附件"))
        rows = [(file["name"], _when(file["uploaded_at"]), file["sha256"]) for file in files]
        yield _table((say("文件"), say("上传于"), say("内容的 SHA-256")), rows, (44, 34, 96))


def _proof(dossier: Dossier) -> Iterable[Flowable]:
    yield from _heading(say("证明"))
    yield Paragraph(say("每条历史的内容都计入当天的封存。用 verify_dossier.py 核对本档案的压缩包，再把下面的封存"
                        "与当时发到外面的文件或邮件比对，就能证明这些历史没有被改动、增加或减少。"), _PLAIN)
    days = dict(map(day_of_seal, dossier.seals))
    rows = [(proof["seal"], days[proof["seal"]], say("第%(first)s至%(last)s条", first=proof["first"],
                                                     last=proof["first"] + len(proof["hashes"]) - 1))
            for proof in dossier.proofs]
    yield _table((say("封存"), say("日期"), say("包含")), rows, (20, 34, 120))
    for line in dossier.seals[-1:]:
        yield Paragraph(say("最近一次封存：%(line)s", line=escape(line)), _SMALL)


def _heading(text: Sentence) -> Iterable[Flowable]:
    """Not as the last line of a page; a table that follows may break over pages."""
    return CondPageBreak(35 * mm), Paragraph(text, _HEADING)


def _table(heads: Sequence[Sentence], rows: Sequence[Sequence[object]], widths: Sequence[int]) -> Flowable:
    """`widths` in millimetres."""
    cells = [[Paragraph(escape(str(cell)), _SMALL) for cell in row] for row in (heads, *rows)]
    return LongTable(cells, [width * mm for width in widths], repeatRows=1, style=_LINES)


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
