"""Alembic's environment: the database comes from the command that asked, never from a file."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.pool import NullPool

from app.db import make_engine
from app.models import Base

TABLE_LOCK_MS = 500
"""Who waits for a table keeps everybody behind from it, and who holds one while waiting for another may do so for ever:
rather give up, before PostgreSQL looks for deadlocks (after a second) and refuses somebody's press, and try again."""


def migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {TABLE_LOCK_MS}")
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


def migrate_by_itself() -> None:
    engine = make_engine(context.config.attributes["database_url"], poolclass=NullPool)
    with engine.connect() as connection:
        migrate(connection)
        connection.commit()


if "connection" in context.config.attributes:  # a transaction that migrates among other things
    migrate(context.config.attributes["connection"])
else:
    migrate_by_itself()
