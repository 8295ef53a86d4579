"""Two form-js schemas compared field by field."""
from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from workflows.changes import Change, Fact, Names, change_of
from workflows.sentence import Sentence, listed, say

Json = Any
LABELS: dict[str, object] = {
    "label": say("名称"), "description": say("说明"), "type": say("类型"), "text": say("文字"),
    "validate.required": say("必填"), "conditional.hide": say("隐藏条件"), "defaultValue": say("默认值"),
    "validate.minLength": say("最少字数"), "validate.maxLength": say("最多字数"), "validate.min": say("最小值"),
    "validate.max": say("最大值"), "validate.pattern": say("格式"), "values": say("选项"), "key": say("变量"),
    "valuesKey": say("选项的来源"), "properties.showPolicy": say("政策原文"), "readonly": say("只读"),
    "properties.personal": say("个人信息"),
}
PERSONAL = "properties.personal"
"""what is not called personal cannot be erased any more: two administrators decide"""
WORDS = {True: say("是"), False: say("否")}


def form_changes(path: str, old: str | None, new: str | None, names: Names) -> list[Change]:
    """The changes of a form. ValueError or TypeError for what is no form."""
    name = path.rsplit("/", 1)[-1].removesuffix(".form.json")
    where = say("表单「%(name)s」", name=names.get(f"form:{name}") or name)
    if old is None:
        return [Change("added", path, None, say("新增%(where)s", where=where))]
    if new is None:
        return [Change("removed", path, None, say("去掉%(where)s", where=where))]
    before, after = json.loads(old), json.loads(new)
    return [*_settings(path, where, before, after),
            *_fields(path, where, dict(_walk(before)), dict(_walk(after)))]


def _walk(node: dict[str, Json], around: str = "") -> Iterator[tuple[str, dict[str, Json]]]:
    """(path, component) of every component; those of a group below the group's path."""
    for number, component in enumerate(node.get("components") or []):
        own = component.get("key") or component.get("path") or component.get("id") or \
            f"{component.get('type')}-{number}"
        yield f"{around}{own}", component
        yield from _walk(component, f"{around}{own}/")


def _fields(path: str, where: Sentence, before: dict[str, dict[str, Json]], after: dict[str, dict[str, Json]],
            ) -> Iterator[Change]:
    for key, component in before.items():
        if key not in after:
            yield Change("removed", path, None, say("%(where)s去掉%(field)s", where=where, field=_field(component)))
    for key, component in after.items():
        if key not in before:
            facts = _facts(component)
            yield Change("added", path, None, say("%(where)s新增%(field)s", where=where, field=_field(component)),
                         weighty="conditional.hide" in facts)
            continue
        yield from _settings(path, say("%(where)s的%(field)s", where=where, field=_field(before[key])), before[key],
                             component)
    if [key for key in before if key in after] != [key for key in after if key in before]:
        yield Change("changed", path, None, say("%(where)s的字段先后有改动", where=where))


def _settings(path: str, subject: Sentence, before: dict[str, Json], after: dict[str, Json],
              ) -> Iterator[Change]:
    old, new = _facts(before), _facts(after)
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name):
            label = LABELS.get(name) or say("其他设置（%(name)s）", name=name)
            weighty = name == PERSONAL or any(fact is not None and fact.startswith("=")
                                              for fact in (old.get(name), new.get(name)))
            yield change_of(path, None, subject, label, weighty, _fact(old.get(name)), _fact(new.get(name)))


def _fact(value: str | None) -> Fact | None:
    return None if value is None else Fact(value)


def _facts(component: dict[str, Json], around: str = "") -> dict[str, str]:
    """A component's own settings by their path; the components in it are told for themselves."""
    found: dict[str, str] = {}
    for name, value in component.items():
        if name in ("components", "id", "layout", "schemaVersion", "exporter", "executionPlatform"):
            continue
        if isinstance(value, dict):
            found |= _facts(value, f"{around}{name}.")
        elif value is not None:
            found[f"{around}{name}"] = _told(value)
    return found


def _told(value: Json) -> str:
    if isinstance(value, bool):
        return WORDS[value]
    if isinstance(value, list) and all(isinstance(each, dict) and "label" in each for each in value):
        return listed([say("%(label)s（%(value)s）", label=each["label"], value=each.get("value")) for each in value])
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _field(component: dict[str, Json]) -> Sentence:
    text = component.get("label") or component.get("text") or component.get("key") or component.get("type") or ""
    return say("字段「%(name)s」", name=" ".join(str(text).split())[:30])
