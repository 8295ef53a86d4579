"""What a browser is told on every page, and what a foreign page, a forged address or a forged header gets out of us."""
from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from app import logs
from app.factory import create_app
from app.issues import views
from app.models import Issue
from app.portal import report_views
from app.settings import Settings
from tests.app.conftest import TOKEN, Browser
from tests.conftest import FixedClock
from tests.security import table
from tests.security.conftest import City

ELSEWHERE = [
    "https://evil.example/", "http://evil.example", "//evil.example/", "///evil.example", "/\\evil.example",
    "\\\\evil.example", "\\/evil.example", "/\t/evil.example", "/\n/evil.example", "\t//evil.example",
    " //evil.example",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "http:evil.example", "https:/evil.example",
    "/%09/evil.example\t", "//evil.example\\@localhost/", "http://localhost@evil.example/", "//0x7f000001/",
    "/\u2028/x",
    "http://[::1]/", "ftp://evil.example", "mailto:a@evil.example", "/a\r\nSet-Cookie: a=b", "．．/evil",
    "／／evil.example",
    "/\x00/evil", "?next=//evil.example", "evil.example", "../../evil"]
FOREIGN_TOKENS = ["", "x", "null", "ImFiYyI.aaaa.bbbb"]


def changing_routes(app: Flask) -> list[str]:
    return sorted(route.split(" ")[1] for route in table.routes_of(app) if not route.startswith("GET "))


def _filled(path: str) -> str:
    return re.sub(r"<[^>]+>", "1", path)


def test_no_changing_route_takes_a_form_without_its_sessions_token(app: Flask, administrator: Browser):
    stranger = app.test_client()
    found = TOKEN.search(stranger.get("/login").text)
    assert found
    for path in changing_routes(app):
        for token in (None, found[1], *FOREIGN_TOKENS):
            answer = administrator.post(_filled(path), data={} if token is None else {"csrf_token": token})
            refused = answer.status_code == 400 or (answer.status_code == 303 and answer.location == "/login")
            assert refused, f"{path} took {token!r}: {answer.status_code}"


def test_what_changes_cannot_be_asked_for_with_a_link(app: Flask, administrator: Browser):
    readable = {route.split(" ")[1] for route in table.routes_of(app) if route.startswith("GET ")}
    for path in set(changing_routes(app)) - readable:
        assert administrator.get(_filled(path)).status_code in (404, 405), path


def test_other_methods_are_not_known(administrator: Browser):
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND"):
        assert administrator.open("/inbox", method=method).status_code in (400, 405)


def test_no_address_that_is_sent_along_leads_elsewhere(city: City):
    for address in ELSEWHERE:
        _leads_nowhere(city.browser(("dongsheng", "clerk")), address)


def _leads_nowhere(browser: FlaskClient, address: str) -> None:
    for answer in (browser.get("/login", query_string={"next": address}),
                   browser.post("/account/post", data={"post": "dongsheng:clerk", "back": address}),
                   browser.post("/inbox/views", data={"name": "x", "query": address}),
                   browser.post("/inbox/claim", data={"query": address})):
        _stays_here(answer.headers)


def _stays_here(headers: Headers) -> None:
    for name in ("Location", "HX-Redirect", "HX-Location", "Refresh"):
        target = headers.get(name)
        if target is not None:
            assert re.match(r"/(?![/\\])[\x21-\x7e]*$", target), f"{name}: {target!r}"


def test_every_redirect_is_a_path_of_ours(city: City):
    for route in table.routes_of(city.app):
        method, path = route.split(" ")
        for who in (None, ("dongsheng", "clerk"), ("city", "admin"), "replied"):
            _stays_here(city.browser(who).open(_filled(path), method=method, base_url="http://evil.example", headers={
                "HX-Request": "true", "Referer": "http://evil.example/x"}).headers)


def pages(city: City) -> Iterator[tuple[str, TestResponse]]:
    """Every page as a stranger, an officer, an administrator and an enterprise see it."""
    case = city.cases["handled"]
    for route in sorted(table.routes_of(city.app)):
        method, path = route.split(" ")
        if method == "GET":
            address = (path.replace("<number>", case.number).replace("<item_id>", str(case.item))
                       .replace("<attachment_id>", str(case.attachment)).replace("<code>", "tax")
                       .replace("<user_id>", "1"))
            for who in (None, case.post, ("city", "admin"), "handled"):
                yield address, city.browser(who).get(address)


def test_every_page_is_strict_about_what_runs_and_how_it_may_be_used(city: City):
    seen = 0
    for address, answer in pages(city):
        _says_how_it_may_be_used(address, answer.headers)
        if "sandbox" in answer.headers["Content-Security-Policy"]:
            assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
            assert answer.headers["Content-Disposition"].startswith("attachment")
            continue
        _lets_only_our_scripts_run(address, answer.headers["Content-Security-Policy"])
        if answer.mimetype == "text/html":
            assert not re.search(r"<script(?![^>]*(?:\ssrc=|type=\"application/json\"))", answer.text), address
            assert not re.search(r"<[^>]+\s(?:on[a-z]+|style)=", answer.text), address
            assert not re.search(r"(?:href|action|src|formaction)=\"\s*(?:javascript|http:|//)", answer.text), address
        seen += 1
    assert seen > 100


