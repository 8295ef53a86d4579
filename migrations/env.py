"""Alembic's environment: the database comes from the command that asked, never from a file."""

from __future__ import annotations

from alembic import context
from sqlalchemy.pool import NullPool

from app.db import make_engine
from app.models import Base

TABLE_LOCK_MS = 5_000

engine = make_engine(context.config.attributes["database_url"], poolclass=NullPool)
with engine.connect() as connection:
    if engine.dialect.name == "postgresql":  # who waits for a table keeps everybody behind from it: rather try again
        connection.exec_driver_sql(f"SET lock_timeout = {TABLE_LOCK_MS}")
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
