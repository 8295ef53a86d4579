"""A case with all that a past can hold: joint units, a limit that passed, a rework, a move to another version.

It is lived through the services by a clock that is passed in.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.actor import ENTERPRISE, SYSTEM, Actor, load_actor
from app.cases import definitions, moving, service
from app.inbox import claims, consult
from app.issues.registration import PROCESS, register
from app.models import Issue, Post, User, WorkItem
from tests.app.issues.conftest import a_report
from tests.conftest import MONDAY
from tests.workflows import diagrams as d
from workflows.calendar import Calendar

VARIABLES = ('{"outcome": null, "stage": "collect", "category": null, "lead_unit": null, "reason": null, '
             '"response_rating": null, "solved": null, "satisfaction": null, "comment": null, "plan": null, '
             '"again": false, "opinion": null, "joint_units": []}')
FORM = ('{"id": "%s", "type": "default", "schemaVersion": 18, "components": ['
        '{"type": "textarea", "key": "plan", "label": "办理措施"},'
        '{"type": "checkbox", "key": "again", "label": "重新办理"},'
        '{"type": "textfield", "key": "opinion", "label": "意见"}]}')


def life(limit: str, last: str) -> dict[str, str]:
    """Accept, joint answers of two units, handle with a limit, review (back to handle if asked), and a last step."""
    return d.files(drawn(d.diagram(
        d.start(), d.node("userTask", "accept", name="受理", form="words"),
        d.node("userTask", "joint", d.multi("joint_units", "unit"), name="协办答复", form="words"),
        d.node("userTask", "handle", name="办理", form="words", due=limit),
        d.node("boundaryEvent", "late", d.timer("duration", limit), name="办理逾期", record="plan_breached",
               attributes='attachedToRef="handle" cancelActivity="false"'),
        d.end("told"), d.node("userTask", "review", name="审核", form="words"), d.xor("g", "close"),
        d.node("userTask", "close", name=last, form="words"), d.end(),
        d.flow("start", "accept", "joint", "handle", "review", "g"), d.flow("late", "told"),
        d.flow("g", "handle", when="again"), d.flow("g", "close", "end"),
        id=PROCESS, variables=VARIABLES)), key=PROCESS) | {f"{PROCESS}/forms/words.form.json": FORM % "words"}


def drawn(text: str) -> str:
    """The diagram with a drawing: everything in one row, flows from middle to middle."""
    nodes = re.findall(r'<bpmn:(\w*(?:Event|Task|Gateway)) id="(\w+)"', text)
    middle = {id: 60 + 150 * place for place, (_, id) in enumerate(nodes)}
    shapes = [f'<bpmndi:BPMNShape id="shape_{id}" bpmnElement="{id}"><dc:Bounds x="{middle[id] - w // 2}" '
              f'y="{120 - h // 2}" width="{w}" height="{h}"/></bpmndi:BPMNShape>'
              for kind, id in nodes for w, h in [(100, 80) if "Task" in kind else (36, 36)]]
    edges = [f'<bpmndi:BPMNEdge id="edge_{id}" bpmnElement="{id}"><di:waypoint x="{middle[a]}" y="120"/>'
             f'<di:waypoint x="{middle[b]}" y="120"/></bpmndi:BPMNEdge>'
             for id, a, b in re.findall(r'<bpmn:sequenceFlow id="(\w+)" sourceRef="(\w+)" targetRef="(\w+)"', text)]
    return text.replace("</bpmn:definitions>", (
        '<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
        'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" '
        f'id="di"><bpmndi:BPMNPlane id="plane" bpmnElement="{PROCESS}">{"".join(shapes + edges)}'
        "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>"))


@dataclass(frozen=True, slots=True)
class Lived:
    """The case, its people, and the instant after its last act."""
    number: str
    instance_id: int
    clerk: int
    head: int
    now: datetime


def live_through(sessions: sessionmaker[Session], calendar: Calendar) -> Lived:
    """Thirteen entries: registered Monday 10:00; accepted 10:30; two joint units answer, 11:00 and 14:00; claimed on
    Tuesday; late on Thursday; handled Friday; sent back to be handled again; a remark; moved to the second version;
    handled and reviewed again."""
    with sessions.begin() as session:
        people = {name: _person(session, name, post) for name, post in (
            ("白一川", ("miit", "clerk")), ("李思源", ("miit", "head")), ("宋致远", ("city", "admin")))}
        clerk, admin = (load_actor(session, people[name], MONDAY) for name in ("白一川", "宋致远"))
        definitions.publish(session, PROCESS, life("working_days(2)", "归档"), now=MONDAY, note="首版")
        issue, _ = register(session, a_report(), ENTERPRISE, MONDAY, calendar)
        assert issue.instance_id is not None
        do = _Hands(session, issue, calendar)
        service.assign_variables(session, issue.instance_id, {"joint_units": ["finance", "hrss"]}, actor=SYSTEM,
                                 now=MONDAY, calendar=calendar, text="登记协办单位")
        do.finish("accept", {"plan": "先摸底"}, clerk, timedelta(minutes=30))
        do.finish("joint", {"opinion": "同意"}, clerk, timedelta(hours=1))
        do.finish("joint", {"opinion": "有保留"}, clerk, timedelta(hours=4))
        claims.claim(session, do.open("handle"), actor=clerk, now=MONDAY + timedelta(days=1))
        service.wake_instance(session, issue.instance_id, actor=SYSTEM, now=MONDAY + timedelta(days=3),
                              calendar=calendar)
        do.finish("handle", {"plan": "召集银行会商"}, clerk, timedelta(days=4))
        do.finish("review", {"again": True}, clerk, timedelta(days=4, hours=1))
        consult.comment(session, issue.instance_id, "已电话告知企业", actor=clerk,
                        now=MONDAY + timedelta(days=4, hours=2))
        second = definitions.publish(session, PROCESS, life("working_days(5)", "归档入库"),
                                     now=MONDAY + timedelta(days=4, hours=3), note="放宽时限").hash
        moving.migrate(session, issue.instance_id, second, {}, "试点", actor=admin,
                       now=MONDAY + timedelta(days=7), calendar=calendar)
        do.finish("handle", {"plan": "银行同意续贷"}, clerk, timedelta(days=7, hours=1))
        do.finish("review", {"again": False}, clerk, timedelta(days=7, hours=2))
        return Lived(issue.number, issue.instance_id, people["白一川"].id, people["李思源"].id,
                     MONDAY + timedelta(days=7, hours=2))


def _person(session: Session, name: str, post: tuple[str, str]) -> User:
    user = User(username=name, name=name, password_hash="!", must_change_password=False, created_at=MONDAY)
    user.posts = [Post(unit_code=post[0], position_code=post[1])]
    session.add(user)
    session.flush()
    return user


class _Hands:
    """Finishes the oldest open task of a step."""

    def __init__(self, session: Session, issue: Issue, calendar: Calendar) -> None:
        self.session, self.issue, self.calendar = session, issue, calendar

    def open(self, element: str) -> int:
        self.session.expire_all()
        return self.session.scalars(select(WorkItem.id).where(
            WorkItem.issue_id == self.issue.id, WorkItem.element_id == element, WorkItem.status == "open")
            .order_by(WorkItem.id)).first() or 0

    def finish(self, element: str, answers: dict[str, Any], actor: Actor, after: timedelta) -> None:
        service.complete_item(self.session, self.open(element), answers, actor=actor, now=MONDAY + after,
                              calendar=self.calendar)
