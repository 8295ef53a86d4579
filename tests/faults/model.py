"""What should become of an issue's life (tests/faults/life.py), in as few words as it takes: who has what open, what
is due, what hangs on a task, and what the enterprise may say."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.faults import life
from tests.faults.board import Standing, close_of_day

URGE_APART = timedelta(hours=2)
BEFORE = {"approve": ("collect", "handle"), "handle": ("collect", "approve")}
"""the steps that a task may go back to once they have been done: a reply that was not approved is handled again"""


@dataclass
class Model(Standing):
    """What should be so. `step` is the open task's element, "wait" while the enterprise has the word, None after the
    end; `item` the open task, `opened_by` the item whose finishing has opened it, `back_to` where it goes straight back
    to."""
    step: str | None = "collect"
    item: int | None = None
    assignee: str | None = None
    touched: bool = False
    opened_by: int | None = None
    back_to: str | None = None
    urged: int = 0
    urged_at: datetime | None = None
    due: datetime | None = None
    """the one limit that is armed: of handling, until it has passed, or of silence"""
    reminded: int = 0
    done_by: dict[int, tuple[str, str, str | None]] = field(default_factory=dict)
    """finished item → its element, who finished it, where it was to go back to"""
    hanging: dict[int, tuple[str, int, str]] = field(default_factory=dict)
    """open question or signature → its kind, the task that it hangs on, whom it was put to"""

    def enter(self, step: str | None, now: datetime, *, opened_by: int | None = None, assignee: str | None = None,
              back_to: str | None = None, finished: bool = True) -> None:
        """The open task is left for another step. Questions about a task that was `finished` may still be answered."""
        if step is None:
            self.status, self.hanging = "completed", {}
        elif not finished:
            self.hanging = {id: each for id, each in self.hanging.items() if each[1] != self.item}
        self.step, self.item, self.assignee, self.touched = step, None, assignee, False
        self.opened_by, self.back_to, self.urged, self.urged_at = opened_by, back_to, 0, None
        days = {"handle": life.HANDLE_DAYS, "wait": life.SILENCE_DAYS}.get(step or "")
        self.due = close_of_day(now, days) if days else None

    def let_pass(self, now: datetime) -> None:
        if self.status != "running" or self.due is None or self.due > now:
            return
        self.due = None
        if self.step == "handle":
            self.reminded += 1
        else:
            self.enter(None, now)

    @property
    def at_work(self) -> bool:
        """A task is open and nothing stands still."""
        return self.status == "running" and self.step not in (None, "wait")

    def waits_for_signature(self) -> bool:
        return any(kind == "sign" and item == self.item for kind, item, _ in self.hanging.values())

    def may_finish(self, who: str) -> bool:
        return self.at_work and self.assignee in (None, who) and who in life.CLERKS

    def may_return(self, who: str, to: str) -> bool:
        return self.may_finish(who) and to in BEFORE.get(self.step or "", ()) and any(
            element == to for element, _, _ in self.done_by.values())

    def may_recall(self, item: int, who: str) -> bool:
        return self.at_work and self.done_by[item][1] == who and self.opened_by == item and not self.touched

    def may_urge(self, who: str, now: datetime) -> bool:
        """Not oneself, not twice at once; whoever has sorted the issue, and the supervisor."""
        own = self.assignee == who or (self.assignee is None and who in life.CLERKS)
        known = who in life.CLERKS and any(
            element == "collect" or item == self.opened_by for item, (element, _, _) in self.done_by.items())
        return self.at_work and not own and (known or who == "supervisor") and (
            self.urged_at is None or now - self.urged_at >= URGE_APART)

    def last_doer(self, element: str) -> str | None:
        return next((by for done, by, _ in reversed(self.done_by.values()) if done == element), None)
