"""沟通 and remarks."""
from __future__ import annotations

import pytest
from sqlalchemy import select

from app.cases import service
from app.cases.errors import Blocked, NotYours
from app.inbox import consult, queries, signatures
from app.models import Comment, Copy


def ask(desk, to, question="有没有资金？"):
    return consult.ask(desk.session, desk.item().id, to, question, actor=desk.clerk, now=desk.now)


def test_a_question_does_not_hold_the_task_up_and_its_answer_stays_with_it(desk):
    item = desk.item()
    consult.ask(desk.session, item.id, desk.stranger.user_id, "有没有资金？", actor=desk.clerk, now=desk.now)
    question = desk.item("consult")
    desk.complete(item)
    consult.answer(desk.session, question.id, "有", actor=desk.stranger, now=desk.now)
    assert consult.of_task(desk.session, item.id)[0].answer == {"text": "有"} and desk.sound()


def test_a_question_to_a_post_is_anybodys_there_to_answer(desk):
    question = ask(desk, ("finance", "clerk"))
    page = queries.find(desk.session, desk.stranger, queries.Query(), now=desk.now, calendar=desk.calendar)
    assert [row.item.id for row in page.rows] == [question.id]
    with pytest.raises(NotYours):
        consult.answer(desk.session, question.id, "我猜有", actor=desk.head, now=desk.now)
    consult.answer(desk.session, question.id, "有", actor=desk.stranger, now=desk.now)
    assert desk.told("consult")[0].text == "向市财政局经办人沟通：有没有资金？"


def test_whoever_asked_is_told_of_the_answer(desk):
    question = ask(desk, desk.stranger.user_id)
    consult.answer(desk.session, question.id, "有", actor=desk.stranger, now=desk.now)
    copy = desk.session.scalars(select(Copy)).one()
    assert (copy.user_id, copy.text) == (desk.clerk.user_id, "李思源答复了“沟通：draft”：有")


@pytest.mark.parametrize("asked", ["question", "signature"])
def test_a_task_that_is_sent_back_comes_to_who_did_it_not_to_a_colleague_who_was_asked_about_it(desk, asked):
    draft = desk.item()
    if asked == "question":
        consult.answer(desk.session, ask(desk, desk.other.user_id).id, "有", actor=desk.other, now=desk.now)
    else:
        (signature,) = signatures.add(desk.session, draft.id, [desk.other.user_id], when="before", mode="all",
                                      question="", actor=desk.clerk, now=desk.now)
        signatures.answer(desk.session, signature.id, agree=True, opinion="看过", actor=desk.other, now=desk.now,
                          calendar=desk.calendar)
    desk.complete(draft)
    service.return_item(desk.session, desk.item().id, "draft", "请补充", jump_back=False, actor=desk.other,
                        now=desk.now, calendar=desk.calendar)
    assert desk.item().assignee_id == desk.clerk.user_id and desk.sound()


def test_nobody_asks_themselves_nothing_or_a_post_that_does_not_exist(desk):
    for to, question in ((desk.clerk.user_id, "？"), (desk.head.user_id, " "), (("nowhere", "clerk"), "在吗")):
        with pytest.raises(Blocked):
            ask(desk, to, question)


def test_a_question_is_answered_once(desk):
    question = ask(desk, desk.stranger.user_id)
    consult.answer(desk.session, question.id, "有", actor=desk.stranger, now=desk.now)
    with pytest.raises(Exception, match="李思源"):
        consult.answer(desk.session, question.id, "没有", actor=desk.stranger, now=desk.now)


def test_a_remark_stands_once_in_history_and_its_words_beside_it(desk):
    consult.comment(desk.session, desk.instance.id, "企业法人下周回国", actor=desk.head, now=desk.now)
    assert desk.session.scalars(select(Comment)).one().text == "企业法人下周回国"
    assert len(desk.told("comment")) == 1 and desk.sound()
    with pytest.raises(Blocked):
        consult.comment(desk.session, desk.instance.id, " ", actor=desk.head, now=desk.now)
