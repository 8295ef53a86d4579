"""Signatures and questions share the fate of the task that they hang on."""
from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import select, text

from app.actor import SYSTEM
from app.cases import calendars, retiming, service
from app.cases.errors import Blocked
from app.inbox import consult, signatures
from app.models import WorkItem

DAYS_OFF = {day: {"working": False, "name": "停"} for day in ("2026-03-03", "2026-03-04")}


def ask_for_signature(desk, session, when, actor):
    signatures.add(session, desk.item().id, [desk.head.user_id], when=when, mode="all", question="请看", actor=actor,
                   now=desk.now)


def test_a_signatures_limit_moves_with_its_tasks(desk, sessions):
    ask_for_signature(desk, desk.session, "before", desk.clerk)
    before = desk.item("sign").due_at
    calendars.save(desk.session, DAYS_OFF, [], "", actor=desk.supervisor, now=desk.now)
    desk.session.commit()
    retiming.retime_all(sessions, actor=SYSTEM, now=desk.now)
    assert desk.item("sign").due_at == desk.item().due_at > before


def test_a_question_ends_with_its_case(desk):
    item = desk.item()
    consult.ask(desk.session, item.id, desk.head.user_id, "是否可行？", actor=desk.clerk, now=desk.now)
    desk.complete(item)
    service.cancel(desk.session, desk.instance.id, "企业撤回", actor=desk.supervisor, now=desk.now,
                   calendar=desk.calendar)
    desk.session.commit()
    assert not desk.session.scalars(select(WorkItem).where(WorkItem.status.in_(("open", "held")))).all()


def somebody_waits(sessions):
    """Until a connection waits for a lock; False if none does within five seconds."""
    for _ in range(100):
        with sessions() as session:
            if session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                return True
        time.sleep(.05)
    return False


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_signature_asked_for_at_the_same_moment_is_not_passed_by(desk, sessions, when):
    item, said = desk.item(), []

    def press():
        try:
            with sessions.begin() as session:
                said.append(service.complete_item(session, item.id, {}, actor=desk.clerk, now=desk.now,
                                                  calendar=desk.calendar).held)
        except Blocked:
            said.append("refused")

    with sessions() as asking:
        ask_for_signature(desk, asking, when, desk.other)
        presser = threading.Thread(target=press)
        presser.start()
        assert somebody_waits(sessions)
        asking.commit()
        presser.join()
    assert said == (["refused"] if when == "before" else [True])
