"""The libraries that draw diagrams and tables say nothing that the page has no word for."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MODULES = ROOT / "frontend" / "node_modules"
TEMPLATES = ROOT / "app" / "templates" / "modeler"
SOURCES = {
    "words_diagram.html": ("bpmn-js/lib", "diagram-js/lib", "diagram-js-minimap/dist/index.esm.js"),
    "words_table.html": ("dmn-js-decision-table/lib", "dmn-js-shared/lib", "table-js/lib")}
SAID = re.compile(r"translate\(\s*'((?:[^'\\]|\\.)+)'|^\s+(?:label|explanation): '((?:[^'\\]|\\.)+)'", re.MULTILINE)
NEVER_SEEN = re.compile(
    r"^HELLO|^already rendered|^correcting|^diagram not part|^element required|^failed to import|^multiple DI|"
    r"^no (bpmnElement|diagram|parent|process|shape)|^out of bounds|^unknown|^Collect \(|^(Priority|Rule order|"
    r"Output order)$|highest priority|have to match|sums up|lowest value|highest value|number of them|"
    r"priority order|rule order$|^Align elements $|^\+|^-$|^FEEL$")
"""faults of the libraries' own, and ways of deciding that are not offered because the engine does not run them"""


@pytest.mark.parametrize("template", SOURCES)
def test_every_word_of_the_library_is_translated(template: str):
    said: set[str] = set()
    for source in SOURCES[template]:
        path = MODULES / source
        for file in [path] if path.is_file() else path.rglob("*.js"):
            said |= {(first or second).strip().replace("\\'", "'")
                     for first, second in SAID.findall(file.read_text(encoding="utf-8"))}
    words = set(re.findall(r'^  "((?:[^"\\]|\\.)+)": _\(', (TEMPLATES / template).read_text(encoding="utf-8"),
                           re.MULTILINE))
    missing = {each for each in said if not NEVER_SEEN.search(each)} - {each.replace('\\"', '"') for each in words}
    assert len(said) > 80 and sorted(missing) == []
