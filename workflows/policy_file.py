"""Reads `policy.yaml`: what a plan promises, beside the diagram that has to keep it (docs/policy-rules.md)."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from workflows.characters import all_storable
from workflows.errors import WorkflowError
from workflows.possible import NOMINAL
from workflows.sentence import say
from workflows.syntax import Compiler

Json = Any
NAME = "policy.yaml"
MAX_CHARACTERS, MAX_RULES = 100_000, 100


class PolicyError(WorkflowError):
    """A policy file that cannot be read; the text is for people."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One promise. `says` are its words, `clause` where they stand.

    Of a *way*: once `after` is done (at the start, without), and `when` may hold, one of `comes` is done before any of
    `before` begins; `within` may bound it. Of a *limit*: the deadline of each of `limits` under `when` is at most
    `within`. Of *persons*: nobody does one of `apart` and one of `others`.
    """
    clause: str
    says: str
    when: str | None = None
    after: tuple[str, ...] = ()
    comes: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    within: dict[str, float] = field(default_factory=dict)
    start: str | None = None
    timer: str | None = None
    apart: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of a file. `given` are the variables that whoever starts a case brings, `messages` what each message
    brings; a message that is not named may bring anything."""
    rules: tuple[Rule, ...]
    given: frozenset[str] = frozenset()
    messages: dict[str, frozenset[str]] = field(default_factory=dict)


class _Loader(yaml.SafeLoader):
    """Plain YAML: no aliases, which could make a small file huge."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("alias")
        return super().compose_node(parent, index)


KEYS = {
    "way": {"after", "when", "comes", "before", "within"},
    "never": {"never", "before"},
    "limit": {"limit", "when", "at_most", "from"},
    "persons": {"apart", "from"},
}
"""Of each kind of rule, beside `clause` and `says`; a rule is of the first kind that it has all obligatory keys of."""


def parse_policy(text: str) -> Policy:
    """The rules that a file holds. PolicyError says what cannot be read."""
    if len(text) > MAX_CHARACTERS:
        raise PolicyError(say("规则文件最多%(most)s个字符", most=MAX_CHARACTERS))
    try:
        content = yaml.load(text, _Loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise PolicyError(say("规则文件不是正确的 YAML")) from None
    if not all_storable(content):
        raise PolicyError(say("规则文件里有不成字符的编码"))
    if not isinstance(content, dict) or not isinstance(content.get("rules"), list) or set(content) - {
            "rules", "given", "messages"}:
        raise PolicyError(say("规则文件要有 rules 列表，另外只能写 given 和 messages"))
    if len(content["rules"]) > MAX_RULES:
        raise PolicyError(say("规则最多%(most)s条", most=MAX_RULES))
    messages = content.get("messages") or {}
    if not isinstance(messages, dict):
        raise PolicyError(say("messages 要写成 消息: [变量, …]"))
    return Policy(tuple(_rule(number, rule) for number, rule in enumerate(content["rules"], 1)),
                  frozenset(_names("given", content.get("given") or [])),
                  {str(name): frozenset(_names("messages", brought)) for name, brought in messages.items()})


def _rule(number: int, rule: Json) -> Rule:
    where = say("第%(number)s条规则", number=number)
    if not isinstance(rule, dict) or not all(isinstance(rule.get(name), str) for name in ("clause", "says")):
        raise PolicyError(say("%(where)s要有 clause 和 says", where=where))
    common: dict[str, Any] = {"clause": rule["clause"], "says": rule["says"], "when": _condition(where, rule)}
    keys = set(rule) - {"clause", "says"}
    if {"limit", "at_most"} <= keys <= KEYS["limit"]:
        return Rule(**common, limits=_names(where, rule["limit"]), within=_span(where, rule["at_most"]),
                    start=_name(where, rule.get("from")))
    if keys == KEYS["persons"]:
        return Rule(**common, apart=_names(where, rule["apart"]), others=_names(where, rule["from"]))
    if keys == KEYS["never"]:
        return Rule(**common, comes=_names(where, rule["before"]), before=_names(where, rule["never"]))
    if {"after", "comes", "before"} <= keys <= KEYS["way"]:
        within = rule.get("within") or {}
        if not isinstance(within, dict) or (within and "timer" not in within):
            raise PolicyError(say("%(where)s的 within 要写 timer 和时长", where=where))
        span = {name: value for name, value in within.items() if name not in ("timer", "from")}
        return Rule(**common, after=_names(where, rule["after"]), comes=_names(where, rule["comes"]),
                    before=_names(where, rule["before"]), within=_span(where, span) if within else {},
                    timer=_name(where, within.get("timer")), start=_name(where, within.get("from")))
    raise PolicyError(say("%(where)s看不懂：要么写 after、comes、before，要么写 never、before，要么写 limit、at_most，"
                          "要么写 apart、from", where=where))


def _condition(where: str, rule: dict[str, Json]) -> str | None:
    text = rule.get("when")
    if text is None:
        return None
    try:
        compiler = Compiler(str(text))
        compiler.expression()
    except WorkflowError as error:
        raise PolicyError(say("%(where)s的 when：%(error)s", where=where, error=error)) from None
    return str(text)


def _names(where: str, value: Json) -> tuple[str, ...]:
    """A name, or a list of them."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise PolicyError(say("%(where)s：这里要写名称，或名称的列表", where=where))
    return tuple(names)


def _name(where: str, value: Json) -> str | None:
    return None if value is None else _names(where, value)[0]


def _span(where: str, value: Json) -> dict[str, float]:
    if not isinstance(value, dict) or not value or not set(value) <= set(NOMINAL) or not all(
            type(number) is int and 0 <= number <= 10_000 for number in value.values()):
        raise PolicyError(say("%(where)s的时长要写成 working_days: 5、months: 1 这样", where=where))
    return dict(value)
