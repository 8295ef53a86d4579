"""A task's form writes the fields of its own form and nothing else, whatever else is sent along."""
from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.cases import service
from app.models import Draft, Issue, User, WorkItem
from tests.security import world
from tests.security.conftest import City
from tests.security.test_who_may import ANSWERS, typed
from tests.sizes import tell

EVIL = "finance"
NEVER = ("number", "follow_up_hash", "registered_at", "unit_code", "position_code", "assignee_id", "status", "stage",
         "outcome", "green_lane", "id", "issue_id", "instance_id", "__class__", "local")
"""columns and names that no form has"""


def _variables(session: Session, item: int) -> tuple[dict[str, Any], frozenset[str]]:
    row = session.get_one(WorkItem, item)
    version, _ = service.state_of(session, row.instance_id)
    return dict(service.variables(session, row.instance_id)), frozenset(version.forms[row.form].writes())


def _facts(session: Session, issue_id: int) -> dict[str, Any]:
    issue = session.get_one(Issue, issue_id)
    return {column.key: getattr(issue, column.key) for column in Issue.__table__.columns}


def test_what_is_sent_beside_the_forms_fields_is_written_nowhere(living_city: City, sessions: sessionmaker[Session]):
    sent = [_sent_along(living_city, sessions, stage) for stage in world.STAGES[:6]]
    assert all(sent)
    tell(f"foreign fields sent along with task forms: {sum(sent)}, written: 0")


def _sent_along(city: City, sessions: sessionmaker[Session], stage: str) -> int:
    """Finishes the open task with every variable that its form does not write sent along; how many that were."""
    case = city.cases[stage]
    with sessions() as session:
        before, own = _variables(session, case.item)
        facts = _facts(session, case.issue_id)
    foreign = {name: EVIL for name in (*before, *NEVER) if name not in own}
    form = {**foreign, **typed(ANSWERS[stage])}
    assert city.browser(case.post).post(f"/tasks/{case.item}/complete", data=form).status_code == 303
    with sessions() as session:
        after = dict(service.variables(session, session.get_one(WorkItem, case.item).instance_id))
        changed = {name for name in (*before, *after) if before.get(name) != after.get(name)}
        assert not [name for name in changed if after.get(name) == EVIL]
        assert not [name for name, value in _facts(session, case.issue_id).items()
                    if value == EVIL and facts[name] != EVIL]
    return len(foreign)


def test_a_draft_keeps_nothing_but_the_forms_fields_and_only_its_holders(living_city: City,
                                                                         sessions: sessionmaker[Session]):
    case = living_city.cases["sorted"]
    form = {**typed(ANSWERS["sorted"]), "stage": EVIL, "lead_unit": EVIL, "user_id": "1"}
    for post in (case.post, (case.post[0], "clerk"), ("city", "admin")):
        assert living_city.browser(post).post(f"/tasks/{case.item}/draft", data=form).status_code == 200
    with sessions() as session:
        _, own = _variables(session, case.item)
        draft = session.scalars(select(Draft).where(Draft.work_item_id == case.item)).one()
    assert draft.user_id == living_city.posts[case.post]
    assert set(draft.values) <= own


def test_a_file_of_another_issue_is_not_attached_by_its_number(living_city: City, sessions: sessionmaker[Session]):
    case, other = living_city.cases["handled"], living_city.cases["accepted"]
    form = {**typed(ANSWERS["handled"]), "reply_files": str(other.attachment), "files": str(other.attachment)}
    living_city.browser(case.post).post(f"/tasks/{case.item}/complete", data=form)
    with sessions() as session:
        assert other.attachment not in _numbers(session.get_one(WorkItem, case.item).answer or {})


def _numbers(value: object) -> list[object]:
    if isinstance(value, dict):
        return [number for inner in value.values() for number in _numbers(inner)]
    return [number for inner in value for number in _numbers(inner)] if isinstance(value, list) else [value]


def test_a_person_changes_nothing_of_their_own_account_but_the_password(living_city: City,
                                                                        sessions: sessionmaker[Session]):
    post = (world.PLACE, "clerk")
    with sessions() as session:
        before = {column.key: getattr(session.get_one(User, living_city.posts[post]), column.key)
                  for column in User.__table__.columns}
    evil = {"username": "root", "name": "别人", "disabled": "1", "posts": "city:admin", "post": "city:admin",
            "must_change_password": "", "failed_logins": "-99", "unit": "city", "position": "admin"}
    browser = living_city.browser(post)
    for address in ("/account/password", "/account/post", "/account/sessions/end", "/account/absence"):
        browser.post(address, data=evil)
    with sessions() as session:
        user = session.get_one(User, living_city.posts[post])
        assert {column.key: getattr(user, column.key) for column in User.__table__.columns} == before
        assert [(held.unit_code, held.position_code) for held in user.posts] == [post]
