"""docs/officers.md names tests and scenarios that exist, and leaves out no operation that a task's page offers."""
from __future__ import annotations

import re
from pathlib import Path

from app.inbox.acts import ACTS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/officers.md").read_text(encoding="utf-8")
WORDS = {
    "claim": "签收", "release": "放回", "return": "退回", "recall": "撤回", "transfer": "转办", "delegate": "委派",
    "give_back": "交回", "take_back": "收回委派", "signers": "前加签", "sign": "加签意见", "remove_signer": "减签",
    "consult": "沟通", "answer": "答复沟通", "comment": "备注", "copy": "抄送", "urge": "催办", "follow_up": "跟进日期",
    "extension": "延期", "take_over": "接管", "release_joint": "免除协办", "suspend": "暂停", "resume": "恢复",
    "watch": "关注"}


def test_every_test_and_scenario_that_the_page_names_exists():
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert named and {name for name in named if not (Path(__file__).parent / f"{name}.py").exists()} == set()
    scenarios = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", PAGE))
    assert scenarios <= {file.stem for file in (ROOT / "bpmn/issue-lifecycle/scenarios").glob("*.yaml")}


def test_every_operation_has_its_words_on_the_page():
    assert WORDS.keys() == ACTS.keys()
    assert [act for act, words in WORDS.items() if words not in PAGE] == []
