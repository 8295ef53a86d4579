"""What every process folder must be: deployable, drawn completely, with texts for every form."""
from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.bpmn.scenario import BPMN
from workflows.content import read_folder
from workflows.diagram import NAMESPACES, flow_nodes, parse_xml, tag_of
from workflows.form_fields import STATIC, Field
from workflows.versions import check, load_version

ORGANISATION = yaml.safe_load((BPMN.parent / "app" / "organisation.yaml").read_text(encoding="utf-8"))
FOLDERS = sorted(path.parent.name for path in BPMN.glob("*/*.bpmn"))
BPMNDI = {"bpmndi": NAMESPACES["bpmndi"], "di": NAMESPACES["di"], "dc": NAMESPACES["dc"]}


def diagram(folder: str) -> Path:
    return BPMN / folder / f"{folder}.bpmn"


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_may_be_deployed(folder: str) -> None:
    assert check(folder, read_folder(BPMN, folder), positions=set(ORGANISATION["positions"])) == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_node_and_flow_is_drawn_once(folder: str) -> None:
    root = parse_xml(diagram(folder).read_text(encoding="utf-8"))
    (process,) = root.findall("bpmn:process", NAMESPACES)
    nodes = [node.get("id") for node, _ in flow_nodes(process)]
    lanes = [lane.get("id") for lane in process.iterfind(".//bpmn:lane", NAMESPACES)]
    pools = [pool.get("id") for pool in root.iterfind(".//bpmn:participant", NAMESPACES)]
    flows = [flow.get("id") for flow in process.iterfind(".//bpmn:sequenceFlow", NAMESPACES)]
    shapes = [shape.get("bpmnElement") for shape in root.iterfind(".//bpmndi:BPMNShape", BPMNDI)]
    edges = [edge.get("bpmnElement") for edge in root.iterfind(".//bpmndi:BPMNEdge", BPMNDI)]
    assert sorted(shapes) == sorted(nodes + lanes + pools)
    assert sorted(edges) == sorted(flows)
    assert all(len(edge.findall("di:waypoint", BPMNDI)) >= 2 for edge in root.iterfind(".//bpmndi:BPMNEdge", BPMNDI))


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_node_stands_in_just_one_lane_and_inside_its_subprocess(folder: str) -> None:
    root = parse_xml(diagram(folder).read_text(encoding="utf-8"))
    (process,) = root.findall("bpmn:process", NAMESPACES)
    refs = [ref.text for ref in process.iterfind(".//bpmn:flowNodeRef", NAMESPACES)]
    assert sorted(refs) == sorted(node.get("id") for node, _ in flow_nodes(process))
    boxes = {shape.get("bpmnElement"): [float(shape.find("dc:Bounds", BPMNDI).get(side))
                                        for side in ("x", "y", "width", "height")]
             for shape in root.iterfind(".//bpmndi:BPMNShape", BPMNDI)}
    for node, container in flow_nodes(process):
        x, y, width, height = boxes[node.get("id")]
        left, top, wide, high = boxes[container.get("id") if container is not process else "pool"]
        assert left < x and top < y and x + width < left + wide and y + height < top + high, node.get("id")


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_boundary_event_sits_on_the_edge_of_its_activity(folder: str) -> None:
    root = parse_xml(diagram(folder).read_text(encoding="utf-8"))
    boxes = {shape.get("bpmnElement"): [float(shape.find("dc:Bounds", BPMNDI).get(side))
                                        for side in ("x", "y", "width", "height")]
             for shape in root.iterfind(".//bpmndi:BPMNShape", BPMNDI)}
    for node in root.iterfind(".//bpmn:boundaryEvent", NAMESPACES):
        x, y, width, height = boxes[node.get("id")]
        left, top, wide, high = boxes[node.get("attachedToRef")]
        middle_x, middle_y = x + width / 2, y + height / 2
        on_side = middle_x in (left, left + wide) and top < middle_y < top + high
        on_end = middle_y in (top, top + high) and left < middle_x < left + wide
        assert on_side or on_end, node.get("id")


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_people_see_is_chinese_and_ids_are_english(folder: str) -> None:
    root = parse_xml(diagram(folder).read_text(encoding="utf-8"))
    for node in root.iter():
        if tag_of(node) and node.get("id"):
            assert node.get("id").isascii()
        if tag_of(node) in ("userTask", "boundaryEvent", "lane", "participant"):
            assert re.search("[一-鿿]", node.get("name") or ""), node.get("id")


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_field_has_a_label_and_free_text_has_an_example(folder: str) -> None:
    for form in load_version(folder, read_folder(BPMN, folder)).forms.values():
        for field in all_fields(form.fields):
            if field.type not in STATIC:
                assert field.label, (form.id, field.key)
            if field.type == "textarea":
                assert "例：" in field.help, (form.id, field.key)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_variable_that_a_form_writes_is_declared_and_in_the_readme(folder: str) -> None:
    version = load_version(folder, read_folder(BPMN, folder))
    readme = (BPMN / folder / "README.md").read_text(encoding="utf-8")
    declared = {name for process in version.diagrams for name in version.variables_of(process)}
    in_instances = {"joint_opinion", "joint_files", "milestone_result", "milestone_note", "contacted", "plan_files"}
    for form in version.forms.values():
        assert set(form.writes()) <= declared | in_instances, form.id
    assert [name for name in version.variables_of(folder) if f"`{name}`" not in readme] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_readme_names_every_mark_and_message(folder: str) -> None:
    root = parse_xml(diagram(folder).read_text(encoding="utf-8"))
    readme = (BPMN / folder / "README.md").read_text(encoding="utf-8")
    marks = {node.get("value") for node in root.iterfind(".//{*}property[@name='record']")}
    messages = {node.get("name") for node in root.iterfind("bpmn:message", NAMESPACES)}
    assert [name for name in sorted(marks | messages) if f"`{name}`" not in readme] == []


def all_fields(fields: tuple[Field, ...]) -> list[Field]:
    return [inner for field in fields for inner in (field, *all_fields(field.fields))]
