"""Small diagrams with shapes, as an editor saves them, and a published process to begin drafts from."""
from __future__ import annotations

from sqlalchemy.orm import Session

from app.cases import definitions
from tests.conftest import MONDAY
from tests.workflows import diagrams as d

SHAPES = ('<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
          'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" id="di"><bpmndi:BPMNPlane id="plane" bpmnElement="p">'
          '<bpmndi:BPMNShape id="shape_of_start" bpmnElement="start"><dc:Bounds x="0" y="0" width="36" height="36"/>'
          "</bpmndi:BPMNShape></bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>")
DIAGRAM = "p/p.bpmn"


def drawn(text: str) -> str:
    """The diagram with a shape, without which no editor shows anything."""
    return text.replace("</bpmn:definitions>", SHAPES)


def one_task(name: str) -> str:
    """A process of one task that is called so."""
    return drawn(d.diagram(d.start(), d.node("userTask", "a", name=name, form="plain"), d.end(),
                           d.flow("start", "a", "end")))


def publish(session: Session, name: str = "起草") -> None:
    """Publishes process `p` with one task of this name."""
    definitions.publish(session, "p", d.files(one_task(name)), now=MONDAY)
