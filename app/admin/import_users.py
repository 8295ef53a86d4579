"""Users from an Excel file: read within bounds, judged row by row, applied only when every row is right.

A person with several posts stands in several rows. Applying the same file again changes nothing.
"""
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.admin.errors import AdminRefused
from app.admin.patterns import EMAIL, PHONE, USERNAME
from app.archives import TooLarge, measure
from app.models import Position, Unit, User
from app.powers import rules
from workflows.sentence import say

HEADERS = ("用户名", "姓名", "单位", "岗位", "电子邮箱", "电话")
WIDTHS = (22, 14, 28, 14, 28, 18)
MAX_ROWS = 500
MAX_BYTES = 2 * 1024 * 1024
MAX_UNPACKED, MAX_MARKS = 5 * 1024 * 1024, 60_000
"""bytes and tags of the parts together; an .xlsx is a zip, and one of 4 kB can cost a gigabyte. A full file of 500 rows
has some 25,000 tags"""
EXAMPLE = ("例：finance.zhang", "张三", "市财政局", "经办人", "zhang@example.com", "0477-8580000")
"""the template's first line; a file that still has it is taken without it"""
NEW, MORE, KNOWN = "new", "more", "known"


@dataclass(slots=True)
class Row:
    """One line of the file. `action`: a new user, one more post for a user, or nothing to do; None with errors."""
    line: int
    username: str
    name: str
    unit: str
    position: str
    email: str
    phone: str
    unit_code: str = ""
    position_code: str = ""
    action: str | None = None
    errors: list[str] = field(default_factory=list)

    @property
    def cells(self) -> list[str]:
        return [self.username, self.name, self.unit, self.position, self.email, self.phone]


def read_file(content: bytes) -> list[list[str]]:
    """The cells of the first sheet below its heading, trimmed; a line that is empty or the template's example is [], so
    that the others keep their numbers. Raises AdminRefused when it is no Excel file, is too large or has other columns
    than the template."""
    from openpyxl import load_workbook

    if len(content) > MAX_BYTES:
        raise AdminRefused(say("文件超过2MB，请分成几个文件导入。"))
    try:
        measure(content, most_bytes=MAX_UNPACKED, most_marks=MAX_MARKS)
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
        lines = [["" if value is None else str(value).strip() for value in line[:len(HEADERS)]]
                 for line in islice(book.worksheets[0].iter_rows(values_only=True, max_col=len(HEADERS)), MAX_ROWS + 2)]
    except TooLarge:
        raise AdminRefused(say("文件展开后太大，请删掉多余的内容再导入。")) from None
    except Exception:  # noqa: BLE001 - the reader raises whatever it likes at a broken file
        raise AdminRefused(say("读不出这个文件，请用模板另存为xlsx格式再导入。")) from None
    if not lines or lines[0] != list(HEADERS):
        raise AdminRefused(say("第一行应是：%(names)s。请下载模板填写。", names=HEADERS))
    rows = [line if any(line) and line != list(EXAMPLE) else [] for line in lines[1:]]
    if len(rows) > MAX_ROWS:
        raise AdminRefused(say("一次最多导入%(max_rows)s行，请分成几个文件。", max_rows=MAX_ROWS))
    if not any(rows):
        raise AdminRefused(say("文件里没有用户。"))
    return rows


def judge(session: Session, lines: Iterable[Sequence[str]], *, by: int | None) -> list[Row]:
    """Every line that is not empty, with what will be done, or with what is wrong about it. `by` imports."""
    rows = [_row(number, line) for number, line in enumerate(lines, start=2) if line]
    units = {key: unit.code for unit in session.scalars(select(Unit).where(Unit.active))
             for key in (unit.name, unit.code)}
    positions = {key: position.code for position in session.scalars(select(Position))
                 for key in (position.name, position.code)}
    known = {user.username: user for user in session.scalars(select(User).where(
        User.username.in_({row.username.lower() for row in rows})))}
    names: dict[str, str] = {}
    taken: set[tuple[str, str, str]] = set()
    for row in rows:
        row.username = row.username.lower()
        row.unit_code, row.position_code = units.get(row.unit, ""), positions.get(row.position, "")
        user = known.get(row.username)
        row.errors = _errors(row, user.name if user else names.get(row.username))
        if not row.errors:
            row.errors = _not_by_file(row, user, by)
        post = (row.username, row.unit_code, row.position_code)
        if not row.errors and post in taken:
            row.errors.append(say("和上面的一行重复"))
        if not row.errors:
            row.action = _action(row, user, names)
            taken.add(post)
            names.setdefault(row.username, row.name)
    return rows


def _row(number: int, line: Sequence[object]) -> Row:
    cells = ["".join(filter(str.isprintable, str(cell)[:200])) for cell in line[:len(HEADERS)]] + [""] * len(HEADERS)
    username, name, unit, position, email, phone = cells[:len(HEADERS)]
    return Row(number, username, name, unit, position, email, phone)


def _errors(row: Row, known_name: str | None) -> list[str]:
    wrong: list[str] = []
    if not re.match(USERNAME, row.username):
        wrong.append(say("用户名要用字母、数字、点、短横线，以字母开头"))
    if not row.name or len(row.name) > 40:
        wrong.append(say("姓名没有填，或者太长"))
    elif known_name is not None and known_name != row.name:
        wrong.append(say("这个用户名是%(known_name)s的，姓名不一样", known_name=known_name))
    if not row.unit_code:
        wrong.append(say("没有这个单位，或者已停用"))
    if not row.position_code:
        wrong.append(say("没有这个岗位"))
    if row.email and not re.match(EMAIL, row.email):
        wrong.append(say("邮箱格式不对"))
    if row.phone and not re.match(PHONE, row.phone):
        wrong.append(say("电话格式不对"))
    return wrong


def _not_by_file(row: Row, user: User | None, by: int | None) -> list[str]:
    """Posts that a file may not give: an administrator's, one's own, and any beside an audit administrator's."""
    if row.position_code in rules.THREE:
        held = user is not None and any((post.unit_code, post.position_code) == (row.unit_code, row.position_code)
                                        for post in user.posts)
        return [] if held else [say("管理员的岗位要逐个设置，由系统管理员同意")]
    if user is None:
        return []
    if user.id == by:
        return [say("不能给自己增加岗位")]
    told = rules.conflict([row.position_code, *(post.position_code for post in user.posts)])
    return [told] if told else []


def _action(row: Row, user: User | None, names: dict[str, str]) -> str:
    if user is None:
        return MORE if row.username in names else NEW
    held = {(post.unit_code, post.position_code) for post in user.posts}
    return KNOWN if (row.unit_code, row.position_code) in held else MORE
