"""The pages of moving cases, of where they stand, and of repairing one, as administrators use them."""
from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.actor import SYSTEM
from app.cases import definitions, service
from app.modeler.fleet import moving
from app.models import History, Instance, MigrationCase, Repair, WorkItem
from tests.app.conftest import TOKEN
from tests.app.modeler import fleet
from tests.conftest import MONDAY
from tests.workflows import diagrams as d
from workflows.calendar import Calendar


@pytest.fixture
def hashes(sessions, session, make_actor):
    clerk = make_actor("clerk", ("miit", "clerk"))
    session.commit()
    return fleet.begin(sessions, clerk)


@pytest.fixture
def second(app, add_user):
    """A browser of another administrator."""
    add_user("admin2", ("city", "admin"), name="何清")
    browser = app.test_client()
    assert browser.sign_in("admin2").status_code == 302
    return browser


def test_a_move_is_tried_made_watched_and_taken_back(administrator, sessions, clock, hashes):
    page = administrator.get("/processes/p/moves/new").text
    assert "移到第2版" in page and "能直接移 41 件" in page
    assert "需要对应步骤 6 件：停在“审定方案”" in page and "不能移 3 件" in page
    choices = re.search(r'<select[^>]*id="step-old".*?</select>', page, re.S)
    assert choices and "审定方案" in choices[0] and 'value="new"' in choices[0] and 'value="g"' not in choices[0]
    page = administrator.get("/processes/p/moves/new?step-old=new").text
    assert "能直接移 47 件" in page and 'name="step-old" value="new"' in page
    answer = administrator.submit("/processes/p/moves", {
        "to": hashes[1], "step-old": "new", "which": "all", "note": "五日改三日"}, on="/processes/p/moves/new")
    assert answer.status_code == 302
    assert "还有 50 件" in administrator.get(answer.location).text
    assert administrator.get(f"{answer.location}/progress.json").json == {"running": True, "waiting": 50, "total": 50}
    while moving.work_off(sessions, clock()):
        pass
    page = administrator.get(f"{answer.location}?status=refused").text
    assert page.count("不能移：") == 3 and "已移 47" in page
    page = administrator.get(f"{answer.location}?status=moved").text
    assert page.count('name="case"') == 47
    with sessions() as session:
        chosen = session.scalars(select(MigrationCase.instance_id).where(MigrationCase.status == "moved")
                                 .order_by(MigrationCase.instance_id).limit(2)).all()
    answer = administrator.submit(f"{answer.location}/take-back", {"case": chosen}, on=answer.location)
    assert "收回了2件" in administrator.get(answer.location).text
    assert "五日改三日" in administrator.get("/processes/p/moves").text
    with sessions() as session:
        assert fleet.versions(session) == {hashes[0]: 5, hashes[1]: 45}


def test_only_what_was_ticked_moves_and_a_move_can_be_stopped(administrator, sessions, clock, hashes):
    with sessions() as session:
        chosen = session.scalars(select(Instance.id).order_by(Instance.id).limit(3)).all()
    answer = administrator.submit("/processes/p/moves", {
        "to": hashes[1], "which": "chosen", "case": chosen, "note": "试点"}, on="/processes/p/moves/new")
    assert administrator.get(f"{answer.location}/progress.json").json["total"] == 3
    assert administrator.submit(f"{answer.location}/stop", on=answer.location).status_code == 302
    assert moving.work_off(sessions, clock()) == 0
    assert "3 件没有移" in administrator.get(answer.location).text


def test_cases_are_counted_and_listed_by_version_and_step(administrator, hashes):
    page = administrator.get(f"/processes/p/cases?version={hashes[0]}").text
    counts = re.findall(r'step=(\w+)"[^>]*>([^<]+)</a></td>\s*<td[^>]*>(\d+)<', page)
    assert {(step, count) for step, _, count in counts} == {("a", "38"), ("old", "6"), ("m", "3"), ("b", "3")}
    page = administrator.get(f"/processes/p/cases?version={hashes[0]}&step=old").text
    assert page.count("/processes/p/cases/") - page.count("/processes/p/cases/diagram") == 6
    (diagram,) = administrator.get(f"/processes/p/cases/diagram.json?version={hashes[0]}").json
    assert diagram["counts"] == {"a": 38, "old": 6, "m": 3, "b": 3}
    assert "没有在办事项" in administrator.get(f"/processes/p/cases?version={hashes[1]}").text
    assert "共50条" in administrator.get("/processes/p/cases").text
    assert administrator.get("/processes/p/cases?version=nothing").status_code == 404


