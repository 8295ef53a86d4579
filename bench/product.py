"""The product as it is measured: a database with people and a published version, and cases that travel through it."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import orjson
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session, sessionmaker

from app.actor import Actor, load_actor
from app.bootstrap import migration_config
from app.cases import definitions, rows, service
from app.cases.service import Outcome
from app.db import make_engine, make_session_factory
from app.models import Enterprise, History, Instance, Issue, Post, User, WorkItem
from app.organisation import load_organisation
from bench.content import KEY, product_files
from workflows.calendar import Calendar

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
ANSWERS = {"opinion": "已与银行和担保公司会商，银行同意按原额度续贷一年，请企业备齐材料后到柜台办理。", "again": False}


@dataclass(slots=True)
class Product:
    """Services on one database."""
    engine: Engine
    sessions: sessionmaker[Session]
    actor: Actor
    calendar: Calendar
    issues: Iterator[int] = field(default_factory=lambda: count(1))

    def start(self, key: str = KEY) -> int:
        """A new issue's case; returns the id of its open work item."""
        return self.first_item(self.start_case(key))

    def start_case(self, key: str = KEY) -> int:
        """A new issue and its case, up to its first inbox; returns the id of the instance."""
        number = next(self.issues)
        with self.sessions.begin() as session:
            issue = Issue(
                number=f"2026-{number:06d}", follow_up_hash=f"{number:064d}", enterprise_id=1,
                title="流动资金贷款到期续贷困难", description="企业订单正常，贷款到期后银行要求压降额度。",
                contact_name="王经理", contact_phone="0477-8512345", channel="portal", registered_at=NOW,
                place="dongsheng")
            return service.start_case(session, key, {"number": issue.number, "title": issue.title},
                                      actor=self.actor, now=NOW, calendar=self.calendar, issue=issue).id

    def first_item(self, instance: int) -> int:
        """The work item that a new instance has opened."""
        with self.sessions.begin() as session:
            return session.scalars(select(WorkItem.id).where(WorkItem.instance_id == instance)).one()

    def complete(self, item: int, *, again: bool = False, key: str | None = None) -> Outcome:
        """Finishes a task as a request does: one session, one transaction, acknowledged after the commit."""
        with self.sessions.begin() as session:
            return service.complete_item(session, item, ANSWERS | {"again": again}, actor=self.actor, now=NOW,
                                         calendar=self.calendar, idempotency_key=key)

    def publish(self, key: str, files: Mapping[str, str]) -> None:
        with self.sessions.begin() as session:
            definitions.publish(session, key, files, now=NOW)

    @staticmethod
    def instance_of(session: Session, item: int) -> Instance:
        """The instance of a work item."""
        return session.scalars(select(Instance).join(WorkItem, WorkItem.instance_id == Instance.id)
                               .where(WorkItem.id == item)).one()

    @staticmethod
    def newest_entry(session: Session, instance: Instance) -> History:
        return session.scalars(select(History).where(History.instance_id == instance.id)
                               .order_by(History.seq.desc()).limit(1)).one()

    @contextmanager
    def counted(self) -> Iterator[dict[str, int]]:
        """Counts the statements and commits within."""
        counts = {"statements": 0, "commits": 0}

        def statement(_connection: object, _cursor: object, text: str, *_: object) -> None:
            counts["statements"] += not text.startswith("BEGIN")

        class Counting:
            """The driver's connection, as the hot path uses it past SQLAlchemy's events."""

            def __init__(self, raw: Any):
                self._raw = raw
                if hasattr(raw, "pipeline"):
                    self.pipeline = raw.pipeline

            def execute(self, *arguments: Any) -> Any:
                counts["statements"] += 1
                return self._raw.execute(*arguments)

        def commit(_connection: object) -> None:
            counts["commits"] += 1

        event.listen(self.engine, "before_cursor_execute", statement)
        event.listen(self.engine, "commit", commit)
        driver_of = rows.driver_of
        rows.driver_of = lambda connection: Counting(driver_of(connection))
        yield counts
        rows.driver_of = driver_of
        event.remove(self.engine, "before_cursor_execute", statement)
        event.remove(self.engine, "commit", commit)


def make_product(url: str) -> Product:
    """The product on an empty database."""
    from alembic import command  # the bench's web server is measured without it, as the product's is

    engine = make_engine(url)
    command.upgrade(migration_config(url), "head")
    sessions = make_session_factory(engine)
    with sessions.begin() as session:
        load_organisation(session)
        user = User(username="clerk", name="白一川", password_hash="!", must_change_password=False, created_at=NOW)
        user.posts = [Post(unit_code="miit", position_code="clerk")]
        session.add_all([user, Enterprise(name="示例企业", place="dongsheng")])
        session.flush()
        definitions.publish(session, KEY, product_files(), now=NOW)
        actor = load_actor(session, user, NOW)
    return Product(engine, sessions, actor, Calendar(version=0))


def as_json(rows: Iterable[Any]) -> bytes:
    """Rows with all their columns, for a floor that writes the same bytes."""
    return b"".join(orjson.dumps({column.name: getattr(row, column.name) for column in row.__table__.columns})
                    for row in rows)
