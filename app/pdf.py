"""What our PDFs have in common: the Chinese font, tables that repeat their heads, headings that stay with what follows.

ReportLab's own Chinese font needs no file: readers of PDF bring it along (Adobe's STSong-Light). The module is imported
where a PDF is made, since the library takes 15 MiB.
"""
from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors, textsplit
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, LongTable, Paragraph, SimpleDocTemplate, TableStyle
from reportlab.platypus import paragraph as breaking

textsplit.ALL_CANNOT_START += "，；：！？”’》"
breaking.ALL_CANNOT_START = textsplit.ALL_CANNOT_START
"""with what no Chinese line begins with either, and ReportLab's list lacks: comma, semicolon, colon, closing quotes"""
FONT = "STSong-Light"
PLAIN = ParagraphStyle("plain", fontName=FONT, fontSize=9.5, leading=14, wordWrap="CJK")
SMALL = ParagraphStyle("small", parent=PLAIN, fontSize=8, leading=11)
LINES = TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.lightgrey),
                    ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke)])
PADDING = 6
"""that ReportLab keeps at each side of a page's frame, in points"""
Margins = tuple[float, float, float, float]
"""top, right, bottom, left, in millimetres"""


def made(title: str, story: Iterable[Flowable], margins: Margins, each_page: Callable[[Canvas, Any], None]) -> bytes:
    """The A4 document; `story` may be a generator, which is run once the font is known. `each_page(canvas, document)`
    draws what stands on each page besides."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    buffer = io.BytesIO()
    top, right, bottom, left = (side * mm - PADDING for side in margins)
    document = SimpleDocTemplate(buffer, pagesize=A4, title=title, invariant=1, topMargin=top, rightMargin=right,
                                 bottomMargin=bottom, leftMargin=left)
    document.build(list(story), onFirstPage=each_page, onLaterPages=each_page)
    return buffer.getvalue()


def paragraph(text: object, style: ParagraphStyle = PLAIN) -> Paragraph:
    """A paragraph of plain text: nothing in it is markup; its line breaks are kept."""
    return Paragraph(escape(str(text)).replace("\n", "<br/>"), style)


def heading(text: str, style: ParagraphStyle) -> Iterable[Flowable]:
    """Not as the last line of a page; a table that follows may break over pages."""
    return CondPageBreak(35 * mm), paragraph(text, style)


def table(heads: Sequence[str], rows: Sequence[Sequence[object]], widths: Sequence[float],
          styles: Sequence[ParagraphStyle] = (), lines: TableStyle = LINES) -> LongTable:
    """`widths` in millimetres; `styles` of the columns, small ones unless they are given."""
    of_column = styles or [SMALL] * len(heads)
    cells = [[paragraph(cell, style) for cell, style in zip(row, of_column, strict=True)] for row in (heads, *rows)]
    return LongTable(cells, [width * mm for width in widths], repeatRows=1, style=lines)
