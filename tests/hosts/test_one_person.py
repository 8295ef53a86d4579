"""Web processes hold nothing: a person whose every request is answered by another host notices nothing of it."""
from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import func, select

from app.clock import system_clock
from app.models import Attachment, History, Issue, Post, User, WorkItem
from tests.app.issues.test_attachments import PDF
from tests.app.portal.conftest import ENTERPRISE, TROUBLE, code_on
from tests.faults.town import wait_for
from tests.hosts.browsing import Person
from tests.sizes import tell


@pytest.fixture
def person(city):
    return Person(city.web)


@pytest.fixture
def add_user(city):
    """`add_user("intake", ("dongsheng", "intake"))` enters a person with everybody's password."""
    def add(username: str, post: tuple[str, str]) -> None:
        with city.town.sessions.begin() as session:
            known = session.scalars(select(User.password_hash).limit(1)).one()
            session.add(User(username=username, name=username, password_hash=known, must_change_password=False,
                             created_at=system_clock(), posts=[Post(unit_code=post[0], position_code=post[1])]))

    return add


def the(city, query):
    with city.town.sessions() as session:
        return session.scalars(query).one()


def test_a_session_begun_on_one_host_holds_on_all_and_ends_on_all(city, person, add_user):
    add_user("wanderer", ("miit", "clerk"))
    assert person.sign_in("wanderer").status == 302
    cookies = dict(person.cookies)
    assert {person.get("/account", on=host).status for host in city.web} == {200}
    assert person.submit("/logout", page="/account").status == 302
    for host in city.web:
        person.cookies.update(cookies)
        assert person.get("/account", on=host).location.startswith("/login")


def test_a_submit_that_is_repeated_on_every_host_has_one_effect_and_the_same_answer(city, person, add_user):
    add_user("repeater", ("miit", "clerk"))
    (case,) = city.town.start_cases("ring", 1)
    item = the(city, select(WorkItem.id).where(WorkItem.instance_id == case, WorkItem.status == "open"))
    person.sign_in("repeater")
    page = person.get(f"/tasks/{item}").text
    form = {name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)[1]
            for name in ("csrf_token", "idempotency_key")}
    answers = [person.post(f"/tasks/{item}/complete", form) for _ in range(6)]
    assert {answer.host for answer in answers} == set(city.web)
    assert {answer.status for answer in answers} == {303} and len({answer.location for answer in answers}) == 1
    assert the(city, select(func.count()).select_from(History).where(History.work_item_id == item)) == 1
    tell(f"hosts, {city.kind}: one submit sent to 3 hosts 6 times: one effect, the same answer")


def test_a_report_is_typed_on_three_hosts_and_its_file_comes_from_each(city, person, add_user):
    add_user("collector", ("dongsheng", "intake"))
    assert person.submit("/report", TROUBLE, page="/report", file=("合同.pdf", PDF)).location == "/report/enterprise"
    assert TROUBLE["title"] in person.get("/report").text, "what was typed is there on the next host"
    assert person.submit("/report/enterprise", ENTERPRISE, page="/report/enterprise").location == "/report/confirm"
    page = person.get("/report/confirm").text
    form = {name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)[1] for name in ("csrf_token", "code")}
    codes = {code_on(person.post("/report/done", form).text) for _ in range(3)}
    assert len(codes) == 1, "sent to each host, it is one issue with one code"
    issue = the(city, select(Issue).where(Issue.title == TROUBLE["title"]))
    file = the(city, select(Attachment.id).where(Attachment.issue_id == issue.id))
    officer = Person(city.web)
    officer.sign_in("collector")
    for host in city.web:
        assert officer.get(f"/issues/{issue.number}/files/{file}", on=host).body == PDF
    draft_survives(city, officer, issue)


def draft_survives(city, officer: Person, issue: Issue) -> None:
    """What is typed into a task on one host stands in its form on the others."""
    item = the(city, select(WorkItem.id).where(WorkItem.issue_id == issue.id, WorkItem.status == "open"))
    saved = officer.submit(f"/tasks/{item}/draft", {"intake_note": "已电话核实"}, page=f"/tasks/{item}")
    assert "草稿已保存" in json.loads(saved.body)["saved"]
    for host in city.web:
        assert "已电话核实" in officer.get(f"/tasks/{item}", on=host).text


def test_an_account_that_was_locked_on_three_hosts_together_is_locked_on_each(city, person, add_user):
    add_user("guessed", ("miit", "clerk"))
    for guess in range(5):
        assert person.sign_in("guessed", f"wrong {guess}").status == 422
    assert person.sign_in("guessed").status == 422, "the right password comes too late"


def test_a_limit_counts_the_tries_on_all_hosts_together(city, person):
    tries = [person.submit("/follow", {"code": "AAAA-BBBB-CCCC"}, page="/follow") for _ in range(12)]
    assert {answer.host for answer in tries} == set(city.web)
    statuses = [answer.status for answer in tries]
    assert statuses == [200] * 10 + [429] * 2
    tell(f"hosts, {city.kind}: tries of a follow-up code over 3 hosts: {statuses.count(200)} let through, then 429")


def test_every_host_measures_and_tells_the_same_of_the_city(city):
    def read(host):
        status, text = host.ask("/metrics", Authorization=f"Bearer {city.web[0].environment['ZHUQI_METRICS_TOKEN']}")
        assert status == 200
        return dict(re.findall(r"^(zhuqi_\S+) (\S+)$", text, re.MULTILINE))

    def agree() -> bool:
        figures = [read(host) for host in city.web + city.workers]
        return len({(each["zhuqi_tasks_open"], each["zhuqi_database_up"]) for each in figures}) == 1

    wait_for(agree, "figures that were kept for a while are read anew")
    assert float(read(city.web[0])['zhuqi_request_seconds_count{method="GET",route="/login",status="200"}']) > 0
