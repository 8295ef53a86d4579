"""A person whose every request is dealt to the next host."""
from __future__ import annotations

import http.client
import itertools
import re
import secrets
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.faults.officers import Cookies
from tests.faults.town import PASSWORD
from tests.hosts.network import PORT, Host

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
PATIENCE = 30


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    body: bytes
    host: Host

    @property
    def text(self) -> str:
        return self.body.decode()


class Person:
    """One browser. `cookies` are all that it keeps."""

    def __init__(self, hosts: list[Host]) -> None:
        self._turns = itertools.cycle(hosts)
        self.cookies = Cookies()

    def get(self, path: str, on: Host | None = None) -> Answer:
        return self._ask("GET", path, on)

    def submit(self, path: str, form: dict[str, str] | None = None, *, page: str,
               file: tuple[str, bytes] | None = None) -> Answer:
        """Opens the page that a form is on, at one host, and sends the form to the next."""
        return self.post(path, {"csrf_token": self.token_on(page), **(form or {})}, file=file)

    def token_on(self, page: str) -> str:
        """The CSRF token of a page's form."""
        found = TOKEN.search(self.get(page).text)
        assert found, f"{page} has no form"
        return found[1]

    def post(self, path: str, form: dict[str, str], *, file: tuple[str, bytes] | None = None) -> Answer:
        if file is None:
            return self._ask("POST", path, None, urlencode(form).encode(), "application/x-www-form-urlencoded")
        boundary = secrets.token_hex(16)
        return self._ask("POST", path, None, _parts(form, file, boundary), f"multipart/form-data; boundary={boundary}")

    def sign_in(self, username: str, password: str = PASSWORD) -> Answer:
        return self.submit("/login", {"username": username, "password": password}, page="/login")

    def _ask(self, method: str, path: str, on: Host | None, body: bytes | None = None, kind: str = "") -> Answer:
        host = on or next(self._turns)
        connection = http.client.HTTPConnection(host.address, PORT, timeout=PATIENCE)
        headers = {"Cookie": str(self.cookies), "Accept": "text/html"} | ({"Content-Type": kind} if kind else {})
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            self.cookies.take(answer)
            return Answer(answer.status, answer.getheader("Location") or "", answer.read(), host)
        finally:
            connection.close()


def _parts(form: dict[str, str], file: tuple[str, bytes], boundary: str) -> bytes:
    lines = [f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
             for name, value in form.items()]
    lines.append(f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{file[0]}"\r\n\r\n'.encode()
                 + file[1] + b"\r\n")
    return b"".join(lines) + f"--{boundary}--\r\n".encode()
