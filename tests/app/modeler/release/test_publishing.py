"""Proposals: one person is enough for words, two have to agree to expressions and routing; going back."""
from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app import bootstrap
from app.actor import SYSTEM
from app.cases import check, definitions, service
from app.cases.errors import AlreadyDone, Blocked, CaseError, NotYours
from app.modeler.release import proposals, publishing, scheduling
from app.models import Definition, Outbox, ProcessDraft, Publication
from tests.app.modeler.release.conftest import current, factory, files
from tests.conftest import MONDAY
from tests.workflows import diagrams as d
from workflows.errors import DefinitionRefused

LATER = MONDAY + timedelta(days=7)


POLICY = """
rules:
  - clause: C3
    says: 一步最多五个工作日
    limit: a
    at_most: {working_days: 5}
"""


def test_a_change_of_words_is_published_by_one_person(session, propose):
    done = propose(name="起草")
    assert (done.status, done.second_because, current(session)) == ("published", [], done.hash)
    definition = session.get_one(Definition, done.hash)
    assert (definition.note, definition.published_by) == ("按通知", done.proposed_by)


def test_a_changed_limit_waits_for_a_second_administrator(session, propose, second, first):
    waiting = propose(3)
    assert waiting.second_because == ["步骤「a」的时限由 5个工作日 改为 3个工作日"]
    assert (waiting.status, current(session)) == ("waiting", first)
    done = publishing.decide(session, waiting.id, True, "", actor=second, now=MONDAY)
    assert (done.status, current(session), done.decided_by) == ("published", done.hash, second.user_id)


def test_nobody_agrees_to_their_own_proposal(session, propose, proposer, first):
    waiting = propose(3)
    with pytest.raises(NotYours):
        publishing.decide(session, waiting.id, True, "", actor=proposer, now=MONDAY)
    assert current(session) == first


@pytest.mark.parametrize("who", ["system", "officer"])
def test_who_is_no_administrator_neither_proposes_nor_agrees(session, propose, make_actor, who):
    actor = SYSTEM if who == "system" else make_actor("clerk", ("miit", "clerk"))
    waiting = propose(3)
    with pytest.raises(NotYours):
        publishing.decide(session, waiting.id, True, "", actor=actor, now=MONDAY)
    with pytest.raises(NotYours):
        propose(4, actor=actor)


def test_a_refusal_says_why_and_ends_the_proposal(session, propose, second, first):
    waiting = propose(3)
    with pytest.raises(Blocked):
        publishing.decide(session, waiting.id, False, " ", actor=second, now=MONDAY)
    refused = publishing.decide(session, waiting.id, False, "三天不够", actor=second, now=MONDAY)
    assert (refused.status, refused.decision_note, current(session)) == ("refused", "三天不够", first)
    with pytest.raises(AlreadyDone):
        publishing.decide(session, waiting.id, True, "", actor=second, now=MONDAY)


def test_a_broken_policy_rule_needs_a_reason_and_a_second_person(session, first, proposer, second):
    with_rules = {"p/policy.yaml": POLICY}
    definitions.publish(session, "p", files() | with_rules, now=MONDAY)
    given = {"note": "放宽", "actor": proposer, "now": MONDAY}
    with pytest.raises(Blocked, match="政策规则"):
        publishing.propose(session, "p", files(8) | with_rules, **given)
    waiting = publishing.propose(session, "p", files(8) | with_rules, reason="市里开会定的", **given)
    assert (waiting.status, waiting.reason) == ("waiting", "市里开会定的")
    ((rule),) = waiting.broken_rules
    assert (rule["clause"], rule["rule"]) == ("C3", "一步最多五个工作日") and "8个工作日" in rule["reason"]
    assert waiting.second_because[0].startswith("违反政策规则：一步最多五个工作日（C3）")
    publishing.decide(session, waiting.id, True, "", actor=second, now=MONDAY)
    another_form = {"p/forms/plain.form.json": d.FORM.replace("plain", "other")}
    later = publishing.propose(session, "p", files(8) | with_rules | another_form, **given)
    assert (later.status, later.broken_rules) == ("published", []), "what was broken knowingly is not asked about again"