@pytest.fixture
def stopped(sessions):
    """The id of a case that stops at a script."""
    with sessions.begin() as session:
        definitions.publish(session, "q", d.files(d.diagram(
            d.start(), d.node("scriptTask", "s", "<bpmn:script>y = x + 1</bpmn:script>", name="登记编号"),
            d.user("b"), d.end(), d.flow("start", "s", "b", "end"), id="q",
            variables='{"level": "general", "x": null}'), key="q"), now=MONDAY)
        return service.start_case(session, "q", {}, actor=SYSTEM, now=MONDAY, calendar=Calendar(version=0)).id


def test_an_incident_is_skipped_by_two_administrators_and_never_by_one(administrator, second, sessions, stopped):
    address = f"/processes/q/cases/{stopped}"
    assert address in administrator.get("/admin/incidents").text
    page = administrator.get(address).text
    assert "停在“登记编号”" in page and "general" in page and "跳过停下的一步" in page
    assert administrator.get(f"{address}/diagram.json").json[0]["failed"] == ["s"]
    asked = administrator.submit(f"{address}/repairs", {"kind": "skip", "reason": "已在别处登记"}, on=address)
    assert asked.status_code == 302
    with sessions() as session:
        repair = session.scalars(select(Repair.id)).one()
    page = administrator.get(address).text
    assert "要由另一位管理员同意" in page and "同意并执行" not in page
    own = administrator.submit(f"/processes/q/repairs/{repair}/agree", on=address)
    assert own.status_code == 403 and "另一位管理员" in own.text
    assert "等另一位管理员同意" in second.get("/admin/incidents").text
    assert "同意并执行" in second.get(address).text
    assert second.submit(f"/processes/q/repairs/{repair}/agree", on=address).status_code == 302
    with sessions() as session:
        assert session.scalars(select(WorkItem.element_id).where(WorkItem.status == "open")).all() == ["b"]
        assert "宋致远提出、何清同意的修复：跳过“登记编号”" in session.scalars(
            select(History.text).order_by(History.seq.desc())).first()
    assert "已执行" in administrator.get(address).text


def test_a_variable_is_set_as_it_was_typed(administrator, second, sessions, stopped):
    address = f"/processes/q/cases/{stopped}"
    for variable, value, kept in (("level", "42", "42"), ("level", "空", None), ("level", "[1, 2]", [1, 2])):
        administrator.submit(f"{address}/repairs", {"kind": "set", "variable": variable, "value": value,
                                                    "reason": "更正"}, on=address)
        with sessions() as session:
            repair = session.scalars(select(Repair.id).order_by(Repair.id.desc())).first()
        second.submit(f"/processes/q/repairs/{repair}/agree", on=address)
        with sessions() as session:
            assert service.variables(session, stopped)["level"] == kept
    for value in ('"\\u0000"', '["\\u0000"]', '{"\\u0000": 1}', "[" * 300 + "]" * 300):
        assert administrator.submit(f"{address}/repairs", {"kind": "set", "variable": "x", "value": value,
                                                           "reason": "更正"}, on=address).status_code == 409, value[:9]
    refused = administrator.submit(f"{address}/repairs", {"kind": "set", "variable": "nothing",
                                                          "value": "1", "reason": "更正"}, on=address)
    assert refused.status_code == 409


def test_a_case_is_put_on_another_step_or_the_second_administrator_refuses(administrator, second, sessions, stopped):
    address = f"/processes/q/cases/{stopped}"
    task = re.search(r'<select[^>]*id="task".*?value="(\d+)"', administrator.get(address).text, re.S)
    assert task
    for agree in (False, True):
        administrator.submit(f"{address}/repairs", {"kind": "move", "task": task[1], "target": "b", "reason": "改走"},
                             on=address)
        with sessions() as session:
            repair = session.scalars(select(Repair.id).order_by(Repair.id.desc())).first()
        act = "agree" if agree else "refuse"
        assert second.submit(f"/processes/q/repairs/{repair}/{act}", {"note": "再看看"}, on=address).status_code == 302
        assert ("没有同意" in administrator.get(address).text) is True
    with sessions() as session:
        assert session.scalars(select(WorkItem.element_id).where(WorkItem.status == "open")).all() == ["b"]


def test_another_process_does_not_show_or_repair_the_case(administrator, sessions, hashes, stopped):
    assert administrator.get(f"/processes/p/cases/{stopped}").status_code == 404
    page = administrator.get("/account/password").text
    token = TOKEN.search(page)
    assert token
    answer = administrator.post(f"/processes/p/cases/{stopped}/repairs", data={
        "csrf_token": token[1], "kind": "skip", "reason": "试"})
    assert answer.status_code == 404


def test_who_is_no_administrator_is_refused(officer):
    for address in ("/processes/p/moves", "/processes/p/moves/new", "/processes/p/cases", "/processes/p/cases/1"):
        assert officer.get(address).status_code == 403
