"""Copies of a city's cases by the million, written inside PostgreSQL: each with all of its rows, in chains that verify.

A round copies every case that has ended, and every so manieth also those that run, so that these stay a small share.
Ids grow by a stride a round, so that what refers to what needs no table. Cases that have ended lie whole weeks back,
which leaves their working time what it was; category, level and unit turn with the rounds, so that every unit has cases
of each. What belongs to one case is entered among some thousand others, so that it lies as far apart as in real life.
Copies to read (抄送) and letters are left out: no page of supervisors shows them.

PostgreSQL works out the hash chains: what is hashed of an entry is cut into the pieces between what differs in a copy.
"""
from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, select, text
from tqdm import tqdm

from app.cases.history import canonical
from app.cases.rows import table
from app.issues.categories import CATEGORIES, LEVELS
from app.measures.facting import contributions
from app.models import (
    Attachment,
    CaseFact,
    CaseShare,
    Enterprise,
    History,
    Instance,
    Issue,
    PersonalValue,
    Timer,
    Unit,
    WorkItem,
)
from app.models.base import UtcDateTime

MODELS = (Enterprise, Instance, Issue, WorkItem, History, PersonalValue, Timer, Attachment, CaseFact, CaseShare)
OF_COPY = ("id", "instance_id", "issue_id", "work_item_id", "parent_id", "opened_by_item", "returned_by_item",
           "merged_into")
"""columns that name a row of the same copy"""
RUNNING_SHARE = 0.05
WEEKS = 156
"""over which the cases that have ended are spread: three years"""
RECENT_SECONDS = 2 * 86_400
"""over which copies of a running case are spread"""
PER_ENTERPRISE = 20
"""rounds after which the enterprises are others"""
RETURNED_OF = 40
"""every so manieth task is one that came back"""
AT_ONCE = 5_000
"""cases of one statement"""
_MARKS: Mapping[str, Any] = {"at": datetime(1911, 1, 1, tzinfo=UTC), "instance_id": 191_100_000_001,
                             "prev_hash": "?" * 64, "work_item_id": 191_100_000_002}
_CUTS = re.compile(rb"1911-01-01T00:00:00\+00:00|19110000000[12]|\?{64}")
_FOUND = "seed_"
_INDEXES = text("""
    SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i
    WHERE i.indrelid = ANY(CAST(:tables AS regclass[])) AND NOT EXISTS (
        SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))""")
_COPIED = text("""
    CREATE TEMP TABLE copied AS
    SELECT i.id AS template, r AS round, r::bigint * :stride AS plus, make_interval(secs => CASE WHEN r = 0 THEN 0
        WHEN i.ended_at IS NULL THEN -(r * 7919 % :recent) ELSE -(r * 7919 % :weeks) * 604800 END) AS shift
    FROM seed_instance i CROSS JOIN generate_series(0, :rounds) r
    WHERE r = 0 OR i.history_length <= :longest AND (i.ended_at IS NOT NULL OR r % :every = 0)""")
_CHAINS = """
    WITH RECURSIVE chain AS (
        SELECT c.template, c.round, c.plus, c.shift, 1 AS seq, '' AS prev_hash, {hash} AS hash
        FROM copied c JOIN pieces p ON p.instance_id = c.template AND p.seq = 1
        CROSS JOIN (SELECT '' AS hash) before WHERE c.round BETWEEN :first AND :last
        UNION ALL
        SELECT c.template, c.round, c.plus, c.shift, p.seq, c.hash, {hash}
        FROM chain c JOIN pieces p ON p.instance_id = c.template AND p.seq = c.seq + 1
        CROSS JOIN LATERAL (SELECT c.hash) before),
    entered AS (
        INSERT INTO history ({entry_names}) SELECT {entries} FROM chain c
        JOIN seed_history s ON s.instance_id = c.template AND s.seq = c.seq)
    INSERT INTO instance ({instance_names}) SELECT {instances} FROM chain c
    JOIN seed_instance s ON s.id = c.template AND s.history_length = c.seq"""
