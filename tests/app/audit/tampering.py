"""Somebody who owns the database and changes what has happened, as thoroughly as they like."""
from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from app.cases.history import digest
from app.cases.rows import table
from app.models import AdminAct, AdminLog, Base, History, Instance, PersonalValue, Seal, SealedCase

TABLES = {name: table(model) for name, model in (
    ("instance", Instance), ("history", History), ("seal", Seal), ("sealed_case", SealedCase),
    ("admin_act", AdminAct), ("admin_log", AdminLog), ("personal_value", PersonalValue))}
Row = dict[str, Any]


@contextmanager
def unbound(engine: Engine):
    """A transaction that no foreign key and no trigger binds."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")
            for (name,) in connection.exec_driver_sql(
                    "SELECT name FROM sqlite_master WHERE type = 'trigger'").all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        try:
            yield connection
            connection.commit()
        finally:
            connection.rollback()
            if engine.dialect.name == "sqlite":
                connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=ON")


def empty(engine: Engine) -> None:
    """Nothing has happened yet."""
    with unbound(engine) as connection:
        for kept in Base.metadata.sorted_tables:
            if kept.name not in ("unit", "position", "definition"):
                connection.execute(delete(kept))


@dataclass
class Books:
    """All that is kept of cases and seals."""
    rows: dict[str, list[Row]] = field(default_factory=dict)
    said = "text"
    digest = staticmethod(digest)

    @classmethod
    def load(cls, engine: Engine) -> Books:
        with engine.connect() as connection:
            return cls({name: [dict(row) for row in connection.execute(
                select(kept).order_by(*kept.primary_key)).mappings()] for name, kept in TABLES.items()})

    def store(self, engine: Engine) -> None:
        """Puts these in the place of whatever is there."""
        with unbound(engine) as connection:
            for name, kept in TABLES.items():
                connection.execute(delete(kept))
                if self.rows[name]:
                    connection.execute(insert(kept), self.rows[name])

    def copy(self) -> Books:
        return deepcopy(self)

    def entries(self, case: int) -> list[Row]:
        return [row for row in self.rows["history"] if row["instance_id"] == case]

    def put(self, case: int, entries: list[Row]) -> None:
        self.rows["history"] = [row for row in self.rows["history"] if row["instance_id"] != case] + entries

    def cases(self, least: int = 1) -> list[int]:
        """Those with so many entries at least."""
        ids = [row["id"] for row in self.rows["instance"]]
        return [id for id in ids if len(self.entries(id)) >= least]

    def fix_head(self, case: int) -> None:
        """The instance says what its entries say."""
        entries = self.entries(case)
        for row in self.rows["instance"]:
            if row["id"] == case:
                row |= {"history_length": len(entries), "history_head": entries[-1]["hash"] if entries else ""}

    def drop_orphans(self) -> None:
        """No personal data lies beside an entry that is gone."""
        there = {(row["instance_id"], row["seq"]) for row in self.rows["history"]}
        self.rows["personal_value"] = [row for row in self.rows["personal_value"]
                                       if (row["instance_id"], row["seq"]) in there]

    def chain_anew(self, case: int) -> None:
        """Numbers, chains and hashes as if nothing had been."""
        previous = ""
        for seq, row in enumerate(self.entries(case), start=1):
            row |= {"seq": seq, "prev_hash": previous}
            previous = row["hash"] = self.digest(row)
        self.fix_head(case)

    def changes(self, row: Row) -> list[tuple[str, Any]]:
        """What else may be changed in an entry."""
        return [("text", row["text"] + "。"), ("input", {**row["input"], "x": 1}), ("trace", [*row["trace"], []]),
                ("unit_code", "zz"), ("state_hash", "0" * 64)]

    def drop_case(self, case: int) -> None:
        for name, column in (("instance", "id"), ("history", "instance_id"), ("sealed_case", "instance_id"),
                             ("personal_value", "instance_id")):
            self.rows[name] = [row for row in self.rows[name] if row[column] != case]


@dataclass(frozen=True)
class Done:
    """What was done: the entry that a verification has to name, where it can, and by which kinds."""
    told: str
    case: int | None = None
    place: int | None = None
    kinds: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return self.told.split(",")[0].split(":")[0].removesuffix(" and its leaves")


Act = Callable[[Books, Random], Done]


def _chosen(books: Books, random: Random, least: int = 1) -> tuple[int, list[Row]]:
    case = random.choice(books.cases(least))
    return case, books.entries(case)


def update(books: Books, random: Random) -> Done:
    case, entries = _chosen(books, random)
    row = random.choice(entries)
    column, value = random.choice((("op", "x"), ("actor_id", 77), ("at", row["at"] - timedelta(seconds=1)),
                                   ("hash", "f" * 64), ("prev_hash", "e" * 64), *books.changes(row)))
    row[column] = value
    if column not in ("hash", "prev_hash") and random.random() < 0.5:
        books.chain_anew(case)
    return Done(f"update, {column}", case, row["seq"], ("altered",))


def remove(books: Books, random: Random) -> Done:
    case, entries = _chosen(books, random, 2)
    place = random.randrange(len(entries) - 1)
    books.put(case, entries[:place] + entries[place + 1:])
    how = random.choice(("left as it is", "numbered anew", "chained anew"))
    if how == "numbered anew":
        for seq, row in enumerate(books.entries(case), start=1):
            row["seq"] = seq
        books.fix_head(case)
    elif how == "chained anew":
        books.chain_anew(case)
    return Done(f"delete, {how}", case, place + 1, ("missing",))


def put_in(books: Books, random: Random) -> Done:
    case, entries = _chosen(books, random)
    place = random.randrange(len(entries) + 1)
    forged = {**random.choice(entries), books.said: "补记", "seq": place + 1}
    forged["prev_hash"] = entries[place - 1]["hash"] if place else ""
    forged["hash"] = books.digest(forged)
    books.put(case, [*entries[:place], forged, *entries[place:]])
    how = random.choice(("numbered anew", "chained anew")) if place < len(entries) else "at the end"
    if how == "numbered anew":
        for seq, row in enumerate(books.entries(case), start=1):
            row["seq"] = seq
        books.fix_head(case)
    elif how == "chained anew":
        books.chain_anew(case)
    return Done(f"insert, {how}", case, place + 1, ("inserted",))


def swap(books: Books, random: Random) -> Done:
    case, entries = _chosen(books, random, 2)
    one, other = sorted(random.sample(range(len(entries)), 2))
    entries[one]["seq"], entries[other]["seq"] = entries[other]["seq"], entries[one]["seq"]
    entries[one], entries[other] = entries[other], entries[one]
    books.put(case, entries)
    if random.random() < 0.5:
        books.chain_anew(case)
    return Done("swap", case, one + 1, ("reordered",))


def cut_off(books: Books, random: Random) -> Done:
    case, entries = _chosen(books, random, 2)
    left = random.randrange(1, len(entries))
    books.put(case, entries[:left])
    fixed = random.random() < 0.5
    if fixed:
        books.fix_head(case)
    return Done(f"truncate, head {'fixed' if fixed else 'left'}", case, left + 1, ("missing",))


def drop_day(books: Books, random: Random) -> Done:
    """A day's entries go, and whatever came after them; perhaps its seal and leaves, and all seals after it, too."""
    seal = random.choice(books.rows["seal"])
    how = random.choice(("entries", "entries and heads", "entries, heads and this seal", "all from there on"))
    for leaf in [row for row in books.rows["sealed_case"] if row["seal"] == seal["number"]]:
        case = leaf["instance_id"]
        books.put(case, books.entries(case)[:leaf["first"] - 1])
        if how != "entries":
            books.fix_head(case)
    gone = {"entries, heads and this seal": lambda number: number == seal["number"],
            "all from there on": lambda number: number >= seal["number"]}.get(how, lambda number: False)
    books.rows["seal"] = [row for row in books.rows["seal"] if not gone(row["number"])]
    books.rows["sealed_case"] = [row for row in books.rows["sealed_case"] if not gone(row["seal"])]
    return Done(f"a day: {how}", kinds=("missing",))