@pytest.mark.parametrize("policy", [{}, {"p/policy.yaml": POLICY.replace("5}", "9}")},
                                    {"p/policy.yaml": "rules: []"}, {"p/policy.yaml": ": no YAML"}])
def test_a_rule_that_is_taken_away_or_loosened_counts_as_broken(session, first, proposer, second, policy):
    definitions.publish(session, "p", files() | {"p/policy.yaml": POLICY}, now=MONDAY)
    given = {"note": "放宽", "actor": proposer, "now": MONDAY}
    with pytest.raises(Blocked, match="政策规则"):
        publishing.propose(session, "p", files() | policy, **given)
    waiting = publishing.propose(session, "p", files() | policy, reason="市里开会定的", **given)
    assert waiting.status == "waiting"
    assert waiting.second_because[0] == "违反政策规则：一步最多五个工作日（C3）。这条规则被去掉或者改写了"
    assert waiting.broken_rules[0]["clause"] == "C3"


def test_a_rule_that_only_moves_to_another_file_is_kept(session, first, proposer):
    definitions.publish(session, "p", files() | {"p/policy.yaml": POLICY}, now=MONDAY)
    moved = publishing.propose(session, "p", files() | {"p/rules/policy.yaml": POLICY}, note="挪地方", actor=proposer,
                               now=MONDAY)
    assert moved.broken_rules == []


def test_retiring_breaks_no_rule(session, first, proposer):
    definitions.publish(session, "p", files() | {"p/policy.yaml": POLICY}, now=MONDAY)
    assert publishing.retire(session, "p", note="不再办", actor=proposer, now=MONDAY).broken_rules == []


def test_what_fails_the_checks_is_not_proposed(session, propose, proposer):
    broken = {path: text.replace("clerk", "nobody") for path, text in files().items()}
    with pytest.raises(DefinitionRefused, match="nobody"):
        publishing.propose(session, "p", broken, note="x", actor=proposer, now=MONDAY)
    assert session.scalar(select(func.count()).select_from(Publication)) == 0


@pytest.mark.parametrize(("given", "error"), [({"note": " "}, Blocked), ({"days": 5}, Blocked), ({}, AlreadyDone)])
def test_what_says_nothing_changes_nothing_or_is_proposed_already_is_refused(propose, given, error):
    propose(3)
    with pytest.raises(error):
        propose(**{"days": 3, **given})


def test_the_first_version_of_a_process_needs_a_second_person(session, proposer):
    waiting = publishing.propose(session, "p", files(), note="新流程", actor=proposer, now=MONDAY)
    assert (waiting.status, waiting.base_hash) == ("waiting", None)


def test_who_could_agree_gets_mail_and_so_does_the_proposer_of_the_decision(session, propose, make_user, second):
    make_user("admin3", ("city", "admin")).email = "third@example.org"
    make_user("clerk", ("city", "clerk")).email = "clerk@example.org"
    waiting = propose(3)
    assert [(letter.recipient, "按通知" in letter.body) for letter in session.scalars(select(Outbox))] == [
        ("third@example.org", True)]
    session.get_one(type(make_user("x")), waiting.proposed_by).email = "first@example.org"
    publishing.decide(session, waiting.id, True, "", actor=second, now=MONDAY)
    assert "已生效" in session.scalars(select(Outbox).where(Outbox.recipient == "first@example.org")).one().body


def test_each_administrator_sees_how_many_wait_for_them(session, propose, proposer, second):
    waiting = propose(3)
    assert [proposals.waiting_for(session, each.user_id) for each in (proposer, second)] == [0, 1]
    definitions.publish(session, "p", files(9), now=MONDAY)
    assert [proposals.waiting_for(session, each.user_id) for each in (proposer, second)] == [1, 0]
    publishing.withdraw(session, waiting.id, actor=proposer, now=MONDAY)
    assert [proposals.waiting_for(session, each.user_id) for each in (proposer, second)] == [0, 0]


