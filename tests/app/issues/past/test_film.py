"""A case as a film: what each entry changed, in whose hands it lay, and how the pages give it out."""
from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.actor import load_actor
from app.cases import proof, repairs, service
from app.inbox import claims, handover
from app.issues import places
from app.issues.past import film
from app.issues.past.film import Reel
from app.issues.past.holders import Holders
from app.models import History, Post, User, WorkItem
from tests.app.issues.past.living import Lived
from tests.conftest import MONDAY, FixedClock
from workflows import engine

HOUR = 3600


@pytest.fixture
def shot(session, lived: Lived, calendar):
    """`shot()` are all frames of the case; `most` at a time, and the reel as it stands then."""
    def shoot(most: int = film.SLICE, reel: Reel | None = None):
        reel = reel or Reel()
        holders, frames = Holders(session, lived.instance_id), []
        while slice_ := film.go_on(session, lived.instance_id, reel, holders, places.unit_names(session), calendar,
                                   most=most):
            frames += slice_
        return frames, reel
    return shoot


def test_every_entry_is_a_frame_whatever_the_slices(shot):
    whole, _ = shot()
    assert [frame["seq"] for frame in whole] == list(range(1, 14))
    assert shot(most=3)[0] == whole


def test_a_frame_tells_what_opened_closed_and_fell_due_in_working_time(shot):
    frames, _ = shot()
    opened = frames[4]["opened"][0]
    assert (opened["element"], opened["name"], opened["post"]) == ("handle", "办理", "市工业和信息化局 经办人")
    assert opened["due"]["when"] == "2026-03-04 23:59"
    assert [how for _, how in frames[4]["closed"]] == ["completed"]
    assert [each[1] for each in frames[4]["armed"]] == ["late"]
    late = frames[6]
    assert ("late", "plan_breached") in [(each[0], each[5]) for each in late["trace"]]
    assert late["at"] > opened["due"]["at"] and late["worked"] - opened["due"]["worked"] == 1.5 * HOUR
    assert [task["element"] for task in frames[2]["opened"]] == ["joint", "joint"]
    assert frames[0]["worked"] == 0
    assert frames[-1]["worked"] == 42 * HOUR  # Monday 10:00 to Monday 12:00 the week after


def test_variables_are_told_in_words_and_the_version_is_that_of_the_moment(shot):
    frames, _ = shot()
    assert ["plan", "办理措施", "召集银行会商", False] in frames[7]["set"]
    assert ["again", "重新办理", "是", False] in frames[8]["set"]
    versions = [frame["version"] for frame in frames]
    assert len(set(versions[:10])) == 1 and set(versions[10:]) == {versions[10]} and versions[9] != versions[10]
    assert frames[10]["moved"] and frames[10]["redated"][0][1]["when"] == "2026-03-13 23:59"


def test_who_held_it_follows_claims_delegations_and_returns(session, shot, lived: Lived, calendar):
    frames, _ = shot()
    task = frames[4]["opened"][0]
    assert task["holder"] is None and frames[5]["holders"] == {task["id"]: "白一川"}
    item = session.scalars(select(WorkItem).where(WorkItem.status == "open")).one()
    other = User(username="x", name="孟知秋", password_hash="!", must_change_password=False, created_at=MONDAY)
    other.posts = [Post(unit_code="miit", position_code="clerk")]
    session.add(other)
    session.flush()
    clerk, colleague = (load_actor(session, session.get_one(User, each), MONDAY) for each in (lived.clerk, other.id))
    at = lived.now
    for act, given in ((claims.claim, {"actor": clerk}), (handover.delegate, {"actor": clerk, "user_id": other.id}),
                       (handover.give_back, {"actor": colleague, "opinion": "可以", "values": {}}),
                       (handover.transfer, {"actor": clerk, "user_id": other.id, "reason": "出差"}),
                       (claims.release, {"actor": colleague})):
        at += timedelta(minutes=1)
        extra = {"request": "请核"} if act is handover.delegate else {}
        act(session, item.id, **given, **extra, now=at)
        session.flush()
    frames, _ = shot(most=2)
    assert [next(iter(frame["holders"].values())) for frame in frames[13:]] == [
        "白一川", "孟知秋", "白一川", "孟知秋", None]


