"""Commands of `zhuqi`. Each is thin: it reads settings, opens a transaction and calls a service."""
from __future__ import annotations

import re
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NoReturn

import click
import structlog
from sqlalchemy import exists, select
from sqlalchemy.orm import Session, sessionmaker

from app import bootstrap, logs
from app.admin import users
from app.admin.patterns import USERNAME
from app.auth import passwords, second_factor, service
from app.cases import calendars, check, definitions
from app.cases.errors import CaseError
from app.cli.audit import audit
from app.cli.backup import backup, restore
from app.cli.measures import measures
from app.cli.settings import with_settings
from app.clock import system_clock
from app.modeler.release import exchange
from app.models import User
from app.organisation import shipped_positions
from app.powers import acts
from app.powers import check as powers_check
from app.powers import log as powers
from app.powers.rules import AUDIT, SECURITY, SYSTEM, THREE
from app.settings import Settings, load_settings
from workflows.calendar import Calendar, CalendarError
from workflows.content import read_folder
from workflows.errors import DefinitionRefused
from workflows.policy import broken
from workflows.reading import in_words
from workflows.sentence import say
from workflows.versions import examine

log = structlog.get_logger()
KINDS = {"system": SYSTEM, "security": SECURITY, "audit": AUDIT}
"""the three administrators, as the command line names them"""


@click.group()
def main() -> None:
    """助企：企业困难问题办理 (Zhuqi: handling of enterprises' difficulties)."""
    logs.configure()


main.add_command(backup)
main.add_command(restore)
main.add_command(audit)
main.add_command(measures)


@main.command()
@with_settings
def init(settings: Settings) -> None:
    """Creates or upgrades the database; loads the organisation and the content pack."""
    bootstrap.prepare(settings, system_clock())
    click.echo(say("数据库、组织机构和流程已经就绪。"))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="web processes (PostgreSQL)")
@with_settings
def serve(settings: Settings, host: str, port: int, workers: int) -> None:
    """Serves the web pages; on SQLite it also works off timers and mail."""
    from app.cli.server import serve as run

    bootstrap.prepare(settings, system_clock())
    run(settings, host, port, workers)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="address of the status page")
@click.option("--port", type=click.IntRange(0, 65535), help="serve /healthz, /readyz and /metrics there")
@with_settings
def worker(settings: Settings, host: str, port: int | None) -> None:
    """Works off timers, mail and housekeeping until it is stopped."""
    from app.cli.server import work

    bootstrap.prepare(settings, system_clock())
    work(settings, host, port)


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--check", "only_check", is_flag=True, help="report what is wrong and publish nothing")
def deploy(path: Path, only_check: bool) -> None:
    """Checks the process folder PATH, or each one in the zip PATH, its policy rules included, and publishes it as the
    current version."""
    found = _read(path)
    for key, files in found.items():
        _examine(key, files)
    if only_check:
        for key in found:
            click.echo(say("%(name)s: 没有发现问题", name=key))
        return
    _publish(found)


def _examine(key: str, files: dict[str, str]) -> None:
    findings = examine(key, files, shipped_positions())
    if findings.problems:
        _refuse([in_words(problem, problem.path, files) for problem in findings.problems])
    for note in findings.notes:
        click.echo(note, err=True)
    faults = broken(key, files)
    if faults:
        _refuse([in_words(fault, fault.path, files) for fault in faults])


def _read(path: Path) -> dict[str, dict[str, str]]:
    """The version files by key."""
    folder = path.resolve()
    try:
        if path.is_file():
            return exchange.processes_of(exchange.files_of_zip(path.read_bytes()))
        return {folder.name: read_folder(folder.parent, folder.name)}
    except CaseError as refused:
        _refuse([str(refused)])
    except OSError:
        _refuse([say("%(path)s: 没有这个文件夹", path=path)])


@with_settings
def _publish(settings: Settings, found: dict[str, dict[str, str]]) -> None:
    with bootstrap.open_database(settings).begin() as session:
        try:
            done = [definitions.publish(session, key, files, now=system_clock()) for key, files in found.items()]
        except DefinitionRefused as refused:
            _refuse([str(problem) for problem in refused.problems])
        for definition in done:
            click.echo(say("%(name)s（%(key)s）已发布，版本 %(hash)s", name=definition.name, key=definition.key,
                           hash=definition.hash[:12]))


