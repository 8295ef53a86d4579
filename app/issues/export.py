"""A list of issues as an Excel workbook: exactly the rows that are shown."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from app import spreadsheet
from app.issues.categories import CATEGORIES, CHANNELS, LEVELS, LIGHTS, STAGES, STATUSES
from app.models import Issue
from workflows.calendar import CITY_ZONE

MEDIA_TYPE = spreadsheet.MEDIA_TYPE
HEADERS = ("编号", "标题", "企业", "旗区（园区）", "类别", "级别", "阶段", "状态", "灯", "牵头单位", "渠道", "登记时间",
           "办结期限", "办结时间", "满意度")
_WIDTHS = (13, 40, 30, 18, 10, 8, 8, 12, 8, 24, 14, 17, 17, 17, 8)


def workbook(issues: Sequence[Issue], unit_names: Mapping[str, str]) -> bytes:
    """The workbook's bytes."""
    return spreadsheet.workbook("问题", HEADERS, _WIDTHS, (values(issue, unit_names) for issue in issues))


def values(issue: Issue, unit_names: Mapping[str, str]) -> tuple[str | int | None, ...]:
    """The values of an issue, in the order of HEADERS."""
    return (issue.number, issue.title, issue.enterprise.name, unit_names.get(issue.place, issue.place),
            CATEGORIES.get(issue.category or ""), LEVELS.get(issue.level or ""), STAGES.get(issue.stage, "已结束"),
            STATUSES.get(issue.status), LIGHTS.get(issue.light), unit_names.get(issue.lead_unit or ""),
            CHANNELS.get(issue.channel), _time(issue.registered_at), _time(issue.due_at), _time(issue.closed_at),
            issue.satisfaction)


def _time(at: datetime | None) -> str | None:
    return at.astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M") if at else None
