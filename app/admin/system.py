"""How the installation does: each part with what was found, whether somebody has to look, and what to do then."""
from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Engine, func, inspect, select, text
from sqlalchemy.orm import Session

from app import metrics, schema
from app.cases.calendars import current
from app.clock import Clock
from app.dates import city_day, day_and_clock
from app.models import CalendarVersion, Incident, Post, User, WorkerRound
from app.powers import rules
from workflows.sentence import Sentence, say

SILENT = timedelta(minutes=2)
"""after which a worker that has noted no round is taken to be gone; it notes one every half minute"""
LATE = timedelta(minutes=5)
"""a due timer that has waited for so long is told"""
LONG_QUEUE = 100
"""jobs; a worker that keeps up leaves at most one of each share, 32 in all"""
LITTLE_ROOM, LITTLE_SHARE = 2 * 1024**3, 0.05
"""bytes that are free, or part of the disk, below which attachments and backups soon find no place"""
PAIR = 2
"""system administrators of whom one agrees to what the other wants"""
LATE_IN_THE_YEAR = 12
"""month in which the notice for the next year is out"""


@dataclass(frozen=True, slots=True)
class Part:
    """A line of the page. `advice` says what to do and is there where something is to be done; `endpoint` is the page
    where one sees more."""
    name: Sentence
    found: Sentence
    advice: Sentence | None = None
    endpoint: str | None = None


def parts(session: Session, engine: Engine, data_dir: Path, clock: Clock, *, assets_built: bool) -> list[Part]:
    """Every part, in the order of the page. Reads only."""
    now = clock()
    figures = {family.name: family.samples[0].value for family in metrics.Figures(engine, clock).collect()
               if family.samples}
    return [_release(assets_built), _database(session), _worker(session, now), _timers(figures), *_queue(session),
            _administrators(session), _mail(figures), _incidents(session), *_calendar(session, now), _disk(data_dir)]


def _release(assets_built: bool) -> Part:
    return Part(say("程序版本"), say("%(release)s", release=version("zhuqi")), None if assets_built else say(
        "样式和脚本没有生成，请在安装目录运行 make assets 后重启。"))


def _database(session: Session) -> Part:
    connection = session.connection()
    kind = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}[connection.dialect.name]
    number = ".".join(str(part) for part in connection.dialect.server_version_info or ())
    revision = connection.scalar(text("SELECT max(version_num) FROM alembic_version")) if connection.dialect.has_table(
        connection, "alembic_version") else None
    found = say("%(kind)s %(number)s，表结构版本%(revision)s", kind=kind, number=number, revision=revision or "-")
    advice = {schema.Schema.CURRENT: None,
              schema.Schema.AHEAD: say("数据库已经由更新的版本升级过，请把这台主机的程序也升级。"),
              schema.Schema.BEHIND: say("表结构比程序旧，请运行 zhuqi init。")}[schema.state(connection)]
    return Part(say("数据库"), found, advice)


def _worker(session: Session, now: datetime) -> Part:
    rounds = session.scalars(select(WorkerRound).order_by(WorkerRound.at.desc(), WorkerRound.host)).all()
    start = say("没有后台服务在运行，提醒、升级和邮件都停着。请启动 zhuqi worker，并看它的日志。")
    if not rounds:
        return Part(say("后台服务"), say("还没有记录"), start)
    told = [say("%(host)s：最近一轮在%(at)s", host=each.host, at=day_and_clock(each.at)) for each in rounds]
    return Part(say("后台服务"), say("%(hosts)s", hosts=told), None if now - rounds[0].at <= SILENT else start)


def _timers(figures: dict[str, float]) -> Part:
    waiting, lag = int(figures["zhuqi_timers_due"]), timedelta(seconds=figures["zhuqi_timer_lag_seconds"])
    found = say("没有到期未办的") if not waiting else say(
        "%(count)s个到期还没有办，最早的等了%(minutes)s分钟", count=waiting, minutes=int(lag.total_seconds() // 60))
    return Part(say("定时"), found, say("后台服务跟不上或没有运行。先看上一行，再看它的日志。") if lag > LATE else None)


def _queue(session: Session) -> Iterator[Part]:
    """Only PostgreSQL has a queue."""
    connection = session.connection()
    if connection.dialect.name != "postgresql" or not inspect(connection).has_table("procrastinate_jobs"):
        return
    waiting = connection.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")) or 0
    yield Part(say("任务队列"), say("%(count)s个任务在等", count=waiting),
               say("队列比平时长。请在另一台主机上再启动一个 zhuqi worker。") if waiting > LONG_QUEUE else None)


def _administrators(session: Session) -> Part:
    """How many of each kind can sign in: one of each, and two for processes, whose changes another one agrees to."""
    held = dict(session.execute(
        select(Post.position_code, func.count(func.distinct(User.id))).join(User, User.id == Post.user_id)
        .where(Post.position_code.in_(rules.THREE), User.disabled.is_(False)).group_by(Post.position_code)).all())
    found = say("%(kinds)s", kinds=[say("%(name)s%(count)s人", name=name, count=held.get(position, 0))
                                    for position, name in rules.THREE.items()])
    missing = [name for position, name in rules.THREE.items() if not held.get(position)]
    advice = say("没有%(names)s，请在服务器上运行 zhuqi create-admin。", names=missing) if missing else None
    if advice is None and held.get(rules.SYSTEM, 0) < PAIR:
        advice = say("只有一位系统管理员，重要的改动没有人同意。请安全管理员再设一位。")
    return Part(say("管理员"), found, advice)


def _mail(figures: dict[str, float]) -> Part:
    waiting, failed = int(figures["zhuqi_mail_waiting"]), int(figures["zhuqi_mail_failed"])
    return Part(say("邮件"), say("%(waiting)s封等待发送，%(failed)s封没有发出", waiting=waiting, failed=failed),
                say("看没有发出的原因，改好后点“再发一次”。") if failed else None, "admin.mail")


def _incidents(session: Session) -> Part:
    count = session.scalar(select(func.count()).select_from(Incident).where(Incident.closed_at.is_(None))) or 0
    return Part(say("故障"), say("%(count)s件事项停着", count=count),
                say("逐件查看，重试、跳过或修复。") if count else None, "admin.incidents")


def _calendar(session: Session, now: datetime) -> Iterator[Part]:
    calendar, today = current(session), city_day(now)
    saved = session.get(CalendarVersion, calendar.version)
    advice = None
    if calendar.provisional(today.year):
        advice = say("今年的放假通知还没有填写，请填写。")
    elif calendar.provisional(today.year + 1) and today.month >= LATE_IN_THE_YEAR:
        advice = say("明年的放假安排应已公布，请填写放假通知。")
    elif saved is not None and saved.failed:
        advice = say("上次改日历后有%(count)s件没有重新算成，请看服务日志。", count=saved.failed)
    moving = saved is not None and saved.moved_at is None
    yield Part(say("工作日历"), say("时限正在按新日历重新计算") if moving else say("时限都按现在的日历计算"), advice,
               "admin.calendar")


def _disk(data_dir: Path) -> Part:
    usage = shutil.disk_usage(data_dir)
    little = usage.free < LITTLE_ROOM or usage.free < LITTLE_SHARE * usage.total
    return Part(say("数据文件夹"), say("还空%(free)s GB，共%(total)s GB", free=f"{usage.free / 1024**3:.1f}",
                                  total=f"{usage.total / 1024**3:.1f}"),
                say("磁盘快满了，满了就不能再登记和上传。请清理或扩容。") if little else None)
