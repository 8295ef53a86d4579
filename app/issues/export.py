"""A list of issues as an Excel workbook: exactly the rows shown, and no cell that Excel would calculate."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from app.issues.categories import CATEGORIES, CHANNELS, LEVELS, LIGHTS, STAGES, STATUSES
from app.models import Issue
from workflows.calendar import CITY_ZONE

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADERS = ("编号", "标题", "企业", "旗区（园区）", "类别", "级别", "阶段", "状态", "灯", "牵头单位", "渠道", "登记时间",
           "办结期限", "办结时间", "满意度")
_WIDTHS = (13, 40, 30, 18, 10, 8, 8, 12, 8, 24, 14, 17, 17, 17, 8)


def workbook(issues: Sequence[Issue], unit_names: Mapping[str, str]) -> bytes:
    """The workbook's bytes. Texts are written as texts, so that a title such as `=1+1` stays one."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("事项")
    sheet.freeze_panes = "A2"
    for column, width in enumerate(_WIDTHS):
        sheet.column_dimensions[chr(ord("A") + column)].width = width
    bold = Font(bold=True)
    heads = [WriteOnlyCell(sheet, header) for header in HEADERS]
    for head in heads:
        head.font = bold
    sheet.append(heads)
    for issue in issues:
        sheet.append([_cell(sheet, value) for value in row(issue, unit_names)])
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def row(issue: Issue, unit_names: Mapping[str, str]) -> tuple[str | int | None, ...]:
    """The values of an issue, in the order of HEADERS."""
    return (issue.number, issue.title, issue.enterprise.name, unit_names.get(issue.place, issue.place),
            CATEGORIES.get(issue.category or ""), LEVELS.get(issue.level or ""), STAGES.get(issue.stage, "已结束"),
            STATUSES.get(issue.status), LIGHTS.get(issue.light), unit_names.get(issue.lead_unit or ""),
            CHANNELS.get(issue.channel), _time(issue.registered_at), _time(issue.due_at), _time(issue.closed_at),
            issue.satisfaction)


def _cell(sheet: object, value: str | int | None) -> WriteOnlyCell:
    if isinstance(value, str):
        value = ILLEGAL_CHARACTERS_RE.sub("", value)
    cell = WriteOnlyCell(sheet, value)  # type: ignore[arg-type]
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(("=", "+", "-", "@", "\t", "\r"))
    return cell


def _time(at: datetime | None) -> str | None:
    return at.astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M") if at else None
