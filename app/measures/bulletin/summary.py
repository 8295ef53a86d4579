"""The bulletin's first section in sentences: what a reader takes along who reads no table."""
from __future__ import annotations

from collections.abc import Iterator

from app.measures.bulletin.blocks import Text
from app.measures.registry import Form
from app.measures.shown import NOTHING, SAME, Line, Shown
from workflows.sentence import Sentence, listed, say

_GROUPS = (
    (say("受理与办结"), ("registered", "settled")), (say("企业评价"), ("response", "solution", "satisfaction")),
    (say("办理时限"), ("on_time", "plan_breach")), (say("办理用时"), ("median", "p90", "held")),
    (say("退回、推诿与重办"), ("returns", "refusals", "reopened")), (say("逾期"), ("overdue",)))


def whole(shown: Shown, period: Text) -> Iterator[Text]:
    """A paragraph for each group of measures, after the one that tells the period."""
    lines = {line.measure.key: line for line in shown.lines}
    yield period
    for name, keys in _GROUPS:
        yield Text(say("%(name)s：%(measures)s。", name=name, measures=listed([phrase(lines[key]) for key in keys])))


def phrase(line: Line) -> Sentence:
    """解决率96.7%（29/30，比上月升2.1个百分点）"""
    if line.text == NOTHING:
        return say("%(name)s没有可计的问题", name=line.measure.name)
    number = _number(line)
    details = [each for each in (line.behind, _compared(line)) if each]
    if not details:
        return number
    if len(details) == 1:
        return say("%(number)s（%(detail)s）", number=number, detail=details[0])
    return say("%(number)s（%(behind)s，%(change)s）", number=number, behind=details[0], change=details[1])


def _number(line: Line) -> Sentence:
    if line.measure.form in (Form.COUNT, Form.OVERDUE):
        return say("%(name)s%(number)s件", name=line.measure.name, number=line.text)
    if line.measure.form is Form.TIMES:
        return say("%(name)s%(number)s次", name=line.measure.name, number=line.text)
    return say("%(name)s%(number)s", name=line.measure.name, number=line.text)


def _compared(line: Line) -> str:
    if not line.change:
        return ""
    if line.change == SAME:
        return say("与上月持平")
    return say("比上月%(change)s", change=line.change)
