"""The command line: `zhuqi COMMAND`."""
from app.cli.commands import main

__all__ = ["main"]
