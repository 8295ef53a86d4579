"""Two people press at the same moment: one wins, the other is told so with 409, and nothing is done twice.

On SQLite one writer waits for the other, so few pairs are enough there; PostgreSQL lets both in.
"""
from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import func, select

from app.actor import ENTERPRISE
from app.cases import definitions, items, service, timers
from app.cases.errors import Stale
from app.inbox import claims
from app.issues import enterprise_acts
from app.issues.registration import PROCESS, register
from app.modeler.release import publishing
from app.models import Definition, History, IdempotencyKey, Instance, Issue, WorkItem
from tests.conftest import MONDAY
from tests.faults import life
from tests.faults.racing import assert_sound, one_wins, race, told
from tests.sizes import sized
from tests.workflows import diagrams as d

SUBMITS = 500
DUE = MONDAY.replace(day=9)
DESK = d.diagram(
    d.start(), d.user("draft"), d.user("review"), d.end(),
    d.boundary("late", "draft", d.timer("duration", "working_days(2)")), d.end("lapsed"),
    d.flow("start", "draft", "review", "end"), d.flow("late", "lapsed"))


@pytest.fixture
def desks(session, people, calendar, pairs):
    """(instance, open work item) of as many cases as there are pairs."""
    definitions.publish(session, "p", d.files(DESK), now=MONDAY)
    for _ in range(pairs):
        service.start_case(session, "p", {}, actor=people[0], now=MONDAY, calendar=calendar)
    session.commit()
    found = session.execute(select(WorkItem.instance_id, WorkItem.id).order_by(WorkItem.id)).all()
    session.commit()
    return found


def test_of_two_who_finish_one_task_at_once_one_wins(session, desks, people, within, calendar):
    for _, item in desks:
        assert one_wins(race(*(within(service.complete_item, item, {}, actor=actor, now=MONDAY, calendar=calendar)
                               for actor in people)))
    entries = Counter(session.scalars(select(History.work_item_id).where(History.op == "complete")))
    assert entries == Counter(item for _, item in desks)
    assert_sound(session)
    told(session, "complete/complete", len(desks), "one success and one 409 each")


def test_what_was_read_before_somebody_elses_step_is_not_written_over_it(session, desks, people, calendar, monkeypatch):
    """The lock alone keeps two apart; the row's version holds where a lock has not been taken."""
    hold = items.hold_item

    def read_earlier(session, item_id):
        row, signatures, held = hold(session, item_id)
        held.version -= 1
        return row, signatures, held

    monkeypatch.setattr(items, "hold_item", read_earlier)
    with pytest.raises(Stale):
        service.complete_item(session, desks[0][1], {}, actor=people[0], now=MONDAY, calendar=calendar)


def test_of_two_who_claim_one_task_at_once_one_has_it(session, desks, people, within):
    for _, item in desks:
        results = race(*(within(claims.claim, item, actor=actor, now=MONDAY) for actor in people))
        assert one_wins(results)
        winner = people[0] if results[0][0] == 200 else people[1]
        assert session.get_one(WorkItem, item, populate_existing=True).assignee_id == winner.user_id
        session.commit()
    assert Counter(session.scalars(select(History.work_item_id).where(History.op == "claim"))) == Counter(
        item for _, item in desks)
    assert_sound(session)
    told(session, "claim/claim", len(desks), "one success and one 409 each")


def test_of_a_press_and_a_limit_that_passes_one_counts(session, sessions, desks, people, within, calendar):
    """The worker is refused nothing: it finds nothing due any more, or finds the case taken and would come again."""
    for instance, item in desks:
        (pressed, _), (_, fired) = race(
            within(service.complete_item, item, {}, actor=people[0], now=MONDAY, calendar=calendar),
            lambda instance=instance: timers.attempt(sessions, instance, DUE))
        assert (pressed, fired) in ((200, False), (409, True))
        ways = sorted(session.scalars(select(WorkItem.status).where(WorkItem.instance_id == instance)))
        assert ways == (["cancelled"] if fired else ["done", "open"])
        session.commit()
    assert_sound(session)
    told(session, "complete/timer", len(desks), "one of the two each, the late press has a 409")


def test_of_an_approval_and_a_withdrawal_one_counts(session, people, pairs, within, calendar):
    definitions.publish(session, PROCESS, life.files(), now=MONDAY)
    session.commit()
    for _ in range(pairs):
        issue, item = to_be_approved(session, people[0], calendar)
        results = race(
            within(service.complete_item, item, {"approved": True}, actor=people[0], now=MONDAY, calendar=calendar),
            within(withdraw, issue.id, calendar))
        assert one_wins(results)
        ended = session.scalar(select(Instance.status).where(Instance.id == issue.instance_id)) != "running"
        assert ended is (results[1][0] == 200)
        session.commit()
    assert_sound(session)
    told(session, "complete/withdraw", pairs, "one success and one 409 each")


def to_be_approved(session, actor, calendar):
    """A fresh issue whose reply lies before its approver: the issue and the work item."""
    issue, _ = register(session, life.report(), ENTERPRISE, MONDAY, calendar)
    for element in ("collect", "handle", "approve"):
        item = session.scalars(select(WorkItem.id).where(WorkItem.issue_id == issue.id, WorkItem.status == "open",
                                                         WorkItem.element_id == element)).one()
        if element != "approve":
            service.complete_item(session, item, {}, actor=actor, now=MONDAY, calendar=calendar)
    session.commit()
    return issue, item


