"""A file of another tool in the modeler as an administrator meets it: imported on the editor's page, changed, changed
back, and compared with what was brought."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from app.modeler.editor import drafts
from tests.browser.live import Live
from tests.miwg.parts import lost
from workflows.diagram import FLOW_NODES, NAMESPACES, parse_xml, tag_of

READY = "html[data-modeler-ready]"
SAVED = re.compile("^已保存")
NOTE = "看过了"


@dataclass(slots=True)
class Opened:
    """What became of one file: what the browser complained of, and what was lost at each saving, a line each."""
    errors: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


class Modeler:
    """The editor of one draft in a browser; files come into its diagram one after another."""

    def __init__(self, page: Page, live: Live):
        self.page, self.live = page, live
        self.errors: list[str] = []
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto("/processes/")
        page.get_by_role("button", name="新建流程").click()
        page.get_by_label("流程名称").fill("别处画的")
        page.get_by_role("button", name="新建", exact=True).click()
        page.wait_for_selector(READY)
        self.address = page.url
        self.key = page.url.split("/processes/")[1].split("/")[0]

    def try_file(self, file: Path) -> Opened:
        """Imports it, gives one element a note and takes it away again, and looks at what is kept each time."""
        self.errors.clear()
        found = Opened()
        self.page.goto(self.address)
        self.page.locator("summary", has_text="导入文件").click()
        self.page.locator("#upload").set_input_files(file)
        self.page.get_by_role("button", name="导入", exact=True).click()
        self.page.wait_for_url(re.compile("file="))
        brought = file.read_bytes().decode("utf-8-sig")
        if refused := self.page.locator(".alert-danger").all_inner_texts():
            found.errors = refused
        elif not self._is_ready():
            found.errors = self.errors[:] or ["the modeler does not get ready"]
        else:
            element = _drawn(brought)
            assert element, f"{file.name} draws no step without a note"
            self._change(element, brought, found)
            found.errors = self.errors[:]
        return found

    def _is_ready(self) -> bool:
        try:
            self.page.wait_for_selector(READY)
        except PlaywrightTimeout:
            return False
        return True

    def _change(self, element: str, brought: str, found: Opened) -> None:
        self.page.goto(f"{self.page.url}#{element}")
        self._note(NOTE)
        changed = self._kept()
        assert NOTE in changed
        found.lost += [f"after a change: {line}" for line in lost(brought, changed)]
        self._note("")
        found.lost += [f"after changing it back: {line}" for line in lost(brought, self._kept())]

    def _note(self, text: str) -> None:
        field = self.page.get_by_label("说明", exact=True)
        with self.page.expect_response(lambda answer: "/edit/file?" in answer.url and answer.request.method == "POST"):
            field.fill(text)
            field.press("Tab")
        expect(self.page.locator("[data-modeler-saved]")).to_have_text(SAVED)

    def _kept(self) -> str:
        with self.live.sessions() as session:
            return next(text for path, text in drafts.get(session, self.key).files.items() if path.endswith(".bpmn"))


def _drawn(text: str) -> str | None:
    """A flow node without a note that the first page of a file shows, None when it shows none."""
    root = parse_xml(text)
    plane = root.find("bpmndi:BPMNDiagram/bpmndi:BPMNPlane", NAMESPACES)
    shown = {shape.get("bpmnElement") for shape in plane.iterfind("bpmndi:BPMNShape", NAMESPACES)}
    return next((node.get("id") for node in root.iter("*") if tag_of(node) in FLOW_NODES
                 and node.get("id") in shown and node.find("bpmn:documentation", NAMESPACES) is None), None)
