"""Every form and every address with whatever Hypothesis thinks of: a page or a refusal, never a fault of ours."""
from __future__ import annotations

import json
import re
from collections import Counter
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.security import table
from tests.security.conftest import City
from tests.security.test_who_may import ANSWERS, typed
from tests.sizes import FULL, sized, tell

DIAGRAM = ('<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"><bpmn:process id="p"/>'
           "</bpmn:definitions>")
REQUESTS = sized(500, 10_000) // 2
"""to each kind of database"""
WHO = (None, ("dongsheng", "clerk"), ("dongsheng", "head"), ("dongsheng", "judge"), ("supervision", "supervisor"),
       ("city", "admin"), ("tax", "clerk"), "handled", "replied")
DOORS = {"/admin/users": ("tax", "security"), "/admin/absences": ("tax", "security"), "/admin": ("city", "admin"),
         "/processes": ("city", "admin"), "/audit": ("city", "auditor"), "/measures": ("supervision", "supervisor"),
         "/board": ("supervision", "supervisor")}
"""beginning of an address → a post that is let in"""
QUERY = ("view", "q", "page", "size", "sort", "status", "stage", "level", "light", "place", "unit", "position",
         "state", "lead_unit", "category", "all", "next", "kind", "due", "from", "to", "name", "again", "tab", "part",
         "measure", "at", "what", "version", "step", "file", "old", "new", "element", "decided")
ALSO = ("user", "reason", "opinion", "day", "sign", "query", "item", "copy", "agree", "mode", "when", "target", "after",
        "idempotency_key", "key", "lines", "code", "row-add", "row-remove", "remove", "go", "website", "post", "back",
        "active", "first_day", "last_day", "stand_in", "csrf_token", "username", "password", "new", "again", "files",
        "file", "revision", "upload", "text", "expression", "element", "name", "note", "which", "case", "what")
NASTY = ("", " ", "0", "-1", "1", "999999999999999999999", "9223372036854775807", "9223372036854775808", "1e999", "NaN",
         "²", "١", "true", "null", "None", "[]", "{}", "[[" * 500, "'", "\"", "\\", "%", "_", "%s%n", "{{7*7}}",
         "${7*7}", "<b>", "=1+1", "../../etc/passwd", "2026-02-30", "0000-00-00", "9999-12-31", "2026-W01-1",
         "2026-03-09T10:00", "\ufeff", "\u202e", "👨‍👩‍👧", "é" * 300, "a" * 5_000, "字" * 5_000, "\r\n", "\t", "\x01",
         "\x7f", "city:admin", ":", "a:b:c", "miit:clerk", "2026-000001", "2026-999999", "' or 1=1 --", "row-add",
         "__class__", "milestones-0", "0" * 400, DIAGRAM)
FILES = (DIAGRAM.encode(), b"", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"PK\x03\x04" + b"\0" * 40,
         b"<svg/>", "文字".encode(), b"\xff" * 99)
HEADERS = ("HX-Request", "Accept", "Accept-Language", "Referer", "User-Agent", "X-Forwarded-For", "If-None-Match",
           "Range", "Authorization")
PARAMETER = re.compile(r"<(\w+)>")


class _Forms(HTMLParser):
    """The fields of a page's forms, by their action: {action: {name: {values}}}; `here` stands for the page itself."""

    def __init__(self, here: str) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, set[str]]] = {}
        self._here, self._at, self._name = here, here, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._at = given.get("action") or self._here
        elif tag == "option":
            self._add(self._name, given.get("value", ""))
        elif given.get("name") and tag in ("input", "select", "textarea", "button"):
            self._name = given["name"]
            self._add(self._name, given.get("value", ""))

    def _add(self, name: str, value: str) -> None:
        self.forms.setdefault(self._at.split("?")[0], {}).setdefault(name, set()).add(value)


def _address(path: str, city: City, stage: str, other: str | None) -> str:
    """The route's address for a case, or with something else in its place."""
    case = city.cases[stage]
    values = {"number": case.number, "item_id": case.item, "attachment_id": case.attachment, "code": "tax",
              "user_id": 3, **city.workshop}
    if path.startswith("/measures/"):
        values["key"] = "solution"
    return PARAMETER.sub(lambda name: str(values.get(name[1], 1)) if other is None else other, path)


def _fields(city: City) -> dict[str, dict[str, set[str]]]:
    """Every field that some page asks for, by the address that its form is sent to."""
    found: dict[str, dict[str, set[str]]] = {}
    for route in sorted(table.routes_of(city.app)):
        method, path = route.split(" ")
        for who in _askers(path) if method == "GET" else ():
            for address in dict.fromkeys(_address(path, city, stage, None) for stage in city.cases):
                page = city.browser(who).get(address)
                if page.status_code == 200 and page.mimetype == "text/html":
                    forms = _Forms(address)
                    forms.feed(page.text)
                    for action, fields in forms.forms.items():
                        for name, values in fields.items():
                            found.setdefault(action, {}).setdefault(name, set()).update(values)
    return found


