"""The operations inside parallel branches, multi-instances and called processes."""
from __future__ import annotations

import pytest

from app.cases import service
from app.inbox import claims, handover, signatures
from app.models import User
from tests.workflows import diagrams as d

BRANCHES = d.diagram(
    d.start(), d.user("split"), d.node("parallelGateway", "fork"), d.user("left"), d.user("left_two"),
    d.user("right", due="working_days(2)"), d.node("parallelGateway", "join"), d.user("last"), d.end(),
    d.flow("start", "split", "fork", "left", "left_two", "join", "last", "end"), d.flow("fork", "right", "join"))
def lane(id, unit, *elements):
    inside = "".join(f"<bpmn:flowNodeRef>{element}</bpmn:flowNodeRef>" for element in elements)
    return f'<bpmn:lane id="{id}">{d.props(position="clerk", unit=unit)}{inside}</bpmn:lane>'


ROUND = d.diagram(
    d.start(), d.user("ask"),
    d.sub("round", d.start("in"), d.user("opine"), d.user("confirm"), d.end("out"),
          d.flow("in", "opine", "confirm", "out"), inner=d.multi("units", "member", "results")),
    d.user("last"), d.end(), d.flow("start", "ask", "round", "last", "end"),
    lanes=lane("a", "'miit'", "ask", "last") + lane("b", "member", "round", "opine", "confirm"),
    variables='{"units": ["miit", "finance"], "results": null}')
CALLER = d.diagram(d.start(), d.user("before"), d.node("callActivity", "call", attributes='calledElement="inner"'),
                   d.user("after"), d.end(), d.flow("start", "before", "call", "after", "end"))
CALLED = d.diagram(d.start("s"), d.user("first"), d.user("second"), d.end("e"), d.flow("s", "first", "second", "e"),
                   id="inner")


def one(desk, element, unit="miit"):
    return next(item for item in desk.items() if (item.element_id, item.unit_code) == (element, unit))


def open_steps(desk):
    return sorted((item.element_id, item.unit_code) for item in desk.items())


def send_back(desk, item, target, actor=None, *, jump_back=False):
    service.return_item(desk.session, item.id, target, "请补充", jump_back=jump_back, actor=actor or desk.clerk,
                        now=desk.now, calendar=desk.calendar)
    desk.session.commit()


def test_a_return_inside_a_branch_leaves_the_other_branch_alone(desk):
    desk.start(BRANCHES)
    desk.complete(one(desk, "split"))
    desk.complete(one(desk, "left"))
    right = one(desk, "right")
    claims.claim(desk.session, right.id, actor=desk.other, now=desk.now)
    send_back(desk, one(desk, "left_two"), "left")
    assert open_steps(desk) == [("left", "miit"), ("right", "miit")]
    assert one(desk, "right").id == right.id and one(desk, "right").assignee_id == desk.other.user_id
    assert one(desk, "left").assignee_id == desk.clerk.user_id and desk.sound()


def test_a_finished_branch_is_recalled_while_nobody_has_begun_its_next_step(desk):
    desk.start(BRANCHES)
    desk.complete(one(desk, "split"))
    left = one(desk, "left")
    desk.complete(left, note="第一稿")
    service.recall_item(desk.session, left.id, actor=desk.clerk, now=desk.now, calendar=desk.calendar)
    assert open_steps(desk) == [("left", "miit"), ("right", "miit")] and desk.sound()


def test_handing_over_and_signing_inside_a_multi_instance_touches_only_that_unit(desk):
    desk.start(ROUND)
    desk.complete(one(desk, "ask"))
    handover.transfer(desk.session, one(desk, "opine").id, desk.other.user_id, "请接办", actor=desk.clerk, now=desk.now)
    signatures.add(desk.session, one(desk, "opine").id, [desk.head.user_id], when="after", mode="all", question="",
                   actor=desk.other, now=desk.now)
    desk.session.commit()
    desk.complete(one(desk, "opine"), desk.other)
    assert open_steps(desk) == [("opine", "finance")] and desk.item(status="held").element_id == "opine"
    sign = desk.item("sign")
    signatures.answer(desk.session, sign.id, agree=True, opinion="", actor=desk.head, now=desk.now,
                      calendar=desk.calendar)
    assert open_steps(desk) == [("confirm", "miit"), ("opine", "finance")] and desk.sound()


def test_a_return_inside_a_multi_instance_goes_to_that_units_own_person(desk):
    desk.start(ROUND)
    desk.complete(one(desk, "ask"))
    desk.complete(one(desk, "opine"), desk.other)
    desk.complete(one(desk, "opine", "finance"), desk.stranger)
    send_back(desk, one(desk, "confirm"), "opine", jump_back=True)
    again = one(desk, "opine")
    assert again.assignee_id == desk.other.user_id and one(desk, "confirm", "finance").assignee_id is None
    desk.complete(again, desk.other)
    assert open_steps(desk) == [("confirm", "finance"), ("confirm", "miit")] and desk.sound()


@pytest.mark.parametrize("jump_back", [True, False])
def test_a_return_out_of_a_called_process_comes_back_by_itself_or_at_once(desk, jump_back):
    desk.start(CALLER, CALLED)
    for element in ("before", "first"):
        desk.complete(one(desk, element))
    assert service.return_targets(desk.session, one(desk, "second").id)[0][0] == "first"
    send_back(desk, one(desk, "second"), "first", jump_back=jump_back)
    desk.complete(one(desk, "first"))
    desk.complete(one(desk, "second"))
    assert open_steps(desk) == [("after", "miit")] and desk.sound()


def test_what_is_was_done_by_somebody_who_has_left_is_the_posts_again(desk):
    desk.complete(one(desk, "draft"), desk.other)
    desk.session.get_one(User, desk.other.user_id).disabled = True
    desk.session.commit()
    send_back(desk, one(desk, "review"), "draft")
    assert one(desk, "draft").assignee_id is None