def _says_how_it_may_be_used(address: str, headers: Headers) -> None:
    assert headers["X-Content-Type-Options"] == "nosniff", address
    assert headers["X-Frame-Options"] == "DENY" and headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in headers["Cache-Control"]
    assert not {"Server", "X-Powered-By", "Access-Control-Allow-Origin"} & set(headers.keys())


def _lets_only_our_scripts_run(address: str, policy: str) -> None:
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'" and rules["script-src"] == "'self'", address
    assert rules["base-uri"] == rules["frame-ancestors"] == "'none'" and rules["form-action"] == "'self'"
    assert "unsafe-eval" not in policy and "http:" not in policy and "*" not in policy
    if "unsafe-inline" in policy:  # bpmn-js, on the pages that show a diagram
        assert rules["style-src"] == "'self' 'unsafe-inline'"
        assert re.match(r"/(tasks|issues|meetings|mining)/", address)


def test_what_somebody_else_typed_is_shown_as_text(living_city: City, sessions: sessionmaker[Session]):
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><svg/onload=alert(1)>"
    case = living_city.cases["handled"]
    with sessions.begin() as session:
        issue = session.get_one(Issue, case.issue_id)
        issue.title, issue.description, issue.contact_name = evil, evil, evil[:40]
        issue.enterprise.name = evil
    for address in ("/issues/", f"/issues/{case.number}", f"/issues/{case.number}/sheet", f"/tasks/{case.item}",
                    "/inbox", "/inbox?view=watched"):
        page = living_city.browser(case.post).get(address).text
        assert "<script>alert" not in page and "<img src=x" not in page and "<svg/onload" not in page, address
    assert "<script>alert" not in living_city.browser("handled").get("/follow/progress").text


@pytest.mark.parametrize("typed", [
    "a\r\nSet-Cookie: evil=1", "a\nX-Evil: 1", "%0d%0aX-Evil:1", "\u560a\u560dX-Evil: 1"])
def test_nothing_that_is_typed_becomes_a_header(city: City, typed: str):
    browser = city.browser(("dongsheng", "clerk"))
    for answer in (browser.get("/issues/export.xlsx", query_string={"q": typed}),
                   browser.post("/inbox/claim", data={"query": typed}),
                   browser.get("/login", query_string={"next": typed}),
                   browser.get("/inbox", query_string={"view": typed}), browser.get("/issues/" + typed)):
        assert "X-Evil" not in answer.headers
        assert "evil" not in str(answer.headers.getlist("Set-Cookie"))


def test_a_requests_id_is_ours(city: City):
    answer = city.browser(None).get("/report", headers={"X-Request-ID": "evil"})
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-ID"])


def test_a_log_line_stays_one_line(capsys: pytest.CaptureFixture[str], app: Flask, monkeypatch: pytest.MonkeyPatch):
    def broken() -> None:
        raise RuntimeError("boom\n{\"event\": \"forged\"}")

    logs.configure()  # to the stream that is watched now
    monkeypatch.setitem(app.view_functions, "portal.trouble", broken)
    app.test_client().get("/report?x=%0a%7b%22event%22%3a%22forged%22%7d")
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    assert [json.loads(line)["event"] for line in lines] == ["request_failed", "request"]


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost:80@evil.example", "[::1]", ""])
def test_a_forged_host_is_written_on_no_page(app: Flask, browser: Browser, host: str):
    headers = {"Host": host, "X-Forwarded-Host": host, "X-Forwarded-For": "9.9.9.9", "Forwarded": f"host={host}",
               "X-Original-URL": "/admin/users", "X-Rewrite-URL": "/admin/users"}
    for address in ("/", "/login", "/report", "/follow", "/nowhere", "/inbox"):
        answer = browser.get(address, headers={**headers, "Referer": f"http://{host}/x"})
        assert answer.status_code < 500
        assert not host or host not in answer.text + str(answer.headers.get("Location", ""))


def test_the_codes_picture_leads_to_the_address_that_is_set(city: City, monkeypatch: pytest.MonkeyPatch):
    shown: list[str] = []
    for module in (views, report_views):
        monkeypatch.setattr(module, "follow_picture", lambda address, code: shown.append(address) or "data:,")
    with city.app.test_request_context("/report/done", base_url="http://evil.example"):
        report_views._done_page(type("Issue", (), {"id": 1, "number": "1"}), "code")  # type: ignore[arg-type]
    assert shown == ["http://localhost/follow"]


def test_behind_https_cookies_and_transport_are_strict(settings: Settings, clock: FixedClock):
    app = create_app(replace(settings, base_url="https://zhuqi.example"), clock)
    answer = app.test_client().get("/login", base_url="https://zhuqi.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-zhuqi=") and "Domain" not in cookie
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    app.extensions["zhuqi"].engine.dispose()


def test_addresses_from_proxies_are_believed_only_where_proxies_stand(app: Flask, add_user: Callable[..., int]):
    limiter = app.extensions["zhuqi_limiter"]
    limiter.enabled = True
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    tries = [client.post("/login", data={"username": "nobody", "password": "x"},
                         headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code for n in range(21)]
    assert tries[-1] == 429

