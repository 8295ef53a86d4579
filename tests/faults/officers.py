"""Officers who finish tasks over HTTP for as long as they are let, and keep count of what was acknowledged.

They behave as people do before a page that does not answer: they press again. The form's one-time key goes along, so
whatever the first press did, the second must not do it again.
"""
from __future__ import annotations

import http.client
import random
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TypeVar
from urllib.parse import urlencode

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app.db import begin_reading
from app.models import WorkItem
from tests.faults.town import PASSWORD, PATIENCE, Town

T = TypeVar("T")
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}


class Unanswered(Exception):
    """No answer, or one that says that the trouble is the server's: nobody knows whether the press has counted."""


class Cookies(dict[str, str]):
    """What a browser keeps of one site."""

    def take(self, answer: http.client.HTTPResponse) -> None:
        for header in answer.headers.get_all("Set-Cookie", ()):
            name, _, value = header.split(";")[0].partition("=")
            self[name] = value

    def __str__(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.items())


def _token_in(page: str) -> str:
    found = TOKEN.search(page)
    assert found, f"no form in {page[:500]}"
    return found[1]


class Officer(Thread):
    """One person with one browser. `finished` are the work items whose finishing was acknowledged."""

    def __init__(self, town: Town, username: str, seed: int):
        super().__init__(daemon=True)
        self.town, self.username, self.dice = town, username, random.Random(f"{seed}/{username}")
        self.halt, self.finished, self.answers = Event(), list[int](), Counter[int]()
        self.broken: BaseException | None = None
        self._cookies, self._token = Cookies(), ""

    def run(self) -> None:
        try:
            self._insist(self.sign_in)
            while not self.halt.is_set():
                for item in self._open_items():
                    if not self.halt.is_set():
                        self.finish(item)
        except BaseException as error:
            self.broken = error
            raise

    def sign_in(self) -> None:
        """Perhaps once more, when the server was killed after it had let us in."""
        status, page = self.request("GET", "/login")
        if status == 200:
            status, _ = self.request("POST", "/login", {"csrf_token": _token_in(page), "username": self.username,
                                                        "password": PASSWORD})
        assert status == 302, f"signing in was answered with {status}"
        self._token = _token_in(self.request("GET", "/account/password")[1])

    def finish(self, item: int) -> int:
        """Presses 办结 until there is an answer; returns its status: 303 done, 409 somebody else was quicker."""
        form = {"csrf_token": self._token, "idempotency_key": secrets.token_urlsafe(18)}
        status = self._insist(lambda: self.request("POST", f"/tasks/{item}/complete", form)[0])
        self.answers[status] += 1
        if status == 303:
            self.finished.append(item)
        return status

    def request(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """One request on a connection of its own. Raises Unanswered."""
        connection, headers = self.connect(), {**HEADERS, "Cookie": str(self._cookies)}
        try:
            connection.request(method, path, urlencode(form) if form else None, headers)
            answer = connection.getresponse()
            page = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise Unanswered(str(error)) from error
        finally:
            connection.close()
        if answer.status >= 500:
            self.answers[answer.status] += 1
            raise Unanswered(f"{answer.status}: {page[-2000:]}")
        self._cookies.take(answer)
        return answer.status, page

    def connect(self) -> http.client.HTTPConnection:
        """To where the next request goes."""
        return http.client.HTTPConnection("127.0.0.1", self.town.port, timeout=PATIENCE)

    def _open_items(self) -> list[int]:
        try:
            with self.town.sessions() as session:
                begin_reading(session)
                items = list(session.scalars(select(WorkItem.id).where(
                    WorkItem.status == "open", WorkItem.element_id.in_(("draft", "review"))).limit(40)))
        except DBAPIError:
            return []
        self.dice.shuffle(items)
        return items[:8]

    def _insist(self, act: Callable[[], T]) -> T:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return act()
            except Unanswered:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)


@contextmanager
def at_work(town: Town, names: tuple[str, ...], seed: int) -> Iterator[list[Officer]]:
    """These officers work meanwhile; afterwards each has ended its last press with an answer."""
    officers = [Officer(town, name, seed) for name in names]
    for officer in officers:
        officer.start()
    try:
        yield officers
    finally:
        for officer in officers:
            officer.halt.set()
        for officer in officers:
            officer.join(PATIENCE + 30)
    for officer in officers:
        assert officer.broken is None and not officer.is_alive(), officer.broken
