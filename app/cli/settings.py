"""Settings for commands."""
from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from app.settings import SettingsError, load_settings


def with_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command its settings, or says in one sentence which one is wrong."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        try:
            settings = load_settings()
        except SettingsError as error:
            raise click.ClickException(str(error)) from None
        return command(settings, *args, **options)

    return run
