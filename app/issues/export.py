"""A list of issues as an Excel workbook: exactly the rows that are shown."""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from app import spreadsheet
from app.dates import city_minute
from app.issues.categories import (
    CATEGORIES,
    CHANNELS,
    LEVELS,
    LIGHTS,
    OPEN_STATUSES,
    SATISFACTION,
    STAGES,
    STATUSES,
)
from app.models import Issue
from workflows.sentence import say

MEDIA_TYPE = spreadsheet.MEDIA_TYPE
HEADERS = (say("编号"), say("标题"), say("企业"), say("旗区（园区）"), say("类别"), say("级别"), say("阶段"),
           say("状态"),
           say("灯"), say("主办单位"), say("渠道"), say("登记时间"), say("办结期限"), say("办结时间"), say("满意度"))
_WIDTHS = (13, 40, 30, 18, 10, 8, 8, 12, 8, 24, 14, 17, 17, 17, 8)


def workbook(issues: Sequence[Issue], unit_names: Mapping[str, str],
             tell: Callable[[object], str] = str) -> bytes:
    """The workbook's bytes."""
    return spreadsheet.workbook(say("问题"), HEADERS, _WIDTHS, (values(issue, unit_names) for issue in issues), tell)


def values(issue: Issue, unit_names: Mapping[str, str]) -> tuple[str | int | None, ...]:
    """The values of an issue, in the order of HEADERS."""
    return (issue.number, issue.title, issue.enterprise.name, unit_names.get(issue.place, issue.place),
            CATEGORIES.get(issue.category or ""), LEVELS.get(issue.level or ""), STAGES.get(issue.stage, say("已结束")),
            STATUSES.get(issue.status),
            LIGHTS.get(issue.light) if issue.status in OPEN_STATUSES else None, unit_names.get(issue.lead_unit or ""),
            CHANNELS.get(issue.channel), city_minute(issue.registered_at), city_minute(issue.due_at),
            city_minute(issue.closed_at), SATISFACTION.get(str(issue.satisfaction)))
