"""What a what-if has found, in words: how many cases for each kind of difference, and for each difference of a kind."""
from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.dates import city_day, month_and_day
from app.modeler.trial.differences import KINDS
from app.models import Issue, Position, TrialCase, TrialRun, Unit
from workflows.sentence import Sentence, listed, say

Json = Any
TITLES: Mapping[str, Sentence] = {
    "stopped": say("走不下去"), "route": say("经过的步骤不同"), "unit": say("承办单位不同"), "steps": say("步数不同"),
    "deadline": say("时限移动"), "breached": say("会多出的超时"), "kept": say("不再有的超时"),
    "unused": say("记录里有用不上的"),
}
_LEAD = {"lead_unit": say("主办单位"), "joint_units": say("协办单位")}
_NOBODY = say("无")


@dataclass(frozen=True, slots=True)
class Names:
    """Names of units and positions by their codes."""
    units: Mapping[str, str]
    positions: Mapping[str, str]

    def post(self, post: Sequence[str]) -> str:
        return self.units.get(post[0], post[0]) + self.positions.get(post[1], post[1])

    def unit(self, codes: Json) -> Sentence:
        """A unit's name, or those of several."""
        given = codes if isinstance(codes, list) else [codes] if codes else []
        return listed([self.units.get(code, code) for code in given] or [_NOBODY])


@dataclass(frozen=True, slots=True)
class Line:
    """One difference of a case: `text` says what many cases may have in common, `exact` what is this case's own."""
    kind: str
    text: Sentence
    exact: Sentence | None = None

    @property
    def group(self) -> str:
        """Names the difference in an address."""
        return hashlib.sha256(f"{self.kind} {self.text}".encode()).hexdigest()[:12]


@dataclass(slots=True)
class Group:
    """Cases with the same difference."""
    text: Sentence
    group: str
    cases: int = 0


@dataclass(slots=True)
class Kind:
    """A kind of difference: how many cases have it, and its groups, the largest first."""
    kind: str
    title: Sentence
    cases: int = 0
    groups: list[Group] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CaseLines:
    """A case with its differences. `number` and `title` of its issue, if it has one."""
    instance_id: int
    number: str | None
    title: str
    lines: Sequence[Line]


def names(session: Session) -> Names:
    return Names(dict(session.execute(select(Unit.code, Unit.name)).all()),
                 dict(session.execute(select(Position.code, Position.name)).all()))


def kinds(session: Session, run: TrialRun) -> list[Kind]:
    """Every kind with its numbers of cases, 0 among them."""
    known = names(session)
    found = {kind: Kind(kind, TITLES[kind]) for kind in KINDS}
    groups: dict[str, dict[str, Group]] = {kind: {} for kind in KINDS}
    for details in session.scalars(select(TrialCase.details).where(TrialCase.run_id == run.id,
                                                                   TrialCase.status == "done")):
        for kind in details:
            found[kind].cases += 1
        for line in {each.group: each for each in lines(details, known)}.values():
            groups[line.kind].setdefault(line.group, Group(line.text, line.group)).cases += 1
    for kind, of_kind in groups.items():
        found[kind].groups = sorted(of_kind.values(), key=lambda group: (-group.cases, group.text))
    return list(found.values())


def unchanged(session: Session, run: TrialRun) -> int:
    """How many of the cases that were lived through would have gone the same way."""
    return sum(not found for found in session.scalars(
        select(TrialCase.kinds).where(TrialCase.run_id == run.id, TrialCase.status == "done")))


def cases(session: Session, run: TrialRun, kind: str | None, group: str | None) -> list[CaseLines]:
    """The cases behind a number, newest first: of a kind, of one difference, or all that would differ."""
    known = names(session)
    rows = session.execute(
        select(TrialCase.instance_id, TrialCase.details, Issue.number, Issue.title)
        .outerjoin(Issue, Issue.instance_id == TrialCase.instance_id)
        .where(TrialCase.run_id == run.id, TrialCase.status == "done").order_by(TrialCase.instance_id.desc()))
    found = []
    for row in rows:
        own = list(lines(row.details, known))
        if any(kind in (None, line.kind) and group in (None, line.group) for line in own):
            found.append(CaseLines(row.instance_id, row.number, row.title or "", own))
    return found


