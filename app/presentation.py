"""How instants, deadlines and people appear on pages: words of the day, working days left, lights."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from babel.support import Translations
from flask import Flask, g
from flask_babel import get_translations, ngettext
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from app import web
from app.dates import city_day, with_weekday
from app.repeated import occasion
from workflows.calendar import CITY_ZONE, Calendar
from workflows.sentence import Sentence, told

_KNOWN = "translations"
GREEN, YELLOW, RED = "green", "yellow", "red"
YELLOW_FROM = 1
"""working days left from which a light is yellow: due today or on the next working day"""


@dataclass(frozen=True, slots=True)
class Light:
    """A traffic light: its colour's name, the word for it, what remains, and whether the calendar may still move it."""
    tone: str
    word: str
    text: str
    provisional: bool
    due_at: datetime


def light_of(due_at: datetime, now: datetime, calendar: Calendar, provisional: bool | None = None,
             tone: str | None = None) -> Light:
    """The light of a deadline at `now`. `tone` is given where the supervising timers have set it, and wins unless the
    deadline has passed. `provisional` None: worked out from the calendar's notices."""
    today, due = city_day(now), city_day(due_at)
    left = calendar.working_days_between(today, due)
    if due_at < now:
        own, text = RED, _overdue(-left)
    elif left <= YELLOW_FROM:
        own, text = YELLOW, _soon(today, due, left)
    else:
        own, text = GREEN, ngettext("剩%(num)d个工作日", "剩%(num)d个工作日", left)
    chosen = own if own == RED or tone is None else tone
    unsure = calendar.spans_provisional(min(today, due), max(today, due)) if provisional is None else provisional
    return Light(chosen, light_word(chosen), text, unsure, due_at)


def light_word(tone: str) -> str:
    return {GREEN: _("绿"), YELLOW: _("黄"), RED: _("红")}[tone]


def _overdue(days: int) -> str:
    return ngettext("逾期%(num)d个工作日", "逾期%(num)d个工作日", days) if days > 0 else _("已逾期")


def _soon(today: date, due: date, left: int) -> str:
    if due == today:
        return _("今日到期")
    if due == today + timedelta(days=1):
        return _("明日到期")
    return ngettext("剩%(num)d个工作日", "剩%(num)d个工作日", left)


def say_when(at: datetime | date, now: datetime) -> str:
    """今天 14:20, 昨天 09:05, 11月27日（周五）; the year only when it is another one."""
    if not isinstance(at, datetime):
        return say_day(at, city_day(now))
    local = at.astimezone(CITY_ZONE)
    day, today = local.date(), city_day(now)
    clock = f"{local:%H:%M}"
    if day == today:
        return _("今天 %(clock)s", clock=clock)
    if day == today - timedelta(days=1):
        return _("昨天 %(clock)s", clock=clock)
    if day == today + timedelta(days=1):
        return _("明天 %(clock)s", clock=clock)
    return say_day(day, today)


def say_day(day: date, today: date) -> str:
    """11月27日（周五）, with the year when it is not this one."""
    return tell(with_weekday(day, today))


def exactly(at: datetime | date) -> str:
    """The same to the second, in the city's time: 2026-11-27 14:20:05."""
    return f"{at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M:%S}" if isinstance(at, datetime) else at.isoformat()


def tell(text: object) -> str:
    """A sentence of a service, or an error raised with one, in the language of the page; anything else as it is."""
    return told(text, _translations().ugettext)


def init_app(app: Flask) -> None:
    """Gives the macros what they need; macros are imported without a page's context. A sentence that a template prints
    is told in the page's language, which is looked up once a page and not, as Babel does it, for every sentence."""
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: _translations().ugettext(text), newstyle=True,
        ngettext=lambda one, many, number: _translations().ungettext(one, many, number))
    app.jinja_env.globals["_"] = _printed  # Jinja's own goes through three more calls
    app.jinja_env.finalize = lambda value: tell(value) if isinstance(value, Sentence) else value
    app.jinja_env.globals.update(
        light_of=lambda due_at, provisional=None, tone=None:
            light_of(due_at, web.now(), web.calendar(), provisional, tone),
        say_when=lambda at: say_when(at, web.now()), exactly=exactly, occasion_of=occasion,
        tell=tell)
    app.jinja_env.filters["to_query"] = to_query


def _(text: str, /, **parts: object) -> str:
    """A sentence in the page's language; like Flask-Babel's, but that looks the language up for each."""
    words = _translations().ugettext(text)
    return words % parts if parts else words


@pass_eval_context
def _printed(context: EvalContext, text: str, /, **parts: object) -> str:
    """The same in a template, where what is put in is escaped and a per cent sign is always doubled."""
    words = _translations().ugettext(text)
    return (Markup(words) if context.autoescape else words) % parts


def _translations() -> Translations:
    """Of the page that is being made; a page has hundreds of sentences, and a long history thousands."""
    try:
        found: Translations | None = g.get(_KNOWN)
    except RuntimeError:  # no page is being made
        return get_translations()
    if found is None:
        found = get_translations()
        setattr(g, _KNOWN, found)
    return found


def to_query(address: dict[str, Any]) -> str:
    """A query string of what is not None or empty; lists repeat their name."""
    return urlencode({name: value for name, value in address.items() if value not in (None, "", [])}, doseq=True)
