"""A role of PostgreSQL for web and worker processes that can append to what is kept and never change it.

The tables belong to another role, which migrates and is used by nobody else: an owner can always grant itself more.
"""
from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

from app.cases.errors import Blocked
from workflows.sentence import say

KEPT = ("history", "seal", "sealed_case", "admin_act")
"""tables to which rows are only appended"""
ERASABLE = ("personal_value", "case_read")
"""tables whose rows are added and deleted, and never changed: erased personal data, readings whose time is over"""
READ = ("alembic_version",)
"""tables that only the owner writes"""


def check(connection: Connection, role: str) -> None:
    """Raises Blocked where less power is not to be had: on SQLite, for a role that is not there, that may do everything
    anyway, or that owns the tables."""
    if connection.dialect.name != "postgresql":
        raise Blocked(say("只有 PostgreSQL 能给服务一个权限较小的角色；SQLite 上由触发器拒绝修改。"))
    known = connection.execute(text(
        "SELECT rolsuper, pg_has_role(rolname, current_user, 'MEMBER') AS owns FROM pg_roles WHERE rolname = :role"),
        {"role": role}).one_or_none()
    if known is None:
        raise Blocked(say("数据库里没有角色%(role)s。", role=role))
    if known.rolsuper or known.owns:
        raise Blocked(say("角色%(role)s就是表的主人或者是超级用户，限制不了。请另建一个角色给服务用。", role=role))


def protect(connection: Connection, role: str) -> None:
    """Grants the role what web and worker need, now and for tables to come."""
    quote = connection.dialect.identifier_preparer.quote
    schema = str(connection.scalar(text("SELECT current_schema()")))
    for statement in _statements(quote(role), quote(schema)):
        connection.exec_driver_sql(statement)


def _statements(role: str, schema: str) -> Iterator[str]:
    rows, numbers = "SELECT, INSERT, UPDATE, DELETE", "USAGE, SELECT, UPDATE"
    yield f"GRANT USAGE ON SCHEMA {schema} TO {role}"
    yield f"GRANT {rows} ON ALL TABLES IN SCHEMA {schema} TO {role}"
    yield f"GRANT {numbers} ON ALL SEQUENCES IN SCHEMA {schema} TO {role}"
    yield f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {rows} ON TABLES TO {role}"
    yield f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {numbers} ON SEQUENCES TO {role}"
    for table in KEPT:
        yield f"REVOKE ALL ON {schema}.{table} FROM PUBLIC, {role}"
        yield f"GRANT SELECT, INSERT ON {schema}.{table} TO {role}"
    for table in ERASABLE:
        yield f"REVOKE ALL ON {schema}.{table} FROM PUBLIC, {role}"
        yield f"GRANT SELECT, INSERT, DELETE ON {schema}.{table} TO {role}"
    for table in READ:
        yield f"REVOKE ALL ON {schema}.{table} FROM PUBLIC, {role}"
        yield f"GRANT SELECT ON {schema}.{table} TO {role}"
