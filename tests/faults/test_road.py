"""The same game on the content pack's own issue-lifecycle: officers of every post, the enterprise, the supervisor and
the clock, against a model of its main road (tests/faults/road.py)."""
from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from app.cases import service
from app.inbox import reminders, supervision
from app.issues import enterprise_acts
from app.issues.registration import PROCESS
from tests.app.issues.lives import ROOT
from tests.faults import board
from tests.faults.board import CALENDAR, Playing, one_in
from tests.faults.road import ANSWERS, BEFORE, HANDLING, Road
from tests.sizes import sized
from workflows.calendar import CITY_ZONE
from workflows.content import read_folder
from workflows.versions import load_version

RUNS = sized(60, 500)
PEOPLE = {"intake": ("dongsheng", "intake"), "judge": ("dongsheng", "judge"), "clerk": ("dongsheng", "clerk"),
          "head": ("dongsheng", "head"), "supervisor": ("supervision", "supervisor"), "leader": ("leaders", "leader"),
          "stranger": ("finance", "clerk")}
ANYBODY = st.sampled_from([*PEOPLE])
PLACE = st.integers(0, 5)
EXTENSION = timedelta(days=20)
TRIES_AFTER_THE_END = 3
ASSIGNING, TIMES_ASSIGNED = ("dispatch", "accept_assignment"), 5
FILES = read_folder(ROOT / "bpmn", PROCESS)
STAGES = {element.id: element.stage for element in load_version(PROCESS, FILES).elements.values()
          if element.kind == "userTask" and element.stage}
"""step → the stage that the diagram says it belongs to"""
STORED = "%Y-%m-%d %H:%M:%S.%f"
"""how SQLite keeps an instant"""


