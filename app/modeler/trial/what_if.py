"""What-if: the newest closed and all running cases, sent through other files and another calendar in memory.

The worker works a run off in short slices: a few cases are taken, read, lived through without a transaction, and what
differs is written. A run can be stopped between slices; cases that a killed worker had taken are taken again. Nothing
but the run's own rows is written (ADR 13).
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import perf_counter
from typing import Any

import structlog
from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from app.actor import Actor
from app.cases import calendars, definitions
from app.cases.commitments import filled
from app.cases.errors import NotFound
from app.cases.recorded import of_entry
from app.db import begin_reading
from app.modeler.trial import tried
from app.modeler.trial.asked import asked_for
from app.modeler.trial.differences import differences, passes
from app.modeler.trial.recorded import Input, live_through
from app.modeler.trial.retold import Form, Forms, retell
from app.modeler.trial.tried import Tried
from app.models import Definition, History, Instance, PersonalValue, TrialCase, TrialRun
from workflows.calendar import Calendar
from workflows.errors import WorkflowError
from workflows.sentence import say, sentence_of
from workflows.versions import ProcessVersion

Json = Any
log = structlog.get_logger()
MOST_CLOSED, MOST_RUNNING = 1_000, 2_000
KEPT_RUNS = 5
"""of a process; older ones go when another begins"""
AT_ONCE = 20
"""cases of a slice, at the most: some tenths of a second"""
SLICE_SECONDS, CASE_SECONDS = 1.0, 10.0
"""after which a slice takes no further case, and a case is given up: a draft's expressions may be slow"""
MOST_INPUTS = 2_000
"""of a case that is lived through"""
TAKEN_FOR = timedelta(minutes=2)
"""after which a case that was taken and not finished is taken again"""
ENDED = ("completed", "cancelled")


@dataclass(frozen=True, slots=True)
class Progress:
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Case:
    """A case's record as values."""
    instance_id: int
    inputs: Sequence[Input]


@dataclass(frozen=True, slots=True)
class Trial:
    """What the cases of a slice are lived through with. `calendar` None: each case's own, as recorded."""
    version: ProcessVersion
    forms: Forms
    versions: Mapping[str, ProcessVersion]
    calendars: Mapping[int, Calendar]
    calendar: Calendar | None
    counted_by: Calendar
    now: datetime


def begin(session: Session, what: Tried, *, closed: int, calendar: Calendar | None, actor: Actor,
          now: datetime) -> TrialRun:
    """Asks for a run over the `closed` cases that ended last and all that run. A run of the process that is under way
    is stopped. Raises DefinitionRefused."""
    what.version()
    for run in session.scalars(select(TrialRun).where(TrialRun.key == what.key, TrialRun.status == "running")):
        stop(run, now)
    old = session.scalars(select(TrialRun.id).where(TrialRun.key == what.key).order_by(TrialRun.id.desc())
                          .offset(KEPT_RUNS - 1)).all()
    session.execute(delete(TrialCase).where(TrialCase.run_id.in_(old)))
    session.execute(delete(TrialRun).where(TrialRun.id.in_(old)))
    ended = Instance.status.in_(ENDED)
    of_key = select(Instance.id).where(Instance.key == what.key)
    chosen = list(session.scalars(of_key.where(ended).order_by(Instance.ended_at.desc(), Instance.id.desc())
                                  .limit(min(closed, MOST_CLOSED))))
    chosen += session.scalars(of_key.where(~ended).order_by(Instance.id.desc()).limit(MOST_RUNNING))
    running = session.scalar(select(func.count()).where(Instance.key == what.key, ~ended)) or 0
    run = TrialRun(key=what.key, files=dict(what.files), days=_days(calendar), asked_at=now,
                   asked=asked_for(what.what, min(closed, MOST_CLOSED), calendar, calendars.current(session)),
                   asked_by=actor.user_id or 0, left_out=max(0, running - MOST_RUNNING))
    if not chosen:
        stop(run, now, "done")
    session.add(run)
    session.flush()
    if chosen:
        session.execute(insert(TrialCase), [{"run_id": run.id, "instance_id": id} for id in chosen])
    return run