def test_when_another_version_came_between_the_proposer_decides(session, propose, proposer, second):
    waiting = propose(3)
    other = definitions.publish(session, "p", files(9), now=MONDAY).hash
    with pytest.raises(Blocked):
        publishing.decide(session, waiting.id, True, "", actor=second, now=MONDAY)
    with pytest.raises(NotYours):
        publishing.renew(session, waiting.id, actor=second, now=MONDAY)
    again = publishing.renew(session, waiting.id, actor=proposer, now=MONDAY)
    assert (again.base_hash, again.status) == (other, "waiting")
    assert again.second_because == ["步骤「a」的时限由 9个工作日 改为 3个工作日"]
    assert publishing.decide(session, waiting.id, True, "", actor=second, now=MONDAY).status == "published"


def test_only_the_proposer_withdraws_what_waits_and_anybody_stops_what_is_scheduled(session, propose, second):
    waiting, scheduled = propose(3), propose(name="起草", effective_at=LATER)
    with pytest.raises(NotYours):
        publishing.withdraw(session, waiting.id, actor=second, now=MONDAY)
    assert publishing.withdraw(session, scheduled.id, actor=second, now=MONDAY).status == "withdrawn"
    assert scheduling.work_off(factory(session), LATER) == 0


def test_going_back_is_a_proposal_too_and_new_cases_start_there(session, propose, proposer, second, first, calendar):
    publishing.decide(session, propose(3).id, True, "", actor=second, now=MONDAY)
    back = publishing.roll_back(session, "p", first, note="试行结束", actor=proposer, now=MONDAY)
    assert (back.kind, back.second_because) == ("rollback", ["步骤「a」的时限由 3个工作日 改为 5个工作日"])
    publishing.decide(session, back.id, True, "", actor=second, now=MONDAY)
    case = service.start_case(session, "p", {}, actor=SYSTEM, now=MONDAY, calendar=calendar)
    assert (current(session), case.definition_hash) == (first, first)


def test_a_retired_process_starts_nothing_new_and_running_cases_go_on(session, first, proposer, second, calendar):
    running = service.start_case(session, "p", {}, actor=SYSTEM, now=MONDAY, calendar=calendar)
    asked = publishing.retire(session, "p", note="合并到新流程", actor=proposer, now=MONDAY)
    assert (asked.status, asked.second_because) == ("waiting", ["停用以后不能新办"])
    publishing.decide(session, asked.id, True, "", actor=second, now=MONDAY)
    with pytest.raises(CaseError, match="已经停用"):
        service.start_case(session, "p", {}, actor=SYSTEM, now=MONDAY, calendar=calendar)
    assert (running.status, list(check.broken(session, running.id))) == ("running", [])
    back = publishing.roll_back(session, "p", first, note="重新启用", actor=proposer, now=MONDAY)
    publishing.decide(session, back.id, True, "", actor=second, now=MONDAY)
    assert current(session) == first


def test_a_restart_does_not_bring_back_what_was_retired(session):
    bootstrap._load_missing(session, MONDAY)
    definitions.retire(session, "issue-lifecycle")
    bootstrap._load_missing(session, MONDAY)
    assert definitions.current(session, "issue-lifecycle") is None


def test_a_draft_that_was_published_goes_on_from_its_version(session, propose, proposer):
    session.add(ProcessDraft(key="p", base_hash=None, files=files(name="起草"), began_at=MONDAY, changed_at=MONDAY,
                             began_by=proposer.user_id, changed_by=proposer.user_id))
    done = propose(name="起草")
    assert session.scalars(select(ProcessDraft.base_hash)).one() == done.hash
