"""The system page: each part says whether all is well, and what to do where it is not."""
from __future__ import annotations

import shutil
from collections import namedtuple
from collections.abc import Callable
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.admin import system
from app.models import Definition, Incident, Instance, Outbox, Timer, WorkerRound
from app.models.outbox import MAX_ATTEMPTS
from app.settings import Settings
from app.worker import loop, rounds
from tests.app.conftest import Browser
from tests.conftest import MONDAY, FixedClock

PAGE = "/admin/system"
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def look(sessions: sessionmaker[Session], settings: Settings, clock: FixedClock) -> Callable[[str], tuple[str, str]]:
    """`look("邮件")` is what is found of that part, and the advice."""

    def look(name: str) -> tuple[str, str]:
        with sessions() as session:
            found = {str(part.name): part for part in system.parts(
                session, session.get_bind(), settings.data_dir, clock, assets_built=True)}
        return str(found[name].found), str(found[name].advice or "")

    return look


def one_running(session: Session) -> int:
    session.add(Definition(hash="0", key="p", name="p", files={}, published_at=MONDAY))
    session.flush()
    instance = Instance(definition_hash="0", key="p", state=b"", started_at=MONDAY, changed_at=MONDAY)
    session.add(instance)
    session.flush()
    return instance.id


def test_the_database_says_what_it_is(look: Callable[[str], tuple[str, str]]):
    found, _ = look("数据库")
    assert found.startswith(("SQLite 3.", "PostgreSQL 1"))


def test_missing_administrators_are_told_and_so_is_one_who_has_nobody_to_agree(
        look: Callable[[str], tuple[str, str]], add_user: Callable[..., int]):
    add_user("admin", ("city", "admin"))
    add_user("former", ("city", "security"), disabled=True)
    found, advice = look("管理员")
    assert found == "系统管理员1人、安全管理员0人、审计管理员0人"
    assert "没有安全管理员、审计管理员" in advice
    for username, position in (("s", "security"), ("a", "auditor")):
        add_user(username, ("city", position))
    assert "只有一位系统管理员" in look("管理员")[1]
    add_user("admin.two", ("city", "admin"))
    assert look("管理员")[1] == ""


def test_a_worker_that_runs_is_seen_and_one_that_has_gone_is_missed(
        look: Callable[[str], tuple[str, str]], sessions: sessionmaker[Session], settings: Settings,
        clock: FixedClock):
    assert "启动 zhuqi worker" in look("后台服务")[1]
    stop = Event()

    def one_round(_: object) -> int:
        stop.set()
        return 0

    loop.run(sessions, settings, clock, stop, one_round)
    found, advice = look("后台服务")
    assert "最近一轮在" in found and not advice
    clock.advance(minutes=3)
    assert "启动 zhuqi worker" in look("后台服务")[1]


def test_a_host_notes_one_row_and_is_forgotten_when_it_is_gone(sessions: sessionmaker[Session]):
    for minutes in (0, 1):
        rounds.note(sessions, MONDAY + timedelta(minutes=minutes))
    with sessions.begin() as session:
        assert [each.at for each in session.scalars(select(WorkerRound))] == [MONDAY + timedelta(minutes=1)]
        rounds.forget(session, MONDAY + timedelta(days=2))
        assert session.scalars(select(WorkerRound)).all() == []


def test_timers_that_wait_and_letters_that_did_not_go_are_told(
        look: Callable[[str], tuple[str, str]], sessions: sessionmaker[Session], clock: FixedClock):
    assert look("定时") == ("没有到期未办的", "") and not look("邮件")[1] and not look("故障")[1]
    now = clock()
    with sessions.begin() as session:
        instance = one_running(session)
        session.add_all([
            Timer(instance_id=instance, task_id="t", element_id="e", due_at=now - timedelta(minutes=9), rule="days(1)",
                  started_at=now, calendar_version=0),
            Outbox(key="a", recipient="a@example.cn", subject="", body="", due_at=now, attempts=MAX_ATTEMPTS),
            Incident(instance_id=instance, element_id="e", process_id="p", code="c", message="", opened_at=now)])
    assert "最早的等了9分钟" in look("定时")[0] and "跟不上" in look("定时")[1]
    assert "1封没有发出" in look("邮件")[0] and "再发一次" in look("邮件")[1]
    assert look("故障") == ("1件事项停着", "逐件查看，重试、跳过或修复。")


def test_a_disk_that_is_nearly_full_is_told(
        look: Callable[[str], tuple[str, str]], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100 * 1024**3, 0, 50 * 1024**3))
    assert look("数据文件夹") == ("还空50.0 GB，共100.0 GB", "")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100 * 1024**3, 0, 1024**3))
    assert "快满了" in look("数据文件夹")[1]


def test_a_notice_that_should_be_out_is_asked_for(look: Callable[[str], tuple[str, str]], clock: FixedClock):
    assert "放假" not in look("工作日历")[1]
    clock.advance(days=(MONDAY.replace(month=12, day=15) - MONDAY).days)
    assert "明年的放假安排" in look("工作日历")[1]


def test_the_page_counts_what_wants_looking_after(administrator: Browser):
    page = administrator.get(PAGE).text
    assert "需要处理" in page and "正常" in page and "没有后台服务在运行" in page


def test_the_system_is_the_administrators_to_see(officer: Browser):
    assert officer.get(PAGE).status_code == 403
