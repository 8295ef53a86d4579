"""The demonstration is made by living through it: what it leaves behind is sound."""
from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest
from sqlalchemy import func, select

from app import bootstrap
from app.cases import check, definitions
from app.demo import city
from app.demo.build import _Simulation, build
from app.issues.categories import CATEGORIES
from app.issues.credit_code import parse
from app.meetings import sheet
from app.models import Issue, Meeting, Position, Unit, WorkItem
from app.settings import load_settings

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.fixture
def city_of(sessions, tmp_path):
    """`city_of(25)` builds a city with so many issues."""
    with sessions.begin() as session:
        for key in bootstrap.PROCESSES:
            definitions.publish_folder(session, bootstrap.CONTENT_PACK / key, now=NOW)
    settings = load_settings({"ZHUQI_DEMO": "1", "ZHUQI_DATA_DIR": str(tmp_path)})
    return lambda issues: build(sessions, now=NOW, settings=settings, issues=issues)


def test_a_small_city_is_sound_and_has_open_and_closed_issues(sessions, city_of):
    city_of(25)
    with sessions() as session:
        told = sheet.load(session, session.scalars(select(Meeting)).one())
        assert [each.settled for each in told.decisions] == [True, False] and told.open
        assert session.scalar(select(func.count()).select_from(Issue)) == 25
        stages = set(session.scalars(select(Issue.stage)))
        assert "closed" in stages and len(stages) > 1
        assert session.scalar(select(func.count()).select_from(WorkItem).where(WorkItem.opened_at > NOW)) == 0
        assert [line for instance in check.instances(session) for line in check.broken(session, instance)] == []


def test_a_twin_whose_first_report_was_closed_is_handled_by_itself(sessions, tmp_path):
    with sessions.begin() as session:
        definitions.publish_folder(session, bootstrap.CONTENT_PACK / "issue-lifecycle", now=NOW)
        settings = load_settings({"ZHUQI_DEMO": "1", "ZHUQI_DATA_DIR": str(tmp_path)})
        simulation = _Simulation(session, NOW, settings, Random(1))
        for _ in range(2):
            simulation._report(NOW)
        first, twin = session.scalars(select(Issue).order_by(Issue.id))
        first.status, twin.enterprise_id = "closed", first.enterprise_id
        story = simulation.stories[twin.id]
        story.merge_into, story.asks = first.number, False
        for element in ("collect", "sort"):
            for item in session.scalars(select(WorkItem).where(WorkItem.issue_id == twin.id, WorkItem.status == "open",
                                                               WorkItem.element_id == element)).all():
                simulation._finish(item.id)(NOW)
        session.refresh(twin)
        assert twin.merged_into is None and twin.stage == "judge"


def test_people_hold_posts_that_exist(session):
    for username, (_, *posts) in city.read("people").items():
        for unit, position in (post.split(":") for post in posts):
            assert session.get(Unit, unit) is not None and session.get(Position, position) is not None, username


def test_enterprises_stand_in_banners_and_zones_and_have_true_check_characters(session):
    people = city.create_people(session, NOW)
    for enterprise in city.create_enterprises(session, people):
        assert session.get_one(Unit, enterprise.place).kind in ("banner", "zone")
        assert parse(enterprise.credit_code or "") == enterprise.credit_code


def test_there_are_texts_for_every_category():
    assert set(city.read("issues")) == set(CATEGORIES)


def test_whoever_tries_the_demonstration_finds_something_to_do(sessions, city_of):
    city_of(60)
    with sessions() as session:
        waiting = {tuple(post) for post in session.execute(select(WorkItem.unit_code, WorkItem.position_code).where(
            WorkItem.status == "open", WorkItem.kind == "task"))}
    assert ("dongsheng", "intake") in waiting and ("supervision", "supervisor") in waiting
    assert "head" in {position for _, position in waiting}
