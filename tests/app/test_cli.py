"""The command line says what it did, or what is wrong in one sentence, with the exit code that goes with it."""
from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pyotp
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select, update

from app import bootstrap
from app.actor import ENTERPRISE
from app.cases import service
from app.cases.calendars import current
from app.cli.commands import main
from app.clock import system_clock
from app.demo import build as demo
from app.factory import create_app
from app.models import AdminAct, Definition, History, Instance, Issue, User, WorkItem
from app.settings import load_settings
from tests.app.audit.tampering import unbound

HTTPS = "https://localhost"
BPMN = Path(__file__).parents[2] / "bpmn"


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """An empty SQLite database in the environment."""
    values = {"ZHUQI_DATABASE_URL": f"sqlite:///{tmp_path}/cli.sqlite3", "ZHUQI_DEMO": "1",
              "ZHUQI_DATA_DIR": str(tmp_path / "data")}
    for name in [name for name in os.environ if name.startswith("ZHUQI_")]:
        monkeypatch.delenv(name)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values


@pytest.fixture
def sessions(environment):
    """The database of the environment, made by `zhuqi init`, with one case in it."""
    assert run("init").exit_code == 0
    sessions = bootstrap.open_database(load_settings())
    with sessions.begin() as session:
        service.start_case(session, "issue-lifecycle", VARIABLES, actor=ENTERPRISE, now=system_clock(),
                           calendar=current(session))
    return sessions


VARIABLES = {"number": "2026-000001", "title": "续贷困难", "channel": "portal", "place": "dongsheng",
             "intake_unit": "dongsheng", "registered_at": "2026-03-02T02:00:00+00:00", "leader_unit": "leaders"}


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), "never a traceback"
    return result


@pytest.mark.parametrize(("start", "days", "last"), [
    ("2026-02-13", "1", "2026-02-14"), ("2026-09-30", "1", "2026-10-08"), ("2026-03-02", "5", "2026-03-09")])
@pytest.mark.usefixtures("environment")
def test_a_working_day_is_printed(start, days, last):
    result = run("working-day", start, days)
    assert (result.exit_code, result.output) == (0, f"{last}\n")


@pytest.mark.parametrize("arguments", [("2026-02-30", "1"), ("gestern", "1"), ("2026-03-02", "viele"),
                                       ("2026-03-02", "99999999")])
@pytest.mark.usefixtures("environment")
def test_a_working_day_that_cannot_be_is_refused(arguments):
    result = run("working-day", *arguments)
    assert result.exit_code != 0
    assert "Error" in result.output


@pytest.mark.parametrize("folder", ["issue-lifecycle", "five-working-day-plan"])
@pytest.mark.usefixtures("environment")
def test_the_content_pack_passes_the_check_and_nothing_is_published(folder):
    result = run("deploy", str(BPMN / folder), "--check")
    assert result.exit_code == 0
    assert "没有发现问题" in result.output


@pytest.mark.usefixtures("sessions")
def test_a_good_folder_is_published():
    result = run("deploy", str(BPMN / "issue-lifecycle"))
    assert result.exit_code == 0
    assert "已发布" in result.output


def break_file(path: Path, text: str, by: str) -> None:
    content = path.read_text(encoding="utf-8")
    assert text in content
    path.write_text(content.replace(text, by, 1), encoding="utf-8")


BREAKAGES = {
    "no xml": lambda folder: (folder / "issue-lifecycle.bpmn").write_text("<bpmn:definitions", encoding="utf-8"),
    "no diagram": lambda folder: (folder / "issue-lifecycle.bpmn").unlink(),
    "no such form": lambda folder: (folder / "forms" / "judge.form.json").unlink(),
    "a form that is no JSON": lambda folder: (folder / "forms" / "judge.form.json").write_text("{", encoding="utf-8"),
    "python in an expression": lambda folder: break_file(
        folder / "issue-lifecycle.bpmn", "working_days(", "__import__("),
    "an unknown position": lambda folder: break_file(
        folder / "issue-lifecycle.bpmn", 'name="position" value="judge"', 'name="position" value="king"'),
    "binary": lambda folder: (folder / "issue-lifecycle.bpmn").write_bytes(bytes(range(256))),
}


