"""Who is in charge of which enterprise, in the browser."""
from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.models import AdminAct, Enterprise
from tests.app.conftest import Browser


@pytest.fixture
def enterprises(sessions: sessionmaker[Session]) -> list[int]:
    """Two enterprises; the second one is a key one."""
    with sessions.begin() as session:
        made = [Enterprise(name="恒拓煤化工", place="dongsheng"),
                Enterprise(name="乌兰陶瓷", place="otog", key_enterprise=True)]
        session.add_all(made)
        session.flush()
        return [each.id for each in made]


def in_charge(sessions: sessionmaker[Session], enterprise: int) -> int | None:
    with sessions.begin() as session:
        return session.scalar(select(Enterprise.leader_id).where(Enterprise.id == enterprise))


def test_a_leader_is_put_in_charge_and_taken_off_again(
        administrator: Browser, enterprises: list[int], add_user: Callable[..., int],
        sessions: sessionmaker[Session]) -> None:
    leader = add_user("leader", ("leaders", "leader"), name="刘建华")
    page = administrator.get("/admin/leaders").text
    assert page.index("乌兰陶瓷") < page.index("恒拓煤化工"), "key enterprises come first"
    address = f"/admin/leaders/{enterprises[0]}"
    administrator.submit(address, {"leader": str(leader)}, on="/admin/leaders")
    assert in_charge(sessions, enterprises[0]) == leader
    assert "现在由刘建华包联" in administrator.get("/admin/leaders").text
    assert "恒拓煤化工" not in administrator.get("/admin/leaders?leader=-").text
    assert "乌兰陶瓷" not in administrator.get(f"/admin/leaders?leader={leader}").text
    with sessions.begin() as session:
        act = session.scalars(select(AdminAct).order_by(AdminAct.seq.desc())).first()
        assert act is not None and (act.subject, act.after) == ("恒拓煤化工", {"leader": "刘建华"})
    administrator.submit(address, {"leader": ""}, on="/admin/leaders")
    assert in_charge(sessions, enterprises[0]) is None


def test_only_leaders_are_put_in_charge(administrator: Browser, enterprises: list[int], add_user: Callable[..., int],
                                        sessions: sessionmaker[Session]) -> None:
    clerk = add_user("clerk", ("finance", "clerk"))
    gone = add_user("gone", ("leaders", "leader"), disabled=True)
    for user in (clerk, gone, 99):
        refused = administrator.submit(f"/admin/leaders/{enterprises[0]}", {"leader": str(user)}, on="/admin/leaders")
        assert refused.status_code == 409
    assert in_charge(sessions, enterprises[0]) is None
    assert administrator.submit("/admin/leaders/99", {"leader": ""}, on="/admin/leaders").status_code == 404


def test_an_auditor_reads_who_is_in_charge(auditor: Browser, enterprises: list[int], add_user: Callable[..., int],
                                           sessions: sessionmaker[Session]) -> None:
    leader = add_user("leader", ("leaders", "leader"), name="刘建华")
    with sessions.begin() as session:
        session.get_one(Enterprise, enterprises[0]).leader_id = leader
    assert re.search(r'<td data-label="包联领导">\s*<span>刘建华</span>', auditor.get("/admin/leaders").text)
