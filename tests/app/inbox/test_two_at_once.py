"""Two people press at the same moment: one wins, the other is told who, and nothing happens twice."""
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import delete, select

from app.cases import service
from app.cases.errors import CaseError
from app.inbox import claims, copies, handover, saved_views, signatures
from app.models import Enterprise, Issue, SavedView, Watch


def at_once(sessions, *acts):
    """Runs the acts in threads and transactions of their own; what each one was refused with, None for the winner."""
    barrier = Barrier(len(acts))

    def run(act):
        barrier.wait()
        try:
            with sessions.begin() as own:
                act(own)
        except CaseError as refused:
            return str(refused)
        return None

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def finish(desk, item, who):
    return lambda session: service.complete_item(session, item.id, {}, actor=who, now=desk.now, calendar=desk.calendar)


def test_of_two_who_claim_one_is_told_the_others_name(desk, sessions):
    item = desk.item()
    desk.session.commit()
    told = at_once(sessions, *(lambda session, who=who: claims.claim(session, item.id, actor=who, now=desk.now)
                               for who in (desk.clerk, desk.other)))
    assert sorted(map(bool, told)) == [False, True]
    winner = desk.clerk if told[0] is None else desk.other
    assert desk.item().assignee_id == winner.user_id
    assert f"由{winner.name}办理" in next(filter(None, told)) and len(desk.told("claim")) == 1 and desk.sound()


def test_of_two_who_finish_one_is_told_who_was_quicker_and_when(desk, sessions):
    item = desk.item()
    desk.session.commit()
    told = at_once(sessions, finish(desk, item, desk.clerk), finish(desk, item, desk.other))
    winner = desk.clerk if told[0] is None else desk.other
    assert sorted(map(bool, told)) == [False, True]
    assert f"已由{winner.name}于03月02日 10:00办结" in next(filter(None, told))
    assert desk.item().element_id == "review" and desk.sound()


def test_a_task_is_finished_or_handed_over_but_not_both(desk, sessions):
    item = desk.item()
    desk.session.commit()
    told = at_once(
        sessions, finish(desk, item, desk.clerk),
        lambda session: handover.transfer(session, item.id, desk.head.user_id, "请接", actor=desk.other, now=desk.now))
    assert sorted(map(bool, told)) == [False, True]
    assert desk.item().element_id == ("review" if told[0] is None else "draft") and desk.sound()


def test_two_last_signatures_at_once_send_the_task_on_once(desk, sessions):
    item = desk.item()
    signs = signatures.add(desk.session, item.id, [desk.head.user_id, desk.stranger.user_id], when="after", mode="all",
                           question="", actor=desk.clerk, now=desk.now)
    desk.session.commit()
    desk.complete(item)
    told = at_once(sessions, *(
        lambda session, sign=sign, who=who: signatures.answer(session, sign.id, agree=True, opinion="", actor=who,
                                                              now=desk.now, calendar=desk.calendar)
        for sign, who in zip(signs, (desk.head, desk.stranger), strict=True)))
    assert told == [None, None]
    assert desk.item().element_id == "review" and len(desk.told("complete")) == 1 and desk.sound()


def test_what_one_person_keeps_twice_at_once_is_kept_once(desk, sessions):
    enterprise = Enterprise(name="恒拓", place="dongsheng")
    row = Issue(number="2026-000001", follow_up_hash="f" * 64, enterprise=enterprise, title="续贷", description="",
                contact_name="张", contact_phone="1", channel="portal", registered_at=desk.now, place="dongsheng")
    desk.session.add(row)
    desk.session.commit()
    issue = row.id
    for _ in range(10):
        told = at_once(sessions, *[lambda session: copies.watch(session, issue, actor=desk.clerk, now=desk.now)] * 2)
        told += at_once(sessions, *[lambda session: saved_views.save(session, desk.clerk, "本周", "due=week")] * 2)
        assert told == [None] * 4
        assert desk.session.scalars(select(Watch.issue_id)).all() == [issue]
        assert [view.name for view in saved_views.of_user(desk.session, desk.clerk)] == ["本周"]
        for kept in (Watch, SavedView):
            desk.session.execute(delete(kept))
        desk.session.commit()
