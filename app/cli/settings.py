"""Settings for commands."""
from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from sqlalchemy.exc import OperationalError

from app import logs
from app.settings import SettingsError, load_settings
from workflows.sentence import say


def with_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command its settings, or says in one sentence which one is wrong, or why the database cannot be
    used."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        try:
            settings = load_settings()
        except SettingsError as error:
            raise click.ClickException(str(error)) from None
        try:
            return command(settings, *args, **options)
        except OperationalError as error:
            raise click.ClickException(say("数据库用不了 (the database cannot be used): %(why)s",
                                           why=logs.words(error))) from None

    return run
