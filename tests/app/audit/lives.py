"""A small city of cases that go round and round, sealed day by day."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, sessionmaker

from app.actor import SYSTEM, Actor
from app.audit import sealing
from app.audit.findings import Finding
from app.audit.verification import Verification
from app.cases import definitions, history, service
from app.cases.locking import hold
from app.cases.recorded import ERASE
from app.models import Instance, PersonalValue, WorkItem
from app.settings import Settings
from tests.conftest import MONDAY
from tests.workflows import diagrams as d
from workflows.calendar import Calendar

NIGHT = MONDAY.replace(hour=17)
"""01:00 in the city, after the day of MONDAY"""
RING = d.files(d.diagram(
    d.start(), d.xor("again", default="draft"), d.user("draft"), d.end(), d.flow("start", "again", "draft", "again"),
    d.flow("again", "end", when="stop"), variables='{"stop": false}'))
CLERK = Actor(None, "经办", frozenset((unit, "clerk") for unit in ("miit", "finance")), None)


def begin(sessions: sessionmaker[Session], cases: int, now: datetime = MONDAY) -> list[int]:
    """Starts so many cases: their ids."""
    with sessions.begin() as session:
        definitions.publish(session, "p", RING, now=now)
        return [service.start_case(session, "p", {}, actor=SYSTEM, now=now, calendar=Calendar(version=0)).id
                for _ in range(cases)]


def press(sessions: sessionmaker[Session], case: int, now: datetime, times: int = 1) -> None:
    """Finishes the case's task so many times, a minute each; before each somebody urges."""
    for _ in range(times):
        now += timedelta(minutes=1)
        with sessions.begin() as session:
            history.note_act(session, case, "urge", actor=SYSTEM, now=now, text="请抓紧", personal=frozenset({"note"}),
                             facts={"values": {"note": f"已打电话给李经理：1390000{case:04}"}})
            item = session.scalars(select(WorkItem.id).where(WorkItem.instance_id == case,
                                                             WorkItem.status == "open")).one()
            service.complete_item(session, item, {}, actor=CLERK, now=now, calendar=Calendar(version=0))


def erase(sessions: sessionmaker[Session], case: int, now: datetime) -> None:
    """Erases the case's personal data, as `app.issues.erasing` does it for an issue."""
    with sessions.begin() as session:
        held = hold(session, case)
        session.execute(delete(PersonalValue).where(PersonalValue.instance_id == case))
        held.blinding = None
        history.append(held, history.Entry("act", ERASE, now, CLERK, "删除了个人信息", 0), state=held.state)
        history.advance(held, {})
        history.send(held)


def live(sessions: sessionmaker[Session], settings: Settings, days: int = 3, cases: int = 4) -> None:
    """So many days with presses and a seal in the night after each; each day one case begins, the next two move."""
    ids = begin(sessions, cases)
    for day in range(days):
        now = MONDAY + timedelta(days=day)
        ids += begin(sessions, 1, now) if day else []
        for case in (ids[day % len(ids)], ids[(day + 1) % len(ids)]):
            press(sessions, case, now + timedelta(hours=1), 2)
        assert sealing.work_off(sessions, settings, NIGHT + timedelta(days=day)) == 1


def verify(sessions: sessionmaker[Session], settings: Settings, now: datetime, copies: Sequence[str] | None = None,
           ) -> Verification:
    """A verification that has been run; beside the seals' file unless other copies are given."""
    if copies is None:
        copies = settings.seals.read_text(encoding="utf-8").splitlines() if settings.seals.exists() else []
    made = Verification(sessions, now, copies)
    for _ in made.run():
        pass
    return made


def first(verification: Verification) -> Finding:
    return verification.findings[0]


def cases_of(session: Session) -> list[int]:
    return list(session.scalars(select(Instance.id).order_by(Instance.id)))