OTHER = st.none() | st.sampled_from([
    "0", "-1", "99999999999999999999", "abc", "%00", "%2e%2e", "2026-000001", "字", "1" * 300])
TEXT = st.sampled_from(NASTY) | st.text(max_size=60) | st.integers().map(str) | st.dates().map(str)


@st.composite
def _request(draw: st.DrawFn, routes: list[str], fields: dict[str, dict[str, set[str]]], city: City) -> dict[str, Any]:
    method, path = draw(st.sampled_from(routes)).split(" ")
    stage = draw(st.sampled_from(sorted(city.cases)))
    address = _address(path, city, stage, draw(OTHER) if "<" in path else None)
    known = fields.get(address, {})
    data: dict[str, Any] = dict(typed(ANSWERS.get(stage, {}))) if draw(st.booleans()) and "/tasks/" in path else {}
    for name in draw(st.lists(st.sampled_from([*sorted(known), *ALSO]), max_size=12)):
        usual = sorted(known.get(name, ()))
        data[name] = draw(st.sampled_from(usual) | TEXT) if usual else draw(TEXT)
    if draw(st.integers(0, 5)) == 0:
        file = BytesIO(draw(st.sampled_from(FILES))), draw(st.sampled_from(NASTY)) or "a.png"
        data[draw(st.sampled_from(("files", "upload", "file")))] = [file]
    query = draw(st.dictionaries(st.sampled_from(QUERY), TEXT, max_size=6))
    headers = draw(st.dictionaries(st.sampled_from(HEADERS), st.sampled_from(
        ["true", "application/json", "*/*;q=x", "zh", "bytes=0-1", "x" * 99]), max_size=2))
    who = draw(st.sampled_from([_let_in(path, city, stage)] * len(WHO) + list(WHO)))
    sent = {"who": who, "method": method, "path": address, "query_string": query, "headers": headers}
    return sent | ({"data": data} if method == "POST" else {})


def _door(path: str) -> tuple[str, str] | None:
    return next((post for beginning, post in DOORS.items() if path.startswith(beginning)), None)


def _askers(path: str) -> tuple[Any, ...]:
    """Those among whom somebody gets to see each form of a page."""
    door = _door(path)
    return WHO if door is None else (door,)


def _let_in(path: str, city: City, stage: str) -> Any:
    """Somebody whose request gets past the door."""
    door = _door(path)
    if door is not None:
        return door
    return stage if path.startswith("/follow") else city.cases[stage].post


@pytest.mark.parametrize("number", ["9" * 25, str(2**63 - 1), str(2**63), "-5", "0", "1e9", "²", "٣"])
def test_a_page_that_no_list_can_have_is_no_fault(city: City, number: str):
    for address in ("/admin/users", "/admin/log", "/admin/agreements", "/admin/mail", "/admin/units",
                    "/admin/incidents", "/issues/", "/inbox"):
        for view in ("", "copies", "watched", "done", "unit"):
            answer = city.browser(("city", "auditor")).get(address, query_string={"view": view, "page": number,
                                                                                "size": number})
            assert answer.status_code == 200, f"{address} {view}"


def test_whatever_is_sent_is_never_our_fault(workshop_city: City):
    city = workshop_city
    routes = sorted(table.routes_of(city.app))
    fields = _fields(city)
    answers: Counter[int] = Counter()
    asked: Counter[str] = Counter()

    @settings(max_examples=REQUESTS, deadline=None, database=None, derandomize=not FULL, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @given(_request(routes, fields, city))
    def send(request: dict[str, Any]) -> None:
        answer = city.browser(request["who"]).open(**{name: request[name] for name in request if name != "who"})
        assert answer.status_code < 500, f"{answer.status_code}: {request}"
        _is_whole(answer)
        answers[answer.status_code] += 1
        asked[request["method"]] += 1

    send()
    assert sum(answers.values()) >= REQUESTS
    tell(f"fuzzed requests: {sum(answers.values())} ({dict(asked)}) over {len(routes)} routes and "
         f"{sum(map(len, fields.values()))} fields of forms, 0 faults; answers {dict(sorted(answers.items()))}")


def _is_whole(answer: TestResponse) -> None:
    """What is called JSON is JSON."""
    if answer.mimetype.endswith("json"):
        json.loads(answer.data)
