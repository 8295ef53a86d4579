"""Diagrams of what is tried, for the viewer: [{name, xml, done, active, notes}]."""
from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from workflows.diagram import parse_xml
from workflows.versions import ProcessVersion

Json = Any


def drawn(version: ProcessVersion, *, done: Collection[str] = (), active: Collection[str] = (),
          notes: Mapping[str, Mapping[str, Json]] | None = None) -> Sequence[dict[str, Json]]:
    """The diagrams of a version that are marked anywhere, its own process first; that one alone when none is.
    `done` and `active` are ids of elements, `notes` {id: {text, tone}} what stands beside them. A process without a
    drawing is left out."""
    notes = notes or {}
    marks = {*done, *active, *notes}
    found = []
    for process_id in sorted(version.diagrams, key=lambda each: each != version.key):
        own = {id for id, element in version.elements.items() if element.process_id == process_id}
        xml = version.diagrams[process_id]
        if "BPMNDiagram" in xml and (own & marks or (not marks and process_id == version.key)):
            found.append({"name": _name(xml, process_id), "xml": xml, "done": sorted(own & set(done)),
                          "active": sorted(own & set(active)), "notes": {id: notes[id] for id in own & set(notes)}})
    return found


def _name(xml: str, process_id: str) -> str:
    process = parse_xml(xml).find(f".//{{*}}process[@id='{process_id}']")
    return process.get("name", process_id) if process is not None else process_id
