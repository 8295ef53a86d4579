"""Keeps the rows of cases that have changed: called by the round that measures them, in its transaction."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.cases.definitions import version_of
from app.cases.replay import Past
from app.db import insert_into
from app.issues.past.fields import WRITES
from app.measures.record import Record
from app.mining import clauses, promises, tracing
from app.mining.promises import Told, Variables
from app.models import BreachRule, CaseBack, CaseBreach, CasePass, CaseRoute, CaseStep, Definition, History, Route
from workflows.assigned import assigned
from workflows.calendar import Calendar
from workflows.policy_file import Rule

Values = dict[str, Any]
OF_CASES = (CaseBreach, CaseBack, CasePass, CaseStep, CaseRoute)
"""the tables with rows of single cases"""
_rules: dict[str, tuple[Rule, ...]] = {}
"""by version, which never changes"""


def write(session: Session, records: Sequence[Record], calendar: Calendar) -> None:
    """Puts the rows of these cases in the place of those that there were."""
    if not records:
        return
    ids = [record.issue.id for record in records]
    for model in OF_CASES:
        session.execute(delete(model).where(model.issue_id.in_(ids)))
    found = [tracing.rows_of(record, calendar) for record in records]
    rules, breaches = _judged(session, records, calendar)
    _insert_new(session, Route, ["variant"], {each["route"]["variant"]: each["route"] for each in found})
    _insert_new(session, BreachRule, ["rule"], rules)
    for model, rows in ((CaseRoute, [each["case"] for each in found]),
                        (CaseStep, [row for each in found for row in each["steps"]]),
                        (CasePass, [row for each in found for row in each["passes"]]),
                        (CaseBack, [row for each in found for row in each["backs"]]), (CaseBreach, breaches)):
        if rows:
            session.execute(insert(model), rows)


def forget(session: Session) -> None:
    """Throws all rows away."""
    for model in (*OF_CASES, Route, BreachRule):
        session.execute(delete(model))


def _insert_new(session: Session, model: type[Any], key: list[str], rows: Mapping[str, Values]) -> None:
    if rows:
        session.execute(insert_into(session, model).on_conflict_do_nothing(index_elements=key),
                        [rows[each] for each in sorted(rows)])


def _judged(session: Session, records: Sequence[Record], calendar: Calendar) -> tuple[dict[str, Values], list[Values]]:
    """(the words of the promises, the CaseBreaches) of what these cases did not keep."""
    words: dict[str, Values] = {}
    found: dict[tuple[int, str], Values] = {}

    def note(record: Record, rule: str, clause: str, says: str, at: Any, element: str) -> None:
        words[rule] = {"rule": rule, "clause": clause, "words": str(says)}
        found.setdefault((record.issue.id, rule), {"issue_id": record.issue.id, "rule": rule, "at": at,
                                                   "element_id": element})

    for record in records:
        for clause, at in clauses.broken(record, calendar):
            note(record, clause.rule, clause.clause, clause.words, at, "")
        for breach in promises.broken(record, _rules_of(session, record.definition_hash), _variables(session, record)):
            note(record, breach.key, breach.rule.clause, breach.rule.says, breach.at, breach.element)
    return words, list(found.values())


def _rules_of(session: Session, definition_hash: str) -> tuple[Rule, ...]:
    if definition_hash not in _rules:
        _rules[definition_hash] = promises.rules_of(session.get_one(Definition, definition_hash).files)
    return _rules[definition_hash]


def _variables(session: Session, record: Record) -> Variables:
    return Variables(partial(_written, session, record.instance_id),
                     assigned(version_of(session, record.definition_hash)),
                     partial(_replayed, session, record.instance_id))


def _written(session: Session, instance_id: int) -> list[tuple[int, Told]]:
    """What forms, messages and the start wrote, by entry."""
    rows = session.execute(select(History.seq, History.op, History.input).where(
        History.instance_id == instance_id, History.kind == "input", History.op.in_(WRITES)).order_by(History.seq))
    return [(row.seq, row.input[WRITES[row.op]]) for row in rows]


def _replayed(session: Session, instance_id: int, seq: int) -> Told:
    """All variables after an entry, as running the inputs again gives them."""
    past, found = Past(), {}
    for entry in session.scalars(select(History).where(History.instance_id == instance_id, History.kind == "input",
                                                       History.seq <= seq).order_by(History.seq)):
        found = past.run(session, entry).variables
    return found
