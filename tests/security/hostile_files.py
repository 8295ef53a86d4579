"""Diagrams and decision tables that mean harm: what is published must be refused for each, in a readable sentence."""
from __future__ import annotations

from collections.abc import Callable

from tests.workflows import diagrams as d

BODY = (d.start(), d.user("a"), d.end(), d.flow("start", "a", "end"))
GOOD = d.diagram(*BODY, given="x")
DMN_HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="t" name="t" namespace="t">'


def dmn(test: str = "-", output: str = "1", *, input_: str = "x", rules: int = 1, policy: str = "FIRST",
        inside: str = "") -> str:
    """A decision table of one input and one output, with the same rule so many times."""
    rule = (f"<rule><inputEntry><text>{test}</text></inputEntry>"
            f"<outputEntry><text>{output}</text></outputEntry></rule>")
    return (f'{DMN_HEAD}{inside}<decision id="d" name="d"><decisionTable hitPolicy="{policy}">'
            f'<input><inputExpression><text>{input_}</text></inputExpression></input><output name="y"/>'
            f"{rule * rules}</decisionTable></decision></definitions>")


def doctype(text: str, subset: str, root: str = "bpmn:definitions") -> str:
    return f"<!DOCTYPE {root} {subset}>{text}"


def entities(levels: int) -> str:
    """A billion laughs, so many levels high."""
    lines = ['<!ENTITY l0 "ha">', *(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, levels))]
    return "[" + "".join(lines) + "]"


def named(text: str) -> str:
    """The good diagram with a text in its process's name."""
    return GOOD.replace('name="p"', f'name="{text}"', 1)


def process(number: int) -> str:
    return (f'<bpmn:process id="q{number}" isExecutable="true"><bpmn:callActivity id="c{number}" '
            f'calledElement="q{number + 1}"/></bpmn:process>')


def condition(text: str) -> str:
    return d.diagram(d.start(), d.xor("g", "end"), d.end(), d.end("e2"), d.flow("start", "g"),
                     d.flow("g", "e2", when=text), d.flow("g", "end"))


def between(middle: str, name: str) -> str:
    """A diagram with this one element, of this id, between start and end."""
    return d.diagram(d.start(), middle, d.end(), d.flow("start", name, "end"))


DIAGRAMS: dict[str, Callable[[], str]] = {
    "a billion laughs": lambda: doctype(named("&l9;"), entities(10)),
    "a quadratic blow-up": lambda: doctype(named("&a;" * 9_999), f'[<!ENTITY a "{"x" * 9_999}">]'),
    "an entity that calls itself": lambda: doctype(named("&a;"), '[<!ENTITY a "&b;"><!ENTITY b "&a;">]'),
    "a local file as an entity": lambda: doctype(named("&a;"), '[<!ENTITY a SYSTEM "file:///etc/passwd">]'),
    "an address as an entity": lambda: doctype(named("&a;"), '[<!ENTITY a SYSTEM "http://127.0.0.1:1/x">]'),
    "a parameter entity": lambda: doctype(GOOD, '[<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]'),
    "an external document type": lambda: doctype(GOOD, 'SYSTEM "http://127.0.0.1:1/x.dtd"'),
    "a public document type": lambda: doctype(GOOD, 'PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://127.0.0.1:1/x.dtd"'),
    "default attributes by document type": lambda: doctype(
        GOOD, "[<!ATTLIST bpmn:process isExecutable CDATA 'false'>]"),
    "an unparsed entity": lambda: doctype(GOOD, '[<!NOTATION n SYSTEM "cmd"><!ENTITY a SYSTEM "a.gif" NDATA n>]'),
    "an entity that nobody declared": lambda: named("&a;"),
    "elements inside each other without end": lambda: "<a>" * 100_000 + "</a>" * 100_000,
    "a diagram that nests a thousand deep": lambda: d.diagram(
        d.start(), "<bpmn:subProcess id='s'>" * 1_000 + "</bpmn:subProcess>" * 1_000, d.end()),
    "subprocesses nested deeper than allowed": lambda: between(_nested(9), "s9"),
    "a file of three megabytes": lambda: GOOD + " " * 3_000_000,
    "an attribute of a megabyte": lambda: d.diagram(*BODY, id="p" * 1_000_000),
    "ten thousand attributes": lambda: GOOD.replace("<bpmn:process ", "<bpmn:process " + " ".join(
        f'a{n}="{n}"' for n in range(10_000)) + " isExecutable='false' ", 1).replace(' isExecutable="true"', ""),
    "one attribute twice": lambda: GOOD.replace('id="p"', 'id="p" id="q"', 1),
    "an element's number twice": lambda: between(d.user("a") + d.user("a"), "a"),
    "three hundred and one elements": lambda: d.diagram(
        d.start(), *(d.user(f"u{n}") for n in range(301)), d.end()),
    "ten thousand processes that call each other": lambda: GOOD.replace(
        "</bpmn:definitions>", "".join(process(n) for n in range(10_000)) + "</bpmn:definitions>"),
    "a process that calls itself": lambda: between(d.node("callActivity", "c", attributes='calledElement="p"'), "c"),
    "text after the end": lambda: GOOD + "<x/>",
    "a cut-off file": lambda: GOOD[:-30],
    "no text at all": lambda: "",
    "not XML": lambda: "{\"definitions\": []}",
    "HTML with a script": lambda: "<html><body><script>alert(1)</script></body></html>",
    "SVG with a script": lambda: '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "an XSLT sheet": lambda: '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"/>',
    "an include": lambda: GOOD.replace("</bpmn:process>", '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" '
                                       'href="file:///etc/passwd" parse="text"/></bpmn:process>').replace(
                                           'isExecutable="true"', 'isExecutable="false"'),
    "a sheet to be applied": lambda: '<?xml-stylesheet href="http://127.0.0.1:1/x.xsl"?><x/>',
    "another namespace": lambda: GOOD.replace("20100524/MODEL", "20999999/MODEL"),
    "a prefix without a namespace": lambda: GOOD.replace("<bpmn:process", "<evil:process", 1),
    "a null character": lambda: named("\0"),
    "half a character": lambda: named("\ud800"),
    "a control character": lambda: named("&#8;"),
    "another encoding than it says": lambda: '<?xml version="1.0" encoding="UTF-16"?>' + GOOD[:-20],
    "a coordinate that is no number": lambda: _shape("1e999"),
    "a coordinate that is a text": lambda: _shape("x"),
    "a Python script": lambda: between(d.script("s", "import os; os.system('id')"), "s"),
    "a script of a megabyte": lambda: between(d.script("s", "a = 1\n" * 160_000), "s"),
    "a condition that walks to Python": lambda: condition("().__class__.__mro__[1].__subclasses__()"),
    "a condition of powers": lambda: condition("9 ** 9 ** 9 > 1"),
    "a lane that reaches out": lambda: d.diagram(*BODY, unit="open('/etc/passwd')"),
    "a form outside its folder": lambda: between(d.user("a", form="../../../etc/passwd"), "a"),
    "a service task with a topic": lambda: between(d.node("serviceTask", "s"), "s"),
    "a name of the engine's own": lambda: between(d.user("Root"), "Root"),
    "variables that are no JSON": lambda: d.diagram(*BODY, variables="[" * 5_000),
    "an automatic loop without end": lambda: d.diagram(d.start(), d.xor("g"), d.script("s", "x = 1"), d.end(),
                                                       d.flow("start", "g", "s", "g")),
}

