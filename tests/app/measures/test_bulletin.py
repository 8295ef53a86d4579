"""The monthly bulletin as a Word document and a PDF: both, read by other programs, tell the figures of the measures."""
from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

from docx import Document
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph
from pypdf import PdfReader
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from app.actor import Actor
from app.measures import measuring, overdue
from app.measures.bulletin import listed, made, portable, word
from app.measures.figures import grouped, whole
from app.measures.question import Months, Question
from app.measures.registry import BY_KEY, COUNTED, MEASURES
from app.measures.shown import in_words
from app.models import CaseFact
from tests.app.conftest import Browser
from tests.app.measures.conftest import Live
from tests.conftest import MONDAY
from workflows.calendar import Calendar

MARCH = Question(Months("2026-03", "2026-03"))
SUPERVISOR = Actor(1, "督办", frozenset({("supervision", "supervisor")}), ("supervision", "supervisor"))
Rows = list[list[str]]


def tables(document: bytes) -> dict[str, Rows]:
    """A document's tables by the line above each."""
    body = Document(BytesIO(document))
    found, above = {}, ""
    for block in body.iter_inner_content():
        if isinstance(block, Paragraph):
            above = block.text
        elif isinstance(block, Table):
            found[above] = [[cell.text for cell in row.cells] for row in block.rows]
    return found


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def pdf_text(document: bytes) -> str:
    """All that a PDF says, without what only lays it out: a sentence may go on over the page's number."""
    return "".join(re.sub("—[0-9]+—", "", bare(page.extract_text())) for page in PdfReader(BytesIO(document)).pages)


def words_of(document: bytes) -> Iterator[str]:
    """Every paragraph and cell of a Word document."""
    for block in Document(BytesIO(document)).iter_inner_content():
        if isinstance(block, Paragraph):
            yield from filter(None, block.text.split("\t"))
        elif isinstance(block, Table):
            yield from (cell.text for row in block.rows for cell in row.cells if cell.text)


def test_both_files_tell_every_figure_as_the_measures_have_it(
        supervisor: Browser, sessions: sessionmaker[Session]) -> None:
    document = supervisor.get("/measures/bulletin.docx?to=2026-03").data
    found, text = tables(document), pdf_text(supervisor.get("/measures/bulletin.pdf?to=2026-03").data)
    with sessions.begin() as session:
        figures = whole(session, MARCH)
        by_unit = grouped(session, MARCH, "unit")
    told = {row[0]: row[1] for row in found["各项指标"]}
    for measure in COUNTED:
        assert told[measure.name] == in_words(figures[measure.key]), measure.key
    assert told["逾期未结"] == "0" and told["登记件数"] == "3" and told["推诿次数"] == "1"
    heads, *banners = found["旗区排名"]
    (dongsheng,) = [row for row in banners if row[1] == "东胜区"]
    for measure in COUNTED:
        if measure.name in heads:
            figure = by_unit["dongsheng"][measure.key]
            assert dongsheng[heads.index(measure.name)].split("\n")[0] == in_words(figure), measure.key
    assert dongsheng[heads.index("解决率")] == "100.0%\n2/2", "the counts stand behind the rate"
    assert ["东胜区", "0", "1"] in found["退回和推诿次数"]
    for words in words_of(document):
        assert bare(words) in text, "the PDF tells the same"


def test_each_definition_stands_in_both_with_its_source(supervisor: Browser) -> None:
    found = tables(supervisor.get("/measures/bulletin.docx").data)["指标的定义和来源"]
    assert found[1:] == [[each.name, each.words, each.source] for each in MEASURES]
    text = pdf_text(supervisor.get("/measures/bulletin.pdf").data)
    assert all(bare(each.words) in text and bare(each.source) in text for each in MEASURES)


def test_the_document_is_laid_out_as_official_ones_are(supervisor: Browser) -> None:
    document = Document(BytesIO(supervisor.get("/measures/bulletin.docx?to=2026-03").data))
    (page,) = document.sections
    assert (round(page.page_width.mm), round(page.page_height.mm)) == (210, 297)
    assert (round(page.top_margin.mm), round(page.left_margin.mm)) == (37, 28)
    for footer in (page.footer, page.even_page_footer):
        assert "PAGE" in footer._element.xml, "pages are numbered"
    assert document.settings.odd_and_even_pages_header_footer
    for table in document.tables:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None, "its head is repeated on each page"
    headings = [each.text for each in document.paragraphs if each.style.name == "Heading 1"]
    assert [heading[0] for heading in headings] == list("一二三四五六七八附")
    fonts = {run._r.rPr.rFonts.get(qn("w:eastAsia")) for each in document.paragraphs for run in each.runs}
    assert fonts == {"方正小标宋简体", "仿宋_GB2312", "黑体"}


