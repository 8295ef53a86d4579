"""How alike two Chinese texts are."""
from __future__ import annotations

import pytest

from app.issues.duplicates import LIKELY, compare, similarity
from app.models import Issue


@pytest.mark.parametrize(("a", "b", "at_least", "at_most"), [
    ("流动资金贷款8月到期，续贷遇到困难", "流动资金贷款8月到期，续贷遇到困难", 1, 1),
    ("流动资金贷款8月到期，续贷遇到困难", "流动资金贷款到期，续贷困难", 0.6, 0.9),
    ("流动资金贷款8月到期，续贷遇到困难", "冬季用气指标不足，担心限产", 0, 0.1),
    ("", "", 0, 0), ("电", "电", 1, 1), ("ＡＢ公司 欠款", "ab公司欠款", 1, 1),
])
def test_similarity_of_neighbouring_characters(a: str, b: str, at_least: float, at_most: float) -> None:
    assert at_least <= similarity(a, b) <= at_most
    assert similarity(a, b) == similarity(b, a)


def test_the_same_trouble_in_other_words_is_likely_and_says_why() -> None:
    first = Issue(title="流动资金贷款8月到期，续贷困难",
                  description="我公司在本地银行有500万元贷款8月到期，银行可能压缩额度。",
                  category="financing")
    again = Issue(title="贷款8月到期续贷困难", description="我公司在银行的500万元贷款8月到期，担心银行压缩额度。",
                  category="financing")
    likeness = compare(first, again)
    assert likeness.likely
    assert likeness.score > LIKELY
    assert likeness.reason.startswith("同一企业、标题相似")
    assert likeness.reason.endswith("同为融资类")


def test_another_trouble_is_not_likely() -> None:
    loan = Issue(title="流动资金贷款8月到期，续贷困难", description="我公司在本地银行有500万元贷款8月到期。")
    power = Issue(title="用电负荷不足", description="新上的两条生产线投产，变压器容量不足，高峰时段需要轮停。")
    assert not compare(loan, power).likely
