"""The bulletin as a PDF, laid out as official documents are (GB/T 9704-2012): A4, a type area of 156 by 225 mm, text of
16 points, name and rule in red, page numbers at the outer edge. One font serves all of it."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from reportlab.graphics.charts.barcharts import VerticalBarChart
from reportlab.graphics.charts.legends import Legend
from reportlab.graphics.shapes import Drawing, Group
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, HRFlowable, KeepTogether, Table, TableStyle

from app import pdf
from app.measures.bulletin import blocks
from app.measures.bulletin.blocks import Bars, Block, Bulletin, Heading, Text

MEDIA_TYPE = "application/pdf"
MARGINS = (37, 26, 35, 28)
WIDTH = 156
"""of the type area, in millimetres"""
RED = colors.HexColor("#d00000")
COLOURS = [colors.HexColor(code) for code in ("#17607f", "#d08a00", "#6aa84f")]
_BODY = ParagraphStyle("body", parent=pdf.PLAIN, fontSize=16, leading=28)
_TEXT = ParagraphStyle("text", parent=_BODY, firstLineIndent=32)
_HEADING = ParagraphStyle("heading", parent=_BODY, spaceBefore=8, firstLineIndent=32)
_NAME = ParagraphStyle("name", parent=_BODY, fontSize=38, leading=56, alignment=1, textColor=RED)
_NUMBER = ParagraphStyle("number", parent=_BODY, alignment=1)
_RIGHT = ParagraphStyle("right", parent=_BODY, alignment=2)
_TITLE = ParagraphStyle("title", parent=_BODY, fontSize=22, leading=34, alignment=1, spaceBefore=14, spaceAfter=8)
_CAPTION = ParagraphStyle("caption", parent=_BODY, fontSize=12, leading=18, alignment=1, spaceBefore=8, spaceAfter=3)
_CELL = ParagraphStyle("cell", parent=pdf.PLAIN, fontSize=9, leading=12, rightIndent=5)
"""with room for the sign that hangs over a line's end"""
_CENTRED = ParagraphStyle("centred", parent=_CELL, alignment=1, rightIndent=0)
_GRID = TableStyle([("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
                    ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#eeeeee")),
                    ("LEFTPADDING", (0, 0), (-1, -1), 2.5), ("RIGHTPADDING", (0, 0), (-1, -1), 2.5),
                    ("TOPPADDING", (0, 0), (-1, -1), 2), ("BOTTOMPADDING", (0, 0), (-1, -1), 3)])
Tell = Callable[[object], str]


def written(bulletin: Bulletin, tell: Tell = str) -> bytes:
    """The PDF; `tell` says sentences in the reader's language."""
    return pdf.made(tell(bulletin.title), _story(bulletin, tell), MARGINS, _number)


def _story(bulletin: Bulletin, tell: Tell) -> Iterator[Flowable]:
    yield pdf.paragraph(tell(bulletin.name), _NAME)
    yield pdf.paragraph(tell(bulletin.number), _NUMBER)
    yield Table([[pdf.paragraph(tell(bulletin.issuer), _BODY), pdf.paragraph(tell(bulletin.day), _RIGHT)]],
                [WIDTH * mm * 0.6, WIDTH * mm * 0.4],
                style=TableStyle([("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 0)]))
    yield HRFlowable(width="100%", thickness=1.6, color=RED, spaceBefore=2, spaceAfter=6)
    yield pdf.paragraph(tell(bulletin.title), _TITLE)
    if bulletin.counted:
        yield pdf.paragraph(tell(bulletin.counted), _NUMBER)
    for block in bulletin.blocks:
        yield from _laid_out(block, tell)


def _laid_out(block: Block, tell: Tell) -> Iterator[Flowable]:
    if isinstance(block, Heading):
        yield from pdf.heading(tell(block.text), _HEADING)
    elif isinstance(block, Text):
        yield pdf.paragraph(tell(block.text), _TEXT)
    elif isinstance(block, Bars):
        yield KeepTogether([pdf.paragraph(tell(block.caption), _CAPTION), _drawn(block, tell)])
    else:
        yield from pdf.heading(tell(block.caption), _CAPTION)
        yield _table(block, tell)


def _table(block: blocks.Table, tell: Tell) -> Flowable:
    share = WIDTH / sum(block.widths)
    styles = [_CELL if column in block.left else _CENTRED for column in range(len(block.heads))]
    return pdf.table([tell(head) for head in block.heads], [[tell(cell) for cell in row] for row in block.rows],
                     [width * share for width in block.widths], styles, _GRID)


def _drawn(block: Bars, tell: Tell) -> Drawing:
    """Bars beside each other for each group, the numbers on top."""
    width, height = WIDTH * mm, 58 * mm
    chart = VerticalBarChart()
    chart.x, chart.y, chart.width, chart.height = 28, 40, width - 34, height - 52
    factor = 100 if block.percent else 1
    chart.data = [[None if value is None else round(value * factor, 1) for value in values]
                  for _, values in block.series]
    axis, names = chart.valueAxis, chart.categoryAxis
    axis.valueMin, axis.forceZero = 0, 1
    if block.percent:
        axis.valueMax, axis.valueStep = 100, 25
    else:
        axis.valueMax, axis.valueStep = _scale(max((value or 0 for row in chart.data for value in row), default=0))
    names.categoryNames = list(block.groups)
    for labels in (axis.labels, names.labels, chart.barLabels):
        labels.fontName, labels.fontSize = pdf.FONT, 7.5
    axis.visibleGrid, axis.gridStrokeColor, axis.gridStrokeWidth = 1, colors.lightgrey, 0.4
    chart.groupSpacing, chart.barSpacing = 10, 1
    chart.barLabelFormat, chart.barLabels.nudge = "%g", 6
    for place, colour in zip(range(len(block.series)), COLOURS, strict=False):
        chart.bars[place].fillColor, chart.bars[place].strokeColor = colour, None
    return Drawing(width, height, chart, _legend(block, width, tell))


def _legend(block: Bars, width: float, tell: Tell) -> Group:
    legend = Legend()
    legend.fontName, legend.fontSize, legend.alignment = pdf.FONT, 9, "right"
    legend.x, legend.y, legend.boxAnchor = width / 2, 4, "s"
    legend.columnMaximum, legend.deltax, legend.dxTextSpace, legend.dx, legend.dy = 1, 70, 4, 8, 8
    legend.strokeColor, legend.strokeWidth = None, 0
    legend.colorNamePairs = [(colour, tell(name)) for colour, (name, _) in zip(COLOURS, block.series, strict=False)]
    return Group(legend)


def _scale(most: float) -> tuple[int, int]:
    """The end of an axis of counts and its step, so that it has about four of them and whole numbers."""
    step = 1
    while step * 4 < most:
        step = step * 2 if str(step)[0] in "15" else step // 2 * 5
    return step * 4, step


def _number(canvas: Canvas, document: Any) -> None:
    """— 1 —, seven millimetres below the type area: at the right on odd pages, at the left on even ones."""
    canvas.setFont(pdf.FONT, 14)
    text, y = f"— {document.page} —", (MARGINS[2] - 7) * mm - 14
    if document.page % 2:
        canvas.drawRightString(A4[0] - MARGINS[1] * mm - 14, y, text)
    else:
        canvas.drawString(MARGINS[3] * mm + 14, y, text)
