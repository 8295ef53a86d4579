"""From what a page or a program submits to the value of a field, before any rule about it."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from math import isfinite
from typing import Any

from workflows.form_fields import ATTACHMENTS, CHOOSE_MANY, CHOOSE_ONE, Choice, Field, choice_key
from workflows.sentence import say

Json = Any
Lists = Mapping[str, list[Choice]]

_NUMBER = re.compile(r"[+-]?\d{1,16}(\.\d{1,9})?")
_TRUE, _FALSE = (True, "true", "on", "1", "是"), (None, False, "", "false", "off", "0", "否")
_LARGEST = 10**15
MAX_CHOICE = 200


class Refused(ValueError):
    """The message for the person who filled in the field."""


def coerce(asked: Field, raw: Json, options: Lists | None) -> Json:
    """The value that `raw` means for the field: text, a number, an ISO date, true or false, a choice's value or a
    list. Empty is None or []. Refused says what cannot be understood."""
    if asked.type == "checkbox":
        return _truth(raw)
    if asked.type in CHOOSE_MANY:
        return list(dict.fromkeys(_choice(asked, item, options) for item in _many(raw)))
    if asked.type == "filepicker":
        return _attachments(raw, options)
    if asked.type == "dynamiclist":
        return _rows(raw)
    if is_empty(raw):
        return None
    if asked.type in CHOOSE_ONE:
        return _choice(asked, raw, options)
    if asked.type == "number":
        return _number(raw)
    if asked.type == "datetime":
        return _date(raw)
    return _text(raw, lines=asked.type == "textarea") or None


def is_empty(value: Json) -> bool:
    """Nothing filled in. False is an answer, except of a checkbox."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def clean_text(text: str, *, lines: bool) -> str:
    """Trimmed text in composed form without control characters; line breaks only where lines are meant."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(mark for mark in text if mark in "\n\t" or unicodedata.category(mark) not in ("Cc", "Cs"))
    return kept.strip() if lines else " ".join(kept.split())


def _text(raw: Json, *, lines: bool) -> str:
    if not isinstance(raw, (str, int, float)) or isinstance(raw, bool):
        raise Refused(say("请填写文字"))
    return clean_text(str(raw), lines=lines)


def _truth(raw: Json) -> bool:
    if isinstance(raw, (str, bool)) or raw is None:
        if raw in _TRUE:
            return True
        if raw in _FALSE:
            return False
    raise Refused(say("请勾选或不勾选"))


def _number(raw: Json) -> float:
    """A number that every database keeps as it is: none too large for a float, and zero without a sign."""
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        if not isfinite(raw) or abs(raw) > _LARGEST:
            raise Refused(say("数太大"))
        return raw + 0
    text = unicodedata.normalize("NFKC", raw).strip().replace(",", "") if isinstance(raw, str) else ""
    if not _NUMBER.fullmatch(text):
        raise Refused(say("请填写数字，例如 12 或 3.5"))
    number = float(text) if "." in text else int(text)
    if abs(number) > _LARGEST:
        raise Refused(say("数太大"))
    return number + 0


def _date(raw: Json) -> str:
    try:
        text = raw.strip()
        return date.fromisoformat(text).isoformat() if len(text) == 10 else _no_date()
    except (ValueError, AttributeError):
        return _no_date()


def _no_date() -> str:
    raise Refused(say("日期请写成 2025-03-01 的样子"))


def _choice(asked: Field, raw: Json, options: Lists | None) -> Json:
    if not isinstance(raw, (str, int)):
        raise Refused(say("请从列表中选择"))
    choices = asked.options(options)
    if choices is None:
        return _text(raw, lines=False)[:MAX_CHOICE]
    for value, _ in choices:
        if choice_key(value) == choice_key(raw):
            return value
    raise Refused(say("请从列表中选择，刚才选的已不在列表里"))


def _attachments(raw: Json, options: Lists | None) -> list[int]:
    known = None if options is None else {choice_key(value) for value, _ in options.get(ATTACHMENTS, [])}
    numbers: list[int] = []
    for item in _many(raw):
        key = choice_key(item) if isinstance(item, (str, int)) else ""
        if not (key.isascii() and key.isdigit()) or len(key) > 18 or (known is not None and key not in known):
            raise Refused(say("附件没有传上来，请重新选择文件"))
        numbers.append(int(key))
    return list(dict.fromkeys(numbers))


def _rows(raw: Json) -> list[Mapping[str, Json]]:
    if raw is None or raw == "":
        return []
    if not isinstance(raw, list) or not all(isinstance(row, Mapping) for row in raw):
        raise Refused(say("请逐行填写"))
    return raw


def _many(raw: Json) -> list[Json]:
    if raw is None or raw == "":
        return []
    return [item for item in (raw if isinstance(raw, list) else [raw]) if item is not None and item != ""]
