"""Settings for commands."""
from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from app import logs
from app.settings import SettingsError, load_settings
from workflows.sentence import say

NOT_ALLOWED = "42501"
"""SQLSTATE: a privilege is missing"""


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
        except ProgrammingError as error:
            if getattr(error.orig, "sqlstate", "") != NOT_ALLOWED:
                raise
            raise click.ClickException(say("这个数据库角色没有权限 (the role lacks a privilege; upgrade as the tables' "
                                           "owner: zhuqi init): %(why)s", why=logs.words(error))) from None
        except OperationalError as error:
            raise click.ClickException(say("数据库用不了 (the database cannot be used): %(why)s",
                                           why=logs.words(error))) from None

    return run
