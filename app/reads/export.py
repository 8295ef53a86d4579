"""Readings as an Excel workbook: the rows that the page shows."""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from app import spreadsheet
from app.dates import city_minute
from app.reads.log import WAYS, Shown
from workflows.sentence import say

MEDIA_TYPE = spreadsheet.MEDIA_TYPE
HEADERS = (say("时间"), say("谁"), say("单位"), say("岗位"), say("事项"), say("怎么看的"), say("件数"), say("来自"))
_WIDTHS = (17, 14, 24, 14, 16, 18, 8, 18)


def workbook(rows: Sequence[Shown], units: Mapping[str, str], positions: Mapping[str, str],
             tell: Callable[[object], str] = str) -> bytes:
    """The workbook's bytes."""
    return spreadsheet.workbook(say("查阅记录"), HEADERS, _WIDTHS, (
        (city_minute(row.read.at), row.name or row.stranger, units.get(row.read.unit_code or ""),
         positions.get(row.read.position_code or ""), row.number, WAYS.get(row.read.way),
         len(row.read.taken) if row.read.taken else None, row.read.address) for row in rows), tell)
