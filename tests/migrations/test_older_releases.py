"""What an older release has stored opens, is sound, and goes on to its end."""
from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actor import SYSTEM
from app.cases import service, timers
from app.models import Instance
from tests.app.issues import lives
from tests.installations import KINDS
from tests.migrations import stored
from tests.sizes import tell
from workflows.calendar import Calendar
from workflows.errors import MessageNotExpected

CALENDAR = Calendar(version=0)
STEPS = 60


@pytest.fixture(params=stored.kept(), ids=lambda folder: folder.name)
def kept(request):
    return request.param


def test_this_release_has_left_its_own():
    assert stored.RELEASE in {folder.name for folder in stored.kept()}, "python -m tests.migrations.stored"


@pytest.mark.parametrize("kind", KINDS)
def test_the_state_of_an_older_release_opens_and_finishes(new, kept, tmp_path, kind):
    there = new(kind)
    there.restore(stored.pack(kept, tmp_path / "kept.zip"))
    assert there.broken() == []
    with there.sessions() as session:
        found = {(instance.key, instance.status) for instance in session.scalars(select(Instance))}
        own = list(session.scalars(select(Instance.id).where(Instance.key != "issue-lifecycle")))
    assert {status for _, status in found} == {"running", "suspended", "incident", "completed", "cancelled"}
    for instance in own:
        finish(there.sessions, instance)
    with there.sessions() as session:
        ends = {instance.status for instance in session.scalars(select(Instance).where(Instance.id.in_(own)))}
    assert ends == {"completed", "cancelled"}
    assert there.broken() == []
    tell(f"state of release {kept.name} ({kind}): {len(own)} instances opened and finished, check passes")


def finish(sessions, instance):
    """Does whatever an instance waits for, until it waits for nothing."""
    now = stored.THEN + timedelta(days=1)
    for _ in range(STEPS):
        with sessions.begin() as session:
            given = {"actor": SYSTEM, "now": now, "calendar": CALENDAR}
            row = session.get_one(Instance, instance)
            if row.ended_at is not None:
                return
            if row.status == "suspended":
                service.resume(session, instance, **given)
            elif row.status == "incident":
                service.retry_incident(session, instance, **given)
                assert session.get_one(Instance, instance, populate_existing=True).status == "incident"
                service.cancel(session, instance, "改正流程后重报", **given)
            elif row.waiting_messages:
                service.deliver_message(session, instance, row.waiting_messages[0], {}, **given)
            else:
                stored.finish_one(session, instance, now, CALENDAR)
    pytest.fail(f"instance {instance} is not done after {STEPS} steps")


def test_the_limits_of_an_older_release_still_lapse(new, kept, tmp_path):
    there = new("sqlite")
    there.restore(stored.pack(kept, tmp_path / "kept.zip"))
    assert timers.work_off(there.sessions, stored.THEN + timedelta(days=400)) > 1
    assert there.broken() == []


def test_the_real_process_of_an_older_release_goes_on(new, kept, tmp_path):
    there = new("sqlite")
    there.restore(stored.pack(kept, tmp_path / "kept.zip"))
    with there.sessions.begin() as session:
        instance = session.scalars(select(Instance).where(Instance.key == "issue-lifecycle")).one()
        assert stored.open_items(session, instance.id)
        with pytest.raises(MessageNotExpected):
            service.deliver_message(session, instance.id, "nobody waits for this", {}, actor=SYSTEM, now=stored.THEN,
                                    calendar=CALENDAR)
    with there.sessions.begin() as session:
        issue = session.scalars(select(lives.Issue)).one()
        steps = lives.GENERAL[[element for element, _ in lives.GENERAL].index("dispatch") + 1:]
        lives.live(session, issue, "approve_reply", now=stored.THEN + timedelta(hours=2), calendar=CALENDAR,
                   steps=steps)
        assert issue.stage in ("feedback", "evaluate")
    assert there.broken() == []