_CELLS = """
    WITH counted AS MATERIALIZED (
        SELECT f.leader_id, CASE k.month WHEN 'opened' THEN f.opened_month ELSE f.closed_month END AS month,
            coalesce(k.unit, f.unit) AS unit, f.category, f.level, k.name, sum(k.number) AS number
        FROM copied c JOIN seed_issue i ON i.instance_id = c.template JOIN case_fact f ON f.issue_id = i.id + c.plus
        JOIN contributed k ON k.issue_id = i.id GROUP BY 1, 2, 3, 4, 5, 6),
    each AS (
        SELECT {leader} month, coalesce(unit, '*') AS unit, coalesce(category, '*') AS category,
            coalesce(level, '*') AS level,
            name, sum(number)::bigint AS number
        FROM counted WHERE {of} GROUP BY {leader} month, name, CUBE (unit, category, level))
    INSERT INTO {cells} ({leader} month, unit, category, level, counts)
    SELECT {leader} month, unit, category, level, jsonb_object_agg(name, number) FROM each
    GROUP BY {leader} month, unit, category, level"""
_HASH = """encode(sha256(convert_to(concat(
    p.p0, to_char(p.at + c.shift, 'YYYY-MM-DD"T"HH24:MI:SS'), p.fraction, '+00:00', p.p1, c.template + c.plus,
    p.p2, before.hash, p.p3, CASE WHEN p.p4 IS NOT NULL THEN p.work_item_id + c.plus END, p.p4), 'UTF8')), 'hex')"""


@dataclass(frozen=True, slots=True)
class Plan:
    """How often what is copied: `rounds`, the running cases in each `every`th; ids grow by `stride` a round."""
    rounds: int
    every: int
    stride: int
    longest: int


def multiply(engine: Engine, cases: int, entries: int, longest: int) -> None:
    """Brings a city up to at least so many cases with so many entries of history. Cases that have more than `longest`
    entries are kept but not copied."""
    tables = [table(model) for model in MODELS]
    with engine.begin() as connection:
        _prepare(connection)
        plan = _plan(connection, cases, entries, longest)
        indexes = connection.execute(_INDEXES, {"tables": [each.name for each in tables]}).all()
        for each in indexes:
            connection.execute(text(f"DROP INDEX {each.name}"))
        _set_aside(connection, tables, plan)
        _fill(connection, plan)
        _count(connection)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET maintenance_work_mem = '1GB'"))
        for index in tqdm(indexes, desc="indexes", mininterval=5):
            connection.execute(text(index.definition))
        for each in tqdm(tables, desc="vacuum", mininterval=5):
            connection.execute(text(f"VACUUM (ANALYZE) {each.name}" if each.name != "history" else "ANALYZE history"))
        connection.execute(text("ANALYZE"))
        for each in tables:
            if "id" in each.columns:
                connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{each.name}', 'id'), max(id)) "
                                        f"FROM {each.name}"))


def _prepare(connection: Connection) -> None:
    for setting in ("session_replication_role = replica", "idle_in_transaction_session_timeout = 0",
                    "synchronous_commit = off", "work_mem = '256MB'", "timezone = 'UTC'", "lock_timeout = 0"):
        connection.execute(text(f"SET LOCAL {setting}"))


def _plan(connection: Connection, cases: int, entries: int, longest: int) -> Plan:
    known = connection.execute(text(
        "SELECT count(*) FILTER (WHERE ended_at IS NOT NULL) AS ended, count(*) FILTER (WHERE ended_at IS NULL) AS "
        "running, avg(history_length) AS length FROM instance WHERE history_length <= :longest"),
        {"longest": longest}).one()
    running = RUNNING_SHARE / (1 - RUNNING_SHARE) * known.ended
    wanted = max(cases, entries / float(known.length))
    most = max(int(connection.scalar(text(f"SELECT coalesce(max(id), 0) FROM {each.__tablename__}")) or 0)
               for each in MODELS if "id" in table(each).columns)
    every = max(1, round(known.running / running)) if running else 1
    return Plan(int(wanted / (known.ended + known.running / every)) + 1, every, most + 1_000 - most % 1_000, longest)


