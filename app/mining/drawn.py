"""Diagrams with what was found on them, for the viewer: the heat of each element, or the steps of a route."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.issues.facts import process_name
from app.mining.figures import shades
from app.mining.routes import Token, elements_of
from workflows.versions import ProcessVersion

Json = Any


def heat(version: ProcessVersion, numbers: Mapping[str, int | None], words: Mapping[str, str],
         shaded: Mapping[str, int | None]) -> list[dict[str, Json]]:
    """[{name, xml, done, active, heat, notes, begin}] of the processes where anything was passed: `numbers` are noted
    in `words`, those of `shaded` colour their elements. A large diagram begins where it is darkest."""
    passed = {version.elements[element].process_id for element, number in numbers.items()
              if number and element in version.elements}
    notes = {element: {"text": words[element], "tone": "heat"}
             for element, number in numbers.items() if number is not None}
    darkest = sorted(shaded, key=lambda element: -(shaded[element] or 0))
    return [{**_drawn(version, process), "heat": shades(shaded), "notes": notes, "begin": darkest}
            for process in _processes(version, passed)]


def route(version: ProcessVersion, steps: Sequence[Token]) -> list[dict[str, Json]]:
    """[{name, xml, done, active, notes, begin}] of a route: its steps marked as done, each with its places in the
    order; what repeats is marked ↻."""
    places: dict[str, list[str]] = {}
    number = 0
    for token in steps:
        for element in elements_of([token]):
            number += 1
            places.setdefault(element, []).append(f"{number}↻" if isinstance(token, tuple) else str(number))
    known = [element for element in places if element in version.elements]
    passed = {version.elements[element].process_id for element in known}
    notes = {element: {"text": " ".join(places[element]), "tone": "order"} for element in known}
    return [{**_drawn(version, process), "done": known, "notes": notes, "begin": known}
            for process in _processes(version, passed)]


def _processes(version: ProcessVersion, passed: set[str]) -> list[str]:
    """Its own process, then those called that something was passed in."""
    drawn = [each for each, xml in version.diagrams.items()
             if "BPMNDiagram" in xml and (each in passed or each == version.main)]
    return sorted(drawn, key=lambda each: each != version.main)


def _drawn(version: ProcessVersion, process: str) -> dict[str, Json]:
    xml = version.diagrams[process]
    return {"name": process_name(xml, process), "xml": xml, "done": [], "active": []}