@pytest.mark.parametrize("breakage", BREAKAGES)
@pytest.mark.parametrize("options", [["--check"], []])
def test_a_bad_folder_is_refused_by_file_and_reason(sessions, tmp_path, breakage, options):
    for name in ("issue-lifecycle", "five-working-day-plan"):
        shutil.copytree(BPMN / name, tmp_path / "pack" / name)
    BREAKAGES[breakage](tmp_path / "pack" / "issue-lifecycle")
    result = run("deploy", str(tmp_path / "pack" / "issue-lifecycle"), *options)
    assert result.exit_code == 1
    assert "issue-lifecycle" in result.output
    with sessions() as session:
        kept = session.query(Definition).count()
        assert kept == len(bootstrap.PROCESSES), "what was published before stays as it was"


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(("old", "new", "told"), [
    ("&quot;plan_days&quot;: 5,", "&quot;plan_days&quot;: 7,",
     "C3 复杂问题5个工作日内制定办理方案，方案审定以后才推进办理：“第五个工作日结束”期限可到7个工作日，超过5个工作日"),
    ('level != "general" and not plan_made and not rework', 'level == "special"',
     "有一条路不经“审定办理方案”就到了“办理”（走法：困难已登记 → 企业反映困难问题办理全过程 → 收集登记 → "),
    ('<bpmn:parallelGateway id="work_fork">', '<bpmn:exclusiveGateway id="work_fork" name="分办" '
     'default="flow_work_fork__g_level">', "流程会卡住（走法：困难已登记 → ")])
def test_what_is_wrong_is_told_with_the_way_that_leads_there(tmp_path, old, new, told):
    shutil.copytree(BPMN, tmp_path / "pack")
    path = tmp_path / "pack" / "issue-lifecycle" / "issue-lifecycle.bpmn"
    break_file(path, old, new)
    if "work_fork" in old:
        closing = path.read_text(encoding="utf-8").split('id="work_fork"')[1].split("</bpmn:parallelGateway>")[0]
        break_file(path, f"{closing}</bpmn:parallelGateway>", f"{closing}</bpmn:exclusiveGateway>")
        break_file(path, 'sourceRef="work_fork" targetRef="joint_work"/>', 'sourceRef="work_fork" targetRef='
                   '"joint_work"><bpmn:conditionExpression>rework</bpmn:conditionExpression></bpmn:sequenceFlow>')
    result = run("deploy", str(path.parent), "--check")
    assert result.exit_code == 1
    assert told in result.output


@pytest.mark.usefixtures("environment")
def test_a_folder_that_is_not_there_is_refused(tmp_path):
    result = run("deploy", str(tmp_path / "nowhere"), "--check")
    assert result.exit_code == 1
    assert "没有这个文件夹" in result.output


@pytest.mark.usefixtures("sessions")
def test_a_sound_database_passes_the_check():
    result = run("check")
    assert result.exit_code == 0
    assert "检查了 1 个流程实例，没有发现问题" in result.output


@pytest.mark.parametrize(("change", "said"), [
    (update(History).values(text="改过"), "被改动过"),
    (update(WorkItem).values(status="done"), "待办与流程不一致")])
def test_a_broken_database_fails_the_check(sessions, change, said):
    with unbound(sessions.kw["bind"]) as connection:
        connection.execute(change)
    result = run("check")
    assert result.exit_code == 1
    assert said in result.output


@pytest.mark.parametrize(("name", "value"), [
    ("ZHUQI_DATABASE_URL", "mysql://localhost/zhuqi"), ("ZHUQI_SMTP_URL", "localhost:25"),
    ("ZHUQI_IDLE_MINUTES", "soon"), ("ZHUQI_DEMO", "0")])
@pytest.mark.parametrize("command", ["init", "check", "worker"])
def test_a_wrong_setting_is_named(environment, monkeypatch, command, name, value):
    monkeypatch.setenv(name, value)
    result = run(command)
    assert result.exit_code == 1
    assert (name if name != "ZHUQI_DEMO" else "ZHUQI_SECRET_KEY") in result.output


def test_a_worker_ends_cleanly_when_it_is_told_to(environment):
    assert run("init").exit_code == 0
    command = [sys.executable, "-c", "from app.cli import main; main()", "worker"]
    with subprocess.Popen(command, env={**os.environ, **environment}, cwd=BPMN.parent, text=True,
                          stderr=subprocess.PIPE) as worker:
        assert "worker_started" in worker.stderr.readline()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(10) == 0


