"""`zhuqi audit verify` over a million sealed entries on one core, beside hashing the same bytes."""
from __future__ import annotations

import hashlib
import tempfile
from itertools import islice
from time import perf_counter, process_time

from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session, sessionmaker

from app import logs
from app.audit import entries, sealing
from app.audit.verification import Verification
from app.cases.history import digest
from app.cases.rows import table
from app.models import Base, History, Instance
from app.settings import load_settings
from bench.measure import report, scaled, settle, timed
from bench.product import NOW, make_product

AT_MOST_SECONDS = 60.0
LONG = 20
"""entries of a case"""
AT_ONCE = 500
"""cases that are written at a time"""


def run(kind: str, url: str) -> None:
    logs.configure()  # what the product logs goes past the lines
    product = make_product(url)
    n = scaled(1_000_000, LONG) // LONG
    made = product.complete(product.start())
    with product.sessions() as session:
        instance = _values(product.instance_of(session, made.opened[0]))
        row = _values(session.query(History).filter_by(op="complete").one())
    _fill(product.engine, instance, row, n)
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings({"ZHUQI_DEMO": "1", "ZHUQI_DATA_DIR": folder, "ZHUQI_DATABASE_URL": url})
        sealed, _ = timed(sealing.seal, product.sessions, settings, NOW)
        copies = settings.seals.read_text(encoding="utf-8").splitlines()
    settle()
    floor, megabytes = _hash_alone(product.engine)
    begun = process_time()
    took, verification = timed(_verify, product.sessions, copies)
    assert not verification.found, verification.findings[0].said
    report(f"audit_verify_{kind}", "s", took / 1000, floor, verification.entries, goal=AT_MOST_SECONDS,
           processor=process_time() - begun, sealing=sealed / 1000, megabytes=megabytes)
    product.engine.dispose()


def _values(row: Base) -> dict[str, object]:
    return {column.name: getattr(row, column.name) for column in row.__table__.columns}


def _fill(engine: Engine, instance: dict[str, object], row: dict[str, object], n: int) -> None:
    """So many more cases with whole chains of entries, each a step of the product's own."""
    first = int(str(instance["id"])) + 1
    for start in range(first, first + n, AT_ONCE):
        instances, histories = [], []
        for id in range(start, min(start + AT_ONCE, first + n)):
            previous = ""
            for seq in range(1, LONG + 1):
                entry = {**row, "instance_id": id, "seq": seq, "prev_hash": previous}
                previous = entry["hash"] = digest(entry)
                histories.append(entry)
            instances.append({**instance, "id": id, "history_length": LONG, "history_head": previous})
        with engine.begin() as connection:
            connection.execute(insert(table(Instance)), instances)
            connection.execute(insert(table(History)), histories)


def _hash_alone(engine: Engine) -> tuple[float, float]:
    """The seconds that SHA-256 takes over what is hashed of all entries, and how many megabytes that is."""
    seconds, size = 0.0, 0
    with engine.connect() as connection:
        found = entries.read(connection, entries.asked())
        while some := [entry.content for entry in islice(found, entries.AT_ONCE)]:
            begun = perf_counter()
            for content in some:
                hashlib.sha256(content).hexdigest()
            seconds += perf_counter() - begun
            size += sum(map(len, some))
    return seconds, size / 1e6


def _verify(sessions: sessionmaker[Session], copies: list[str]) -> Verification:
    made = Verification(sessions, NOW, copies)
    for _ in made.run():
        pass
    return made
