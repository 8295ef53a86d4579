"""An inbox list as an Excel workbook: exactly the rows that are shown."""
from __future__ import annotations

from collections.abc import Callable, Sequence

from app import spreadsheet
from app.dates import city_minute
from app.inbox.queries import Row
from app.issues.categories import CATEGORIES, LEVELS, STAGES
from app.models import Copy, Issue, Meeting, WorkItem
from app.repeated import occasion
from workflows.sentence import say

MEDIA_TYPE = spreadsheet.MEDIA_TYPE
HEADERS = (say("编号"), say("标题"), say("企业"), say("事项"), say("阶段"), say("类别"), say("级别"), say("承办单位"),
           say("办理人"), say("来自"), say("收到时间"), say("期限"), say("催办次数"))
COPY_HEADERS = (say("种类"), say("内容"), say("编号"), say("标题"), say("来自"), say("时间"), say("已阅时间"))
KINDS = {"copy": say("抄送"), "inform": say("告知"), "remind": say("提醒"), "urge": say("催办"),
         "escalate": say("上报")}
_COPY_WIDTHS = (8, 60, 13, 40, 12, 17, 17)
_WIDTHS = (13, 40, 30, 18, 8, 10, 8, 24, 12, 12, 17, 17, 9)


def workbook(rows: Sequence[Row], tell: Callable[[object], str] = str) -> bytes:
    """The workbook's bytes."""
    return spreadsheet.workbook(say("待办"), HEADERS, _WIDTHS, map(values, rows), tell)


def copies(rows: Sequence[tuple[Copy, Issue | None, Meeting | None, str | None]],
           tell: Callable[[object], str] = str) -> bytes:
    """The workbook of copies to read."""
    return spreadsheet.workbook(say("抄送"), COPY_HEADERS, _COPY_WIDTHS, (
        (KINDS.get(copy.kind), copy.text, about.number if about else None, about.title if about else None, sender,
         city_minute(copy.sent_at), city_minute(copy.read_at)) for copy, issue, meeting, sender in rows
        for about in (issue or meeting,)), tell)


def values(row: Row) -> tuple[str | int | None, ...]:
    """A row's values, in the order of HEADERS."""
    item, issue, about = row.item, row.issue, row.issue or row.meeting
    return (about.number if about else None, about.title if about else None, row.enterprise, _step(item),
            STAGES.get(item.stage or ""), CATEGORIES.get((issue.category if issue else None) or ""),
            LEVELS.get((issue.level if issue else None) or ""), row.unit, row.assignee, row.sender,
            city_minute(item.opened_at), city_minute(item.due_at), item.urged)


def _step(item: WorkItem) -> str:
    found = occasion(item.local)
    return say("%(name)s：%(title)s", name=item.name, title=found.title) if found else item.name
