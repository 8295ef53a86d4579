"""Housekeeping throws away what nobody needs, and nothing that somebody is just about to keep."""
from __future__ import annotations

from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import event, select, update

from app.issues import attachments
from app.issues.attachments import CheckedFile, path_of
from app.models import Attachment, Enterprise, Issue
from app.settings import load_settings
from app.worker.loop import clean_up
from tests.conftest import MONDAY

FILE = CheckedFile("合同.pdf", "application/pdf", b"%PDF-1.7 the contract")
LATER = MONDAY + timedelta(days=3)
A_MOMENT = 0.3
"""seconds after which whoever has not come through waits for a lock; a longer one only makes the tests slower"""


@pytest.fixture
def settings(tmp_path):
    return load_settings({"ZHUQI_DEMO": "1", "ZHUQI_DATA_DIR": str(tmp_path)})


@pytest.fixture
def folder(settings):
    return settings.data_dir / "attachments"


@pytest.fixture
def forgotten(sessions, folder):
    """The row of a file whose report was never sent."""
    with sessions.begin() as session:
        return attachments.keep(session, FILE, folder, now=MONDAY).id


@pytest.fixture
def housekeeping(sessions, settings):
    """Housekeeping beside the test's own transaction."""
    thread = Thread(target=clean_up, args=(sessions, settings, LATER))
    yield thread
    thread.join()


def named_and_there(sessions, folder):
    """The rows, and whether each one's content is there."""
    with sessions() as session:
        return {row.id: path_of(folder, row.sha256).exists() for row in session.scalars(select(Attachment))}


@pytest.mark.usefixtures("forgotten")
def test_a_file_of_a_report_that_was_never_sent_goes_with_its_content(sessions, settings, folder):
    clean_up(sessions, settings, LATER)
    assert named_and_there(sessions, folder) == {}
    assert not [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.usefixtures("forgotten")
def test_a_content_that_somebody_is_uploading_anew_stays(sessions, folder, housekeeping):
    with sessions.begin() as session:
        kept = attachments.keep(session, FILE, folder, now=LATER).id
        housekeeping.start()
        housekeeping.join(A_MOMENT)
    housekeeping.join()
    assert named_and_there(sessions, folder) == {kept: True}


def test_a_file_that_is_just_being_sent_with_its_report_stays(sessions, folder, forgotten, housekeeping):
    with sessions.begin() as session:
        enterprise = Enterprise(name="恒拓", place="dongsheng")
        issue = Issue(number="2026-000001", follow_up_hash="f" * 64, enterprise=enterprise, title="续贷",
                      description="", contact_name="张", contact_phone="1", channel="portal", registered_at=LATER,
                      place="dongsheng")
        session.add(issue)
        session.flush()
        session.execute(update(Attachment).where(Attachment.id == forgotten, Attachment.issue_id.is_(None))
                        .values(issue_id=issue.id))
        housekeeping.start()
        housekeeping.join(A_MOMENT)
    housekeeping.join()
    assert named_and_there(sessions, folder) == {forgotten: True}


@pytest.mark.usefixtures("forgotten")
def test_housekeeping_that_is_taken_back_has_thrown_nothing_away(sessions, settings, folder):
    def refuse(_):
        raise OSError("the database has gone")

    event.listen(sessions.kw["bind"], "commit", refuse)
    with pytest.raises(OSError, match="gone"):
        clean_up(sessions, settings, LATER)
    event.remove(sessions.kw["bind"], "commit", refuse)
    assert set(named_and_there(sessions, folder).values()) == {True}


@pytest.mark.usefixtures("forgotten")
def test_two_workers_may_keep_house_at_once(sessions, settings, folder, housekeeping):
    housekeeping.start()
    clean_up(sessions, settings, LATER)
    housekeeping.join()
    assert named_and_there(sessions, folder) == {}
