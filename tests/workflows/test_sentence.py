"""A sentence reads as Chinese text everywhere, and can be said in another language by whoever has its catalogue."""
from __future__ import annotations

import json
import pickle

import orjson

from workflows.errors import TaskNotReady
from workflows.sentence import say, told

ENGLISH = {"“%(name)s”已经办结。": "“%(name)s” is finished.", "已发给%(who)s": "Sent to %(who)s", "财政局": "Finance",
           "、": ", ", "已完成100%": "100% done"}


def english(pattern: str) -> str:
    return ENGLISH.get(pattern, pattern)


def test_a_sentence_is_its_chinese_text():
    sentence = say("“%(name)s”已经办结。", name="受理")
    assert sentence == "“受理”已经办结。"
    assert f"{sentence}" == str(sentence) == "“受理”已经办结。"


def test_a_sentence_is_said_in_another_language():
    assert say("“%(name)s”已经办结。", name="受理").told(english) == "“受理” is finished."


def test_parts_that_are_sentences_are_translated_too():
    assert say("已发给%(who)s", who=say("财政局")).told(english) == "Sent to Finance"


def test_a_list_is_read_out_with_commas():
    sentence = say("已发给%(who)s", who=[say("财政局"), "东胜区"])
    assert sentence == "已发给财政局、东胜区"
    assert sentence.told(english) == "Sent to Finance, 东胜区"


def test_a_sentence_without_parts_may_hold_a_per_cent_sign():
    assert say("已完成100%") == "已完成100%"
    assert told(say("已完成100%"), english) == "100% done"


def test_what_is_no_sentence_stays_as_it_is():
    assert told("某某公司", english) == "某某公司"
    assert told(TaskNotReady("出错"), english) == "出错"


def test_an_error_is_told_by_the_sentence_it_was_raised_with():
    assert told(TaskNotReady(say("财政局")), english) == "Finance"
    assert say("“%(name)s”已经办结。", name=TaskNotReady(say("财政局"))).told(english) == "“Finance” is finished."


def test_a_sentence_is_stored_as_its_text():
    sentence = say("已发给%(who)s", who="财政局")
    assert orjson.loads(orjson.dumps({"a": sentence})) == {"a": "已发给财政局"}
    assert json.dumps(sentence, ensure_ascii=False) == '"已发给财政局"'


def test_a_sentence_survives_pickling_between_processes():
    sentence = pickle.loads(pickle.dumps(say("“%(name)s”已经办结。", name="受理")))
    assert sentence.told(english) == "“受理” is finished."
