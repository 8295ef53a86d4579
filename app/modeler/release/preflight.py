"""A version held against the organisation as it is: posts that nobody holds, people on leave with nobody in their
place, one person on both sides of an approval, steps without a limit. It tells, and keeps nobody from publishing."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.dates import city_day
from app.issues.registration import intake_unit
from app.modeler.release import proposals
from app.models import Absence, Position, Post, Unit, User
from workflows.sentence import listed, say
from workflows.staffing import Step, lane_positions, steps_of

PLACE, INTAKE = "place", "intake_unit"
"""the variables that name the banner or zone of an enterprise, and the unit that takes its report in"""
ADMINISTRATOR = "admin"
PLACES = ("banner", "zone")


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind`: vacant, unknown, away, same, unlimited, alone, unreachable. `units` and `people` are (code or id, name);
    `position` is the code of the one that nobody holds."""
    kind: str
    text: str
    units: list[tuple[str, str]] = field(default_factory=list)
    people: list[tuple[int, str]] = field(default_factory=list)
    position: str = ""


@dataclass(frozen=True, slots=True)
class _Organisation:
    units: Mapping[str, Unit]
    filled: Mapping[str, set[str]]
    """the units that a report can bring, by the variable that it fills"""
    positions: Mapping[str, str]
    holders: Mapping[tuple[str, str], Sequence[User]]
    """of people whose accounts are in use, by (unit, position)"""
    away: Mapping[int, Absence]
    """absences that cover the day, by person"""

    def position(self, code: str) -> str:
        return self.positions.get(code, code)


def findings(session: Session, key: str, files: Mapping[str, str], now: datetime,
             effective_at: datetime | None = None) -> list[Finding]:
    """What an administrator should know before these files become current, at the latest on the day from which on."""
    there = _organisation(session, city_day(effective_at or now))
    steps = steps_of(key, files)
    vacant = list(_vacant(steps, there))
    lanes = {position: lane for position, lane in lane_positions(key, files).items()
             if position not in {finding.position for finding in vacant}}
    return [*vacant, *_held_by_nobody(lanes, there), *_away(steps, there), *_same(steps, there), *_unlimited(steps)]


def agreeing(session: Session, proposed_by: int | None) -> list[Finding]:
    """What keeps a second administrator from agreeing, or from hearing of it."""
    others = proposals.others(session, proposed_by)
    silent = [user for user in others if not user.email]
    if not others:
        return [Finding("alone", say("要另一位系统管理员同意，现在没有。请安全管理员让另一位同事也担任系统管理员。"),
                        position=ADMINISTRATOR)]
    return [Finding("unreachable", say("要另一位系统管理员同意。这几位没有填电子邮箱，收不到邮件，请当面告诉他们。"),
                    people=[(user.id, user.name) for user in silent])] if silent else []


def _organisation(session: Session, day: date) -> _Organisation:
    units = {unit.code: unit for unit in session.scalars(select(Unit).order_by(Unit.sort, Unit.code))}
    places = [unit.code for unit in units.values() if unit.active and unit.kind in PLACES]
    holders: dict[tuple[str, str], list[User]] = defaultdict(list)
    for user, unit, position in session.execute(
            select(User, Post.unit_code, Post.position_code).join(Post, Post.user_id == User.id)
            .where(User.disabled.is_(False)).order_by(User.id)):
        holders[unit, position].append(user)
    absences = session.scalars(select(Absence).where(Absence.first_day <= day, Absence.last_day >= day))
    return _Organisation(units, {PLACE: set(places), INTAKE: {intake_unit(session, place) for place in places}},
                         dict(session.execute(select(Position.code, Position.name)).all()), dict(holders),
                         {absence.user_id: absence for absence in absences})


def _codes(step: Step, there: _Organisation) -> set[str]:
    """The units that a step can go to."""
    return set(step.codes).union(*(codes for name, codes in there.filled.items() if name in step.open))


