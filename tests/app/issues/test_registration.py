"""Registering a report: one way in, one number each, one code each."""
from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from app.actor import ENTERPRISE, Actor
from app.issues import follow_up
from app.issues.errors import RegistrationRefused
from app.issues.registration import intake_unit, register
from app.models import Attachment, Enterprise, Issue, User, WorkItem
from tests.app.issues.conftest import a_report
from tests.conftest import MONDAY
from workflows.calendar import Calendar

pytestmark = pytest.mark.usefixtures("lifecycle")


def test_a_report_becomes_a_numbered_issue_with_a_running_life(session: Session, calendar: Calendar) -> None:
    issue, code = register(session, a_report(), ENTERPRISE, MONDAY, calendar)
    assert (issue.number, issue.stage, issue.status, issue.channel) == ("2026-000001", "collect", "open", "portal")
    assert issue.registered_at == MONDAY
    assert issue.registered_by is None
    assert issue.follow_up_hash == follow_up.digest(code)
    assert code.replace("-", "") not in issue.follow_up_hash
    assert session.scalars(select(WorkItem.stage).where(WorkItem.issue_id == issue.id)).all() == ["collect"]


def test_numbers_run_through_the_city_s_year(session: Session, calendar: Calendar) -> None:
    moments = [datetime(2026, 12, 31, 15, 59, tzinfo=UTC), datetime(2026, 12, 31, 15, 59, tzinfo=UTC),
               datetime(2026, 12, 31, 16, 0, tzinfo=UTC)]
    numbers = [register(session, a_report(), ENTERPRISE, now, calendar)[0].number for now in moments]
    assert numbers == ["2026-000001", "2026-000002", "2027-000001"]


def test_reports_at_the_same_moment_get_different_numbers_and_one_enterprise(
        sessions: sessionmaker[Session], session: Session, calendar: Calendar) -> None:
    session.commit()
    with ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(lambda n: _register_in_its_own_transaction(sessions, calendar, n), range(12)))
    assert sorted(numbers) == [f"2026-{n:06d}" for n in range(1, 13)]
    assert session.scalar(select(func.count()).select_from(Enterprise)) == 1


def _register_in_its_own_transaction(sessions: sessionmaker[Session], calendar: Calendar, n: int) -> str:
    with sessions.begin() as session:
        report = a_report(title=f"困难{n}", credit_code="91350100M000100Y43")
        return register(session, report, ENTERPRISE, MONDAY, calendar)[0].number


def test_a_report_that_is_sent_twice_is_one(session: Session, calendar: Calendar) -> None:
    code = follow_up.new_code()
    first, _ = register(session, a_report(), ENTERPRISE, MONDAY, calendar, code=code)
    again, same = register(session, a_report(), ENTERPRISE, MONDAY, calendar, code=code)
    assert (first.id, code) == (again.id, same)
    assert session.scalar(select(func.count()).select_from(Issue)) == 1


@pytest.mark.parametrize(("difficulty", "excluded", "inside"), [
    ("loss", None, True), (None, None, False), ("stopped", "seasonal", False)])
def test_the_scope_of_the_promise_is_what_the_enterprise_was_at_registration(
        session: Session, calendar: Calendar, difficulty: str | None, excluded: str | None, inside: bool) -> None:
    report = a_report()
    enterprise = Enterprise(name=report.enterprise_name, place=report.place, difficulty=difficulty, excluded=excluded)
    session.add(enterprise)
    issue, _ = register(session, report, ENTERPRISE, MONDAY, calendar)
    enterprise.difficulty, enterprise.excluded = "falling", None
    assert issue.enterprise is enterprise
    assert issue.promise_scope is inside


def test_a_stranger_s_report_writes_nothing_into_an_enterprise_that_is_known(
        session: Session, calendar: Calendar) -> None:
    known = Enterprise(name="达拉特旗丰源化肥有限公司", place="dalad")
    session.add(known)
    session.flush()
    issue, _ = register(session, a_report(enterprise_name=known.name, place="dalad", credit_code="91350100M000100Y43"),
                        ENTERPRISE, MONDAY, calendar)
    assert issue.enterprise is known and known.credit_code is None


