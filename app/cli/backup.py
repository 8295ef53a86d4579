"""`zhuqi backup` and `zhuqi restore`. What only they need is imported in them: the servers' processes are of this
program too."""
from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import Engine

from app.backup.archive import Manifest
from app.backup.errors import BackupError
from app.cli.settings import with_settings
from app.clock import system_clock
from app.db import make_engine
from app.settings import Settings
from workflows.sentence import say


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_settings
def backup(settings: Settings, file: Path) -> None:
    """Writes all of this installation, as it is at this moment, into FILE. Work goes on meanwhile."""
    from app.backup import saving

    with _told(say("备份")) as progress:
        made = saving.save(*_places(settings), file, now=system_clock(), progress=progress)
    _tell(made, say("已备份到%(file)s：%(rows)s行数据、%(files)s个附件。", file=file, rows=made.rows, files=made.files))


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_settings
def restore(settings: Settings, file: Path) -> None:
    """Fills an empty database, SQLite or PostgreSQL, from FILE. Check the result with `zhuqi check`."""
    from app.backup import restoring

    with _told(say("恢复")) as progress:
        taken = restoring.restore(*_places(settings), file, progress=progress)
    _tell(taken, say("已从%(file)s恢复（备份于%(at)s）：%(rows)s行数据、%(files)s个附件。请运行 zhuqi check 核对。",
                     file=file, at=taken.made_at, rows=taken.rows, files=taken.files))


@contextmanager
def _told(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal; what goes wrong in one sentence."""
    from tqdm import tqdm

    with tqdm(desc=what, disable=not sys.stderr.isatty()) as bar:
        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        try:
            yield progress
        except BackupError as error:
            raise click.ClickException(str(error)) from None


def _places(settings: Settings) -> tuple[Engine, Path]:
    """What an installation keeps: its database, and the folder of its files."""
    return make_engine(settings.database_url), settings.data_dir / "attachments"


def _tell(manifest: Manifest, done: str) -> None:
    """Says what was done, and which files were lost before."""
    click.echo(done)
    if manifest.lost:
        click.echo(say("有%(count)s个附件在备份时已经丢失或损坏：%(names)s", count=len(manifest.lost),
                       names=manifest.lost), err=True)