def _vacant(steps: Sequence[Step], there: _Organisation) -> Iterator[Finding]:
    empty: dict[str, dict[str, None]] = defaultdict(dict)
    waiting: dict[str, dict[str, None]] = defaultdict(dict)
    unknown: dict[str, dict[str, None]] = defaultdict(dict)
    for step in steps:
        for code in _codes(step, there):
            unit = there.units.get(code)
            if unit is None or not unit.active:
                unknown[code][step.name] = None
            elif not there.holders.get((code, step.position)):
                empty[step.position][code] = None
                waiting[step.position][step.name] = None
    for code, names in unknown.items():
        name = there.units[code].name if code in there.units else code
        yield Finding("unknown", say("%(steps)s可能交给“%(unit)s”，但没有这个单位，或者已经停用。",
                                     steps=_quoted(names), unit=name))
    for position, codes in empty.items():
        units = [(code, unit.name) for code, unit in there.units.items() if code in codes]
        yield Finding("vacant", say("%(count)s个单位没有%(position)s，%(steps)s交过去没有人办。", count=len(units),
                                    position=there.position(position), steps=_quoted(waiting[position])),
                      units=units, position=position)


def _held_by_nobody(lanes: Mapping[str, str], there: _Organisation) -> Iterator[Finding]:
    """Positions that a lane names and nobody has anywhere, whatever unit it will be."""
    held = {position for (_, position), users in there.holders.items() if users}
    for position, lane in lanes.items():
        if position not in held:
            yield Finding("vacant", say("还没有人担任%(position)s，泳道“%(lane)s”的事交过去没有人办。",
                                        position=there.position(position), lane=lane), position=position)


def _away(steps: Sequence[Step], there: _Organisation) -> Iterator[Finding]:
    """People on leave whose stand-in cannot work either: chains are not followed."""
    active = {user.id for users in there.holders.values() for user in users}
    told: set[int] = set()
    for step in steps:
        for code in sorted(_codes(step, there)):
            for user in there.holders.get((code, step.position), ()):
                absence = there.away.get(user.id)
                if absence is None or user.id in told or (absence.stand_in_id in active
                                                          and absence.stand_in_id not in there.away):
                    continue
                told.add(user.id)
                yield Finding("away", say(
                    "%(unit)s的%(position)s%(name)s不在岗（到%(day)s），代办人也不在或已停用。", name=user.name,
                    unit=there.units[code].name, position=there.position(step.position), day=absence.last_day),
                    people=[(user.id, user.name)])


def _same(steps: Sequence[Step], there: _Organisation) -> Iterator[Finding]:
    by_id = {step.id: step for step in steps}
    pairs: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    both: dict[tuple[str, str], dict[tuple[str, int], str]] = defaultdict(dict)
    for step in steps:
        for after in (by_id[id] for id in step.next if id in by_id):
            if after.unit != step.unit or after.position == step.position:
                continue
            posts = min(step.position, after.position), max(step.position, after.position)
            for code in _codes(step, there) or set(there.units):
                for user in there.holders.get((code, posts[0]), ()):
                    if user in there.holders.get((code, posts[1]), ()):
                        pairs[posts][say("“%(first)s”和“%(then)s”", first=step.name, then=after.name)] = None
                        both[posts][code, user.id] = say("%(unit)s的%(name)s", name=user.name,
                                                         unit=there.units[code].name)
    for posts, names in pairs.items():
        yield Finding("same", say(
            "%(who)s既是%(first)s又是%(then)s：%(steps)s可能由同一个人办。", who=listed(list(both[posts].values())),
            first=there.position(posts[0]), then=there.position(posts[1]), steps=listed(list(names))),
            people=[(user_id, str(name)) for (_, user_id), name in both[posts].items()])


def _unlimited(steps: Sequence[Step]) -> Iterator[Finding]:
    names = {step.name: None for step in steps if not step.has_limit}
    if names:
        yield Finding("unlimited", say("%(steps)s没有时限，不会提醒也不会超期。", steps=_quoted(names)))


def _quoted(names: Mapping[str, None]) -> str:
    return listed([say("“%(name)s”", name=name) for name in names])
