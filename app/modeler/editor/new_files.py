"""What a new form and a new decision table begin as."""
from __future__ import annotations

import json
import re
from collections.abc import Collection
from xml.sax.saxutils import quoteattr

from workflows.decisions import NAMESPACES
from workflows.sentence import say

_TABLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="{space}" id="definitions_{id}" name={name} namespace="http://camunda.org/schema/1.0/dmn">
  <decision id="{id}" name={name}>
    <decisionTable id="{id}_table" hitPolicy="FIRST">
      <input id="{id}_input_1" label={asked}>
        <inputExpression id="{id}_input_1_expression">
          <text>{variable}</text>
        </inputExpression>
      </input>
      <output id="{id}_output_1" label={given} name="{id}_result" />
      <rule id="{id}_rule_1">
        <inputEntry id="{id}_rule_1_input_1">
          <text>-</text>
        </inputEntry>
        <outputEntry id="{id}_rule_1_output_1">
          <text>""</text>
        </outputEntry>
      </rule>
    </decisionTable>
  </decision>
</definitions>
"""


def new_form(key: str, name: str, paths: Collection[str]) -> tuple[str, str]:
    """The path of a new form of process `key`, and its text: no field yet."""
    ident = _free("form", {path.rpartition("/")[2].removesuffix(".form.json") for path in paths})
    schema = {"type": "default", "id": ident, "name": name, "schemaVersion": 18, "components": []}
    return f"{key}/forms/{ident}.form.json", json.dumps(schema, ensure_ascii=False, indent=2)


def new_table(key: str, name: str, paths: Collection[str], variable: str) -> tuple[str, str]:
    """The path of a new decision table of process `key`, and its text: one rule that holds for everything, over a
    variable of the process."""
    ident = _free("table", {path.rpartition("/")[2].removesuffix(".dmn") for path in paths})
    return f"{key}/{ident}.dmn", _TABLE.format(space=NAMESPACES["dmn"], id=ident, name=quoteattr(name),
                                               variable=variable, asked=quoteattr(say("条件")),
                                               given=quoteattr(say("结果")))


def _free(word: str, taken: Collection[str]) -> str:
    """The first of word_1, word_2 … that is not taken."""
    pattern = re.compile(rf"{word}_(\d+)")
    numbers = [int(found[1]) for name in taken if (found := pattern.fullmatch(name))]
    return f"{word}_{max(numbers, default=0) + 1}"
