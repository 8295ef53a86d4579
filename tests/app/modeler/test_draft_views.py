"""The editor's pages and what their scripts ask for."""
from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from app.modeler.editor import drafts
from tests.app.conftest import Browser
from tests.app.modeler.drawn import DIAGRAM, drawn, one_task, publish
from tests.conftest import FixedClock
from tests.workflows import diagrams as d

EDIT = "/processes/p/edit"
ROOT = Path(__file__).parents[3]
FORM = "p/forms/plain.form.json"


@pytest.fixture
def editing(administrator: Browser, sessions: sessionmaker[Session]) -> Browser:
    """The administrator's browser, with a draft of process `p`."""
    with sessions.begin() as session:
        publish(session)
    assert administrator.submit(EDIT, on="/processes/p").location == EDIT
    return administrator


def _post(browser: Browser, what: str, **fields: Any) -> TestResponse:
    return browser.submit(f"{EDIT}/{what}", fields, on=EDIT, headers={"Accept": "application/json"})


def _save(browser: Browser, text: str, revision: int, file: str = DIAGRAM) -> TestResponse:
    return _post(browser, "file", file=file, revision=revision, upload=(BytesIO(text.encode()), "draft"))


def _files(sessions: sessionmaker[Session]) -> dict[str, str]:
    with sessions() as session:
        return drafts.get(session, "p").files


def test_the_page_brings_the_file_and_what_can_be_chosen(editing: Browser):
    page = editing.get(EDIT)
    data = json.loads(page.text.partition('id="modeler-data">')[2].partition("</script>")[0])
    assert data["text"] == one_task("起草") and data["revision"] == 0 and not data["undo"]
    assert {"value": "clerk", "label": "经办人"} in data["choices"]["positions"]
    assert [form["label"] for form in data["choices"]["forms"]] == ["起草"]
    assert "'unsafe-inline'" in page.headers["Content-Security-Policy"].partition("style-src")[2].partition(";")[0]
    assert "unsafe" not in page.headers["Content-Security-Policy"].partition("script-src")[2].partition(";")[0]


def test_what_a_variable_can_be_is_offered_as_expressions_write_it(editing: Browser, sessions: sessionmaker[Session]):
    form = json.dumps({"id": "plain", "type": "default", "components": [
        {"type": "radio", "key": "level", "label": "级别（{days}日）", "values": [
            {"value": "complex", "label": "复杂（{days}个工作日）"}, {"value": True, "label": "是"}]},
        {"type": "select", "key": "lead", "label": "主办", "valuesKey": "units"}]})
    _save(editing, one_task("起草").replace("<bpmn:laneSet", d.props(variables='{"days": 3}') + "<bpmn:laneSet"), 0)
    _save(editing, form, 1, FORM)
    choices = (editing.get(f"{EDIT}/problems").json or {})["choices"]
    assert choices["options"]["level"] == [{"value": '"complex"', "label": "复杂（3个工作日）"},
                                           {"value": "true", "label": "是"}]
    assert {"value": '"miit"', "label": "市工业和信息化局"} in choices["options"]["lead"]
    assert {"value": "level", "label": "级别（3日）"} in choices["variables"]
    assert choices["published"] == []


def test_the_modelers_script_is_loaded_by_its_own_page_only(editing: Browser):
    script = re.compile(r"dist/modeler(-[0-9a-f]{10})?\.js")
    assert script.search(editing.get(EDIT).text)
    for page in ("/processes/", "/processes/p", f"{EDIT}?file={FORM}", "/inbox"):
        assert not script.search(editing.get(page).text), page


def test_a_change_is_kept_and_stepped_back_after_a_reload(editing: Browser, sessions: sessionmaker[Session]):
    kept = _save(editing, one_task("核实"), 0)
    assert kept.json == {"revision": 1, "saved": "已保存 10:00", "undo": True, "redo": False}
    assert _files(sessions)[DIAGRAM] == one_task("核实")
    assert "核实" in editing.get(EDIT).text
    back = _post(editing, "undo", file=DIAGRAM, revision=1)
    assert back.json and back.json["text"] == one_task("起草") and back.json["redo"]
    forth = _post(editing, "redo", file=DIAGRAM, revision=2)
    assert forth.json and forth.json["text"] == one_task("核实")