def stop(run: TrialRun, now: datetime, status: str = "stopped") -> None:
    """Ends a run; what it has found so far stays."""
    if run.ended_at is None:
        run.status, run.ended_at = status, now


def find(session: Session, key: str, run_id: int) -> TrialRun:
    """A run of this process. Raises NotFound."""
    run = session.get(TrialRun, run_id)
    if run is None or run.key != key:
        raise NotFound(say("没有这次试算，可能已经被后来的代替。"))
    return run


def progress(session: Session, run: TrialRun) -> Progress:
    counts = dict(session.execute(select(TrialCase.status, func.count()).where(TrialCase.run_id == run.id)
                                  .group_by(TrialCase.status)).all())
    return Progress(counts.get("done", 0), sum(counts.values()))


def work_off(sessions: sessionmaker[Session], now: datetime) -> int:
    """A slice of the oldest run that is under way: how many cases were lived through."""
    with sessions() as session:
        begin_reading(session)
        if session.scalar(select(TrialRun.id).where(TrialRun.status == "running").limit(1)) is None:
            return 0
    with sessions.begin() as session:
        run, ids = _take(session, now)
    if run is None:
        return 0
    with sessions() as session:
        begin_reading(session)
        cases, trial = _read(session, run, ids)
    found, begun = [], perf_counter()
    for case in cases:
        found.append((case.instance_id, *_live(case, trial)))
        if perf_counter() - begun > SLICE_SECONDS:
            break
    with sessions.begin() as session:
        _give_back(session, run.id, [case.instance_id for case in cases[len(found):]])
        _write(session, run.id, found, now)
    return len(found)


def _live(case: Case, trial: Trial) -> tuple[dict[str, Json], dict[str, tuple[int, int]]]:
    """The same, whatever happens: one case that cannot be told must not keep the run from its end."""
    try:
        return live(case, trial)
    except Exception as error:
        log.exception("case_not_lived_through", instance=case.instance_id)
        return _not_lived(case, say("试算时出错（%(name)s），没有算", name=type(error).__name__)), {}


def live(case: Case, trial: Trial) -> tuple[dict[str, Json], dict[str, tuple[int, int]]]:
    """What differs for one case, and how often it passed each element, as recorded and as tried; the latter only of a
    case that went to the end."""
    if not case.inputs:
        return {}, {}
    if len(case.inputs) > MOST_INPUTS:
        return _not_lived(case, say("记录有%(count)s步，太长了，没有算", count=len(case.inputs))), {}
    begun = perf_counter()
    try:
        recorded = live_through(case.inputs, trial.versions, trial.calendars, now=trial.now)
    except (WorkflowError, KeyError) as error:
        log.warning("record_does_not_replay", instance=case.instance_id)
        return _not_lived(case, say("记录重演不了：%(error)s", error=sentence_of(error))), {}
    retold = retell(recorded, trial.version, trial.forms,
                    lambda number: trial.calendar or trial.calendars[number], recalculate=trial.calendar is None,
                    too_long=lambda: perf_counter() - begun > CASE_SECONDS)
    names = {id: element.name for version in (*trial.versions.values(), trial.version)
             for id, element in version.elements.items()}
    found = differences(recorded, retold, trial.counted_by, names)
    if retold.stop is not None:
        return found, {}
    before, after = passes(recorded.life), passes(retold.life)
    return found, {element: (before.get(element, 0), after.get(element, 0)) for element in before | after}


def _not_lived(case: Case, reason: str) -> dict[str, Json]:
    at = case.inputs[-1].at.isoformat()
    return {"stopped": {"step": "", "element": "", "at": at, "reason": str(reason)}}


def _take(session: Session, now: datetime) -> tuple[TrialRun | None, list[int]]:
    run = session.scalar(select(TrialRun).where(TrialRun.status == "running").order_by(TrialRun.id).limit(1)
                         .with_for_update(skip_locked=True))
    if run is None:
        return None, []
    ids = list(session.scalars(
        select(TrialCase.instance_id).where(TrialCase.run_id == run.id, or_(
            TrialCase.status == "waiting",
            (TrialCase.status == "taken") & (TrialCase.taken_at < now - TAKEN_FOR)))
        .order_by(TrialCase.instance_id).limit(AT_ONCE)))
    session.execute(update(TrialCase).where(TrialCase.run_id == run.id, TrialCase.instance_id.in_(ids))
                    .values(status="taken", taken_at=now).execution_options(synchronize_session=False))
    session.expunge(run)
    return (run, ids) if ids else (None, [])


