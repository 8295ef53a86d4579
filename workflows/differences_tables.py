"""Two DMN files compared rule by rule and cell by cell."""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from workflows.changes import Change, Fact, Names, change_of, named
from workflows.diagram import Node, parse_xml
from workflows.sentence import Sentence, listed, say

UNITS = re.compile(r"units?$")
"""how the variables of units end"""
DMN = {"dmn": "https://www.omg.org/spec/DMN/20191111/MODEL/"}


@dataclass(slots=True)
class _Table:
    """A decision table as its editor shows it: columns by id with heading and content, rules by id with their cells."""
    name: str
    policy: str
    columns: dict[str, tuple[str, str]] = field(default_factory=dict)
    rules: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)


def table_changes(path: str, old: str | None, new: str | None, names: Names) -> list[Change]:
    """The changes of a file of decision tables. Raises XmlRefused."""
    before, after = _read(old), _read(new)
    changes: list[Change] = []
    for id in dict.fromkeys((*before, *after)):
        if id not in after:
            changes.append(Change("removed", path, None, say("去掉决策表「%(name)s」", name=before[id].name), True))
        elif id not in before:
            changes.append(Change("added", path, None, say("新增决策表「%(name)s」", name=after[id].name), True))
        else:
            changes += _compared(path, before[id], after[id], names)
    return changes


def _read(text: str | None) -> dict[str, _Table]:
    if text is None:
        return {}
    tables = {}
    for decision in parse_xml(text).iterfind("dmn:decision", DMN):
        table = decision.find("dmn:decisionTable", DMN)
        if table is not None:
            tables[decision.get("id", "")] = _table(decision, table)
    return tables


def _table(decision: Node, node: Node) -> _Table:
    table = _Table(decision.get("name") or decision.get("id", ""), node.get("hitPolicy", "UNIQUE"))
    heads = []
    for column in (*node.iterfind("dmn:input", DMN), *node.iterfind("dmn:output", DMN)):
        content = column.findtext("dmn:inputExpression/dmn:text", "", DMN) or column.get("name", "")
        heads.append(column.get("id") or content)
        table.columns[heads[-1]] = column.get("label") or content, content
    for number, rule in enumerate(node.iterfind("dmn:rule", DMN), 1):
        cells = [*rule.iterfind("dmn:inputEntry", DMN), *rule.iterfind("dmn:outputEntry", DMN)]
        id = rule.get("id") or str(number)
        table.rules[id] = {head: (cell.findtext("dmn:text", "", DMN) or "").strip()
                           for head, cell in zip(heads, cells, strict=False)}
        table.notes[id] = rule.findtext("dmn:description", "", DMN)
    return table


def _compared(path: str, old: _Table, new: _Table, names: Names) -> Iterator[Change]:
    where = say("决策表「%(name)s」", name=new.name)
    for label, weighty, before, after in ((say("名称"), False, old.name, new.name),
                                          (say("命中方式"), True, old.policy, new.policy)):
        if before != after:
            yield change_of(path, None, where, label, weighty, Fact(before), Fact(after))
    for id in dict.fromkeys((*old.columns, *new.columns)):
        before_column, after_column = old.columns.get(id), new.columns.get(id)
        if before_column != after_column:
            label = say("列「%(label)s」", label=(after_column or before_column or ("",))[0])
            yield change_of(path, None, where, label, True, _column(before_column), _column(after_column))
    yield from _rules(path, where, old, new, names)


def _column(column: tuple[str, str] | None) -> Fact | None:
    return None if column is None else Fact(
        column[0] if column[0] == column[1] else say("%(label)s（%(content)s）", label=column[0], content=column[1]))


def _rules(path: str, where: Sentence, old: _Table, new: _Table, names: Names) -> Iterator[Change]:
    numbers = {id: number for number, id in enumerate(new.rules, 1)}
    for number, (id, cells) in enumerate(old.rules.items(), 1):
        if id not in new.rules:
            yield Change("removed", path, None, say("%(where)s去掉规则%(number)s：%(rule)s", where=where, number=number,
                                                    rule=_told(cells, old, names)), weighty=True)
    for id, cells in new.rules.items():
        if id not in old.rules:
            yield Change("added", path, None, say("%(where)s新增规则%(number)s：%(rule)s", where=where,
                                                  number=numbers[id], rule=_told(cells, new, names)), weighty=True)
            continue
        rule = say("%(where)s规则%(number)s", where=where, number=numbers[id])
        for column in new.columns:
            before, after = old.rules[id].get(column, ""), cells.get(column, "")
            if before != after and column in old.columns:
                yield change_of(path, None, rule, say("「%(label)s」", label=new.columns[column][0]), True,
                                Fact(before or "-"), Fact(after or "-"), _codes(new, column, names))
        if old.notes[id] != new.notes[id]:
            yield change_of(path, None, rule, say("说明"), False, Fact(old.notes[id]), Fact(new.notes[id]))
    common = [id for id in old.rules if id in new.rules]
    if common != [id for id in new.rules if id in old.rules]:
        yield Change("changed", path, None, say("%(where)s的规则先后有改动", where=where), weighty=True)


def _told(cells: dict[str, str], table: _Table, names: Names) -> Sentence:
    return listed([say("%(label)s %(value)s", label=table.columns[id][0],
                       value=named(value, _codes(table, id, names)))
                   for id, value in cells.items() if value not in ("", "-")])


def _codes(table: _Table, column: str, names: Names) -> Names:
    """The names of units, for a column of units: elsewhere the same words mean categories."""
    return names if UNITS.search(table.columns[column][1]) else {}
