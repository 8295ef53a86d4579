"""The log as XES (IEEE 1849-2016) and as CSV, piece by piece: neither is ever whole in memory.

XES names each piece of a case by the extensions Concept, Time, Lifecycle and Organizational; `xes.version` is what the
standard's own schema asks for. What a spreadsheet would calculate is written in the CSV as text.
"""
from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from xml.sax.saxutils import quoteattr

from app.mining.events import Event, Trace
from workflows.calendar import CITY_ZONE

XES_TYPE, CSV_TYPE = "application/xml; charset=utf-8", "text/csv; charset=utf-8"
EXTENSIONS = (("Concept", "concept"), ("Time", "time"), ("Lifecycle", "lifecycle"), ("Organizational", "org"))
CLASSIFIERS = (("Activity", "concept:name"), ("Activity and transition", "concept:name lifecycle:transition"),
               ("Unit", "org:group"))
COLUMNS = ("case:concept:name", "concept:name", "time:timestamp", "lifecycle:transition", "concept:instance",
           "org:resource", "org:role", "org:group", "element", "case:category", "case:level", "case:unit",
           "case:status", "case:version", "case:variant")
_CALCULATED = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Names:
    """What codes are called, in the reader's language."""
    units: Mapping[str, str]
    positions: Mapping[str, str]
    versions: Mapping[str, str]
    categories: Mapping[str, str]
    levels: Mapping[str, str]
    statuses: Mapping[str, str]


def xes(traces: Iterable[Trace], names: Names) -> Iterator[str]:
    """The log as XES."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield '<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">\n'
    for name, prefix in EXTENSIONS:
        yield f'<extension name="{name}" prefix="{prefix}" uri="http://www.xes-standard.org/{prefix}.xesext"/>\n'
    yield f'<global scope="trace">{_text("concept:name", "")}</global>\n'
    yield (f'<global scope="event">{_text("concept:name", "")}{_text("lifecycle:transition", "complete")}'
           f'{_date("time:timestamp", datetime(1970, 1, 1, tzinfo=CITY_ZONE))}</global>\n')
    for name, keys in CLASSIFIERS:
        yield f"<classifier name={quoteattr(name)} keys={quoteattr(keys)}/>\n"
    yield _text("lifecycle:model", "standard") + "\n"
    for trace in traces:
        yield _xes_trace(trace, names)
    yield "</log>\n"


def table(traces: Iterable[Trace], names: Names) -> Iterator[str]:
    """The log as CSV, a row an event, with the columns' usual names."""
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")

    def taken() -> str:
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text

    writer.writerow(COLUMNS)
    for trace in traces:
        of_case = _case(trace, names)
        for event in trace.events:
            values = {"case:concept:name": trace.issue.number, **_event(event, names), **of_case}
            writer.writerow([plain(values[column]) for column in COLUMNS])
        yield taken()
    yield taken()


def plain(value: str) -> str:
    """A value that no spreadsheet calculates."""
    return f"'{value}" if value.startswith(_CALCULATED) else value


def _case(trace: Trace, names: Names) -> dict[str, str]:
    route = trace.route
    return {"case:category": names.categories.get(route.category, ""), "case:level": names.levels.get(route.level, ""),
            "case:unit": names.units.get(route.unit, ""), "case:status": names.statuses.get(trace.issue.status, ""),
            "case:version": names.versions.get(route.version, route.version[:12]), "case:variant": route.variant}


def _event(event: Event, names: Names) -> dict[str, str]:
    return {"concept:name": event.activity, "time:timestamp": _instant(event.at),
            "lifecycle:transition": event.transition, "concept:instance": str(event.instance),
            "org:resource": event.resource, "org:role": names.positions.get(event.position, event.position),
            "org:group": names.units.get(event.unit, event.unit), "element": event.element}


def _xes_trace(trace: Trace, names: Names) -> str:
    head = [_text("concept:name", trace.issue.number), _date("registered", trace.issue.registered_at)]
    head += [_text(name.removeprefix("case:"), value) for name, value in _case(trace, names).items() if value]
    events = "".join(f"<event>{_xes_event(event, names)}</event>\n" for event in trace.events)
    return f"<trace>{''.join(head)}\n{events}</trace>\n"


def _xes_event(event: Event, names: Names) -> str:
    return "".join(_date(name, event.at) if name == "time:timestamp" else _text(name, value)
                   for name, value in _event(event, names).items() if value)


def _text(key: str, value: str) -> str:
    return f"<string key={quoteattr(key)} value={quoteattr(_storable(value))}/>"


def _date(key: str, at: datetime) -> str:
    return f'<date key={quoteattr(key)} value="{_instant(at)}"/>'


def _instant(at: datetime) -> str:
    return at.astimezone(CITY_ZONE).isoformat(timespec="milliseconds")


def _storable(value: str) -> str:
    """Without the control characters that XML 1.0 cannot hold."""
    return "".join(character for character in value if character >= " " or character in "\t\n\r")
