"""`zhuqi measures`: facts and rollups, which all follow from the histories."""
from __future__ import annotations

import sys

import click
from sqlalchemy import func, select
from tqdm import tqdm

from app.cli.settings import with_settings
from app.db import make_engine, make_session_factory
from app.measures import measuring
from app.models import Instance
from app.settings import Settings
from workflows.sentence import say


@click.group()
def measures() -> None:
    """Facts of cases and what is counted of them."""


@measures.command()
@with_settings
def rebuild(settings: Settings) -> None:
    """Works all facts and rollups out anew from the histories. People work on meanwhile; until it is done, pages show
    what has been counted so far."""
    engine = make_engine(settings.database_url)
    sessions = make_session_factory(engine)
    measuring.rebuild(sessions)
    with sessions.begin() as session:
        total = session.scalar(select(func.count()).select_from(Instance)) or 0
    done = 0
    with tqdm(total=total, unit=say("件"), disable=not sys.stderr.isatty()) as bar:
        while measured := measuring.work_off(sessions):
            done += measured
            bar.update(measured)
    engine.dispose()
    click.echo(say("已按历史重新统计%(done)s件。", done=done))