def drop_case(books: Books, random: Random) -> Done:
    case = random.choice(books.cases())
    leaves = list(books.rows["sealed_case"])
    books.drop_case(case)
    if random.random() < 0.5:
        return Done("a case and its leaves", kinds=("missing",))
    books.rows["sealed_case"] = leaves
    return Done("a case", case, 1, ("missing",))


def personal(books: Books, random: Random) -> Done:
    """What lies beside the entries, which their hashes do not cover."""
    rows = books.rows["personal_value"]
    row, other = random.sample(rows, 2)
    (commitment, (salt, text)), = row["kept"].items()
    how = random.choice(("altered", "salted anew", "emptied", "deleted", "swapped", "moved", "added"))
    place, kinds = (row["instance_id"], row["seq"]), ("altered",)
    if how in ("altered", "salted anew"):
        row["kept"] = {commitment: [salt if how == "altered" else "0" * 32, text.replace("李", "王")]}
    elif how in ("emptied", "deleted"):
        row["kept"], kinds = {}, ("missing",)
        books.rows["personal_value"] = [each for each in rows if how == "emptied" or each is not row]
    elif how == "swapped":
        row["kept"], other["kept"], kinds = other["kept"], row["kept"], ("missing",)
        place = min(place, (other["instance_id"], other["seq"]))
    elif how == "moved":
        row["seq"], kinds = 1, ("inserted",)
        place = (row["instance_id"], 1)
    else:
        row["kept"], kinds = {**row["kept"], "f" * 64: [salt, text]}, ("inserted",)
    return Done(f"personal, {how}", *place, kinds)


ACTS: tuple[Act, ...] = (update, remove, put_in, swap, cut_off, drop_day, drop_case, personal)
