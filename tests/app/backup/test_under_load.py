"""A backup made while people work is one moment of their work: whole, and nothing acknowledged before it is missing."""
from __future__ import annotations

from contextlib import ExitStack
from threading import Event, Thread

import pytest
from sqlalchemy import select

from app.actor import ENTERPRISE, load_actor
from app.cases import definitions, service
from app.issues import attachments
from app.issues.attachments import CheckedFile, path_of
from app.models import Attachment, History, Post, User, WorkItem
from tests.app.backup.processes import ENDLESS, press, running
from tests.conftest import MONDAY
from tests.installations import KINDS, OTHER
from tests.sizes import sized, tell
from tests.workflows import diagrams as d
from workflows.calendar import Calendar

INSTANCES = 12
PRESSING = 2


@pytest.fixture
def busy(new):
    """`busy(kind)` is an installation with running cases, and the clerk who may finish their tasks."""
    def busy(kind):
        there = new(kind)
        there.prepare()
        with there.sessions.begin() as session:
            clerk = User(username="clerk", name="经办", password_hash="!", created_at=MONDAY,
                         posts=[Post(unit_code="miit", position_code="clerk")])
            session.add(clerk)
            session.flush()
            definitions.publish(session, "p", d.files(ENDLESS), now=MONDAY)
            for _ in range(INSTANCES):
                service.start_case(session, "p", {}, actor=ENTERPRISE, now=MONDAY, calendar=Calendar(version=0))
            return there, load_actor(session, clerk, MONDAY)

    return busy


def upload(there, stop):
    """Files come in and others are forgotten, for ever."""
    number = 0
    while not stop.is_set():
        number += 1
        with there.sessions.begin() as session:
            attachments.keep(session, CheckedFile("a.txt", "text/plain", f"{number}".encode() * 1000),
                             there.attachments, now=MONDAY, issue_id=None, user_id=1)


@pytest.mark.parametrize("kind", KINDS)
def test_each_backup_is_one_whole_moment(new, busy, tmp_path, kind):
    there, clerk = busy(kind)
    acknowledged, moments, stop = set(), [], Event()
    with ExitStack() as stack:
        uploads = Thread(target=upload, args=(there, stop))
        uploads.start()
        stack.callback(uploads.join)
        stack.callback(stop.set)
        pipes = [stack.enter_context(running(press, there.url, clerk, MONDAY))[1]
                 for _ in range(PRESSING)]
        for number in range(sized(3, 20)):
            for pipe in pipes:
                assert pipe.poll(20), "it never got to work"
                while pipe.poll():
                    acknowledged.add(pipe.recv())
            before = set(acknowledged)
            there.save(tmp_path / f"{number}.zip")
            moments.append((tmp_path / f"{number}.zip", before))
    with there.sessions() as session:
        now = {(entry.instance_id, entry.seq): entry.hash for entry in session.scalars(select(History))}
    sizes = [_check(new(OTHER[kind]), archive, before, now) for archive, before in moments]
    assert sizes == sorted(sizes) and sizes[0] < sizes[-1], "work went on meanwhile"
    tell(f"backup under load ({kind}): {len(moments)} backups beside {PRESSING} pressing processes and uploads, "
         f"{sizes[0]} to {sizes[-1]} history entries, each restored into {OTHER[kind]}, 0 acknowledged lost, 0 broken")


def _check(again, archive, acknowledged, now):
    """How many history entries it holds."""
    assert again.restore(archive).lost == []
    assert again.broken() == []
    with again.sessions() as session:
        done = set(session.scalars(select(WorkItem.id).where(WorkItem.status == "done")))
        assert acknowledged <= done
        entries = session.scalars(select(History)).all()
        assert all(now[entry.instance_id, entry.seq] == entry.hash for entry in entries)
        for sha256 in session.scalars(select(Attachment.sha256)):
            assert path_of(again.attachments, sha256).exists()
    return len(entries)
