"""A closed issue's personal data is erased: everywhere, without a break in its history, and no other way."""
from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

from app.actor import ENTERPRISE, Actor
from app.audit import dossier, dossier_pdf
from app.audit.verification import Verification
from app.cases import check, definitions, history, proof
from app.cases.errors import AlreadyDone, Blocked, NotYours
from app.cases.history import state_digest
from app.cases.rows import table
from app.inbox import consult
from app.issues import attachments, enterprise_acts
from app.issues.attachments import CheckedFile
from app.issues.erasing import finding, requests
from app.issues.facts import load
from app.issues.past import film
from app.issues.past.holders import Holders
from app.issues.registration import PROCESS, register
from app.models import Base, History, Instance, Issue, PersonalValue, WorkItem
from app.worker.loop import clean_up
from tests.app.audit.tampering import unbound
from tests.app.issues.conftest import a_report
from tests.app.issues.lives import GENERAL, do, live, publish_lifecycle
from tests.conftest import MONDAY
from tests.workflows import diagrams as d

STEPS = (("collect", {"contacted": True, "intake_note": "找张建国经理，手机13900001111"}), *GENERAL[1:])
SECRETS = ("张建国", "13900001111", "0477-8581234", "zhang@hengtuo.example", "办得快，谢谢王科长", "补交的名单")
VERIFIER = Path(__file__).parents[4] / "docs" / "verify_dossier.py"
spec = importlib.util.spec_from_file_location("verify_dossier", VERIFIER)
verifier = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verifier)


@dataclass(frozen=True)
class Closed:
    """A closed issue with people in it, and who may have them erased."""
    issue: Issue
    supervisor: Actor
    security: Actor
    now: datetime


@pytest.fixture
def closed(session, calendar, make_actor, tmp_path) -> Closed:
    publish_lifecycle(session, MONDAY)
    supervisor = make_actor("supervisor", ("supervision", "supervisor"), name="苏合")
    issue, _ = register(session, a_report(
        contact_name="张建国", contact_phone="0477-8581234", contact_email="zhang@hengtuo.example",
        description="银行要压缩额度，请与张建国联系。"), ENTERPRISE, MONDAY, calendar)
    file = attachments.keep(session, CheckedFile("补交的名单.txt", "text/plain", b"x"), tmp_path / "attachments",
                            now=MONDAY, issue_id=issue.id)
    enterprise_acts.add_material(session, issue, "补交的名单见附件", [file], now=MONDAY, calendar=calendar)
    do(session, issue, "read_material_intake", {"material_note": "已看"}, now=MONDAY, calendar=calendar)
    now = live(session, issue, "approve_reply", now=MONDAY, calendar=calendar, steps=STEPS)
    consult.comment(session, issue.instance_id, "张建国说下午不在", actor=supervisor, now=now)
    enterprise_acts.rate(session, issue, response_rating=5, solved=True, satisfaction=5, comment="办得快，谢谢王科长",
                         now=now, calendar=calendar)
    session.refresh(issue)
    return Closed(issue, supervisor, make_actor("security", ("city", "security"), name="安全员"),
                  now + timedelta(days=1))


def erase(session, closed: Closed, *, files: bool = True):
    asked = requests.ask(session, closed.issue, "本人书面要求", files=files, actor=closed.supervisor, now=closed.now)
    return requests.agree(session, asked.id, actor=closed.security, now=closed.now)


def everything(session) -> str:
    """All rows of all tables as text, the states too."""
    return "\n".join(
        value.decode(errors="replace") if isinstance(value, bytes) else str(value)
        for kept in Base.metadata.sorted_tables for row in session.execute(select(kept)) for value in row)


def verified(sessions, now) -> list[str]:
    made = Verification(sessions, now)
    for _ in made.run():
        pass
    return [str(each.said) for each in made.findings]


def test_nothing_of_the_people_is_left_and_everything_of_the_case_holds(session, sessions, closed):
    issue = closed.issue
    before = proof.whole(session, issue.instance_id)
    assert (before.fault, before.personal, before.erased) == (None, 4, 0)
    assert all(secret in everything(session) for secret in SECRETS)
    line = erase(session, closed)
    session.commit()
    session.expire_all()
    for secret in SECRETS:
        assert secret not in everything(session), secret
    assert line.erasure.counts == {"contact": 3, "values": 4, "description": 1, "answers": 1, "words": 1, "letters": 3,
                                   "files": 1}
    assert (issue.contact_name, issue.contact_phone, issue.contact_email) == ("（已删除）", "（已删除）", None)
    after = proof.whole(session, issue.instance_id)
    assert (after.fault, after.personal, after.erased, after.lost_at) == (None, 0, 4, None)
    assert after.inputs == before.inputs
    assert list(check.broken(session, issue.instance_id)) == []
    assert verified(sessions, closed.now) == []
    story = load(session, issue)
    assert [said.text for said in story.said] == ["（已删除）", "（已删除）"]
    assert story.entries[0].text == "苏合提出、安全员同意，删除了这件事里的个人信息。原因：本人书面要求"


