"""Older installations: who administered goes on, and an auditor with other posts keeps those."""
from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import text

from app.bootstrap import migration_config
from app.organisation import load_organisation
from app.powers import check
from tests.installations import KINDS, NOW

PEOPLE = {"admin": ["admin"], "both": ["admin", "auditor"], "head": ["head", "auditor"], "auditor": ["auditor"]}


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_is_two_of_the_three_after_the_upgrade(new, kind):
    there = new(kind)
    there.folder.mkdir(exist_ok=True)
    command.upgrade(migration_config(there.url), "0009")
    with there.engine.begin() as connection:
        connection.execute(text("INSERT INTO unit (code, name, kind, active, sort) VALUES "
                                "('city', '市', 'city', true, 0)"))
        for code, name in (("admin", "系统管理员"), ("auditor", "审计员"), ("head", "负责人")):
            connection.execute(text("INSERT INTO position VALUES (:code, :name, 0)"), {"code": code, "name": name})
        for number, (username, positions) in enumerate(PEOPLE.items(), 1):
            connection.execute(text(
                "INSERT INTO user_account (id, username, name, password_hash, must_change_password, disabled, "
                "failed_logins, created_at) VALUES (:id, :name, :name, '!', false, false, 0, :at)"),
                {"id": number, "name": username, "at": NOW.isoformat(sep=" ") if kind == "sqlite" else NOW})
            for position in positions:
                connection.execute(text("INSERT INTO post (user_id, unit_code, position_code) VALUES "
                                        "(:id, 'city', :position)"), {"id": number, "position": position})
    command.upgrade(migration_config(there.url), "head")
    with there.sessions.begin() as session:
        load_organisation(session)
        assert list(check.broken(session)) == []
        held = session.execute(text("SELECT username, position_code FROM post JOIN user_account "
                                    "ON user_account.id = user_id ORDER BY post.id")).all()
        assert [tuple(row) for row in held] == [("admin", "admin"), ("both", "admin"), ("head", "head"),
                                                ("auditor", "auditor")]
        assert session.scalar(text("SELECT name FROM position WHERE code = 'auditor'")) == "审计管理员"
