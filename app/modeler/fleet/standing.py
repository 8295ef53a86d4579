"""Where the running cases of a process stand: by version and by step, and one of them with its data."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session

from app.cases import definitions, repairs
from app.cases.errors import NotFound
from app.issues.facts import process_name
from app.issues.timeline import path_taken
from app.models import (
    Definition,
    History,
    Incident,
    Instance,
    Issue,
    Meeting,
    ProcessDraft,
    Repair,
    Unit,
    User,
    WorkItem,
)
from app.models.case import UNDER_WAY
from workflows import engine
from workflows.sentence import say
from workflows.step import OpenedTask
from workflows.versions import ProcessVersion

Json = Any
NOBODY = "-"
"""the step of cases in which no officer has anything to do: they wait for an enterprise, a limit or a retry"""
PAGE_SIZE = 50
WAITING = ("open", "held")


@dataclass(frozen=True, slots=True)
class Step:
    """A step that running cases stand at, and how many; `element_id` is NOBODY for those that wait."""
    element_id: str
    name: str
    stage: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Running:
    """A running case in the list: the issue or meeting that it is of, its version's number, the steps it stands at and
    since when."""
    instance: Instance
    about: Issue | Meeting | None
    number: int
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A repair with the names of who asked and who decided."""
    repair: Repair
    asked_by: str
    decided_by: str | None
    what: str


@dataclass(frozen=True, slots=True)
class Whole:
    """A running case with its data: what an administrator needs to see before putting a hand to it."""
    instance: Instance
    issue: Issue | None
    meeting: Meeting | None
    number: int
    version: ProcessVersion
    tasks: Sequence[OpenedTask]
    variables: Mapping[str, Json]
    incident: Incident | None
    stops_at: str | None
    """task id of the token that stops at the incident"""
    repairs: Sequence[Asked]


def name(session: Session, key: str) -> str:
    """A process as its newest version calls it; its key while there is none. Raises NotFound for no process at all."""
    found = session.scalar(select(Definition.name).where(Definition.key == key)
                           .order_by(Definition.published_at.desc(), Definition.hash).limit(1))
    if found is None and session.scalar(select(ProcessDraft.id).where(ProcessDraft.key == key)) is None:
        raise NotFound(say("没有流程“%(key)s”。", key=key))
    return found or key


def numbers(session: Session, key: str) -> dict[str, int]:
    """The versions of a process by hash, numbered from 1 by when they were published."""
    rows = session.scalars(select(Definition.hash).where(Definition.key == key)
                           .order_by(Definition.published_at, Definition.hash))
    return {digest: number for number, digest in enumerate(rows, start=1)}


def steps(session: Session, key: str, version: str | None) -> list[Step]:
    """The steps that running cases stand at, of one version or of all, in the order of the diagram."""
    rows = session.execute(
        select(WorkItem.element_id, func.max(WorkItem.name), func.max(WorkItem.stage),
               func.count(WorkItem.instance_id.distinct()))
        .join(Instance, Instance.id == WorkItem.instance_id)
        .where(*_running(key, version), WorkItem.kind == "task", WorkItem.status.in_(WAITING))
        .group_by(WorkItem.element_id)).all()
    found = [Step(element_id, name or element_id, stage, count) for element_id, name, stage, count in rows]
    if version is not None:
        order = {element_id: place for place, element_id in
                 enumerate(definitions.version_of(session, version).elements)}
        found.sort(key=lambda step: order.get(step.element_id, len(order)))
    else:
        found.sort(key=lambda step: (-step.count, step.element_id))
    idle = session.scalar(select(func.count()).select_from(Instance).where(*_running(key, version), ~_has_item())) or 0
    return found + ([Step(NOBODY, say("没有待办（等企业、等时限或停在故障上）"), None, idle)] if idle else [])


def cases(session: Session, key: str, version: str | None, step: str | None, page: int) -> tuple[list[Running], int]:
    """A page of the running cases of a version and step, oldest first, and how many there are."""
    where = list(_running(key, version))
    if step == NOBODY:
        where.append(~_has_item())
    elif step:
        where.append(_has_item(WorkItem.element_id == step))
    total = session.scalar(select(func.count()).select_from(Instance).where(*where)) or 0
    rows = session.execute(select(Instance, Issue, Meeting).outerjoin(Issue, Issue.instance_id == Instance.id)
                           .outerjoin(Meeting, Meeting.instance_id == Instance.id).where(*where)
                           .order_by(Instance.id).limit(PAGE_SIZE).offset(PAGE_SIZE * (page - 1))).all()
    named: dict[int, list[str]] = {}
    for instance_id, name in session.execute(
            select(WorkItem.instance_id, WorkItem.name).where(
                WorkItem.instance_id.in_([instance.id for instance, *_ in rows]), WorkItem.kind == "task",
                WorkItem.status.in_(WAITING)).order_by(WorkItem.id)):
        named.setdefault(instance_id, []).append(name)
    number = numbers(session, key)
    return [Running(instance, issue or meeting, number[instance.definition_hash],
                    tuple(dict.fromkeys(named.get(instance.id, ())))) for instance, issue, meeting in rows], total