def test_two_who_change_one_file_are_told_and_nothing_is_overwritten(
        editing: Browser, app: Flask, add_user: Callable[..., int], sessions: sessionmaker[Session]):
    add_user("second", ("city", "admin"), name="何文静")
    other = app.test_client()
    assert isinstance(other, Browser)
    other.sign_in("second")
    assert _post(other, "presence", file=DIAGRAM, revision=0).json == {"others": "", "changed": ""}
    assert _post(editing, "presence", file=DIAGRAM, revision=0).json == {
        "others": "另有 何文静 正在编辑", "changed": ""}
    _save(other, one_task("审核"), 0)
    refused = _save(editing, one_task("核实"), 0)
    assert refused.status_code == 409 and refused.json
    assert refused.json["detail"].startswith("何文静在 2026-03-02 10:00 改过这个文件")
    assert _files(sessions)[DIAGRAM] == one_task("审核")
    told = _post(editing, "presence", file=DIAGRAM, revision=0).json
    assert told and told["changed"].startswith("何文静")


def test_findings_name_file_element_and_reason(editing: Browser):
    lonely = drawn(d.diagram(d.start(), d.node("serviceTask", "s", name="调用接口"), d.end()))
    assert _save(editing, lonely, 0).status_code == 200
    found = editing.get(f"{EDIT}/problems").json
    assert found and found["count"] == len(found["problems"]) > 0
    (named,) = [each for each in found["problems"] if "服务任务" in each["reason"]]
    assert (named["file"], named["element"], named["name"], named["path"]) == (DIAGRAM, "s", "调用接口", [])


def test_a_finding_on_a_flow_names_its_two_ends(editing: Browser):
    split = drawn(d.diagram(d.start(), d.xor("x"), d.end(), d.end("late"), d.flow("start", "x", "end"),
                            d.flow("x", "late")))
    _save(editing, split, 0)
    found = editing.get(f"{EDIT}/problems").json
    assert found and {"“x”到“end”的连线", "“x”到“late”的连线"} <= {each["name"] for each in found["problems"]}


@pytest.mark.parametrize(("kind", "text", "error", "names"), [
    ("expression", "plan_days > 5", "", ["plan_days"]), ("expression", "plan_days >", "写法不对", []),
    ("expression", "().__class__", "不", []), ("time", "P5D", "", []), ("time", "P5X", "P5X", []),
    ("time", "working_days(plan_days)", "", ["plan_days"]), ("script", "a = b + 1", "", ["b"]),
    ("test", "not(", "", []), ("notify", "lead_unit/head; enterprise", "", []), ("notify", "head", "单位/岗位", []),
    ("expression", "", "", []), ("unknown", "x", "", [])])
def test_an_expression_is_read_but_never_run(editing: Browser, kind: str, text: str, error: str, names: list[str]):
    answer = _post(editing, "expression", kind=kind, text=text).json
    assert answer and answer["names"] == names
    assert (error in answer["error"]) if error else kind == "test" or answer["error"] == ""


def test_a_preview_is_what_the_officer_gets_or_what_is_wrong(editing: Browser):
    schema = {"type": "default", "id": "f", "components": [
        {"type": "textfield", "key": "measure", "label": "办理措施", "validate": {"required": True}},
        {"type": "select", "key": "unit", "label": "主办单位", "valuesKey": "units"}]}
    page = _post(editing, "preview", text=json.dumps(schema)).text
    assert 'name="measure"' in page and "办理措施" in page and "市财政局" in page
    schema["components"][0]["key"] = "不行"  # type: ignore[index]
    wrong = _post(editing, "preview", text=json.dumps(schema)).text
    assert "要以字母开头" in wrong and 'name="measure"' not in wrong


def test_every_form_of_the_content_pack_has_a_preview(editing: Browser):
    forms = list((ROOT / "bpmn").glob("*/forms/*.form.json"))
    assert len(forms) > 20
    for file in forms:
        page = _post(editing, "preview", text=file.read_text(encoding="utf-8")).text
        assert "data-task-form" in page and 'role="note"' not in page, file.name


def test_what_only_a_case_would_hide_is_shown_in_the_preview(editing: Browser):
    schema = {"type": "default", "id": "f", "components": [
        {"type": "textfield", "key": "measure", "label": "办理措施", "conditional": {"hide": "=level != \"special\""}}]}
    page = _post(editing, "preview", text=json.dumps(schema)).text
    assert 'name="measure"' in page and "只在某些情况下才问" in page


