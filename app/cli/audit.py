"""`zhuqi audit …`: sealing, verifying, and the dossier of a case."""
from __future__ import annotations

import sys
from pathlib import Path

import click

from app import bootstrap
from app.cases.errors import Blocked, NotFound
from app.cli.settings import with_settings
from app.clock import system_clock
from app.db import begin_reading
from app.settings import Settings
from workflows.sentence import say


@click.group()
def audit() -> None:
    """Seals what has happened, and shows that nobody has changed it."""


@audit.command("seal")
@with_settings
def seal_now(settings: Settings) -> None:
    """Seals all that is new since the last seal. Workers do so every night; see ZHUQI_SEAL_DIR and ZHUQI_SEAL_MAIL."""
    from app.audit import sealing

    line = sealing.seal(bootstrap.open_database(settings), settings, system_clock())
    if line is None:
        raise click.ClickException(say("另一个程序正在封存。"))
    click.echo(line.text())


@audit.command()
@click.option("--seals", "files", multiple=True, type=click.Path(path_type=Path, dir_okay=False, exists=True),
              help="a file with seals that were sent outside, a line each; default: the file in ZHUQI_SEAL_DIR")
@with_settings
def verify(settings: Settings, files: tuple[Path, ...]) -> None:
    """Checks every entry, chain, head and seal, the administrators' log, and the copies outside. Exit 1 with what was
    altered, first first."""
    from tqdm import tqdm

    from app.audit.findings import issue_numbers
    from app.audit.verification import Verification

    chosen = files or ((settings.seals,) if settings.seals.exists() else ())
    copies = [line for file in chosen for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]
    sessions = bootstrap.open_database(settings)
    try:
        verification = Verification(sessions, system_clock(), copies)
    except ValueError as error:
        raise click.ClickException(say("这一行不是封存：%(line)s", line=str(error)[:200])) from None
    with tqdm(desc=say("核对"), unit=say("件"), disable=not sys.stderr.isatty()) as bar:
        for _ in verification.run():
            bar.update(verification.cases - bar.n)
    click.echo(say("核对了%(cases)s件、%(entries)s条历史、%(acts)s条管理日志、%(copies)s条外面的封存；"
                   "%(unsealed)s条历史还没有封存。", cases=verification.cases, entries=verification.entries,
                   acts=verification.acts, copies=len(copies), unsealed=verification.unsealed))
    with sessions() as session:
        numbers = issue_numbers(session, verification.findings)
    for finding in verification.findings:
        number = numbers.get(finding.case)
        click.echo(say("%(said)s（事项%(number)s）", said=finding.said, number=number) if number else finding.said,
                   err=True)
    if verification.found:
        click.echo(say("发现%(count)s处不符。", count=verification.found), err=True)
        sys.exit(1)
    click.echo(say("没有发现改动。"))


@audit.command()
@click.argument("role")
@with_settings
def protect(settings: Settings, role: str) -> None:
    """Gives the PostgreSQL role ROLE what web and worker need, but not the power to change history and seals. Run it as
    the owner of the tables, after `zhuqi init`, again after every upgrade."""
    from app.audit import protection
    from app.worker import scaled

    sessions = bootstrap.open_database(settings)
    try:
        with sessions.begin() as session:
            protection.check(session.connection(), role)
        scaled.apply_schema(scaled.make_app(settings, sessions, system_clock), sessions)  # what workers cannot make
        with sessions.begin() as session:
            protection.protect(session.connection(), role)
    except Blocked as refused:
        raise click.ClickException(str(refused)) from None
    click.echo(say("角色%(role)s现在能用，但改不了历史和封存。请把它写进服务的 ZHUQI_DATABASE_URL。", role=role))


@audit.command()
@click.argument("case")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@with_settings
def export(settings: Settings, case: str, out: Path) -> None:
    """Writes the dossier of CASE (an issue's number or an instance's id) into the zip OUT. `docs/verify_dossier.py`
    checks it without this database."""
    from app.audit import dossier, dossier_pdf
    from app.reads import log as reads

    sessions = bootstrap.open_database(settings)
    with sessions() as session:
        begin_reading(session)
        try:
            instance_id = dossier.find_case(session, case)
            found = dossier.gather(session, instance_id, system_clock())
        except NotFound as refused:
            raise click.ClickException(str(refused)) from None
    try:
        with out.open("xb") as file:
            file.write(dossier.packed(found, dossier_pdf.written(found)))
    except OSError as error:
        raise click.ClickException(say("写不了%(file)s：%(reason)s", file=out, reason=error.strerror)) from None
    with sessions.begin() as session:
        reads.note_dossier(session, instance_id, system_clock())
    click.echo(say("已写成%(file)s：%(entries)s条历史，%(sealed)s条有封存作证。", file=out, entries=len(found.entries),
                   sealed=found.sealed))
