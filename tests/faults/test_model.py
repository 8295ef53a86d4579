"""Officers, the enterprise, a supervisor and the clock do what they may and what they may not, in any order, to an
issue's life (tests/faults/life.py); a small model (tests/faults/model.py) says beforehand what each act leads to."""
from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from app.cases import service
from app.inbox import claims, consult, reminders, signatures
from app.issues import enterprise_acts
from tests.faults import board, life
from tests.faults.board import CALENDAR, Playing, one_in
from tests.faults.life import CLERKS
from tests.faults.model import Model
from tests.sizes import sized

RUNS = sized(200, 2_000)
ANYBODY = st.sampled_from([*life.PEOPLE, *CLERKS, *CLERKS])
TRIES_AFTER_THE_END = 3
"""then another issue is reported"""
NEXT = {"collect": "handle", "handle": "approve"}


class Lives(Playing):
    model: Model
    keys = 0

    def begin(self):
        super().begin()
        self.sent, self.over = None, 0

    def new_model(self):
        return Model()

    def look(self):
        super().look()
        self.model.item = next((row.id for row in self.rows if row.kind == "task"), None)
        self.copies = dict(self.board.driver.execute(
            "SELECT kind, count(*) FROM copy WHERE instance_id = ? GROUP BY kind", (self.instance,)).fetchall())

    @rule(who=ANYBODY, approved=st.booleans())
    def finish(self, who, approved):
        item, step = self.model.item, self.model.step
        answers = {"approved": approved} if step == "approve" else {}
        Lives.keys += 1
        key, outcomes = str(Lives.keys), []

        def follow(after):
            after.done_by[item] = (step, who, after.back_to)
            onwards = after.back_to or (NEXT.get(step) or ("wait" if approved else "handle"))
            after.enter(onwards, self.now, opened_by=item)

        if self.play("finish", lambda session: outcomes.append(service.complete_item(
                session, item or 0, answers, calendar=CALENDAR, idempotency_key=key, **self.who(who))),
                lambda model: model.may_finish(who) and not model.waits_for_signature(), follow):
            self.sent = item, answers, key, who, outcomes[0]

    @precondition(lambda self: self.model.at_work)
    @rule(approved=st.booleans(), times=st.integers(1, 3))
    def finish_as_one_should(self, approved, times):
        for _ in range(times):
            self.finish(self.model.assignee or "colleague", approved)

    @precondition(lambda self: self.sent)
    @rule(who=st.sampled_from(CLERKS))
    def send_the_same_again(self, who):
        """The form's one-time key makes it one press, for whoever pressed."""
        item, answers, key, sender, outcome = self.sent
        again = []
        self.play("send again", lambda session: again.append(service.complete_item(
            session, item, answers, calendar=CALENDAR, idempotency_key=key, **self.who(who))),
            lambda _: who == sender, lambda _: None, lets_pass=False)
        assert again in ([], [outcome])

    @precondition(lambda self: self.model.done_by)
    @rule(who=ANYBODY, act=st.sampled_from(["finish", "claim", "release", "return", "urge"]))
    def act_on_an_old_page(self, who, act):
        item, part = list(self.model.done_by)[-1], self.who(who)
        acts = {"finish": lambda session: service.complete_item(session, item, {}, calendar=CALENDAR, **part),
                "claim": lambda session: claims.claim(session, item, **part),
                "release": lambda session: claims.release(session, item, **part),
                "return": lambda session: service.return_item(session, item, "collect", "请补充", jump_back=False,
                                                              calendar=CALENDAR, **part),
                "urge": lambda session: reminders.urge(session, item, "", **part)}
        self.play(f"{act} on an old page", acts[act], lambda _: False, lambda _: None, lets_pass=False)

    @rule(who=ANYBODY)
    def claim(self, who):
        def follow(after):
            after.touched = after.touched or after.assignee is None
            after.assignee = who

        item = self.model.item
        self.play("claim", lambda session: claims.claim(session, item or 0, **self.who(who)),
                  lambda model: model.may_finish(who), follow, lets_pass=False)

    @rule(who=ANYBODY)
    def release(self, who):
        item = self.model.item
        self.play("release", lambda session: claims.release(session, item or 0, **self.who(who)),
                  lambda model: model.may_finish(who) and model.assignee,
                  lambda after: setattr(after, "assignee", None), lets_pass=False)

    @rule(who=ANYBODY, back_to=st.sampled_from(["collect", "handle", "approve", "nowhere"]),
          straight_back=st.booleans(), reason=st.sampled_from(["请补充", "请补充", " "]))
    def return_(self, who, back_to, straight_back, reason):
        item, step = self.model.item, self.model.step

        def follow(after):
            after.enter(back_to, self.now, opened_by=item, assignee=after.last_doer(back_to), finished=False,
                        back_to=step if straight_back else None)

        self.play("return", lambda session: service.return_item(
            session, item or 0, back_to, reason, jump_back=straight_back, calendar=CALENDAR, **self.who(who)),
            lambda model: model.may_return(who, back_to) and reason.strip(), follow)

    @precondition(lambda self: self.model.done_by)
    @rule(who=st.sampled_from(CLERKS), place=st.sampled_from([1, 1, 1, 2, 3]))
    def recall(self, who, place):
        item = list(self.model.done_by)[-min(place, len(self.model.done_by))]

        def follow(after):
            step, _, back_to = after.done_by[item]
            after.enter(step, self.now, assignee=who, back_to=back_to, finished=False)

        self.play("recall", lambda session: service.recall_item(session, item, calendar=CALENDAR, **self.who(who)),
                  lambda model: model.may_recall(item, who), follow)

    @rule(who=ANYBODY)
    def urge(self, who):
        def follow(after):
            after.urged, after.urged_at = after.urged + 1, self.now

        item = self.model.item
        self.play("urge", lambda session: reminders.urge(session, item or 0, "", **self.who(who)),
                  lambda model: model.may_urge(who, self.now), follow, lets_pass=False)

    @rule(who=ANYBODY, whom=st.sampled_from([*life.PEOPLE]), kind=st.sampled_from(["consult", "sign"]))
    def ask(self, who, whom, kind):
        """A question about the task, or a signature before it."""
        item, put, asked = self.model.item, self.board.actors[whom].user_id, []

        def act(session):
            asked.append(consult.ask(session, item or 0, put, "怎么办", **self.who(who)) if kind == "consult"
                         else signatures.add(session, item or 0, [put], when="before", mode="all", question="",
                                             **self.who(who))[0])

        def follow(after):
            after.hanging[asked[0].id] = (kind, item, whom)
            after.touched = after.touched or kind == "sign"

        self.play(kind, act, lambda model: model.may_finish(who) and whom != who, follow, lets_pass=False)

    @precondition(lambda self: self.model.hanging)
    @rule(who=ANYBODY, as_asked=st.booleans(), agree=st.booleans())
    def answer(self, who, as_asked, agree):
        asked = next(iter(self.model.hanging))
        kind, _, whom = self.model.hanging[asked]
        who = whom if as_asked else who

        def act(session):
            if kind == "consult":
                consult.answer(session, asked, "这样办", **self.who(who))
            else:
                signatures.answer(session, asked, agree=agree, opinion="看过", calendar=CALENDAR, **self.who(who))

        self.play(f"answer to {kind}", act, lambda model: model.status == "running" and who == whom,
                  lambda after: after.hanging.pop(asked), lets_pass=False)

    @rule(now=one_in(5))
    def withdraw(self, now):
        if not now:
            return
        self.play("withdraw", lambda session: enterprise_acts.withdraw(
            session, self.issue_in(session), "已解决", now=self.now, calendar=CALENDAR),
            lambda model: model.at_work, lambda after: after.enter(None, self.now))

    @rule(satisfaction=st.integers(1, 5))
    def rate(self, satisfaction):
        self.play("rate", lambda session: enterprise_acts.rate(
            session, self.issue_in(session), response_rating=5, solved=satisfaction > 2, satisfaction=satisfaction,
            comment="", now=self.now, calendar=CALENDAR),
            lambda model: model.status == "running" and model.step == "wait",
            lambda after: after.enter(None if satisfaction >= 3 else "collect", self.now))

    @rule(now=one_in(5))
    def suspend(self, now):
        """The supervisor's word comes before what is due."""
        if not now:
            return
        self.play("suspend", lambda session: service.suspend(session, self.instance, "等批复", calendar=CALENDAR,
                                                             **self.who("supervisor")),
                  lambda model: model.status == "running", lambda after: setattr(after, "status", "suspended"),
                  lets_pass=False)

    @rule(now=one_in(5))
    def resume(self, now):
        if not now and self.model.status != "suspended":
            return

        def follow(after):
            after.status = "running"
            after.let_pass(self.now)

        self.play("resume", lambda session: service.resume(session, self.instance, calendar=CALENDAR,
                                                           **self.who("supervisor")),
                  lambda model: model.status == "suspended", follow)

    @rule(now=one_in(16))
    def cancel(self, now):
        if not now:
            return

        def follow(after):
            after.enter(None, self.now)
            after.status = "cancelled"

        self.play("cancel", lambda session: service.cancel(session, self.instance, "误报", calendar=CALENDAR,
                                                           **self.who("supervisor")),
                  lambda model: model.status in ("running", "suspended"), follow, lets_pass=False)

    @rule(hours=st.sampled_from([-30, -1, 1, 5, 24, 24 * 4, 24 * 10]))
    def the_clock_goes_on(self, hours):
        """Back as well: a clock that was wrong is set."""
        self.now += timedelta(hours=hours)

    @rule()
    def the_worker_comes(self):
        self.worker_comes()

    @invariant()
    def it_is_as_foreseen(self):
        model, self.steps = self.model, self.steps + 1
        self.look()
        tasks = [row for row in self.rows if row.kind == "task"]
        assert self.status == model.status
        assert [(row.element, row.assignee, row.urged) for row in tasks] == (
            [] if model.step in (None, "wait") else [(model.step, model.assignee, model.urged)])
        assert {row.id: (row.kind, row.assignee) for row in self.rows if row.kind != "task"} == {
            id: (kind, whom) for id, (kind, _, whom) in model.hanging.items()}
        assert self.copies.get("remind", 0) == model.reminded
        self.over += model.step is None
        if self.over > TRIES_AFTER_THE_END:
            self.assert_sound()
            self.begin()


def test_an_issue_goes_as_the_model_says_whatever_anybody_does():
    town = board.Board(life.PEOPLE, life.files())
    board.run(Lives, town, "an issue's bones", RUNS)
    never = town.refused.keys() - town.acts.keys()
    assert {act for act in never if not act.endswith("on an old page")} == set(), "each act was done as well"
    assert len(never) == 5
