"""Builds the demonstration by living through it: reports come in, people answer, time limits fire, up to now."""
from __future__ import annotations

import io
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import segno
from sqlalchemy import func, select, true, update
from sqlalchemy.orm import Session, sessionmaker
from tqdm import tqdm

from app.actor import ENTERPRISE, SYSTEM, Actor, load_actor
from app.cases import calendars, definitions, service
from app.demo import city
from app.demo.agenda import Agenda
from app.demo.answers import Story, draw
from app.demo.filler import fill
from app.demo.meeting import DemoMeeting
from app.inbox import claims
from app.issues import attachments, enterprise_acts, merging
from app.issues.categories import CATEGORIES, OPEN_STATUSES
from app.issues.errors import MergeRefused
from app.issues.registration import Report, register
from app.measures import measuring
from app.models import Copy, Enterprise, Instance, Issue, Outbox, Timer, Unit, User, WorkItem
from app.settings import Settings
from workflows.calendar import CITY_ZONE, Calendar
from workflows.forms import Choice

SEED = 20230222
ISSUES = 300
DAYS = 250
"""how far back the first report lies"""
COMMIT_EVERY = 40
OFFICE_PLACE, HEADS_UNIT = "dongsheng", "hrss"
"""where the README's people work"""
HEADS_CATEGORY, HEADS_ISSUES = "labour", (2, 5, 7, 9, 12)
"""what that unit leads, and how many days ago it was reported"""
REQUESTS = 2
KEEP_UNREAD = timedelta(days=12)
_WEIGHTS = {"financing": 5, "power": 4, "policy": 4, "permits": 4, "sales": 3, "arrears": 4, "labour": 3, "land": 3,
            "tax": 2, "gas": 2, "orders": 2, "science": 2, "fiscal": 1, "other": 1}


def build(sessions: sessionmaker[Session], *, now: datetime, settings: Settings, issues: int = ISSUES) -> str:
    """Fills an empty database. Returns a sentence about what it made."""
    with sessions() as session:
        simulation = _Simulation(session, now, settings, Random(SEED))
        simulation.run(issues)
        session.commit()
        closed = session.scalar(select(func.count()).select_from(Issue).where(Issue.stage == "closed"))
        total = session.scalar(select(func.count()).select_from(Issue))
    measuring.work_off(sessions, most=2 * issues)
    people = f"{len(simulation.people)} 位用户、{len(simulation.enterprises)} 家企业"
    return f"{people}、{total} 件困难（已结 {closed} 件）"