def test_an_act_beside_the_engine_may_commit_before_any_input_does(session, closed, calendar):
    """States are blinded from there on, and what comes after the erasure is told by no hash."""
    issue, _ = register(session, a_report(), ENTERPRISE, closed.now, calendar)
    history.note_act(session, issue.instance_id, "hold", actor=closed.supervisor, now=closed.now, text="等加签",
                     facts={"answers": {"note": "问张建国"}}, personal=frozenset({"note"}))
    now = live(session, issue, "approve_reply", now=closed.now, calendar=calendar)
    enterprise_acts.rate(session, issue, response_rating=5, solved=True, satisfaction=5, comment="", now=now,
                         calendar=calendar)
    session.refresh(issue)
    assert proof.whole(session, issue.instance_id).personal == 1
    erase(session, Closed(issue, closed.supervisor, closed.security, now))
    found = proof.whole(session, issue.instance_id)
    assert (found.fault, found.erased, found.lost_at) == (None, 1, None)
    frames = film.Reel()
    film.go_on(session, issue.instance_id, frames, Holders(session, issue.instance_id), {}, calendar)
    assert frames.differs_from is None


def test_a_dossier_tells_what_was_erased(session, closed):
    erase(session, closed)
    found = dossier.gather(session, closed.issue.instance_id, closed.now)
    told = list(verifier.check(dossier.packed(found, dossier_pdf.written(found))))
    assert "0 pieces of personal data are those of the entries, 4 were erased" in told


def test_the_enterprises_files_go_with_housekeeping_if_asked_for(session, sessions, closed, settings):
    folder = settings.data_dir / "attachments"
    erase(session, closed, files=False)
    session.commit()
    clean_up(sessions, settings, closed.now)
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 1
    erase(session, closed)
    session.commit()
    clean_up(sessions, settings, closed.now)
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    assert proof.whole(session, closed.issue.instance_id).fault is None


def test_states_cannot_be_guessed_by_their_hashes(session, closed):
    """Whoever knows all of a state but a telephone number would try all numbers against a bare hash."""
    instance = session.get_one(Instance, closed.issue.instance_id, populate_existing=True)
    last = session.scalars(select(History).where(History.kind == "input").order_by(History.seq.desc())).first()
    assert state_digest(instance.state) != last.state_hash == state_digest(instance.state, instance.blinding)
    erase(session, closed)
    session.refresh(instance)
    assert instance.blinding is None and session.scalars(select(PersonalValue)).all() == []


@pytest.mark.parametrize(("tamper", "said"), [
    (lambda: delete(PersonalValue).where(PersonalValue.seq == 2), "第2条历史有一项个人信息不见了，没有删除的记录"),
    (lambda: update(PersonalValue).where(PersonalValue.seq == 2).values(kept={}), "第2条历史有一项个人信息不见了"),
    (lambda: insert(PersonalValue).values(instance_id=1, seq=1, kept={"f" * 64: ["0" * 32, '"x"']}),
     "第1条历史有一项个人信息是补插的")])
def test_personal_data_changed_by_hand_is_named_by_the_proof(session, engine, closed, tamper, said):
    session.commit()
    with unbound(engine) as connection:
        connection.execute(tamper())
    assert said in proof.whole(session, closed.issue.instance_id).fault.what
    with pytest.raises(Blocked, match="先查清再删除"):
        erase(session, closed)


def test_a_value_that_was_changed_is_named_by_the_proof(session, engine, closed):
    session.commit()
    row = session.scalars(select(PersonalValue).where(PersonalValue.seq == 2)).one()
    kept = {mark: [salt, text.replace("名单", "账单")] for mark, (salt, text) in row.kept.items()}
    session.commit()
    with unbound(engine) as connection:
        connection.execute(update(table(PersonalValue)).where(table(PersonalValue).c.seq == 2).values(kept=kept))
    assert "第2条历史有一项个人信息被改动过" in proof.whole(session, closed.issue.instance_id).fault.what


