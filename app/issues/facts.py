"""Everything that a page tells about one issue, read in a handful of queries however long its life was."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.definitions import version_of
from app.issues import places
from app.issues.answers import Answer, Names, describe
from app.issues.timeline import Entry, Said, path_taken, said_by_enterprise, timeline
from app.models import Attachment, Comment, History, Instance, Issue, User, WorkItem
from workflows import engine, form_texts
from workflows.forms import FormSpec
from workflows.versions import ProcessVersion


@dataclass(frozen=True, slots=True)
class FinishedStep:
    """A finished work item with what was answered in it, in words."""
    item: WorkItem
    answers: Sequence[Answer]

    @property
    def is_plan(self) -> bool:
        """Whether something was listed in it, such as a plan's milestones."""
        return any(answer.rows for answer in self.answers)

    @property
    def is_told(self) -> bool:
        """Whether it says something, more than yes or no."""
        return self.is_plan or any(answer.long for answer in self.answers)


@dataclass(frozen=True, slots=True)
class Story:
    """An issue's whole story. `variables` are its instance's; `steps` the finished work items in the order they were
    finished, `open_items` those that are not; `said` what the enterprise has said since; `units` and `people` give
    names for codes and ids; `merged_here` are the issues that follow this one."""
    issue: Issue
    variables: Mapping[str, Any]
    steps: Sequence[FinishedStep]
    open_items: Sequence[WorkItem]
    attachments: Sequence[Attachment]
    entries: Sequence[Entry]
    said: Sequence[Said]
    units: Mapping[str, str]
    people: Mapping[int, str]
    merged_into: Issue | None
    merged_here: Sequence[Issue]

    def before(self, item: WorkItem) -> tuple[list[FinishedStep], list[FinishedStep]]:
        """The filled-in steps around a task, the newest first: what it builds on, and the others. It builds on the last
        step, on what was put forward if that one only agreed to it, and on the plan that is being carried out; a reply
        also on all that was said while the issue was handled."""
        filled = [step for step in reversed(self.steps) if step.answers and step.item.id != item.id]
        words = next((step for step in filled if step.is_told), None)
        plan = next((step for step in filled if step.is_plan), None)
        told = [step for step in filled if step.is_told and item.stage == "feedback" and step.item.stage == "handle"]
        shown = [step for step in filled if step is filled[0] or step is words or step is plan or step in told]
        return shown, [step for step in filled if step not in shown]

    @property
    def rating_comment(self) -> str:
        """What the enterprise wrote beside its last rating."""
        return next((said.text for said in reversed(self.said) if said.message == "rated"), "")


def load(session: Session, issue: Issue) -> Story:
    """The story of an issue that the caller was allowed to find (visibility.find_visible)."""
    instance = session.get_one(Instance, issue.instance_id)
    version = version_of(session, instance.definition_hash)
    items = session.scalars(select(WorkItem).where(WorkItem.issue_id == issue.id)
                            .order_by(WorkItem.closed_at, WorkItem.id)).all()
    history = session.scalars(select(History).where(History.instance_id == instance.id).order_by(History.seq)).all()
    comments = session.scalars(select(Comment).where(Comment.instance_id == instance.id).order_by(Comment.id)).all()
    files = session.scalars(select(Attachment).where(Attachment.issue_id == issue.id).order_by(Attachment.id)).all()
    units = places.unit_names(session)
    people = _names(session, [*(row.actor_id for row in history), *(row.on_behalf_of for row in history),
                              *(item.assignee_id for item in items), *(item.closed_by for item in items),
                              *(row.user_id for row in comments), *(file.uploaded_by for file in files),
                              issue.registered_by])
    names, variables = Names(units, people), engine.inspect(version, instance.state).variables
    return Story(
        issue=issue, variables=variables,
        steps=[FinishedStep(item, describe(form_of(version, item, variables), item.answer, names))
               for item in items if item.status in ("done", "returned")],
        open_items=[item for item in items if item.status in ("open", "held")], attachments=files,
        entries=timeline(history, comments, people, units), said=said_by_enterprise(history), units=units,
        people=people, merged_into=session.get(Issue, issue.merged_into) if issue.merged_into else None,
        merged_here=session.scalars(select(Issue).where(Issue.merged_into == issue.id).order_by(Issue.number)).all())


def form_of(version: ProcessVersion, item: WorkItem, variables: Mapping[str, Any]) -> FormSpec | None:
    """The form of a step in the words that its case has; None of a step without one."""
    spec = version.forms.get(item.form)
    return None if spec is None else form_texts.told(spec, {**variables, **item.local})


@dataclass(frozen=True, slots=True)
class Diagram:
    """A process's diagram (BPMN with its drawing) and, on it, the elements that were passed and those open now."""
    process_id: str
    name: str
    xml: str
    done: Sequence[str]
    active: Sequence[str]


def diagrams(session: Session, instance_id: int | None) -> list[Diagram]:
    """The diagrams that an instance has entered, its own process first, then those called."""
    instance = session.get_one(Instance, instance_id)
    version = version_of(session, instance.definition_hash)
    history = session.scalars(select(History).where(History.instance_id == instance.id).order_by(History.seq)).all()
    path = path_taken(history)
    open_now = session.execute(select(WorkItem.process_id, WorkItem.element_id).where(
        WorkItem.instance_id == instance.id, WorkItem.status.in_(("open", "held")), WorkItem.kind == "task")).all()
    entered = sorted((each for each in version.diagrams if each in path), key=lambda each: each != version.key)
    return [Diagram(process_id, process_name(version.diagrams[process_id], process_id), version.diagrams[process_id],
                    path[process_id], [element for process, element in open_now if process == process_id])
            for process_id in entered]


def process_name(xml: str, process_id: str) -> str:
    """A process as its diagram calls it."""
    process = etree.fromstring(xml.encode()).find(f".//{{*}}process[@id='{process_id}']")
    return process.get("name", "") if process is not None else ""


def _names(session: Session, ids: Sequence[int | None]) -> dict[int, str]:
    wanted = {user_id for user_id in ids if user_id is not None}
    return dict(session.execute(select(User.id, User.name).where(User.id.in_(wanted))).all())