def _read(session: Session, run: TrialRun, ids: Sequence[int]) -> tuple[list[Case], Trial]:
    """Everything that the cases need, up to the instant at which the run was asked for."""
    rows = session.execute(
        select(History.instance_id, History.op, History.input, History.at, History.definition_hash,
               History.calendar_version, PersonalValue.kept)
        .outerjoin(PersonalValue, of_entry())
        .where(History.instance_id.in_(ids), History.kind == "input", History.at <= run.asked_at)
        .order_by(History.instance_id, History.seq)).all()
    inputs: dict[int, list[Input]] = {}
    for row in rows:
        inputs.setdefault(row.instance_id, []).append(
            Input(row.op, filled(row.input, row.kept), row.at, row.definition_hash, row.calendar_version))
    hashes = {row.definition_hash for row in rows}
    version = tried.version_of(run.key, run.files)
    days = _calendar(run.days)
    return [Case(id, inputs.get(id, [])) for id in ids], Trial(
        version, Forms({hash: _forms_of(session, hash) for hash in hashes}, _forms(run.files, version)),
        {hash: definitions.version_of(session, hash) for hash in hashes},
        {number: calendars.of_version(session, number) for number in {row.calendar_version for row in rows}},
        days, days or calendars.current(session), run.asked_at)


_recorded_forms: dict[str, Mapping[str, Form]] = {}
"""by hash: a version never changes"""


def _forms_of(session: Session, hash: str) -> Mapping[str, Form]:
    if hash not in _recorded_forms:
        _recorded_forms[hash] = _forms(session.get_one(Definition, hash).files, definitions.version_of(session, hash))
    return _recorded_forms[hash]


def _forms(files: Mapping[str, str], version: ProcessVersion) -> dict[str, Form]:
    return {name: Form(text, version.forms[name]) for name, text in tried.form_texts(files).items()
            if name in version.forms}


def _write(session: Session, run_id: int, found: Sequence[tuple[int, dict[str, Json], dict[str, tuple[int, int]]]],
           now: datetime) -> None:
    run = session.scalar(select(TrialRun).where(TrialRun.id == run_id).with_for_update())
    if run is None or run.status != "running":
        return
    sums = {element: list(counts) for element, counts in run.passes.items()}
    for instance_id, details, passed in found:
        fresh = session.execute(
            update(TrialCase).where(TrialCase.run_id == run_id, TrialCase.instance_id == instance_id,
                                    TrialCase.status != "done")
            .values(status="done", kinds=list(details), details=details).execution_options(synchronize_session=False))
        for element, counts in passed.items() if fresh.rowcount else ():  # type: ignore[attr-defined]
            before, after = sums.get(element, (0, 0))
            sums[element] = [before + counts[0], after + counts[1]]
    run.passes = sums
    left = session.scalar(select(func.count()).where(TrialCase.run_id == run_id, TrialCase.status != "done"))
    if not left:
        stop(run, now, "done")


def _give_back(session: Session, run_id: int, ids: Sequence[int]) -> None:
    """Cases that a slice had no time for."""
    session.execute(update(TrialCase).where(TrialCase.run_id == run_id, TrialCase.instance_id.in_(ids),
                                            TrialCase.status == "taken")
                    .values(status="waiting").execution_options(synchronize_session=False))


def _days(calendar: Calendar | None) -> dict[str, Json] | None:
    return None if calendar is None else {
        "overrides": {day.isoformat(): worked for day, worked in calendar.overrides.items()},
        "noticed_years": sorted(calendar.noticed_years)}


def _calendar(days: Mapping[str, Json] | None) -> Calendar | None:
    return None if days is None else Calendar(
        {date.fromisoformat(day): worked for day, worked in days["overrides"].items()}, days["noticed_years"])
