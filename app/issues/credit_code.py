"""The unified social credit code 统一社会信用代码 (GB 32100-2015): 18 characters, the last one a check character."""
from __future__ import annotations

import unicodedata

from workflows.sentence import say

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""31 characters: digits and capitals without I, O, S, V, Z, which are read as 1, 0, 5, U, 2."""
LENGTH = 18


class CreditCodeError(ValueError):
    """Not a credit code. `str(error)` tells the person, in Chinese, what to look at."""


def check_character(first_seventeen: str) -> str:
    """The check character of the first 17: weights 3^i mod 31 (GB 32100-2015, 4.5)."""
    total = sum(ALPHABET.index(character) * pow(3, i, 31) for i, character in enumerate(first_seventeen))
    return ALPHABET[-total % 31]


def parse(text: str) -> str | None:
    """The code in its written form; None when nothing was typed. Spaces, full-width and small letters are forgiven.

    Raises CreditCodeError with a sentence that says which character to compare with the business licence.
    """
    code = "".join(unicodedata.normalize("NFKC", text).upper().split()).replace("-", "")
    if not code:
        return None
    if len(code) != LENGTH:
        raise CreditCodeError(say("统一社会信用代码是18位，您填了%(count)s位，请对照营业执照再看一遍", count=len(code)))
    for place, character in enumerate(code, start=1):
        if character not in ALPHABET:
            raise CreditCodeError(say("第%(place)s位“%(character)s”不会出现在统一社会信用代码里，请对照营业执照看看",
                                      place=place, character=character))
    if check_character(code[:-1]) != code[-1]:
        raise CreditCodeError(say(
            "这个统一社会信用代码有一位可能抄错了（校验码对不上），请对照营业执照再看一遍"))
    return code
