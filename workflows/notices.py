"""Who is told when something happens: the `notify` property of an element, read once.

`lead_unit/head; 'supervision'/supervisor; enterprise`: unit expression, slash, position code; `enterprise` is itself.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from workflows.errors import ExpressionError
from workflows.expressions import compile_expression
from workflows.placeholders import filled
from workflows.sentence import say
from workflows.step import Notice

if TYPE_CHECKING:
    from workflows.spiff import Token

Kind = Literal["inform", "remind", "urge", "escalate"]
ENTERPRISE = "enterprise"


@dataclass(frozen=True, slots=True)
class Notify:
    """An element's notify properties. `targets` pairs unit expressions with position codes."""
    targets: tuple[tuple[str, str | None], ...]
    text: str
    kind: Kind

    def render(self, token: Token) -> Iterator[Notice]:
        """The notices for a token, one a target; a unit expression may also give a list of units."""
        text = filled(self.text, token.scope.names())
        for unit, position in self.targets:
            if unit == ENTERPRISE:
                yield Notice(token.task_spec.element.id, ENTERPRISE, None, text, self.kind)
                continue
            value = token.execution.evaluate(token, unit)
            for code in value if isinstance(value, list) else [value]:
                if isinstance(code, str) and code:
                    yield Notice(token.task_spec.element.id, code, position, text, self.kind)


def parse_notify(properties: Mapping[str, str], fallback: str) -> Notify | None:
    """The notify properties of an element, None without. ExpressionError says what cannot be read.

    `fallback` is the text for an element that has no `notify_text`: its name.
    """
    if not properties.get("notify"):
        return None
    targets = []
    for part in properties["notify"].split(";"):
        unit, slash, position = part.strip().rpartition("/")
        if not slash:
            unit, position = position, ""
        if unit != ENTERPRISE:
            if not position:
                raise ExpressionError(say("“%(part)s”要写成 单位/岗位", part=part.strip()))
            compile_expression(unit)
        targets.append((unit, position or None))
    kind = properties.get("notify_kind") or "inform"
    if kind not in get_args(Kind):
        raise ExpressionError(say("notify_kind“%(kind)s”不认识，可写 %(names)s", kind=kind, names=get_args(Kind)))
    return Notify(tuple(targets), properties.get("notify_text") or fallback, kind)  # type: ignore[arg-type]