class Roads(Playing):
    model: Road

    def begin(self):
        super().begin()
        self.over = 0

    def new_model(self):
        return Road(registered=self.now)

    def look(self):
        super().look()
        self.light, self.outcome, self.due, self.stage = self.board.driver.execute(
            "SELECT light, status, due_at, stage FROM issue WHERE instance_id = ?", (self.instance,)).fetchone()

    def finish(self, who, row, yes):
        yes = yes or len(ANSWERS[row.element]) == 1
        self.play(row.element, lambda session: service.complete_item(
            session, row.id, ANSWERS[row.element][yes], calendar=CALENDAR, **self.who(who)),
            lambda model: model.open[row.element] and PEOPLE[who] == row.post,
            lambda after: after.finish(row.element, yes, self.now))

    def go_on(self, times, place, last):
        """A few steps, as one should; the last of them perhaps with a no."""
        while times and self.rows:
            times -= 1
            row = self.rows[place % len(self.rows)]
            self.finish(next(name for name, post in PEOPLE.items() if post == row.post), row, bool(times) or last)

    one_step_on = rule(times=st.just(1), place=PLACE, last=st.booleans())(go_on)
    some_steps_on = rule(times=st.integers(2, 4), place=PLACE, last=st.booleans())(go_on)
    far_on = rule(times=st.integers(5, 9), place=PLACE, last=st.booleans())(go_on)
    very_far_on = rule(times=st.integers(9, 14), place=st.just(0), last=st.booleans())(go_on)

    @precondition(lambda self: self.model.waits_until and self.model.step in ("asked", "rating"))
    @rule(content=st.sampled_from([None, None, False, False, True]))
    def the_enterprise_says_or_keeps_silent(self, content):
        if content is None:
            self.now = max(self.now, self.model.waits_until) + timedelta(hours=8)
            self.worker_comes()
        elif self.model.step == "rating":
            self.rate(content, True)

    @precondition(lambda self: self.model.step in ASSIGNING)
    @rule(now=one_in(3))
    def nobody_wants_to_lead(self, now):
        """What is assigned is refused again and again, until the supervisor has to decide."""
        for _ in range(TIMES_ASSIGNED if now else 0):
            row = next((row for row in self.rows if row.element == self.model.step), None)
            if row is None or row.element not in ASSIGNING:
                return
            self.finish(next(name for name, post in PEOPLE.items() if post == row.post), row,
                        row.element != "accept_assignment")

    @rule(who=ANYBODY, place=PLACE, yes=st.booleans())
    def somebody_finishes(self, who, place, yes):
        if self.rows:
            self.finish(who, self.rows[place % len(self.rows)], yes)

    @rule(place=PLACE, to=st.sampled_from(sorted(ANSWERS)), earlier=st.booleans())
    def return_(self, place, to, earlier):
        """To an earlier step, or to what nobody has done yet."""
        if not self.rows:
            return
        row = self.rows[place % len(self.rows)]
        known = BEFORE.get(row.element, ())
        if earlier and known:
            to = known[place % len(known)]
        elif to in self.model.done:
            return
        who = next(name for name, post in PEOPLE.items() if post == row.post)
        self.play("return", lambda session: service.return_item(
            session, row.id, to, "请补充", jump_back=False, calendar=CALENDAR, **self.who(who)),
            lambda model: model.step == row.element and to in known and to in model.done,
            lambda after: setattr(after, "step", to))

    @rule(who=st.sampled_from(["clerk", "clerk", "stranger"]), place=PLACE, days=st.sampled_from([1, 1, 0, -1]))
    def ask_for_an_extension(self, who, place, days):
        rows = [row for row in self.rows if row.post == PEOPLE["clerk"]]
        if not rows:
            return
        row = rows[place % len(rows)]
        day = CALENDAR.roll_forward(((self.model.due or self.now) + days * EXTENSION).astimezone(CITY_ZONE).date())
        self.play("extension", lambda session: reminders.ask_extension(
            session, row.id, day, "银行要补材料", calendar=CALENDAR, **self.who(who)),
            lambda model: model.step in HANDLING and model.open[row.element] and who == "clerk"
            and day > model.due.astimezone(CITY_ZONE).date() and model.asked_until is None,
            lambda after: after.ask_extension(datetime.combine(day, time(23, 59, 59), CITY_ZONE), self.now))

    @precondition(lambda self: self.model.step in ("accept_assignment", "handle", "draft_reply"))
    @rule(granted=st.booleans())
    def an_extension_is_asked_for_at_the_last_moment(self, granted):
        self.now = max(self.now, self.model.due - timedelta(days=2))
        self.worker_comes()
        self.ask_for_an_extension("clerk", 0, 1)
        for row in [row for row in self.rows if row.element == "decide_extension"]:
            self.finish("supervisor", row, granted)

    @rule(who=ANYBODY, place=PLACE, now=one_in(5))
    def take_over(self, who, place, now):
        if not now or not self.rows:
            return
        row = self.rows[place % len(self.rows)]
        self.play("take over", lambda session: supervision.take_over(session, row.id, "逾期", calendar=CALENDAR,
                                                                      **self.who(who)),
                  lambda model: model.step in HANDLING and who == "supervisor",
                  lambda after: setattr(after, "step", "settle_lead"))

    @rule(now=one_in(3))
    def answer(self, now):
        if not now and self.model.step != "asked":
            return

        def follow(after):
            after.step = "sort"

        self.play("answer", lambda session: enterprise_acts.answer(
            session, self.issue_in(session), "三月底", [], now=self.now, calendar=CALENDAR),
            lambda model: model.step == "asked", follow)

    @rule(now=one_in(2))
    def add_material(self, now):
        if not now:
            return
        self.play("material", lambda session: enterprise_acts.add_material(
            session, self.issue_in(session), "另附合同", [], now=self.now, calendar=CALENDAR),
            lambda model: model.step is not None, lambda after: after.add_material())

    @rule(content=st.booleans(), now=one_in(3))
    def rate(self, content, now):
        if not now and self.model.step not in ("rating", "phone_follow_up"):
            return
        self.play("rate", lambda session: enterprise_acts.rate(
            session, self.issue_in(session), response_rating=4, solved=content, satisfaction=5 if content else 2,
            comment="", now=self.now, calendar=CALENDAR),
            lambda model: model.step in ("rating", "phone_follow_up"), lambda after: after.rated(content, self.now))

    @rule(now=one_in(16))
    def withdraw(self, now):
        if not now:
            return
        self.play("withdraw", lambda session: enterprise_acts.withdraw(
            session, self.issue_in(session), "已解决", now=self.now, calendar=CALENDAR),
            lambda model: model.step is not None, lambda after: after.withdraw())

    @rule(hours=st.sampled_from([-1, 1, 5, 24, 24 * 4, 24 * 10]))
    def the_clock_goes_on(self, hours):
        self.now += timedelta(hours=hours)

    @precondition(lambda self: self.model.step in HANDLING)
    @rule(days=st.sampled_from([20, 45]))
    def it_lies_about(self, days):
        self.now += timedelta(days=days)
        self.worker_comes()

    @rule()
    def the_worker_comes(self):
        self.worker_comes()

    @invariant()
    def it_is_as_foreseen(self):
        model, self.steps = self.model, self.steps + 1
        self.look()
        assert self.status == model.status
        assert sorted(row.element for row in self.rows) == sorted(model.open.elements())
        assert self.outcome == ("asked" if model.step == "asked" else model.outcome)
        assert self.light == model.light
        assert self.stage == STAGES.get(model.step, self.stage)
        assert self.due == (model.due and model.due.astimezone(UTC).strftime(STORED))
        self.over += model.step is None
        if self.over > TRIES_AFTER_THE_END:
            self.assert_sound()
            self.begin()


def test_an_issue_goes_the_real_road_as_the_model_says():
    town = board.Board(PEOPLE, FILES)
    board.run(Roads, town, "the real lifecycle", RUNS)
    never = ANSWERS.keys() - town.acts.keys()
    assert len(never) <= sized(3, 0), f"too few runs to come to {never}"