def test_an_enterprise_is_found_by_its_code_or_else_by_name_and_place(
        session: Session, calendar: Calendar, make_actor: Callable[..., Actor]) -> None:
    def enterprise_of(**given: str) -> Enterprise:
        return register(session, a_report(**given), ENTERPRISE, MONDAY, calendar)[0].enterprise

    by_name = enterprise_of(enterprise_name="达拉特旗丰源化肥(集团)有限公司", place="dalad")
    assert enterprise_of(enterprise_name="达拉特旗 丰源化肥（集团）有限公司", place="dalad") is by_name
    completed, _ = register(session, a_report(
        enterprise_name="达拉特旗丰源化肥（集团）有限公司", place="dalad", credit_code="91350100M000100Y43",
        channel="visit"), make_actor("intake", ("dalad", "intake")), MONDAY, calendar)
    assert completed.enterprise is by_name
    assert by_name.credit_code == "91350100M000100Y43"
    assert enterprise_of(enterprise_name="改名后的公司", place="otog", credit_code="91350100M000100Y43") is by_name
    assert enterprise_of(enterprise_name="达拉特旗丰源化肥（集团）有限公司", place="dalad",
                         credit_code="91110000802100433B") is not by_name


def test_an_officer_s_registration_finishes_collecting_at_once(
        session: Session, calendar: Calendar, make_actor: Callable[..., Actor]) -> None:
    officer = make_actor("dongsheng.office", ("dongsheng", "intake"))
    issue, _ = register(session, a_report(channel="visit"), officer, MONDAY, calendar)
    items = session.execute(select(WorkItem.stage, WorkItem.status, WorkItem.closed_by).order_by(WorkItem.id)).all()
    assert issue.stage == "handle"
    assert issue.registered_by == officer.user_id
    assert items == [("collect", "done", officer.user_id), ("handle", "open", None)]


def test_an_officer_without_intake_leaves_collecting_to_the_place(
        session: Session, calendar: Calendar, make_actor: Callable[..., Actor]) -> None:
    make_actor("dongsheng.office", ("dongsheng", "intake"))
    leader = make_actor("leader", ("leaders", "leader"))
    register(session, a_report(channel="visit"), leader, MONDAY, calendar)
    assert session.execute(select(WorkItem.unit_code, WorkItem.status)).all() == [("dongsheng", "open")]


def test_a_zone_without_an_office_is_taken_in_by_its_banner_and_else_by_the_city(
        session: Session, make_user: Callable[..., User]) -> None:
    assert intake_unit(session, "zone_dalad") == "miit"
    make_user("dalad.office", ("dalad", "intake"))
    assert intake_unit(session, "zone_dalad") == "dalad"
    make_user("zone.office", ("zone_dalad", "intake"))
    assert intake_unit(session, "zone_dalad") == "zone_dalad"


def test_files_that_were_kept_while_typing_belong_to_the_issue_then(session: Session, calendar: Calendar) -> None:
    file = Attachment(name="合同.pdf", media_type="application/pdf", size=1, sha256="0" * 64, uploaded_at=MONDAY)
    session.add(file)
    session.flush()
    issue, _ = register(session, a_report(), ENTERPRISE, MONDAY, calendar, attachments=[file.id])
    session.refresh(file)
    assert file.issue_id == issue.id


@pytest.mark.parametrize(("field", "value"), [
    ("place", "finance"), ("place", "nowhere"), ("category", "weather"), ("channel", "dream"), ("title", "  ")])
def test_what_does_not_hold_together_is_refused_by_field(
        session: Session, calendar: Calendar, field: str, value: str) -> None:
    with pytest.raises(RegistrationRefused) as refusal:
        register(session, a_report(**{field: value}), ENTERPRISE, MONDAY, calendar)
    assert refusal.value.field == field