def test_a_case_that_was_returned_and_repaired_is_replayed_and_holds(session, shot, make_actor, lived: Lived, calendar):
    clerk = load_actor(session, session.get_one(User, lived.clerk), MONDAY)
    (item,) = session.scalars(select(WorkItem.id).where(WorkItem.status == "open"))
    service.return_item(session, item, "review", "材料不全", jump_back=True, actor=clerk, now=lived.now,
                        calendar=calendar)
    one, other = (make_actor(name, ("city", "admin")) for name in ("admin.one", "admin.two"))
    for kind, given in (("set", {"values": {"plan": "改由银行直接办理"}}), ("move", {"target": "close"})):
        task = engine.inspect(*service.state_of(session, lived.instance_id)).open_tasks[0].task_id
        extra = {"task_id": task} if kind == "move" else {}
        repair = repairs.ask(session, lived.instance_id, kind, {**given, **extra}, "误填", actor=one, now=lived.now,
                             calendar=calendar)
        repairs.agree(session, repair.id, actor=other, now=lived.now, calendar=calendar)
        session.flush()
    frames, reel = shot()
    assert (reel.stopped, reel.differs_from, len(frames)) == (None, None, 18)
    returned = frames[13]
    assert [how for _, how in returned["closed"]] == ["returned"]
    assert [(task["element"], task["holder"]) for task in returned["opened"]] == [("review", "白一川")]
    assert ["plan", "办理措施", "改由银行直接办理", False] in frames[15]["set"]
    assert [task["element"] for task in frames[17]["opened"]] == ["close"]
    assert proof.whole(session, lived.instance_id).fault is None


def test_a_record_changed_by_hand_is_shown_as_far_as_it_goes(session, shot):
    session.execute(update(History).where(History.seq == 8).values(state_hash="0" * 64)
                    .execution_options(synchronize_session=False))
    session.expire_all()
    assert shot()[1].differs_from == 8
    session.execute(update(History).where(History.seq == 8).values(
        input={"task_id": "999", "answers": {}, "jump_to": None}).execution_options(synchronize_session=False))
    session.expire_all()
    frames, reel = shot()
    assert len(frames) == 7 and "第8条" in reel.stopped


def test_the_pages_give_it_out_to_those_who_may_see_the_issue(browser, add_user, lived: Lived, clock: FixedClock):
    clock.now = lived.now
    add_user("auditor", ("city", "auditor"))
    browser.sign_in("auditor")
    address = f"/issues/{lived.number}/past"
    page = browser.get(f"{address}?at=9").text
    run = re.search(r"frames.json\?run=([0-9a-f]{16})", page)[1]
    assert 'data-at="9"' in page and 'max="13"' in page
    slice_ = browser.get(f"{address}/frames.json?run={run}&after=0").json
    assert (len(slice_["frames"]), slice_["reached"], slice_["total"], slice_["stopped"]) == (13, 13, 13, None)
    assert browser.get(f"{address}/frames.json?run={run}&after=5").json["frames"][0]["seq"] == 6
    diagrams = browser.get(f"{address}/diagrams.json").json
    assert sorted((each["number"], each["note"]) for each in diagrams.values()) == [(1, "首版"), (2, "放宽时限")]
    proved = browser.get(f"{address}/proof").text
    assert "验证通过" in proved and "全部13条记录" in proved and "<nav" in proved
    alone = browser.get(f"{address}/proof", headers={"HX-Request": "true"}).text
    assert "验证通过" in alone and "<nav" not in alone
    browser.submit("/logout", on="/inbox")
    add_user("otog.clerk", ("otog", "clerk"))
    browser.sign_in("otog.clerk")
    for path in ("", "/frames.json", "/diagrams.json", "/proof"):
        assert browser.get(address + path).status_code == 404


def test_a_long_proof_goes_on_where_it_stopped(browser, add_user, lived: Lived, clock: FixedClock, monkeypatch):
    monkeypatch.setattr("app.issues.past.views.PROOF_SLICE", 6)
    clock.now = lived.now
    add_user("auditor", ("city", "auditor"))
    browser.sign_in("auditor")
    address = f"/issues/{lived.number}/past/proof"
    first = browser.get(address).text
    assert "已重演6条，共13条" in first
    following = re.search(r"proof\?run=[0-9a-f]{16}", first)[0]
    assert "已重演12条" in browser.get(address.replace("proof", following)).text
    assert "验证通过" in browser.get(address.replace("proof", following)).text


def test_the_page_names_a_row_changed_by_hand_and_leads_to_it(browser, add_user, lived: Lived, sessions,
                                                             clock: FixedClock):
    clock.now = lived.now
    with sessions.begin() as own:
        own.execute(update(History).where(History.seq == 8).values(text="改过"))
    add_user("auditor", ("city", "auditor"))
    browser.sign_in("auditor")
    page = browser.get(f"/issues/{lived.number}/past/proof").text
    assert "第8条历史的内容与哈希不符" in page and f"/issues/{lived.number}/past?at=8" in page
    assert "之前的7条没有问题" in page