def _set_aside(connection: Connection, tables: Sequence[Table], plan: Plan) -> None:
    """What is copied moves into tables of this session; the real ones are emptied in the transaction that fills them,
    which spares the log."""
    for each in tables:
        connection.execute(text(f"CREATE TEMP TABLE {_FOUND}{each.name} AS SELECT * FROM {each.name}"))
    connection.execute(_COPIED, {"stride": plan.stride, "rounds": plan.rounds, "every": plan.every,
                                 "longest": plan.longest, "weeks": WEEKS, "recent": RECENT_SECONDS})
    connection.execute(text("CREATE INDEX ON copied (round)"))
    connection.execute(text("CREATE TEMP TABLE pieces (instance_id bigint, seq int, at timestamp, fraction text, "
                            "work_item_id bigint, p0 text, p1 text, p2 text, p3 text, p4 text)"))
    history = table(History)
    rows = connection.execute(select(history).order_by(history.c.instance_id, history.c.seq)).mappings()
    connection.execute(text("INSERT INTO pieces VALUES (:instance_id, :seq, :at, :fraction, :work_item_id, :p0, :p1, "
                            ":p2, :p3, :p4)"), [_pieces(row) for row in rows])
    connection.execute(text("TRUNCATE " + ", ".join(each.name for each in tables) + " CASCADE"))
    for name in ("copied", "pieces", *(f"{_FOUND}{each.name}" for each in tables)):
        connection.execute(text(f"ANALYZE {name}"))


def _pieces(row: Mapping[str, Any]) -> dict[str, Any]:
    """What is hashed of an entry, cut where its copies differ."""
    marked = {**row, **{name: mark for name, mark in _MARKS.items() if row[name] is not None}}
    parts = [part.decode() for part in _CUTS.split(canonical(marked))]
    at = row["at"].astimezone(UTC).replace(tzinfo=None)
    return {"instance_id": row["instance_id"], "seq": row["seq"], "at": at.replace(microsecond=0),
            "fraction": f".{at.microsecond:06d}" if at.microsecond else "", "work_item_id": row["work_item_id"],
            **{f"p{place}": parts[place] if place < len(parts) else None for place in range(5)}}


def _fill(connection: Connection, plan: Plan) -> None:
    units = tuple(connection.scalars(select(Unit.code).where(Unit.kind != "leader").order_by(Unit.code)))
    statements = list(_statements(units, plan))
    per_round = int(connection.scalar(text("SELECT count(*) FROM copied")) or 0) / (plan.rounds + 1)
    step = max(1, int(AT_ONCE / per_round))
    with tqdm(total=plan.rounds + 1, desc=f"rounds of {per_round:.0f} cases", mininterval=5) as bar:
        for first in range(0, plan.rounds + 1, step):
            for statement in statements:
                connection.execute(text(statement), {"first": first, "last": first + step - 1})
            bar.update(min(step, plan.rounds + 1 - first))


def _count(connection: Connection) -> None:
    """The rollups, as the product counts them: what a template adds to which, times its copies."""
    shares: dict[int, list[Any]] = defaultdict(list)
    for share in connection.execute(text("SELECT * FROM seed_case_share")).mappings():
        shares[share["issue_id"]].append(share)
    added = []
    for fact in connection.execute(text("SELECT * FROM seed_case_fact")).mappings():
        months = {"opened_month": "opened", "closed_month": fact["closed_month"] and "closed"}
        added += [{"issue_id": fact["issue_id"], "month": month, "unit": unit or None, "name": name, "number": number}
                  for (_, month, unit, _, _, name), number in contributions(
                      {**fact, **months, "unit": ""}, shares[fact["issue_id"]]).items()]
    connection.execute(text("CREATE TEMP TABLE contributed (issue_id bigint, month text, unit text, name text, "
                            "number bigint)"))
    connection.execute(text("INSERT INTO contributed VALUES (:issue_id, :month, :unit, :name, :number)"), added)
    for cells, leader, of in (("measure_cell", "", "true"), ("leader_cell", "leader_id,", "leader_id IS NOT NULL")):
        connection.execute(text(f"TRUNCATE {cells}"))
        connection.execute(text(_CELLS.format(cells=cells, leader=leader, of=of)))