def withdraw(session, issue_id, calendar):
    enterprise_acts.withdraw(session, session.get_one(Issue, issue_id), "已经解决", now=MONDAY, calendar=calendar)


def test_a_start_while_a_version_is_published_is_wholly_of_one_version(session, people, pairs, within, calendar):
    """Neither is refused: whoever starts gets the version that is current at that instant, the old one or the new.
    A few are started one after the other meanwhile, since publishing reads a while before it writes."""
    before = definitions.publish(session, PROCESS, life.files("-"), now=MONDAY).hash
    session.commit()
    got, names = Counter(), {before: "collect-"}
    for number in range(pairs):
        start = within(service.start_case, PROCESS, {}, actor=people[0], now=MONDAY, calendar=calendar)
        (published, definition), (started, instances) = race(
            within(definitions.publish, PROCESS, life.files(str(number)), now=MONDAY),
            lambda start=start: [start() for _ in range(4)])
        assert (published, started) == (200, 200)
        hashes = [instance.definition_hash for instance in instances]
        olds = hashes.count(before)
        assert hashes == [before] * olds + [definition.hash] * (len(hashes) - olds)
        names[definition.hash] = f"collect{number}"
        got.update(old=olds, new=len(hashes) - olds)
        for instance in instances:
            name = session.scalars(select(WorkItem.name).where(WorkItem.instance_id == instance.id)).one()
            assert name == names[instance.definition_hash]
        assert session.scalars(select(Definition.hash).where(Definition.current)).all() == [definition.hash]
        session.commit()
        before = definition.hash
    assert_sound(session)
    told(session, "publish/start", pairs, f"both succeed, {got['old']} started on the old version, "
                                          f"{got['new']} on the new")


def test_two_who_publish_at_once_leave_one_current_version(session, pairs, within):
    for number in range(pairs):
        results = race(*(within(definitions.publish, PROCESS, life.files(f"{number}{side}"), now=MONDAY)
                         for side in "ab"))
        assert [status for status, _ in results] == [200, 200]
        assert len(session.scalars(select(Definition.hash).where(Definition.current)).all()) == 1
        session.commit()
    told(session, "publish/publish", pairs, "both succeed, one is current")


def test_of_a_version_whose_day_has_come_and_one_agreed_to_now_one_comes_into_force(
        session, make_actor, pairs, within):
    """The other one waits for whoever proposed it: it was made against a version that is no longer current."""
    admins, won = [make_actor(name, ("city", "admin")) for name in ("first", "second")], Counter()
    pairs = min(pairs, sized(20, 500))
    for number in range(pairs):
        later, now = _scheduled_and_waiting(session, f"p{number}", admins)
        session.commit()
        (worked, _), (agreed, _) = race(
            within(publishing.publish_due, later.id, DUE),
            within(publishing.decide, now.id, True, "", actor=admins[1], now=DUE))
        for each in (later, now):
            session.refresh(each)
        winner = now if now.status == "published" else later
        assert {later.status, now.status} == {"published", "waiting"}
        assert (worked, agreed) == (200, 200 if winner is now else 409)
        assert definitions.current(session, winner.key).hash == winner.hash
        won[winner is now] += 1
        session.commit()
    told(session, "scheduled/agreed to now", pairs, f"one comes into force: {won[False]} the scheduled, {won[True]} "
                                                    "the other")


def _scheduled_and_waiting(session, key, admins):
    """Two proposals for one process: one that is due, one that only waits for a second person."""
    versions = [d.files(d.diagram(d.start(), d.user("a", due=f"working_days({days})"), d.end(),
                                  d.flow("start", "a", "end"), id=key), key=key) for days in (1, 2, 3)]
    definitions.publish(session, key, versions[0], now=MONDAY)
    later, now = (publishing.propose(session, key, files, note="改时限", effective_at=at, actor=admins[0], now=MONDAY)
                  for files, at in zip(versions[1:], (DUE, None), strict=True))
    publishing.decide(session, later.id, True, "", actor=admins[1], now=MONDAY)
    return later, now


def test_a_form_that_is_sent_hundreds_of_times_counts_once_and_is_answered_alike(session, desks, people, within,
                                                                                calendar):
    _, item = desks[0]
    submit = within(service.complete_item, item, {}, actor=people[0], now=MONDAY, calendar=calendar,
                    idempotency_key="k")
    results = [result for _ in range(SUBMITS // 4) for result in race(submit, submit, submit, submit)]
    (opened,) = session.scalars(select(WorkItem.id).where(WorkItem.opened_by_item == item)).all()
    assert {status for status, _ in results} == {200}
    assert {outcome.opened for _, outcome in results} == {(opened,)} and len({outcome for _, outcome in results}) == 1
    assert session.scalar(select(func.count()).select_from(IdempotencyKey)) == 1
    assert session.scalar(select(func.count()).select_from(History).where(History.op == "complete")) == 1
    assert_sound(session)
    told(session, "one idempotency key", len(results) // 2, f"{len(results)} submits in all, 1 effect, 1 answer")