def test_a_file_from_another_tool_replaces_the_open_one(editing: Browser, sessions: sessionmaker[Session]):
    foreign = one_task("核实").replace("<bpmn:process ", '<bpmn:process xmlns:z="http://zeebe" z:kept="1" ', 1)
    given = {"file": DIAGRAM, "revision": 0, "upload": (BytesIO(b"\xef\xbb\xbf" + foreign.encode()), "a.bpmn")}
    assert editing.submit(f"{EDIT}/import", given, on=EDIT).status_code == 303
    assert _files(sessions)[DIAGRAM] == foreign
    assert editing.get(f"{EDIT}/file?file={DIAGRAM}").text == foreign


@pytest.mark.parametrize(("content", "said"), [
    (b"<a/>" * 600_000, "文件太大，最多 2 MB"), ("中文".encode("gb18030"), "UTF-8"), (b"nothing", "XML")])
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(editing: Browser, sessions: sessionmaker[Session],
                                                             content: bytes, said: str):
    given = {"file": DIAGRAM, "revision": 0, "upload": (BytesIO(content), "a.bpmn")}
    editing.submit(f"{EDIT}/import", given, on=EDIT)
    assert said in editing.get(EDIT).text
    assert _files(sessions)[DIAGRAM] == one_task("起草")


@pytest.mark.parametrize(("kind", "path"), [("form", "p/forms/form_1.form.json"), ("table", "p/table_1.dmn")])
def test_a_form_and_a_table_are_added_removed_and_restored(editing: Browser, sessions: sessionmaker[Session],
                                                           kind: str, path: str):
    added = editing.submit(f"{EDIT}/add", {"kind": kind, "name": "联合<审查>"}, on=EDIT)
    assert added.location == f"{EDIT}?file={path}"
    page = editing.get(added.location)
    assert page.status_code == 200 and "联合&lt;审查&gt;" in page.text
    editing.submit(f"{EDIT}/remove", {"file": path}, on=EDIT)
    assert path not in _files(sessions)
    editing.submit(f"{EDIT}/restore", {"file": path}, on=EDIT)
    assert path in _files(sessions)
    assert editing.submit(f"{EDIT}/add", {"kind": kind, "name": " "}, on=EDIT).status_code == 422


def test_stepping_back_never_takes_the_open_file_away(editing: Browser, sessions: sessionmaker[Session]):
    editing.submit(f"{EDIT}/add", {"kind": "form", "name": "核查"}, on=EDIT)
    refused = _post(editing, "undo", file="p/forms/form_1.form.json", revision=1)
    assert refused.status_code == 422 and "p/forms/form_1.form.json" in _files(sessions)


def test_a_discarded_draft_leaves_the_published_version(editing: Browser, clock: FixedClock):
    editing.submit(f"{EDIT}/discard", on=EDIT)
    assert editing.get(EDIT).status_code == 404
    assert "修改流程" in editing.get("/processes/p").text


def test_a_page_of_a_discarded_draft_overwrites_nothing_of_the_one_begun_since(
        editing: Browser, sessions: sessionmaker[Session], clock: FixedClock):
    address = json.loads(re.search(r'id="modeler-data"[^>]*>(.*?)</script>', editing.get(EDIT).text)[1])[
        "addresses"]["save"].replace("\\u0026", "&")
    editing.submit(f"{EDIT}/discard", on=EDIT)
    clock.now += timedelta(minutes=1)
    editing.submit(EDIT, on="/processes/p")
    assert _save(editing, one_task("新的"), 0).status_code == 200
    late = editing.submit(address, {"file": DIAGRAM, "revision": 1, "upload": (
        BytesIO(one_task("旧的").encode()), "draft")}, on=EDIT, headers={"Accept": "application/json"})
    assert late.status_code == 409 and "已经被放弃" in late.json["detail"]
    assert _files(sessions)[DIAGRAM] == one_task("新的")


def test_what_is_not_in_the_draft_is_not_found(editing: Browser):
    assert editing.get(f"{EDIT}?file=../../etc/passwd").status_code == 404
    assert editing.get(f"{EDIT}/file?file=p/none.bpmn").status_code == 404
    assert _save(editing, one_task("x"), 0, file="p/none.bpmn").status_code == 404
    assert editing.submit(f"{EDIT}/restore", {"file": FORM}, on=EDIT).status_code == 404


def test_a_process_that_there_is_none_of_yet_is_begun_by_its_name(administrator: Browser):
    begun = administrator.submit("/processes/new", {"name": "联合审批"}, on="/processes/")
    assert begun.location == "/processes/process-1/edit"
    assert "修改：联合审批" in administrator.get(begun.location).text
    assert "联合审批" in administrator.get("/processes/").text
    assert administrator.get("/processes/process-1").status_code == 200
    assert administrator.submit("/processes/new", {"name": " "}, on="/processes/").status_code == 422
