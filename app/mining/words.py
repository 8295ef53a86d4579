"""Figures of the process in words."""
from __future__ import annotations

from collections.abc import Mapping

from app.mining.asked import Show
from app.mining.figures import Figure
from workflows.sentence import say
from workflows.working_time import DAY, in_words

NOTHING = "—"
SHOWN: Mapping[Show, str] = {"count": say("次数"), "waiting": say("等待"), "working": say("办理")}
MEANT: Mapping[Show, str] = {
    "count": say("到过这一步多少次；图上事件是触发了多少次"),
    "waiting": say("平均每次从到达到岗位上第一次动手（签收、转交、会签、办结）的工作时间"),
    "working": say("平均每次从第一次动手到办结、退回或撤销的工作时间")}


def span(seconds: int | None) -> str:
    """Working time, short: 2.5个工作日, 3小时20分; '—' for none."""
    if seconds is None:
        return NOTHING
    if seconds < DAY:
        return str(in_words(seconds))
    return say("%(days)s个工作日", days=f"{seconds / DAY:.1f}")


def of_figure(figure: Figure, show: Show) -> str:
    """What stands beside a step on the diagram."""
    return say("%(times)s次", times=figure.attempts) if show == "count" else span(figure.of(show))
