"""The bulletin as a Word document, laid out as official documents are (GB/T 9704-2012): the fonts that the standard
names, with what stands in for them where they are missing, heads of tables repeated on each page, pages numbered at the
outer edge. This module is imported where a document is made: a web process that makes none does without the library."""
from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from docx import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from app.measures.bulletin.blocks import Block, Bulletin, Heading, Table, Text

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
WIDTH = 156
"""of the type area, in millimetres"""
RED = "D00000"
TITLE, BODY, HEADING, PLAIN = "方正小标宋简体", "仿宋_GB2312", "黑体", "宋体"
STANDS_IN = {TITLE: "宋体", BODY: "仿宋", HEADING: "SimHei", PLAIN: "SimSun"}
"""what Word takes where a font is not installed"""
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""characters that XML does not have"""
CENTRED, RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
Tell = Callable[[object], str]


def written(bulletin: Bulletin, made_at: datetime, tell: Tell = str) -> bytes:
    """The document; `tell` says sentences in the reader's language."""
    document = Document()
    _set_up(document, bulletin, made_at, tell)
    _line(document, tell(bulletin.name), TITLE, 38, CENTRED, colour=RED, exactly=56)
    _line(document, tell(bulletin.number), BODY, 16, CENTRED)
    issued = _line(document, f"{tell(bulletin.issuer)}\t{tell(bulletin.day)}", BODY, 16)
    issued.paragraph_format.tab_stops.add_tab_stop(Mm(WIDTH), WD_TAB_ALIGNMENT.RIGHT)
    _rule_below(issued)
    _line(document, tell(bulletin.title), TITLE, 22, CENTRED, exactly=34).paragraph_format.space_before = Pt(20)
    if bulletin.counted:
        _line(document, tell(bulletin.counted), BODY, 16, CENTRED)
    for block in bulletin.blocks:
        _lay_out(document, block, tell)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _set_up(document: Any, bulletin: Bulletin, made_at: datetime, tell: Tell) -> None:
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.right_margin, page.bottom_margin, page.left_margin = Mm(37), Mm(26), Mm(35), Mm(28)
    page.footer_distance = Mm(26)
    document.settings.odd_and_even_pages_header_footer = True
    _page_number(page.footer.paragraphs[0], RIGHT)
    _page_number(page.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT)
    _font(document.styles["Normal"], BODY, 16)
    _font(document.styles["Heading 1"], HEADING, 16)
    about = document.core_properties
    about.title, about.author, about.comments = tell(bulletin.title), tell(bulletin.issuer), ""
    about.created = about.modified = made_at.replace(tzinfo=None)
    fonts = next(part for part in document.part.package.iter_parts() if part.partname == "/word/fontTable.xml")
    fonts._blob = "".join((
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>', f"<w:fonts {nsdecls('w')}>",
        *(f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
          for name, other in STANDS_IN.items()), "</w:fonts>")).encode()


def _lay_out(document: Any, block: Block, tell: Tell) -> None:
    if isinstance(block, Heading):
        heading = _line(document, tell(block.text), HEADING, 16, style="Heading 1")
        heading.paragraph_format.first_line_indent = Pt(32)
    elif isinstance(block, Text):
        _line(document, tell(block.text), BODY, 16).paragraph_format.first_line_indent = Pt(32)
    elif isinstance(block, Table):
        caption = _line(document, tell(block.caption), HEADING, 12, CENTRED, exactly=20)
        caption.paragraph_format.keep_with_next = True
        _table(document, block, tell)


def _table(document: Any, block: Table, tell: Tell) -> None:
    table = document.add_table(rows=0, cols=len(block.heads), style="Table Grid")
    table.autofit = False
    widths = [Mm(WIDTH * width / sum(block.widths)) for width in block.widths]
    for place, row in enumerate((block.heads, *block.rows)):
        cells = table.add_row().cells
        for column, (cell, width, text) in enumerate(zip(cells, widths, row, strict=True)):
            cell.width, cell.vertical_alignment = width, WD_CELL_VERTICAL_ALIGNMENT.CENTER
            _fill(cell.paragraphs[0], tell(text), CENTRED if not place or column not in block.left else None,
                  HEADING if not place else PLAIN)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    _closer(table)
    _mark(table.rows[0], "w:tblHeader")
    for row in table.rows:
        _mark(row, "w:cantSplit")


def _fill(paragraph: Paragraph, text: str, alignment: WD_ALIGN_PARAGRAPH | None, font: str) -> None:
    paragraph.paragraph_format.alignment = alignment
    paragraph.paragraph_format.space_after = Pt(0)
    _font(paragraph.add_run(_FORBIDDEN.sub("", text)), font, 9)


def _closer(table: Any) -> None:
    """Less air at the sides of cells than Word gives, since there are up to ten columns."""
    sides = parse_xml(f'<w:tblCellMar {nsdecls("w")}><w:left w:w="40" w:type="dxa"/><w:right w:w="40" w:type="dxa"/>'
                      '</w:tblCellMar>')
    table._tbl.tblPr.insert_element_before(sides, "w:tblLook")


def _mark(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _line(document: Any, text: str, font: str, points: float, alignment: WD_ALIGN_PARAGRAPH | None = None, *,
          colour: str = "000000", exactly: float = 28, style: str | None = None) -> Paragraph:
    paragraph: Paragraph = document.add_paragraph(style=style)
    form = paragraph.paragraph_format
    form.alignment = alignment
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(exactly)
    form.space_before = form.space_after = Pt(0)
    run = paragraph.add_run(_FORBIDDEN.sub("", text))
    run.bold = False
    run.font.color.rgb = RGBColor.from_string(colour)
    _font(run, font, points)
    return paragraph


def _font(of: Any, name: str, points: float) -> None:
    """For Chinese and Latin characters alike, instead of what the template's theme has."""
    of.font.name, of.font.size = name, Pt(points)
    fonts = of.element.get_or_add_rPr().get_or_add_rFonts()
    for attribute in [each for each in fonts.attrib if each.endswith("Theme")]:
        del fonts.attrib[attribute]
    for attribute in ("w:eastAsia", "w:hAnsi", "w:ascii"):
        fonts.set(qn(attribute), name)


def _rule_below(paragraph: Paragraph) -> None:
    border = parse_xml(f'<w:pBdr {nsdecls("w")}><w:bottom w:val="single" w:sz="16" w:space="4" w:color="{RED}"/>'
                       '</w:pBdr>')
    paragraph._p.get_or_add_pPr().insert_element_before(border, "w:tabs", "w:spacing", "w:ind", "w:jc")


def _page_number(paragraph: Paragraph, alignment: WD_ALIGN_PARAGRAPH) -> None:
    """— 1 —, a character from the edge."""
    paragraph.alignment = alignment
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(14)
    for text in ("— ", None, " —"):
        run = paragraph.add_run(text or "")
        _font(run, PLAIN, 14)
        if text is None:
            for part in _field("PAGE"):
                run._r.append(part)


def _field(code: str) -> Sequence[Any]:
    """What Word fills in by itself."""
    space = 'xml:space="preserve"'
    return [parse_xml(f'<w:fldChar {nsdecls("w")} w:fldCharType="begin"/>'),
            parse_xml(f'<w:instrText {nsdecls("w")} {space}> {code} </w:instrText>'),
            parse_xml(f'<w:fldChar {nsdecls("w")} w:fldCharType="end"/>')]
