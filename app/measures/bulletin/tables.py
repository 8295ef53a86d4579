"""The bulletin's tables of figures, with the words before them."""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from app.measures import lying
from app.measures.bulletin.blocks import Bars, Block, Table, Text
from app.measures.bulletin.listed import Held
from app.measures.clock import Kind
from app.measures.figures import Figure
from app.measures.question import CHOICES
from app.measures.registry import BY_KEY, MEASURES, Form
from app.measures.shown import ENOUGH, NOTHING, Ranked, Shown, behind, in_words
from workflows.sentence import Sentence, listed, say
from workflows.working_time import HOUR

COMPARED = ("registered", "settled", "response", "solution", "satisfaction", "on_time", "median")
"""what units, categories and months are compared by"""
RATES = ("response", "solution", "satisfaction")
_BETTER, _WORSE = say("好转"), say("变差")


def lines(shown: Shown) -> Table:
    """Every measure with what stands behind it, the month before and the change."""
    rows = [(line.measure.name, line.text, line.behind or NOTHING, line.before or NOTHING, line.change or NOTHING,
             NOTHING if line.good is None else _BETTER if line.good else _WORSE) for line in shown.lines]
    return Table(say("各项指标"), (say("指标"), say("本月"), say("依据"), say("上月"), say("变化"), say("评价")), rows,
                 (30, 18, 34, 18, 28, 14), frozenset({0}))


def trend(months: Mapping[str, Mapping[str, Figure]]) -> Iterator[Block]:
    """The last months in numbers, and two pictures of them."""
    def series(*keys: str) -> list[tuple[str, list[float | None]]]:
        return [(BY_KEY[key].name, [found[key].value for found in months.values()]) for key in keys]

    yield _compared(say("各月情况"), say("月份"), list(months.items()))
    yield Bars(say("各月登记和办结（件）"), list(months), series("registered", "settled"), percent=False)
    yield Bars(say("各月响应率、解决率、满意率（%）"), list(months), series(*RATES), percent=True)


def ranking(shown: Shown, measure: str) -> Iterator[Block]:
    """Units among those of their kind, the figures behind their place beside it."""
    chosen = BY_KEY[measure]
    if not shown.units:
        yield Text(say("本月没有可排名的单位。"))
        return
    yield Text(say("按“%(name)s”在同类单位之间排名；比率、工时依据不足%(enough)s件的不排，斜线前后是计入和总共的件数。",
                   name=chosen.name, enough=ENOUGH))
    for kind, ranked in shown.units.items():
        placed = [row for row in ranked if row.place is not None]
        if len(placed) > 1:
            yield Text(say("%(kind)s中，%(first)s居首（%(best)s），%(last)s居末（%(worst)s）。", kind=kind,
                           first=placed[0].name, best=_with_counts(placed[0].figures[measure]),
                           last=placed[-1].name, worst=_with_counts(placed[-1].figures[measure])))
        yield _of_units(kind, ranked)


def categories(shown: Shown) -> Iterator[Block]:
    """The same figures by category."""
    names = CHOICES["category"]
    yield _compared(say("各类别情况"), say("类别"),
                    [(names.get(category, NOTHING), found) for category, found in shown.categories.items()])


def leaders(shown: Shown, names: Mapping[int, str]) -> Iterator[Block]:
    """The same figures by the leader in charge of the enterprise."""
    rows = [(name, shown.leaders[leader]) for leader, name in names.items() if leader in shown.leaders]
    if rows:
        yield _compared(say("各包联领导情况"), say("包联领导"), rows)


def clock(held: Sequence[Held], units: Mapping[str, str]) -> Iterator[Block]:
    """Whose the working time of the cases was that were settled in the month: the parts add up to the whole."""
    whole = sum(each.total for each in held)
    if not whole:
        yield Text(say("本月没有办结的问题。"))
        return
    by_kind = {kind: sum(each.seconds[kind] for each in held) for kind in Kind}
    yield Text(say("本月办结的问题从登记到办结共%(hours)s个工作小时，其中%(kinds)s。每一刻只记在一个单位名下，各项相加"
                   "等于总数；只计工作日8:30—12:00、13:30—18:00。", hours=_hours(whole),
                   kinds=listed([say("%(kind)s占%(share)s", kind=lying.KINDS[kind], share=_share(seconds, whole))
                                 for kind, seconds in by_kind.items() if seconds])))
    rows = [(lying.name_of(each.unit, units), str(each.cases), *(_hours(each.seconds[kind]) for kind in Kind),
             _hours(each.total), _share(each.total, whole)) for each in held]
    rows.append((say("合计"), NOTHING, *(_hours(by_kind[kind]) for kind in Kind), _hours(whole), _share(whole, whole)))
    yield Table(say("各单位的工作小时"),
                (say("单位"), say("件数"), *lying.KINDS.values(), say("合计"), say("占比")), rows,
                (34, 11, 14, 14, 14, 13, 13, 15, 14), frozenset({0}))


def sent_away(shown: Shown) -> Iterator[Block]:
    """Which units sent cases back to earlier steps, or refused to take them on."""
    rows = [(row.name, in_words(row.figures["returns"]), in_words(row.figures["refusals"]))
            for ranked in shown.units.values() for row in ranked
            if row.figures["returns"].value or row.figures["refusals"].value]
    if not rows:
        yield Text(say("本月登记的问题没有退回和推诿。"))
        return
    yield Table(say("退回和推诿次数"), (say("单位"), BY_KEY["returns"].name, BY_KEY["refusals"].name), rows,
                (60, 30, 30), frozenset({0}))


def definitions() -> Table:
    """Every measure's definition, with its source."""
    return Table(say("指标的定义和来源"), (say("指标"), say("定义"), say("来源")),
                 [(each.name, each.words, each.source) for each in MEASURES], (28, 76, 52), frozenset({0, 1, 2}))


def _of_units(kind: str, ranked: Sequence[Ranked]) -> Table:
    rows = [(say("不排") if row.place is None else str(row.place), row.name,
             *(_with_counts(row.figures[key], apart=True) for key in COMPARED), str(row.overdue.number))
            for row in ranked]
    return Table(say("%(kind)s排名", kind=kind),
                 (say("名次"), kind, *(BY_KEY[key].name for key in COMPARED), BY_KEY["overdue"].name), rows,
                 (10, 24, 15, 15, 15, 15, 15, 18, 15, 15), frozenset({1}))


def _compared(caption: Sentence, first: Sentence, rows: Sequence[tuple[str, Mapping[str, Figure]]]) -> Table:
    return Table(caption, (first, *(BY_KEY[key].name for key in COMPARED)),
                 [(name, *(_with_counts(found[key], apart=True) for key in COMPARED)) for name, found in rows],
                 (24, 16, 16, 20, 20, 20, 22, 22), frozenset({0}))


def _with_counts(figure: Figure, apart: bool = False) -> str:
    """95.0%（19/20）; `apart`: on two lines, as a narrow column has it."""
    if not figure.among or figure.measure.form in (Form.COUNT, Form.TIMES):
        return in_words(figure)
    if apart:
        return say("%(number)s\n%(behind)s", number=in_words(figure), behind=behind(figure))
    return say("%(number)s（%(behind)s）", number=in_words(figure), behind=behind(figure))


def _hours(seconds: int) -> str:
    return f"{seconds / HOUR:.1f}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}"