class _Simulation:
    """One city's months, event by event."""

    def __init__(self, session: Session, now: datetime, settings: Settings, rng: Random) -> None:
        self.session, self.now, self.rng = session, now, rng
        self.folder = settings.data_dir / "attachments"
        self.calendar: Calendar = calendars.current(session)
        self.agenda = Agenda(self.calendar, rng)
        self.stories: dict[int, Story] = {}
        self.texts = city.read("issues")
        self.begin = now - timedelta(days=DAYS)
        self.people = city.create_people(session, self.begin)
        self.enterprises = city.create_enterprises(session, self.people)
        self.version = definitions.current_version(session, "issue-lifecycle")
        self.holders = self._holders()
        self.lists = self._lists()

    def run(self, issues: int) -> None:
        for days in HEADS_ISSUES:
            self.agenda.at(self.now - timedelta(days=days), partial(self._report, category=HEADS_CATEGORY))
        for _ in range(issues - len(HEADS_ISSUES) - 1):
            self.agenda.at(self.begin + self.rng.random() ** 0.8 * (self.now - self.begin), self._report)
        DemoMeeting(self.session, self.holders, self.calendar).plan(self.agenda, self.now)
        bar = tqdm(total=DAYS, desc="演示城市", unit="天", disable=not sys.stderr.isatty())
        done = 0
        while event := self.agenda.next_before(self.now):
            self._fire_timers(event.at)
            event.act(event.at)
            done += 1
            if done % COMMIT_EVERY == 0:
                self.session.commit()
                self.session.expunge_all()
                bar.update((event.at - self.begin).days - bar.n)
        self._fire_timers(self.now)
        self._leave_work()
        self._tidy()
        bar.update(DAYS - bar.n)
        bar.close()

    # What happens

    def _report(self, at: datetime, *, place: str | None = None, category: str | None = None) -> None:
        """Some enterprise reports something; with a `category` it is the city's to solve, by whom that category goes
        to."""
        found = [each for each in self.enterprises if place in (None, each.place)]
        enterprise = self.session.merge(self.rng.choice(found))
        given, category = category, category or self.rng.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        texts = self._words(self.rng.choice(self.texts[category]), at)
        story = draw(Random(self.rng.random()), category, texts)
        if given:
            story.place_level = "city"
        twin = self._twin(enterprise, at) if self.rng.random() < 0.04 else None
        if twin is not None:
            texts |= {"title": twin.title, "description": twin.description}
            story.merge_into = twin.number
        channel = self.rng.choices(("portal", "visit", "phone", "meeting", "letter"), (60, 22, 10, 5, 3))[0]
        officer = self._officer(enterprise.place) if channel != "portal" else ENTERPRISE
        report = Report(
            title=texts["title"], description=texts["description"], enterprise_name=enterprise.name,
            place=enterprise.place, credit_code=enterprise.credit_code, industry=enterprise.industry,
            contact_name=self.rng.choice("赵钱孙李周吴郑王") + self.rng.choice(("经理", "厂长", "主任", "总")),
            contact_phone=f"0477-85{self.rng.randint(10000, 99999)}", category=category, channel=channel)
        issue, _ = register(self.session, report, officer, at, self.calendar)
        self.stories[issue.id] = story
        self._schedule_open(issue, at)
        if story.withdraws:
            self.agenda.later(at, self.rng.uniform(20, 90), self._attempt(issue.id, self._withdraw))
        if story.adds:
            self.agenda.later(at, self.rng.uniform(10, 60), self._attempt(issue.id, self._add_material))
        if story.extension:
            self.agenda.later(at, self.rng.uniform(60, 110), self._attempt(issue.id, self._ask_extension))

    def _finish(self, item_id: int) -> Callable[[datetime], None]:
        def act(at: datetime) -> None:
            item = self.session.get(WorkItem, item_id, populate_existing=True)
            if item is None or item.status != "open":
                return
            issue = self.session.get_one(Issue, item.issue_id, populate_existing=True)
            story = self.stories[issue.id]
            self._forget_closed_twin(issue, story)
            variables = self._variables(issue)
            wanted = story.answers(item.element_id, variables, at.astimezone(CITY_ZONE).date(), self._days_after(at))
            lists = self.lists | {"attachments": self._proof(issue, item, at)}
            answers = fill(self.version.forms[item.form], wanted, {**variables, **item.local}, lists, rng=story.rng,
                           text="已按要求办理。", now=at, calendar=self.calendar)
            actor = self._holder(item)
            self._claim(item, actor, at)
            outcome = service.complete_item(self.session, item.id, answers, actor=actor, now=at, calendar=self.calendar)
            if outcome.incident:
                raise RuntimeError(f"{issue.number} {item.element_id}: {outcome.incident}")
            if answers.get("sort_result") == "merge":
                merging.follow_main(self.session, issue, answers["merged_into"], actor=actor, now=at)
            self._schedule_open(issue, at)
            self._enterprise_turn(issue, at)

        return act

    def _claim(self, item: WorkItem, actor: Actor, before: datetime) -> None:
        """Most people claim what they work on, within some hours of office after it came."""
        instance = self.session.get_one(Instance, item.instance_id, populate_existing=True)
        at = max(item.opened_at, instance.changed_at) + timedelta(hours=1 + item.id % 5)
        if item.id % 4 and item.assignee_id is None and at < before and self.agenda.is_open(at):
            claims.claim(self.session, item.id, actor=actor, now=at)

    def _enterprise_turn(self, issue: Issue, at: datetime) -> None:
        """After a step the enterprise may be asked something, or to rate."""
        waiting = enterprise_acts.waiting_for(self.session, issue)
        story = self.stories[issue.id]
        if "enterprise_answered" in waiting:
            self.agenda.later(at, self.rng.uniform(4, 24), self._attempt(issue.id, self._answer))
        if "rated" in waiting and not story.silent:
            self.agenda.later(at, self.rng.uniform(3, 32), self._attempt(issue.id, self._rate))

    def _attempt(self, issue_id: int, act: Callable[[Issue, datetime], None]) -> Callable[[datetime], None]:
        """Something the enterprise or the lead unit does if it is still possible by then."""

        def attempt(at: datetime) -> None:
            issue = self.session.get_one(Issue, issue_id, populate_existing=True)
            if issue.status in OPEN_STATUSES:
                act(issue, at)
                self._schedule_open(issue, at)

        return attempt

    def _withdraw(self, issue: Issue, at: datetime) -> None:
        if "withdraw" in enterprise_acts.waiting_for(self.session, issue):
            enterprise_acts.withdraw(self.session, issue, "问题已经自行解决。", now=at, calendar=self.calendar)

    def _add_material(self, issue: Issue, at: datetime) -> None:
        if "material_added" in enterprise_acts.waiting_for(self.session, issue):
            enterprise_acts.add_material(self.session, issue, "补充最近一个月的报表，请一并参考。", [], now=at,
                                         calendar=self.calendar)

    def _answer(self, issue: Issue, at: datetime) -> None:
        if "enterprise_answered" in enterprise_acts.waiting_for(self.session, issue):
            text = "近三个月产值持平，已经联系过开发区和主管部门，暂时没有结果。"
            enterprise_acts.answer(self.session, issue, text, [], now=at, calendar=self.calendar)

    def _rate(self, issue: Issue, at: datetime) -> None:
        if "rated" in enterprise_acts.waiting_for(self.session, issue):
            story = self.stories[issue.id]
            comment = "感谢，问题解决了。" if story.satisfaction >= 4 else "回复比较笼统，希望再推进一下。"
            solved, satisfaction = story.solved, story.satisfaction
            if story.answered.get("order_rework"):
                solved, satisfaction = True, max(satisfaction, 4)
            enterprise_acts.rate(self.session, issue, response_rating=story.rng.randint(3, 5), solved=solved,
                                 satisfaction=satisfaction, comment=comment, now=at, calendar=self.calendar)

    def _ask_extension(self, issue: Issue, at: datetime) -> None:
        if issue.instance_id is not None and "extension_requested" in enterprise_acts.waiting_for(self.session, issue):
            service.deliver_message(
                self.session, issue.instance_id, "extension_requested",
                {"extension_reason": "需要等上级批复，预计还要三周。",
                 "extension_until": self._days_after(at)(20).isoformat()},
                actor=SYSTEM, now=at, calendar=self.calendar)

    def _leave_work(self) -> None:
        """Whoever tries the demonstration finds something to do: a new report for an office, replies and plans for
        heads (one of them the README's), requests for the supervisor."""
        self._report(self.now, place=OFFICE_PLACE)
        works = ((HEADS_UNIT, ("handle", "draft_reply", "draft_plan")), (None, ("draft_reply", "draft_plan")))
        for unit, steps in works:
            for item_id in (item_id for step in steps for item_id in self._open(step, unit)[:2]):
                self._finish(item_id)(self.now)
        for item_id in self._open("handle") + self._open("execute_plan"):
            issue = self.session.get_one(Issue, self.session.get_one(WorkItem, item_id).issue_id)
            self._ask_extension(issue, self.now)
            if len(self._open("decide_extension")) >= REQUESTS:
                break

    def _open(self, element: str, unit: str | None = None) -> list[int]:
        """The open tasks of a step, in one unit or all, the newest first."""
        return list(self.session.scalars(
            select(WorkItem.id).where(WorkItem.element_id == element, WorkItem.status == "open",
                                      WorkItem.kind == "task", true() if unit is None else WorkItem.unit_code == unit)
            .order_by(WorkItem.id.desc())))

    def _fire_timers(self, until: datetime) -> None:
        """Wakes what falls due before `until`, in the order of its falling due, each a little after its time."""
        while True:
            due = self.session.execute(select(Timer.instance_id, Timer.due_at).where(Timer.due_at < until)
                                       .order_by(Timer.due_at, Timer.id).limit(1)).one_or_none()
            if due is None:
                return
            at = due.due_at + timedelta(seconds=20)
            service.wake_instance(self.session, due.instance_id, actor=SYSTEM, now=at, calendar=self.calendar)
            issue = self.session.scalars(select(Issue).where(Issue.instance_id == due.instance_id)
                                         .execution_options(populate_existing=True)).one_or_none()
            if issue is not None:
                self._schedule_open(issue, at)
                self._enterprise_turn(issue, at)

    def _schedule_open(self, issue: Issue, at: datetime) -> None:
        """Plans the finishing of every task that has just opened."""
        story = self.stories[issue.id]
        items = self.session.scalars(select(WorkItem).where(WorkItem.issue_id == issue.id, WorkItem.status == "open",
                                                            WorkItem.opened_at == at))
        for item in items:
            if item.element_id == "follow_milestone" and item.due_at is not None:
                self.agenda.at(item.due_at - timedelta(days=1), self._finish(item.id))
            else:
                self.agenda.later(at, story.hours(item.element_id), self._finish(item.id))

    def _days_after(self, at: datetime) -> Callable[[int], date]:
        today = at.astimezone(CITY_ZONE).date()
        return lambda days: self.calendar.add_working_days(today, days) if days else today

    # Who and what

    def _holders(self) -> dict[tuple[str, str], list[Actor]]:
        holders: dict[tuple[str, str], list[Actor]] = {}
        for user in self.session.scalars(select(User)):
            actor = load_actor(self.session, user, self.begin)
            for post in actor.posts:
                holders.setdefault(post, []).append(actor)
        return holders

    def _holder(self, item: WorkItem) -> Actor:
        """Who finishes it: the person it was given to, else somebody in the post."""
        found = self.holders[item.unit_code, item.position_code]
        return next((actor for actor in found if actor.user_id == item.assignee_id), self.rng.choice(found))

    def _officer(self, place: str) -> Actor:
        found = self.holders.get((place, "intake")) or self.holders["miit", "intake"]
        return self.rng.choice(found)

    def _lists(self) -> dict[str, list[Choice]]:
        units = [(unit.code, unit.name) for unit in self.session.scalars(select(Unit).order_by(Unit.sort))]
        return {"units": units, "joint_units": units, "categories": list(CATEGORIES.items())}

    def _variables(self, issue: Issue) -> dict[str, Any]:
        return service.variables(self.session, issue.instance_id or 0)

    def _proof(self, issue: Issue, item: WorkItem, at: datetime) -> list[Choice]:
        """A proof of payment for the step that asks for one (C11)."""
        if item.form != "pay_now":
            return []
        picture = io.BytesIO()
        segno.make(f"zhuqi demo {issue.number}").save(picture, kind="png", scale=6)
        upload = attachments.check(attachments.Upload("清偿凭证（示例）.png", picture.getvalue()))
        kept = attachments.keep(self.session, upload, self.folder, now=at, issue_id=issue.id)
        self.session.flush()
        return [(kept.id, kept.name)]

    def _twin(self, enterprise: Enterprise, at: datetime) -> Issue | None:
        """A recent open issue of the same enterprise that is reported a second time."""
        return self.session.scalars(
            select(Issue).where(Issue.enterprise_id == enterprise.id, Issue.status == "open",
                                Issue.registered_at > at - timedelta(days=20), Issue.merged_into.is_(None))).first()

    def _forget_closed_twin(self, issue: Issue, story: Story) -> None:
        """The first report may have been closed before anybody has sorted the second: it is then handled by itself."""
        if story.merge_into is not None:
            try:
                merging.find_main(self.session, issue, story.merge_into)
            except MergeRefused:
                story.merge_into = None

    def _words(self, texts: dict[str, str], at: datetime) -> dict[str, str]:
        values = {"n": self.rng.randint(2, 9), "m": self.rng.randint(2, 9), "month": at.astimezone(CITY_ZONE).month}
        return {name: text.format(**values) for name, text in texts.items()}

    def _tidy(self) -> None:
        """Old mail has gone out and old copies were read, as they would have been."""
        self.session.execute(update(Outbox).values(sent_at=Outbox.due_at))
        self.session.execute(update(Copy).where(Copy.sent_at < self.now - KEEP_UNREAD).values(read_at=Copy.sent_at))