def _statements(units: Sequence[str], plan: Plan) -> Iterator[str]:
    """Each fills one table, or two, with the rounds from :first to :last."""
    turned = {"category": _turned("s.category", tuple(CATEGORIES), 1), "level": _turned("s.level", tuple(LEVELS), 14)}
    enterprise = f"(c.round / {PER_ENTERPRISE})::bigint * {PER_ENTERPRISE * plan.stride}"
    hashes = {"hash": "c.hash", "prev_hash": "c.prev_hash"}
    entry_names, entries = _columns(table(History), hashes)
    instance_names, instances = _columns(table(Instance), {"history_head": "c.hash", "measured": "true"})
    yield _CHAINS.format(hash=_HASH, entry_names=entry_names, entries=entries, instance_names=instance_names,
                         instances=instances)
    id = "(s.id + c.plus)::text"
    yield _of_case(table(Issue), "s.instance_id", {
        **turned, "number": f"CASE WHEN c.round = 0 THEN s.number ELSE 'B-' || {id} END",
        "follow_up_hash": f"CASE WHEN c.round = 0 THEN s.follow_up_hash ELSE encode(sha256({id}::bytea), 'hex') END",
        "merged_into": "(SELECT s.merged_into + c.plus FROM copied o JOIN seed_issue i ON i.instance_id = o.template "
                       "WHERE i.id = s.merged_into AND o.round = c.round)",
        "enterprise_id": f"s.enterprise_id + {enterprise}", "lead_unit": _turned("s.lead_unit", units, 7)})
    yield _of_case(table(WorkItem), "s.instance_id", {"returned_by_item": (
        f"CASE WHEN c.round > 0 AND (c.round + s.id * 31) % {RETURNED_OF} = 0 THEN s.opened_by_item + c.plus "
        "ELSE s.returned_by_item + c.plus END")})
    yield _of_case(table(PersonalValue), "s.instance_id", {})
    yield _of_case(table(Timer), "s.instance_id", {})
    yield _of_case(table(Attachment), "i.instance_id", {}, "JOIN seed_issue i ON i.id = s.issue_id")
    month = "to_char(({}.{}_at + c.shift) AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')"
    yield _of_case(table(CaseFact), "i.instance_id", {
        **turned, "unit": _turned("s.unit", units, 7),
        **{f"{name}_month": month.format("s", name) for name in ("opened", "closed")}},
        "JOIN seed_issue i ON i.id = s.issue_id")
    yield _of_case(table(CaseShare), "i.instance_id", {
        f"{name}_month": month.format("f", name) for name in ("opened", "closed")},
        "JOIN seed_issue i ON i.id = s.issue_id JOIN seed_case_fact f ON f.issue_id = s.issue_id")
    names, values = _columns(table(Enterprise), {
        "id": f"s.id + {enterprise}", "credit_code": "CASE WHEN c.round = 0 THEN s.credit_code END",
        "name": "CASE WHEN c.round = 0 THEN s.name ELSE s.name || c.round END"})
    yield (f"INSERT INTO enterprise ({names}) SELECT {values} FROM (SELECT DISTINCT round, interval '0' AS shift FROM "
           f"copied WHERE round BETWEEN :first AND :last AND round % {PER_ENTERPRISE} = 0) c CROSS JOIN "
           "seed_enterprise s ORDER BY c.round, s.id")


def _of_case(rows: Table, instance: str, different: Mapping[str, str], join: str = "") -> str:
    names, values = _columns(rows, different)
    return (f"INSERT INTO {rows.name} ({names}) SELECT {values} FROM seed_{rows.name} s {join} "
            f"JOIN copied c ON c.template = {instance} WHERE c.round BETWEEN :first AND :last")


def _columns(rows: Table, different: Mapping[str, str]) -> tuple[str, str]:
    """The columns of a table, and what they are in a copy."""
    def value(name: str) -> str:
        if name in different:
            return different[name]
        if name in OF_COPY:
            return f"s.{name} + c.plus"
        return f's."{name}" + c.shift' if isinstance(rows.c[name].type, UtcDateTime) else f's."{name}"'

    names = [column.name for column in rows.columns]
    return ", ".join(f'"{name}"' for name in names), ", ".join(map(value, names))


def _turned(column: str, among: Sequence[str], step: int) -> str:
    """What follows after as many places as the round says, so many rounds a place; what is not among them stays."""
    listed = "ARRAY[" + ", ".join(f"'{each}'" for each in among) + "]::varchar[]"
    return (f"coalesce(({listed})[1 + (array_position({listed}, {column}) - 1 + c.round / {step}) % {len(among)}], "
            f"{column})")
