"""Sentences for people, kept with what they were made of, so that whoever shows them can say them in another language.

The engine and the services speak before anybody knows who will read. A `Sentence` is the finished Chinese text, good
for logs, records and tests; it also remembers its pattern and parts, which the pages look up in a catalogue (ADR 7).
"""
from __future__ import annotations

from collections.abc import Callable, Sequence

COMMA = "、"
"""between the parts of a list"""


class Sentence(str):
    """A Chinese sentence. `pattern` is the message id, with %(name)s for each of `parts`; a part may be a sentence
    itself, or a list, which is read out with commas."""
    __slots__ = ("parts", "pattern")
    pattern: str
    parts: dict[str, object]

    def __new__(cls, pattern: str, parts: dict[str, object]) -> Sentence:
        self = super().__new__(cls, _filled(pattern, parts, str, COMMA))
        self.pattern, self.parts = pattern, parts
        return self

    def __reduce__(self) -> tuple[type[Sentence], tuple[str, dict[str, object]]]:
        return Sentence, (self.pattern, self.parts)

    def told(self, look_up: Callable[[str], str]) -> str:
        """The sentence in the language of `look_up`, which gives a message id's translation, or the id itself."""
        return _filled(look_up(self.pattern), self.parts, lambda part: told(part, look_up), look_up(COMMA))


def say(pattern: str, /, **parts: object) -> Sentence:
    """A sentence from its pattern: `say("“%(name)s”已经办结。", name=item.name)`. Message ids are collected by this
    function's name, so the pattern is written out at the call. A per cent sign is doubled where there are parts."""
    return Sentence(pattern, parts)


def listed(parts: Sequence[object]) -> Sentence:
    """Several values read out with commas."""
    return Sentence("%(list)s", {"list": list(parts)})


def sentence_of(error: Exception) -> str:
    """What an error says, as the sentence that it was raised with where there is one."""
    return error.args[0] if len(error.args) == 1 and isinstance(error.args[0], Sentence) else str(error)


def told(text: object, look_up: Callable[[str], str]) -> str:
    """Any value as text: a sentence, or an error that was raised with one, in the language of `look_up`; everything
    else as it is."""
    if isinstance(text, Exception):
        text = sentence_of(text)
    return text.told(look_up) if isinstance(text, Sentence) else str(text)


def _filled(pattern: str, parts: dict[str, object], say_part: Callable[[object], str], comma: str) -> str:
    if not parts:
        return pattern
    return pattern % {name: comma.join(map(say_part, part)) if isinstance(part, list | tuple) else say_part(part)
                      for name, part in parts.items()}