DECISIONS: dict[str, Callable[[], str]] = {
    "a billion laughs": lambda: doctype(dmn("&l9;"), entities(10), "definitions"),
    "a local file as an entity": lambda: doctype(
        dmn("&a;"), '[<!ENTITY a SYSTEM "file:///etc/passwd">]', "definitions"),
    "an external document type": lambda: doctype(dmn(), 'SYSTEM "http://127.0.0.1:1/x.dtd"', "definitions"),
    "a document type in another case": lambda: "<!doctype definitions>" + dmn(),
    "half a character": lambda: dmn("\ud800"),
    "a null character": lambda: dmn("\0"),
    "Java": lambda: dmn(output="java.lang.Runtime.getRuntime().exec(\"id\")"),
    "a walk to Python": lambda: dmn(output="().__class__.__base__.__subclasses__()"),
    "an import": lambda: dmn(input_="__import__('os')"),
    "a FEEL function": lambda: dmn(output="function(x) x + 1"),
    "a FEEL loop": lambda: dmn(output="for i in 1..1000000000 return i"),
    "a test that walks": lambda: dmn("x.__class__"),
    "a test of powers": lambda: dmn("9 ** 9 ** 9"),
    "a thousand and one rules": lambda: dmn(rules=1_001),
    "a megabyte of rules": lambda: dmn(rules=20_000),
    "no rule": lambda: dmn(rules=0),
    "a policy that adds up": lambda: dmn(policy="COLLECT\" aggregation=\"SUM"),
    "an unknown policy": lambda: dmn(policy="RULE ORDER"),
    "one number for two decisions": lambda: dmn(inside=dmn()[len(DMN_HEAD):-len("</definitions>")]),
    "no decision": lambda: DMN_HEAD + "</definitions>",
    "another standard": lambda: dmn().replace("20191111", "20180521"),
    "a quote that never ends": lambda: dmn("\"" + "\\\"" * 200_000),
    "quotes without end": lambda: dmn("'\\" * 200_000),
    "a cell of ten thousand commas": lambda: dmn("1," * 10_000 + "("),
    "a cell of brackets": lambda: dmn("[" * 5_000),
    "a cell of nots": lambda: dmn("not(" * 500 + "1" + ")" * 500),
    "a cell of intervals": lambda: dmn("[1.." * 500 + "1" + "]" * 500),
    "a cut-off file": lambda: dmn()[:-25],
    "an imported model": lambda: dmn(inside='<import namespace="n" locationURI="http://127.0.0.1:1/x" importType="m"/>',
                                     rules=0),
    "a literal expression": lambda: (f'{DMN_HEAD}<decision id="d"><literalExpression><text>1</text></literalExpression>'
                                     "</decision></definitions>"),
}


def _nested(levels: int) -> str:
    inner = d.user("deep")
    for level in range(1, levels + 1):
        inner = d.sub(f"s{level}", d.start(f"a{level}"), inner, d.end(f"z{level}"),
                      d.flow(f"a{level}", f"s{level - 1}" if level > 1 else "deep", f"z{level}"))
    return inner


def _shape(x: str) -> str:
    shape = ('<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
             'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"><bpmndi:BPMNPlane bpmnElement="p"><bpmndi:BPMNShape '
             f'bpmnElement="a"><dc:Bounds x="{x}" y="1" width="1" height="1"/></bpmndi:BPMNShape></bpmndi:BPMNPlane>'
             "</bpmndi:BPMNDiagram>")
    return GOOD.replace("</bpmn:definitions>", shape + "</bpmn:definitions>")
