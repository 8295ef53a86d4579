"""From settings to a database that is ready: schema, organisation, content pack."""
from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from app import schema
from app.cases import commitments, definitions
from app.db import make_engine, make_session_factory
from app.organisation import load_organisation
from app.settings import Settings

if TYPE_CHECKING:
    from alembic.config import Config

log = structlog.get_logger()
ROOT = Path(__file__).parents[1]
CONTENT_PACK = ROOT / "bpmn"
PROCESSES = ("issue-lifecycle", "dispatch-meeting")
"""the folders of the content pack that instances are started from; processes that they call come along"""
PAUSES = (0.2, 0.5, *[1.0] * 60)
"""seconds between the attempts of a migration"""
HELD_BY_OTHERS = frozenset({"55P03", "40P01"})
"""SQLSTATE: a lock was not to be had in time, a deadlock"""


def engine_of(settings: Settings) -> Engine:
    """An engine of an installation: personal data in the history is committed to by the hash of its seals."""
    return make_engine(settings.database_url, execution_options={commitments.OPTION: settings.seal_hash})


def open_database(settings: Settings) -> sessionmaker[Session]:
    """Sessions on the database of these settings."""
    return make_session_factory(engine_of(settings))


def migration_config(database_url: str) -> Config:
    """Alembic's configuration for a database; there is no ini file. Imported where it is needed: a web process has no
    room for Alembic."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["database_url"] = database_url
    return config


def prepare(settings: Settings, now: datetime) -> sessionmaker[Session]:
    """Brings the schema up to date and loads what is missing; what administrators have published stays current. Of
    hosts that start together one does it, and the others find it done. A database that a newer release has brought
    up is left as it is."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    sessions = open_database(settings)
    engine: Engine = sessions.kw["bind"]
    with schema.alone(engine):
        with engine.connect() as connection:
            stands = schema.state(connection)
        if stands is schema.Schema.AHEAD:
            log.warning("schema_is_newer_than_this_release")
            return sessions
        if stands is schema.Schema.BEHIND:
            _upgrade(settings)
        with sessions.begin() as session:
            _load_missing(session, now)
    return sessions


def _upgrade(settings: Settings) -> None:
    """Migrates while others work: whenever they hold what it needs it lets go of everything and tries again a little
    later. Raises OperationalError when they never make room, as during a backup."""
    from alembic import command

    for pause in (*PAUSES, None):
        try:
            command.upgrade(migration_config(settings.database_url), "head")
            return
        except OperationalError as error:
            if pause is None or getattr(error.orig, "sqlstate", "") not in HELD_BY_OTHERS:
                raise
            log.info("migration_waits", seconds=pause)
            time.sleep(pause)


def _load_missing(session: Session, now: datetime) -> None:
    load_organisation(session)
    for key in PROCESSES:
        if not definitions.was_published(session, key):
            definitions.publish_folder(session, CONTENT_PACK / key, now=now, note="随产品提供的流程")