def case(session: Session, key: str, instance_id: int) -> Whole:
    """One case of a process with its data. Raises NotFound."""
    instance = session.get(Instance, instance_id)
    if instance is None or instance.key != key:
        raise NotFound(say("没有这件事项。"))
    version = definitions.version_of(session, instance.definition_hash)
    snapshot = engine.inspect(version, instance.state)
    incident = session.scalar(select(Incident).where(Incident.instance_id == instance_id, Incident.closed_at.is_(None)))
    issue = session.scalar(select(Issue).where(Issue.instance_id == instance_id))
    meeting = session.scalar(select(Meeting).where(Meeting.instance_id == instance_id))
    return Whole(
        instance, issue, meeting, definitions.number_of(session, version.hash), version, snapshot.open_tasks,
        dict(sorted(snapshot.variables.items())), incident,
        snapshot.incident.task_id if snapshot.incident is not None else None,
        asked(session, select(Repair).where(Repair.instance_id == instance_id).order_by(Repair.id.desc())))


def asked(session: Session, wanted: Select[Repair]) -> list[Asked]:
    """Repairs with people's names and in words."""
    rows = session.scalars(wanted).all()
    people = {user.id: user.name for user in session.scalars(select(User).where(User.id.in_(
        {each for row in rows for each in (row.asked_by, row.decided_by) if each is not None})))}
    found = []
    for row in rows:
        instance = session.get_one(Instance, row.instance_id)
        version = definitions.version_of(session, instance.definition_hash)
        found.append(Asked(row, people[row.asked_by], people.get(row.decided_by or 0),
                           repairs.described(version, instance.state if row.status == "waiting" else None, row)))
    return found


def unit_names(session: Session) -> dict[str, str]:
    return {unit.code: unit.name for unit in session.scalars(select(Unit))}


def diagrams(version: ProcessVersion, *, done: Mapping[str, Sequence[str]] | None = None,
             active: Sequence[str] = (), failed: Sequence[str] = (),
             counts: Mapping[str, int] | None = None) -> list[dict[str, Json]]:
    """What the viewer shows of a version: [{name, xml, done, active, failed, counts}]. With `done` only the processes
    that were entered, else all."""
    shown = [each for each in version.diagrams if done is None or each in done or each == version.spec.name]
    return [{"name": process_name(version.diagrams[each], each), "xml": version.diagrams[each],
             "done": list((done or {}).get(each, ())), "active": list(active), "failed": list(failed),
             "counts": dict(counts or {})} for each in sorted(shown, key=lambda each: each != version.spec.name)]


def diagrams_of(session: Session, whole: Whole) -> list[dict[str, Json]]:
    """The diagrams that a case has entered, with its path, where it is and where it stops."""
    history = session.scalars(select(History).where(History.instance_id == whole.instance.id).order_by(History.seq))
    failed = [whole.incident.element_id] if whole.incident is not None else []
    return diagrams(whole.version, done=path_taken(history), active=[task.element_id for task in whole.tasks],
                    failed=failed)


def _running(key: str, version: str | None) -> tuple[ColumnElement[bool], ...]:
    where = (Instance.key == key, Instance.status.in_(UNDER_WAY))
    return where if version is None else (*where, Instance.definition_hash == version)


def _has_item(*further: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(and_(WorkItem.instance_id == Instance.id, WorkItem.kind == "task",
                               WorkItem.status.in_(WAITING), *further))


def names_of(session: Session, key: str, element_ids: Sequence[str]) -> dict[str, str]:
    """What elements are called in the versions that running cases of a process are on."""
    found: dict[str, str] = {}
    for digest in session.scalars(select(Instance.definition_hash).where(*_running(key, None)).distinct()):
        elements = definitions.version_of(session, digest).elements
        found |= {each: elements[each].name or each for each in element_ids if each in elements}
    return found


def may_stand_for(session: Session, key: str, element_id: str, new: ProcessVersion) -> list[tuple[str, str]]:
    """The elements of a version that may be named for one of an older version: those of the same kind, (id, name)."""
    kinds = set()
    for digest in session.scalars(select(Instance.definition_hash).where(*_running(key, None)).distinct()):
        element = definitions.version_of(session, digest).elements.get(element_id)
        kinds |= {element.kind} if element is not None else set()
    return [(each.id, each.name or each.id) for each in new.elements.values() if each.kind in kinds]