def test_a_pdf_has_its_numbers_on_each_page(supervisor: Browser) -> None:
    reader = PdfReader(BytesIO(supervisor.get("/measures/bulletin.pdf?to=2026-03").data))
    assert len(reader.pages) > 2
    for number, page in enumerate(reader.pages, start=1):
        assert f"—{number}—" in bare(page.extract_text())


def test_a_heads_bulletin_is_of_the_own_unit(head: Browser) -> None:
    document = head.get("/measures/bulletin.docx?to=2026-03").data
    assert {row[0]: row[1] for row in tables(document)["各项指标"]}["登记件数"] == "1"
    told = " ".join(words_of(document))
    assert "单位：鄂托克旗" in told and "东胜区" not in told and "恒拓" not in told
    assert "东胜区" not in pdf_text(head.get("/measures/bulletin.pdf?to=2026-03&unit=dongsheng").data)


def test_the_clocks_parts_are_the_time_in_hand_that_the_measures_count(
        lived: Live, sessions: sessionmaker[Session]) -> None:
    for number in range(3):
        lived(refused=number % 2, days=number + 1)
    measuring.work_off(sessions)
    with sessions.begin() as session:
        for units in (None, frozenset({"dongsheng"})):
            question = Question(MARCH.months, units)
            held = listed.time_by_unit(session, question)
            in_hand = sum(sum(each.seconds[kind] for kind in ("working", "waiting", "sent_back")) for each in held
                          if each.unit not in ("", "enterprise"))
            assert in_hand == whole(session, question)["held"].hits > 0


def test_notable_is_what_went_round_or_was_not_solved(lived: Live, sessions: sessionmaker[Session]) -> None:
    quiet, unwanted, unsolved = lived(until="judge"), lived(refused=1, rating=None), lived(days=1)
    measuring.work_off(sessions)
    with sessions.begin() as session:
        session.execute(update(CaseFact).where(CaseFact.refusals == 1).values(returns=1))
        session.execute(update(CaseFact).where(CaseFact.settled).values(solved=False))
        found = {each.case.issue.number: [str(reason) for reason in each.reasons]
                 for each in listed.notable(session, SUPERVISOR, MARCH)}
    assert found[unwanted] == ["推诿1次", "退回1次"]
    assert found[unsolved][0] == "企业认为没有解决"
    assert quiet not in found


def test_what_is_late_is_listed_from_the_earliest_limit_on(
        lived: Live, sessions: sessionmaker[Session], calendar: Calendar) -> None:
    later, earlier = lived(MONDAY + timedelta(days=7), until="judge"), lived(until="judge")
    measuring.work_off(sessions)
    now = MONDAY + timedelta(days=60)
    with sessions.begin() as session:
        cases = listed.late(session, SUPERVISOR, MARCH, now)
        assert [case.issue.number for case in cases] == [earlier, later]
        late, _ = overdue.by_unit(session, MARCH, now, calendar)
        assert late.oldest == listed.days_late(cases[0], now, calendar)
        bulletin = made.make(session, SUPERVISOR, MARCH, {}, {}, now=now, calendar=calendar)
    found = tables(word.written(bulletin, now))
    assert [row[0] for row in found["逾期未结的问题"]] == ["编号", earlier, later]
    assert {row[0]: row[1] for row in found["各项指标"]}[BY_KEY["overdue"].name] == "2"
    assert "逾期未结2件（龄期中位数" in pdf_text(portable.written(bulletin))


def test_a_title_is_text_and_nothing_else(lived: Live, sessions: sessionmaker[Session], calendar: Calendar) -> None:
    lived(title="<b>1&lt;2</b>\x0b", until="judge")
    measuring.work_off(sessions)
    now = MONDAY + timedelta(days=60)
    with sessions.begin() as session:
        bulletin = made.make(session, SUPERVISOR, MARCH, {}, {}, now=now, calendar=calendar)
    assert tables(word.written(bulletin, now))["逾期未结的问题"][1][1] == "<b>1&lt;2</b>"
    assert "<b>1&lt;2</b>" in pdf_text(portable.written(bulletin))


def test_a_month_that_has_not_ended_is_said_to_be_so(supervisor: Browser) -> None:
    assert "2026年3月2日，本月尚未结束" in supervisor.get("/measures/bulletin?to=2026-03").text
    assert "尚未结束" not in supervisor.get("/measures/bulletin?to=2026-02").text
