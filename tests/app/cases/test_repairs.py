"""An administrator asks for a repair, another one agrees, and only then it happens; both are named."""
from __future__ import annotations

import pytest
from sqlalchemy import select

from app.cases import definitions, repairs, service
from app.cases.errors import AlreadyDone, Blocked, NotYours
from app.models import History, Incident, Instance, Repair
from tests.app.cases.test_service import assert_sound, open_items
from tests.conftest import MONDAY
from tests.workflows import diagrams as d
from workflows.errors import MoveRefused


@pytest.fixture
def two(make_actor):
    return make_actor("one", ("city", "admin"), name="宋致远"), make_actor("two", ("city", "admin"), name="何清")


@pytest.fixture
def stopped(session, two, calendar):
    """An instance that stops at a script, with a task before and one behind."""
    definitions.publish(session, "p", d.files(d.diagram(
        d.start(), d.user("a"), d.script("s", "y = x + 1"), d.user("b"), d.end(),
        d.flow("start", "s", "b", "a", "end"), variables='{"x": null}')), now=MONDAY)
    instance = service.start_case(session, "p", {}, actor=two[0], now=MONDAY, calendar=calendar)
    session.commit()
    return instance


def texts(session):
    return list(session.scalars(select(History.text).order_by(History.seq)))[1:]


def test_what_failed_is_skipped_once_another_administrator_agrees(session, stopped, two, calendar):
    first, second = two
    repair = repairs.ask(session, stopped.id, "skip", {}, "系统已在别处登记", actor=first, now=MONDAY,
                         calendar=calendar)
    session.commit()
    assert open_items(session, stopped) == []
    with pytest.raises(NotYours, match="另一位"):
        repairs.agree(session, repair.id, actor=first, now=MONDAY, calendar=calendar)
    repairs.agree(session, repair.id, actor=second, now=MONDAY, calendar=calendar)
    session.commit()
    assert [item.element_id for item in open_items(session, stopped)] == ["b"]
    assert session.scalars(select(Incident.closed_by)).all() == [second.user_id]
    assert texts(session) == ["宋致远提出修复，等另一位管理员同意：跳过“s”。原因：系统已在别处登记",
                              "宋致远提出、何清同意的修复：跳过“s”。原因：系统已在别处登记"]
    assert_sound(session, stopped)
    with pytest.raises(AlreadyDone):
        repairs.agree(session, repair.id, actor=second, now=MONDAY, calendar=calendar)


def test_a_variable_is_set_and_the_incident_stands_until_it_is_tried_again(session, stopped, two, calendar):
    first, second = two
    repair = repairs.ask(session, stopped.id, "set", {"values": {"x": 4}}, "漏填", actor=first, now=MONDAY,
                         calendar=calendar)
    repairs.agree(session, repair.id, actor=second, now=MONDAY, calendar=calendar)
    session.commit()
    assert "“x”由空改为4" in texts(session)[-1]
    assert session.scalars(select(Incident.closed_at)).all() == [None]
    assert_sound(session, stopped)
    service.retry_incident(session, stopped.id, actor=first, now=MONDAY, calendar=calendar)
    session.commit()
    assert service.variables(session, stopped.id)["y"] == 5
    assert_sound(session, stopped)


def test_a_token_is_moved_and_refused_moves_are_refused_before_anybody_is_asked(session, stopped, two, calendar):
    first, second = two
    incident = session.scalars(select(Incident)).one()
    task_id = service.engine.inspect(*service.state_of(session, stopped.id)).incident.task_id
    with pytest.raises(MoveRefused):
        repairs.ask(session, stopped.id, "move", {"task_id": task_id, "target": incident.element_id}, "试",
                    actor=first, now=MONDAY, calendar=calendar)
    session.rollback()
    repair = repairs.ask(session, stopped.id, "move", {"task_id": task_id, "target": "a"}, "改走", actor=first,
                         now=MONDAY, calendar=calendar)
    repairs.agree(session, repair.id, actor=second, now=MONDAY, calendar=calendar)
    session.commit()
    assert [item.element_id for item in open_items(session, stopped)] == ["a"]
    assert session.get_one(Instance, stopped.id, populate_existing=True).status == "running"
    assert_sound(session, stopped)


def test_one_repair_waits_at_a_time_and_may_be_refused_or_withdrawn(session, stopped, two, calendar):
    first, second = two
    for actor, status, told in ((second, "refused", "没有同意"), (first, "withdrawn", "撤回")):
        repair = repairs.ask(session, stopped.id, "skip", {}, "试", actor=first, now=MONDAY, calendar=calendar)
        with pytest.raises(Blocked, match="在等"):
            repairs.ask(session, stopped.id, "skip", {}, "试", actor=second, now=MONDAY, calendar=calendar)
        repairs.refuse(session, repair.id, "不必", actor=actor, now=MONDAY)
        session.commit()
        assert session.get_one(Repair, repair.id).status == status and told in texts(session)[-1]
    assert open_items(session, stopped) == []
    assert_sound(session, stopped)
    with pytest.raises(Blocked, match="为什么"):
        repairs.ask(session, stopped.id, "skip", {}, " ", actor=first, now=MONDAY, calendar=calendar)


def test_a_skip_does_not_hit_another_incident_than_the_one_it_was_asked_for(session, stopped, two, calendar):
    first, second = two
    repair = repairs.ask(session, stopped.id, "skip", {}, "试", actor=first, now=MONDAY, calendar=calendar)
    service.cancel(session, stopped.id, "停", actor=first, now=MONDAY, calendar=calendar)
    session.commit()
    with pytest.raises(Blocked, match="故障"):
        repairs.agree(session, repair.id, actor=second, now=MONDAY, calendar=calendar)


def test_a_repair_of_personal_data_is_told_without_it_and_committed_to(session, two, calendar):
    first, second = two
    form = ('{"id": "plain", "type": "default", "schemaVersion": 18, "components": [{"type": "textfield", '
            '"key": "phone", "label": "手机", "properties": {"personal": "true"}}]}')
    definitions.publish(session, "p", d.files(d.diagram(
        d.start(), d.user("a"), d.end(), d.flow("start", "a", "end"), variables='{"phone": null}')) | {
            "p/forms/plain.form.json": form}, now=MONDAY)
    instance = service.start_case(session, "p", {}, actor=first, now=MONDAY, calendar=calendar)
    repair = repairs.ask(session, instance.id, "set", {"values": {"phone": "13900001111"}}, "填错了", actor=first,
                         now=MONDAY, calendar=calendar)
    repairs.agree(session, repair.id, actor=second, now=MONDAY, calendar=calendar)
    assert texts(session)[1] == "宋致远提出、何清同意的修复：“手机”由空改为（个人信息）。原因：填错了"
    assert service.variables(session, instance.id)["phone"] == "13900001111"
    assert "13900001111" not in str(session.execute(select(History.text, History.input)).all())
    assert_sound(session, instance)
