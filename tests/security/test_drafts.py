"""Files that administrators bring to a draft: what would hurt whoever opens it is refused before it is kept."""
from __future__ import annotations

import resource
import time
from functools import partial

import pytest

from tests.app.modeler.drawn import drawn, one_task
from tests.security.hostile_files import DECISIONS, DIAGRAMS
from tests.security.test_evaluator import no_hang
from tests.security.test_files import LONGEST, SENTENCE
from tests.sizes import tell
from tests.workflows import diagrams as d
from workflows.admission import FileRefused, admit
from workflows.sentence import sentence_of
from workflows.versions import check

KEPT_THOUGH_WRONG = frozenset({
    # readable: the editor opens them, and the list of problems says what is wrong
    "three hundred and one elements", "a Python script", "a script of a megabyte",
    "a condition that walks to Python", "a condition of powers", "a lane that reaches out",
    "a form outside its folder", "a service task with a topic", "a name of the engine's own",
    "variables that are no JSON", "an automatic loop without end", "subprocesses nested deeper than allowed",
    "ten thousand attributes", "an include",
    # tables
    "Java", "a walk to Python", "an import", "a FEEL function", "a FEEL loop", "a test that walks",
    "a test of powers", "no rule", "a policy that adds up", "an unknown policy",
    "one number for two decisions", "a quote that never ends", "quotes without end",
    "a cell of ten thousand commas", "a cell of brackets", "a cell of nots", "a cell of intervals",
    "a thousand and one rules", "an imported model"})
HOSTILE = {**{name: ("p/p.bpmn", partial(lambda make: drawn(make()), make)) for name, make in DIAGRAMS.items()},
           **{f"table: {name}": ("p/d.dmn", make) for name, make in DECISIONS.items()},
           "fifty megabytes": ("p/p.bpmn", lambda: one_task("长") + " " * 50_000_000),
           "a hundred thousand elements": ("p/p.bpmn", lambda: one_task("多").replace(
               "</bpmn:process>", "<bpmn:task/>" * 100_000 + "</bpmn:process>")),
           "a hundred thousand tiny elements": ("p/p.bpmn", lambda: one_task("多").replace(
               "</bpmn:process>", "<x/>" * 100_000 + "</bpmn:process>")),
           "a script in a name": ("p/p.bpmn", lambda: one_task("<script>alert(1)</script>")),
           "an image with a handler in a name": ("p/p.bpmn", lambda: one_task("<img src=x onerror=alert(1)>")),
           "an address with a script in a name": ("p/p.bpmn", lambda: one_task("javascript:alert(1)")),
           "an identifier twice": ("p/p.bpmn", lambda: one_task("二").replace(
               "</bpmn:process>", '<bpmn:task id="a"/></bpmn:process>')),
           "a process that calls itself": ("p/p.bpmn", lambda: drawn(d.diagram(
               d.start(), d.node("callActivity", "c", attributes='calledElement="p"'), d.end(),
               d.flow("start", "c", "end")))),
           "a diagram without shapes": ("p/p.bpmn", lambda: d.diagram(d.start(), d.end(), d.flow("start", "end"))),
           "a form that is a list": ("p/forms/plain.form.json", lambda: "[]"),
           "a form of brackets": ("p/forms/plain.form.json", lambda: "[" * 100_000),
           "a form with a script in a question": ("p/forms/plain.form.json", lambda: (
               '{"type":"default","id":"f","components":[{"type":"text","text":"<script>alert(1)</script>"}]}')),
           "a form nested without end": ("p/forms/plain.form.json", lambda: (
               '{"type":"default","components":[' + '{"type":"group","components":[' * 400 + "]}" * 400 + "]}"))}

GOOD = d.files(one_task("起草"))
MOST_MEGABYTES = 300


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_a_sentence_or_kept_with_its_faults_shown(name: str):
    path, make = HOSTILE[name]
    files = {**GOOD, path: make()}
    with no_hang():
        if name.removeprefix("table: ") in KEPT_THOUGH_WRONG:
            admit("p", files, path)
            assert check("p", files)
            return
        with pytest.raises(FileRefused) as refused:
            admit("p", files, path)
    assert SENTENCE.search(sentence_of(refused.value)) and len(sentence_of(refused.value)) <= LONGEST


def test_all_of_them_together_are_told():
    memory, dearest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, 0.0
    refused = 0
    for path, make in HOSTILE.values():
        files = {**GOOD, path: make()}
        begun = time.process_time()
        try:
            admit("p", files, path)
        except FileRefused:
            refused += 1
        dearest = max(dearest, time.process_time() - begun)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024
    assert grown < MOST_MEGABYTES
    tell(f"files brought to a draft: {refused} of {len(HOSTILE)} hostile ones refused, the others kept with "
         f"their faults shown; the dearest took {dearest:.2f} s, together {grown:.0f} MB more")
