"""From settings to a database that is ready: schema, organisation, content pack."""
from __future__ import annotations

from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.orm import Session, sessionmaker

from app.cases import definitions
from app.db import make_engine, make_session_factory
from app.organisation import load_organisation
from app.settings import Settings

ROOT = Path(__file__).parents[1]
CONTENT_PACK = ROOT / "bpmn"
PROCESSES = ("issue-lifecycle",)
"""the folders of the content pack that instances are started from; processes that they call come along"""


def open_database(settings: Settings) -> sessionmaker[Session]:
    """Sessions on the database of these settings."""
    return make_session_factory(make_engine(settings.database_url))


def migration_config(database_url: str) -> Config:
    """Alembic's configuration for a database; there is no ini file."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["database_url"] = database_url
    return config


def prepare(settings: Settings, now: datetime) -> sessionmaker[Session]:
    """Brings the schema up to date and loads what is missing; what administrators have published stays current."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    sessions = open_database(settings)
    command.upgrade(migration_config(settings.database_url), "head")
    with sessions.begin() as session:
        load_organisation(session)
        for key in PROCESSES:
            if not definitions.is_published(session, key):
                definitions.publish_folder(session, CONTENT_PACK / key, now=now, note="随产品提供的流程")
    return sessions