def lines(details: Mapping[str, Json], known: Names) -> Iterator[Line]:
    """A case's differences in words, in the order of the table."""
    for kind in KINDS:
        if kind in details:
            yield from _OF_KIND[kind](details[kind], known)


def _stopped(found: Mapping[str, Json], _: Names) -> Iterator[Line]:
    at = datetime.fromisoformat(found["at"])
    yield Line("stopped", say("%(reason)s", reason=found["reason"]), say("停在%(day)s", day=_day(at)))


def _route(found: Mapping[str, Json], _: Names) -> Iterator[Line]:
    before: Counter[str] = Counter(found["before"])
    after: Counter[str] = Counter(found["after"])
    exact = say("原来：%(before)s；改后：%(after)s", before=_path(found["before"]), after=_path(found["after"]))
    more, fewer = list((after - before).elements()), list((before - after).elements())
    if more:
        yield Line("route", say("多走“%(steps)s”", steps=more), exact)
    if fewer:
        yield Line("route", say("少走“%(steps)s”", steps=fewer), exact)
    if not more and not fewer:
        yield Line("route", say("步骤相同，先后不同"), exact)


def _path(steps: Sequence[str]) -> str:
    return " → ".join(steps)


def _unit(found: Iterable[Mapping[str, Json]], known: Names) -> Iterator[Line]:
    for each in found:
        if "variable" in each:
            yield Line("unit", say("%(what)s：%(before)s → %(after)s", what=_LEAD[each["variable"]],
                                   before=known.unit(each["before"]), after=known.unit(each["after"])))
        else:
            yield Line("unit", say("“%(step)s”：%(before)s → %(after)s", step=each["step"],
                                   before=known.post(each["before"]), after=known.post(each["after"])))


def _steps(found: Mapping[str, int], _: Names) -> Iterator[Line]:
    before, after = found["before"], found["after"]
    more = after - before
    text = say("多%(count)s步", count=more) if more > 0 else say("少%(count)s步", count=-more)
    yield Line("steps", text, say("%(before)s步 → %(after)s步", before=before, after=after))


def _deadline(found: Iterable[Mapping[str, Json]], _: Names) -> Iterator[Line]:
    for each in found:
        before, after = (datetime.fromisoformat(text) if text else None for text in (each["before"], each["after"]))
        exact = say("%(before)s → %(after)s", before=_day(before), after=_day(after))
        yield Line("deadline", _movement(each["step"], before, after, each["days"]), exact)


def _movement(step: str, before: datetime | None, after: datetime | None, days: int | None) -> Sentence:
    if days:
        return (say("“%(step)s”的时限推迟%(days)s个工作日", step=step, days=days) if days > 0
                else say("“%(step)s”的时限提前%(days)s个工作日", step=step, days=-days))
    if before and after:
        return say("“%(step)s”的时限在同一个工作日里移动", step=step)
    return say("“%(step)s”新有时限", step=step) if after else say("“%(step)s”不再有时限", step=step)


def _day(at: datetime | None) -> Sentence:
    return month_and_day(city_day(at)) if at else _NOBODY


def _breached(found: Iterable[Mapping[str, Json]], _: Names) -> Iterator[Line]:
    for each in found:
        text = say("到了时限“%(step)s”", step=each["step"]) if each["timer"] else say("“%(step)s”超期",
                                                                                  step=each["step"])
        yield Line("breached", text)


def _kept(found: Iterable[Mapping[str, Json]], _: Names) -> Iterator[Line]:
    for each in found:
        text = say("不到时限“%(step)s”", step=each["step"]) if each["timer"] else say("“%(step)s”不再超期",
                                                                                  step=each["step"])
        yield Line("kept", text)


def _unused(found: Iterable[str], _: Names) -> Iterator[Line]:
    for text in found:
        yield Line("unused", say("%(text)s", text=text))


_OF_KIND: Mapping[str, Callable[[Any, Names], Iterator[Line]]] = {
    "stopped": _stopped, "route": _route, "unit": _unit, "steps": _steps, "deadline": _deadline,
    "breached": _breached, "kept": _kept, "unused": _unused}