def test_the_demonstrations_processes_are_as_old_as_its_cases(environment, monkeypatch):
    monkeypatch.setattr(demo, "build", partial(demo.build, issues=20))
    assert run("demo").exit_code == 0
    with bootstrap.open_database(load_settings())() as session:
        published = session.scalar(select(func.max(Definition.published_at)))
        assert published <= session.scalar(select(func.min(Issue.registered_at)))


@pytest.fixture
def production(environment, monkeypatch):
    """An empty database and a key of one's own, no demonstration."""
    monkeypatch.delenv("ZHUQI_DEMO")
    monkeypatch.setenv("ZHUQI_SECRET_KEY", "k" * 48)


@pytest.mark.usefixtures("production")
def test_a_new_installation_gets_its_first_administrator_who_signs_in_and_chooses_a_password():
    result = run("create-admin", "song.admin", "--name", "宋致远")
    assert result.exit_code == 0
    password = re.search(r"一次性密码：(\S+)", result.output)[1]
    browser = create_app(load_settings(), system_clock).test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/login", base_url=HTTPS).text)[1]
    form = {"csrf_token": token, "username": "song.admin", "password": password}
    own = {"base_url": HTTPS, "headers": {"Referer": f"{HTTPS}/login"}}
    assert browser.post("/login", data=form, **own).location == "/login/enrol"
    secret = browser.get("/login/enrol", base_url=HTTPS).text.split('text-break">')[1].split("<")[0]
    form = {"csrf_token": token, "code": pyotp.TOTP(secret).now()}
    assert "备用码" in browser.post("/login/enrol", data=form, **own).text
    assert browser.get("/admin/units", base_url=HTTPS).headers["Location"].endswith("/account/password")


@pytest.mark.usefixtures("production")
def test_a_new_installation_gets_three_administrators_and_the_log_begins_with_them():
    for kind, name in (("system", "系统管理员"), ("security", "安全管理员"), ("audit", "审计管理员")):
        assert f"已建立{name}" in run("create-admin", kind, "--name", "宋致远", "--kind", kind).output
    with bootstrap.open_database(load_settings())() as session:
        assert [act.after["post"] for act in session.query(AdminAct).order_by(AdminAct.seq)] == [
            f"鄂尔多斯市人民政府{name}" for name in ("系统管理员", "安全管理员", "审计管理员")]
    assert run("check").exit_code == 0
    with unbound(bootstrap.open_database(load_settings()).kw["bind"]) as owner:
        owner.execute(update(AdminAct).where(AdminAct.seq == 2).values(after={"post": "city:clerk"}))
    broken = run("check")
    assert broken.exit_code == 1 and "管理日志第2条被改动过" in broken.output


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(("arguments", "said"), [
    (["song.admin", "--name", "宋致远"], "已经有人在用"), (["1", "--name", "宋致远"], "以字母开头"),
    (["other", "--name", "宋致远", "--unit", "nowhere"], "没有这个单位"),
    (["other", "--name", "宋致远", "--kind", "all"], "Invalid value")])
def test_an_administrator_who_cannot_be_entered_is_refused_in_words(arguments, said):
    assert run("create-admin", "song.admin", "--name", "宋致远").exit_code == 0
    result = run("create-admin", *arguments)
    assert result.exit_code != 0
    assert said in result.output and "Traceback" not in result.output


def test_a_lost_second_factor_is_taken_off_without_signing_in(environment):
    run("create-admin", "admin", "--name", "宋致远")
    with bootstrap.open_database(load_settings()).begin() as session:
        session.execute(update(User).values(totp_secret="JBSWY3DPEHPK3PXP", totp_step=1))
    assert "已解除宋致远的两步验证" in run("reset-second-factor", "Admin").output
    with bootstrap.open_database(load_settings())() as session:
        assert session.query(User).one().totp_secret is None
    missing = run("reset-second-factor", "nobody")
    assert missing.exit_code == 1 and "没有这个用户" in missing.output


def test_measures_are_worked_out_anew(sessions):
    result = run("measures", "rebuild")
    assert result.exit_code == 0 and "已按历史重新统计1件" in result.output
    with sessions.begin() as session:
        assert session.scalars(select(Instance.measured)).all() == [True]