def test_after_the_erasure_what_is_changed_by_hand_is_still_named(session, engine, closed):
    row = session.scalars(select(PersonalValue).where(PersonalValue.seq == 2)).one()
    values = {"instance_id": row.instance_id, "seq": row.seq, "kept": row.kept}
    erase(session, closed)
    session.commit()
    instance = session.get_one(Instance, closed.issue.instance_id, populate_existing=True)
    left = instance.state
    for statement, said in (
            (insert(PersonalValue).values(**values), "删除以后又出现了"),
            (update(Instance).values(state=left.replace("（已删除）".encode(), "（被换掉）".encode())),
             "删除个人信息时留下的"),
            (update(WorkItem).where(WorkItem.element_id == "collect").values(answer={"contacted": True}), "填写的内容"),
            (update(History).where(History.op == "erase").values(text="没有删除"), "被改动过")):
        session.commit()
        _by_hand(engine, statement)
        session.expire_all()
        assert said in proof.whole(session, closed.issue.instance_id).fault.what
        session.commit()
        _by_hand(engine, delete(PersonalValue), update(Instance).values(state=left))


def _by_hand(engine, *statements):
    with unbound(engine) as connection:
        for statement in statements:
            connection.execute(statement)


def test_where_a_case_went_by_what_was_erased_the_proof_says_how_far_it_goes(session, sessions, closed, calendar):
    """Its state is then what the erasure has left, and has to stay that."""
    definitions.publish(session, PROCESS, decided_by_words(), now=closed.now)
    issue, _ = register(session, a_report(contact_name="张建国"), ENTERPRISE, closed.now, calendar)
    do(session, issue, "handle", {"words": "张建国要求停办"}, now=closed.now, calendar=calendar)
    assert issue.closed_at is not None
    erase(session, Closed(issue, closed.supervisor, closed.security, closed.now))
    found = proof.whole(session, issue.instance_id)
    assert (found.fault, found.lost_at, found.erased) == (None, 2, 1)
    instance = session.get_one(Instance, issue.instance_id, populate_existing=True)
    assert "张建国".encode() not in instance.state and "（已删除）".encode() in instance.state
    session.commit()
    assert verified(sessions, closed.now) == []
    instance.state = instance.state.replace("（已删除）".encode(), "（被换掉）".encode())
    session.flush()
    assert "删除个人信息时留下的" in proof.whole(session, issue.instance_id).fault.what


def decided_by_words():
    form = ('{"id": "words", "type": "default", "schemaVersion": 18, "components": [{"type": "textfield", '
            '"key": "words", "label": "意见", "properties": {"personal": "true"}}]}')
    return d.files(d.diagram(
        d.start(), d.node("userTask", "handle", form="words"), d.xor("g", "again"), d.user("again"), d.end(),
        d.flow("start", "handle", "g"), d.flow("g", "end", when="words == '张建国要求停办'"),
        d.flow("g", "again", "end"),
        id=PROCESS, variables='{"words": null, "stage": "handle"}'), key=PROCESS) | {
            f"{PROCESS}/forms/words.form.json": form}


def test_nothing_is_erased_while_the_issue_is_open(session, closed, calendar):
    issue, _ = register(session, a_report(), ENTERPRISE, closed.now, calendar)
    with pytest.raises(Blocked, match="办结以后才能删除"):
        requests.ask(session, issue, "本人要求", files=False, actor=closed.supervisor, now=closed.now)


def test_one_person_alone_erases_nothing(session, closed):
    asked = requests.ask(session, closed.issue, "本人要求", files=False, actor=closed.supervisor, now=closed.now)
    with pytest.raises(NotYours, match="安全管理员"):
        requests.agree(session, asked.id, actor=closed.supervisor, now=closed.now)
    with pytest.raises(Blocked, match="已经在等"):
        requests.ask(session, closed.issue, "再次", files=False, actor=closed.supervisor, now=closed.now)
    with pytest.raises(NotYours, match="只有申请人"):
        requests.withdraw(session, closed.issue, actor=closed.security, now=closed.now)
    requests.withdraw(session, closed.issue, actor=closed.supervisor, now=closed.now)
    with pytest.raises(AlreadyDone):
        requests.agree(session, asked.id, actor=closed.security, now=closed.now)
    again = requests.ask(session, closed.issue, "本人要求", files=False, actor=closed.supervisor, now=closed.now)
    requests.refuse(session, again.id, actor=closed.security, now=closed.now)
    with pytest.raises(AlreadyDone):
        requests.agree(session, again.id, actor=closed.security, now=closed.now)
    with pytest.raises(Blocked, match="请写明"):
        requests.ask(session, closed.issue, "  ", files=False, actor=closed.supervisor, now=closed.now)
    assert len(session.scalars(select(PersonalValue)).all()) == 3


def test_what_people_wrote_into_the_clear_is_told_before(session, closed):
    assert finding.find(session, closed.issue).stays == 0
    consult.comment(session, closed.issue.instance_id, "办好了", actor=closed.supervisor, now=closed.now)
    session.execute(update(Issue).where(Issue.id == closed.issue.id).values(contact_name="备注"))
    session.refresh(closed.issue)
    assert finding.find(session, closed.issue).stays == 2
