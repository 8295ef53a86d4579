"""Signatures and questions share the fate of the task that they hang on."""
from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import select, text

from app.actor import SYSTEM
from app.cases import calendars, retiming, service
from app.cases.errors import Blocked
from app.inbox import consult, drafts, signatures
from app.models import User, WorkItem

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


def test_a_signer_whose_account_is_closed_can_be_taken_off(desk):
    ask_for_signature(desk, desk.session, "before", desk.clerk)
    desk.session.get_one(User, desk.head.user_id).disabled = True
    signatures.remove(desk.session, desk.item("sign").id, actor=desk.clerk, now=desk.now, calendar=desk.calendar)
    desk.session.commit()
    desk.complete(desk.item())
    assert desk.item().element_id == "review"


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


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_of_two_first_drafts_at_once_the_newer_is_kept(desk, sessions):
    item, who = desk.item().id, desk.clerk.user_id

    def save_more():
        with sessions.begin() as session:
            drafts.save(session, item, who, {"note": "字多些"}, desk.now)

    with sessions() as first:
        drafts.save(first, item, who, {"note": "字"}, desk.now)
        second = threading.Thread(target=save_more)
        second.start()
        assert somebody_waits(sessions)
        first.commit()
        second.join()
    assert drafts.find(desk.session, item, who).values == {"note": "字多些"}
