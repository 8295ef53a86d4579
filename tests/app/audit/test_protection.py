"""Nobody changes history and seals by mistake, and on PostgreSQL web and worker could not if they wanted to."""
from __future__ import annotations

from datetime import timedelta

import pytest
from click.testing import CliRunner
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from app import bootstrap
from app.audit import sealing
from app.cli import main
from app.db import make_engine, make_session_factory
from app.models import CaseRead
from app.powers import log
from app.reads import log as reads
from app.settings import load_settings
from app.worker import loop, scaled
from tests.app.audit.lives import NIGHT, erase, live, verify
from tests.conftest import MONDAY
from tests.installations import KINDS, NOW

CHANGES = (*(f"{act} {table}{rest}" for table, column in (
    ("history", "text"), ("seal", "line"), ("sealed_case", "algorithm"), ("admin_act", "name")) for act, rest in (
    ("UPDATE", f" SET {column} = 'x'"), ("DELETE FROM", ""))), "UPDATE case_read SET address = 'x'")
OTHER_VALUE = "UPDATE personal_value SET seq = 99"
TAKING_AWAY = ("TRUNCATE history CASCADE", "TRUNCATE case_read", "DROP TABLE seal",
               "ALTER TABLE history DISABLE TRIGGER ALL", "DROP TRIGGER history_is_kept ON history",
               "SET session_replication_role = replica",
               "UPDATE alembic_version SET version_num = '0001'")


def refusal(engine, statement):
    with engine.begin() as connection, pytest.raises(DBAPIError) as refused:
        connection.execute(text(statement))
    return refused.value.orig


def entered(sessions, now):
    """An administrator acts, and somebody reads a case."""
    with sessions.begin() as session:
        log.append(session, log.Act("admin.units_edit", "修改单位"), now)
        reads.note(session, reads.Reading("page", 1, 1), now)


def readings(sessions):
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(CaseRead))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_kept_is_not_changed_by_mistake(new, kind):
    city = new(kind)
    city.prepare()
    live(city.sessions, load_settings(city.environment), days=1, cases=1)
    entered(city.sessions, MONDAY)
    for statement in CHANGES:
        assert "is appended to and never changed" in str(refusal(city.engine, statement)), statement
    assert "is written and erased, never changed" in str(refusal(city.engine, OTHER_VALUE))
    erase(city.sessions, 1, NIGHT)
    assert not verify(city.sessions, load_settings(city.environment), NIGHT + timedelta(days=1)).found


@pytest.mark.parametrize("kind", KINDS)
def test_a_reading_is_deleted_when_its_time_is_over_and_not_a_day_sooner(new, kind):
    city = new(kind)
    city.prepare()
    for days in (0, 1, 185):
        entered(city.sessions, MONDAY + timedelta(days=days, microseconds=days))
    assert "is kept for 184 days at least" in str(refusal(city.engine, "DELETE FROM case_read"))
    settings = load_settings({**city.environment, "ZHUQI_READ_DAYS": "184"})
    loop.clean_up(city.sessions, settings, MONDAY + timedelta(days=400))
    assert readings(city.sessions) == 2, "nobody has read anything since, so nothing shows how late it is"


@pytest.fixture
def protected(new, monkeypatch):
    """An installation whose web and worker have a role of their own, which is also whose settings are in force."""
    city = new("postgresql")
    city.prepare()
    with city.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("DROP ROLE IF EXISTS zhuqi_service"))
        connection.execute(text("CREATE ROLE zhuqi_service LOGIN"))
    for name, value in city.environment.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(main, ["audit", "protect", "zhuqi_service"])
    assert result.exit_code == 0, result.output
    url = city.engine.url.set(username="zhuqi_service").render_as_string(hide_password=False)
    monkeypatch.setenv("ZHUQI_DATABASE_URL", url)
    yield url
    with city.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("DROP OWNED BY zhuqi_service"))
        connection.execute(text("DROP ROLE zhuqi_service"))


def test_the_services_role_works_seals_and_cleans_up_and_changes_nothing_that_is_kept(protected):
    settings, engine = load_settings(), make_engine(protected)
    sessions = make_session_factory(engine)
    bootstrap.prepare(settings, NOW)
    live(sessions, settings, days=2)
    scaled.apply_schema(scaled.make_app(settings, sessions, lambda: NIGHT), sessions)
    loop.work_once(sessions, settings, NIGHT + timedelta(days=2))
    entered(sessions, NIGHT - timedelta(days=365))
    entered(sessions, NIGHT + timedelta(days=2))
    loop.clean_up(sessions, settings, NIGHT + timedelta(days=2))
    assert readings(sessions) == 1
    with sessions() as session:
        assert sealing.newest(session).number == 3
    assert not verify(sessions, settings, NIGHT + timedelta(days=2)).found
    erase(sessions, 1, NIGHT + timedelta(days=2))
    assert not verify(sessions, settings, NIGHT + timedelta(days=2)).found
    for statement in (*CHANGES, *TAKING_AWAY, OTHER_VALUE):
        assert refusal(engine, statement).sqlstate == "42501", statement
    engine.dispose()


def test_an_upgrade_by_that_role_is_refused_in_words(settings, monkeypatch):
    refused = InsufficientPrivilege("permission denied for schema public")
    monkeypatch.setattr(bootstrap, "prepare", raising(ProgrammingError("CREATE TABLE", None, refused)))
    monkeypatch.setenv("ZHUQI_DEMO", "1")
    result = CliRunner().invoke(main, ["init"])
    assert result.exit_code == 1 and "没有权限" in result.output and "Traceback" not in result.output


def raising(error):
    def act(*_):
        raise error

    return act


@pytest.mark.parametrize(("kind", "role", "said"), [
    ("postgresql", "nobody_at_all", "没有角色"), ("postgresql", "postgres", "限制不了"),
    ("sqlite", "zhuqi_service", "由触发器拒绝修改")])
def test_a_role_that_cannot_be_limited_is_refused(new, monkeypatch, kind, role, said):
    city = new(kind)
    for name, value in city.environment.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(main, ["audit", "protect", role])
    assert result.exit_code == 1 and said in result.output
