"""Upgrade without downtime: hosts change to the next release one after the other, while people work and limits pass."""
from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text

from app import schema
from app.models import History, WorkItem
from tests.faults.town import wait_for
from tests.hosts.browsing import Person
from tests.hosts.day import Day, assert_all_is_well
from tests.hosts.network import ROOT, Host
from tests.sizes import sized, tell

MIGRATION = '''"""What the next release adds; the present one works on without knowing it."""
import sqlalchemy as sa
from alembic import op

revision, down_revision = "9999", "{head}"


def upgrade() -> None:
    op.add_column("instance", sa.Column("of_next_release", sa.Integer(), nullable=True))
    op.add_column("work_item", sa.Column("of_next_release", sa.String(20), nullable=False, server_default="none"))
    op.create_table("of_next_release", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade() -> None:
    op.drop_table("of_next_release")
    with op.batch_alter_table("work_item") as table:
        table.drop_column("of_next_release")
    with op.batch_alter_table("instance") as table:
        table.drop_column("of_next_release")
'''


@pytest.fixture(scope="module")
def next_release(tmp_path_factory) -> Path:
    """The present one with a migration more."""
    folder = tmp_path_factory.mktemp("release")
    for part in ("app", "workflows", "bpmn", "migrations"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    head = schema.revisions()[1]
    (folder / "migrations" / "versions" / "9999_next.py").write_text(MIGRATION.format(head=head), encoding="utf-8")
    return folder


def test_hosts_change_to_the_next_release_and_back_while_people_work_and_limits_pass(city, next_release):
    changing = city.web[:sized(2, 3)] + city.workers[:sized(1, 3)]
    with Day(city) as day:
        day.goes_on("all run the present release", city.hosts)
        for host in changing:
            change(host, next_release)
            for other in city.hosts:
                wait_for(other.is_ready, f"{other.address} stays ready, old or new")
        day.goes_on("they run the next release", city.hosts)
        for host in (city.web[0], city.workers[0]):
            change(host, ROOT)
        day.goes_on("some have gone back, on the newer schema", city.hosts)
    figures = assert_all_is_well(city, day)
    with city.town.sessions() as session:
        assert "of_next_release" in inspect(session.connection()).get_table_names()
    refused = sum(count for officer in day.officers for status, count in officer.answers.items() if status >= 500)
    assert refused == 0
    tell(f"upgrade, {city.kind}: {len(changing) + 2} restarts one after the other, a migration among them, old and "
         f"new side by side: {figures}; {refused} requests answered with an error")


def change(host: Host, release: Path) -> None:
    assert host.stop() == 0
    host.start(release)
    wait_for(host.is_ready, f"{host.address} is ready")


def test_a_web_process_that_is_told_to_stop_answers_what_it_has_begun(city):
    host = city.web[0]
    (case,) = city.town.start_cases("ring", 1)
    with city.town.sessions() as session:
        item = session.scalars(select(WorkItem.id).where(WorkItem.instance_id == case)).one()
    person = Person([host])
    assert person.sign_in("early").status == 302
    form = {"csrf_token": person.token_on("/account/password"), "idempotency_key": "k"}
    with ThreadPoolExecutor() as pool, city.town.sessions() as session:
        session.execute(text("LOCK TABLE history IN ACCESS EXCLUSIVE MODE"))
        pressed = pool.submit(person.post, f"/tasks/{item}/complete", form)
        wait_for(lambda: waits_for_a_lock(city), "the press is under way")
        stopped = pool.submit(host.stop)
        wait_for(lambda: host.ask("/healthz", timeout=1)[0] == 0, "nobody new is let in")
        assert not pressed.done() and not stopped.done()
        session.rollback()
        assert (pressed.result().status, stopped.result()) == (303, 0)
    with city.town.sessions() as session:
        assert session.get_one(WorkItem, item).status == "done"
    host.start()
    wait_for(host.is_ready, "it is back")


def test_workers_that_are_told_to_stop_finish_the_job_that_they_have_begun(city):
    with ThreadPoolExecutor() as pool, city.town.sessions() as session:
        session.execute(text('LOCK TABLE "copy" IN ACCESS EXCLUSIVE MODE'))  # where the limit of a reminder writes
        (case,) = city.town.start_cases("reminder", 1)
        wait_for(lambda: waits_for_a_lock(city), "a worker is in the middle of a job")
        stopped = [pool.submit(host.stop) for host in city.workers]
        wait_for(lambda: sum(each.done() for each in stopped) == len(stopped) - 1, "those that do nothing stop at once")
        session.rollback()
        assert [each.result() for each in stopped] == [0, 0, 0]
    with city.town.sessions() as session:
        done = session.scalars(select(History.op).where(History.instance_id == case).order_by(History.seq)).all()
    assert done == ["start", "wake"]
    for host in city.workers:
        host.start()
        wait_for(host.is_ready, "it is back")


def waits_for_a_lock(city) -> bool:
    """Whether a host's statement waits for what the test has locked."""
    with city.town.sessions() as session:
        return bool(session.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                                        "AND wait_event = 'relation' AND datname = current_database()")))