@main.command("working-day")
@click.argument("start", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("days", metavar="N", type=int)
def working_day(start: Any, days: int) -> None:
    """Prints the date that is N working days after START (START itself is not counted)."""
    try:
        click.echo(_calendar().add_working_days(date(start.year, start.month, start.day), days).isoformat())
    except CalendarError as error:
        raise click.ClickException(str(error)) from None


def _calendar() -> Calendar:
    """The city's own calendar where a database is at hand, else the State Council's alone."""
    try:
        with bootstrap.open_database(load_settings())() as session:
            return calendars.current(session)
    except Exception:  # noqa: BLE001 - no settings, no database, no tables: the answer is the same
        return Calendar(version=0)


@main.command("create-admin")
@click.argument("username")
@click.option("--name", required=True, help="the person's name")
@click.option("--kind", default="system", show_default=True, type=click.Choice(list(KINDS)), help="which of the three")
@click.option("--unit", default="city", show_default=True, help="code of the unit whose administrator they become")
@with_settings
def create_admin(settings: Settings, username: str, name: str, kind: str, unit: str) -> None:
    """Enters one of the three administrators, system, security or audit, and prints a one-time password. A new
    installation needs one of each: three people."""
    if not re.fullmatch(USERNAME, username):
        _refuse([say("用户名用字母、数字、点、短横线，以字母开头，2到60个字符。")])
    now, password = system_clock(), passwords.one_time_password()
    try:
        with bootstrap.prepare(settings, now).begin() as session:
            user = users.create_user(session, username=username, name=name, email=None, phone=None,
                                     password_hash=passwords.hash_one_time(password), now=now)
            users.add_post(session, user, unit, KINDS[kind], by=None, agreed=True)
            powers.append(session, powers.Act(acts.CREATED_BY_COMMAND, acts.WORDS[acts.CREATED_BY_COMMAND],
                                              users.named(user), {}, {"post": users.named_post(user.posts[0])}), now)
            log.info("user_created", user=user.id, by=None)
    except CaseError as refused:
        _refuse([str(refused)])
    click.echo(say("已建立%(position)s%(name)s（%(username)s）。一次性密码：%(password)s",
                   position=THREE[KINDS[kind]], name=name, username=username, password=password))
    click.echo(say("首次登录时要换成自己的密码；这个密码不会再显示。"))


@main.command("reset-second-factor")
@click.argument("username")
@with_settings
def reset_second_factor(settings: Settings, username: str) -> None:
    """Forgets a lost second factor, when no administrator can sign in to do it; the next sign-in enrols anew."""
    with bootstrap.open_database(settings).begin() as session:
        user = service.find(session, username)
        if user is None:
            raise click.ClickException(str(say("没有这个用户。")))
        second_factor.forget(session, user)
        service.end_sessions(session, user.id)
        powers.append(session, powers.Act(acts.FACTOR_BY_COMMAND, acts.WORDS[acts.FACTOR_BY_COMMAND],
                                          users.named(user)), system_clock())
        log.info("second_factor_reset", user=user.id, by=None)
    click.echo(say("已解除%(name)s的两步验证，下次登录时要重新绑定手机。", name=user.name))


@main.command()
@with_settings
def demo(settings: Settings) -> None:
    """Builds the demonstration city in an empty database, by driving the engine through half a year."""
    from app.demo.build import DAYS, build

    sessions = bootstrap.prepare(settings, system_clock() - timedelta(days=DAYS))  # its processes are as old as it is
    with sessions() as session:
        if session.scalar(select(exists().where(User.id.is_not(None)))):
            click.echo(say("数据库里已经有用户，演示数据没有重建。"))
            return
    summary = build(sessions, now=system_clock(), settings=settings)
    click.echo(say("演示城市已经建成：%(summary)s", summary=summary))


@main.command("check")
@with_settings
def check_cases(settings: Settings) -> None:
    """Checks every case: work items, timers, history, replay; that the three administrators are different people, and
    their log. Exit 1 with what is broken."""
    sessions = bootstrap.open_database(settings)
    broken = _check_all(sessions)
    for line in broken:
        click.echo(line, err=True)
    if broken:
        sys.exit(1)


def _check_all(sessions: sessionmaker[Session]) -> list[str]:
    from tqdm import tqdm

    broken: list[str] = []
    with sessions() as session:
        found = check.instances(session)
        for instance_id in tqdm(found, desc=say("检查"), unit=say("件"), disable=not sys.stderr.isatty()):
            broken += check.broken(session, instance_id)
            session.expunge_all()
        broken += powers_check.broken(session)
    click.echo(say("检查了 %(count)s 个流程实例，发现 %(broken)s 处问题。", count=len(found),
                   broken=len(broken)) if broken else
               say("检查了 %(count)s 个流程实例，没有发现问题。", count=len(found)))
    return broken


def _refuse(lines: list[str]) -> NoReturn:
    for line in lines:
        click.echo(line, err=True)
    sys.exit(1)
