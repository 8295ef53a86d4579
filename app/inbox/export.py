"""An inbox list as an Excel workbook: exactly the rows that are shown."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app import spreadsheet
from app.inbox.queries import Row
from app.issues.categories import CATEGORIES, LEVELS, STAGES
from app.models import Copy, Issue, WorkItem
from app.repeated import occasion
from workflows.calendar import CITY_ZONE

MEDIA_TYPE = spreadsheet.MEDIA_TYPE
HEADERS = ("编号", "标题", "企业", "事项", "阶段", "类别", "级别", "承办单位", "办理人", "来自",
           "收到时间", "期限", "催办次数")
COPY_HEADERS = ("种类", "内容", "编号", "标题", "来自", "时间", "已阅时间")
KINDS = {"copy": "抄送", "inform": "告知", "remind": "提醒", "urge": "催办", "escalate": "上报"}
_COPY_WIDTHS = (8, 60, 13, 40, 12, 17, 17)
_WIDTHS = (13, 40, 30, 18, 8, 10, 8, 24, 12, 12, 17, 17, 9)


def workbook(rows: Sequence[Row]) -> bytes:
    """The workbook's bytes."""
    return spreadsheet.workbook("待办", HEADERS, _WIDTHS, map(values, rows))


def copies(rows: Sequence[tuple[Copy, Issue | None, str | None]]) -> bytes:
    """The workbook of copies to read."""
    return spreadsheet.workbook("抄送", COPY_HEADERS, _COPY_WIDTHS, (
        (KINDS.get(copy.kind), copy.text, issue.number if issue else None, issue.title if issue else None, sender,
         _time(copy.sent_at), _time(copy.read_at)) for copy, issue, sender in rows))


def values(row: Row) -> tuple[str | int | None, ...]:
    """A row's values, in the order of HEADERS."""
    item, issue = row.item, row.issue
    return (issue.number if issue else None, issue.title if issue else None, row.enterprise, _step(item),
            STAGES.get(item.stage or ""), CATEGORIES.get((issue.category if issue else None) or ""),
            LEVELS.get((issue.level if issue else None) or ""), row.unit, row.assignee, row.sender,
            _time(item.opened_at), _time(item.due_at), item.urged)


def _step(item: WorkItem) -> str:
    found = occasion(item.local)
    return f"{item.name}：{found.title}" if found else item.name


def _time(at: datetime | None) -> str | None:
    return at.astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M") if at else None
