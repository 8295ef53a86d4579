"""The proof of a case: green when everything follows, else the first entry that does not, named."""
from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, select, update

from app.cases import history, proof
from app.cases.history import CHAINED
from app.models import History, Instance, Issue, Timer, WorkItem
from tests.app.issues.past.living import Lived


@pytest.fixture
def prove(session, lived: Lived):
    """The proof of the case, in slices of five."""
    def run() -> proof.Proof:
        found = proof.Proof()
        while not found.ended:
            proof.go_on(session, lived.instance_id, found, most=5)
        return found
    return run


@pytest.fixture
def forged(session, prove):
    """Changes rows by hand and proves again."""
    def forge(*statements):
        session.rollback()
        for statement in statements:
            session.execute(statement.execution_options(synchronize_session=False))
        session.flush()
        return prove().fault
    return forge


def test_a_life_with_rework_joint_units_breach_and_a_moved_version_holds_and_nothing_is_written(session, prove):
    before = session.execute(select(Instance.state, Instance.history_head, Instance.version)).one()
    found = prove()
    assert (found.fault, found.seq, found.inputs) == (None, 13, 11)
    assert not session.dirty and not session.new
    assert session.execute(select(Instance.state, Instance.history_head, Instance.version)).one() == before


def test_a_changed_sentence_and_a_changed_answer_are_told_apart(session, forged):
    fault = forged(update(History).where(History.seq == 4).values(text="改过"))
    assert fault.seq == 4 and "被改动过" in fault.what
    assert fault.differs[0] == "这一条：改过" and "不是流程的输入" in fault.differs[1]
    given = session.scalars(select(History.input).where(History.seq == 9)).one()
    fault = forged(update(History).where(History.seq == 9).values(input={**given, "answers": {"again": False}}))
    assert fault.seq == 9 and "被改动过" in fault.what
    assert fault.differs[1] == "“重新办理”：历史里是false，办结时存下的是true"
    assert "“归档”" in fault.differs[2] and "“办理”" in fault.differs[2]


def test_a_forger_who_mends_the_chain_is_found_by_the_replay(session, lived: Lived, forged):
    rows = {row.seq: {name: getattr(row, name) for name in CHAINED} for row in session.scalars(select(History))}
    rows[9]["input"] = {**rows[9]["input"], "answers": {"again": False}}
    head, statements = rows[9]["prev_hash"], []
    for seq in range(9, 14):
        rows[seq]["prev_hash"] = head
        head = history.digest(rows[seq])
        statements.append(update(History).where(History.seq == seq).values(
            input=rows[seq]["input"], prev_hash=rows[seq]["prev_hash"], hash=head))
    fault = forged(*statements, update(Instance).where(Instance.id == lived.instance_id).values(history_head=head))
    assert fault.seq == 9 and "重演后与当时存下的不同" in fault.what
    assert "归档" in fault.differs[0] and "办理" in fault.differs[0]


def test_a_missing_entry_and_a_cut_off_tail_are_named(session, forged):
    fault = forged(delete(History).where(History.seq == 6))
    assert fault.seq == 7 and "接不上" in fault.what
    assert "有记录缺失" in forged(delete(History).where(History.seq == 13)).what


def test_a_changed_state_is_told_by_its_variables(session, lived: Lived, forged):
    instance = session.get_one(Instance, lived.instance_id)
    state = instance.state.replace("银行同意续贷".encode(), "银行没有答复".encode())
    fault = forged(update(Instance).values(state=state))
    assert "保存的状态" in fault.what
    assert [str(line) for line in fault.differs] == ["变量plan：存着银行没有答复，历史得出银行同意续贷"]


def test_a_work_item_changed_by_hand_is_named_with_its_entry(session, forged):
    item = session.scalars(select(WorkItem.id).where(WorkItem.element_id == "handle").order_by(WorkItem.id)).first()
    for told, values in (("办理人", {"closed_by": None}), ("办结时间", {"closed_at": None}),
                         ("单位", {"unit_code": "finance"}), ("填写的内容", {"answer": {"plan": "别的"}}),
                         ("到期时间", {"due_at": None})):
        fault = forged(update(WorkItem).where(WorkItem.id == item).values(**values))
        assert fault.seq == 8 and told in fault.what and "办理" in fault.what


def test_what_lists_show_and_what_is_armed_have_to_follow_too(session, lived: Lived, forged):
    assert "plan_breached" in forged(update(Issue).values(plan_breached=False)).what
    assert "时限" in forged(insert(Timer).values(
        instance_id=lived.instance_id, task_id="999", element_id="late", due_at=lived.now, rule="",
        started_at=lived.now, provisional=False, attempts=0, calendar_version=0)).what


def test_an_input_that_the_engine_refuses_is_named(session, forged):
    row = session.scalars(select(History).where(History.seq == 3)).one()
    given = {"task_id": "999", "answers": {}, "jump_to": None}
    content = {name: getattr(row, name) for name in CHAINED} | {"input": given}
    fault = forged(update(History).where(History.seq == 3).values(input=given, hash=history.digest(content)))
    assert fault.seq == 3 and "重演不下去" in fault.what
