"""Letters go out by SMTP once, wait when they fail, and carry nothing that was not meant to be a header."""
from __future__ import annotations

import socketserver
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Thread

import pytest
from sqlalchemy import select

from app.models import Outbox
from app.settings import load_settings
from app.worker import mail
from tests.conftest import MONDAY


class Session(socketserver.StreamRequestHandler):
    """One SMTP conversation (RFC 5321). Recipients whose address begins with `nobody` are refused; at
    `hangup` the server goes away without a word, at `closing` with 421."""

    def handle(self) -> None:
        self.say("220 test")
        while line := self.rfile.readline().decode().strip():
            match line.split(" ")[0].upper():
                case "DATA":
                    self.say("354 go on")
                    self.server.letters.append(self.content())
                    self.say("250 taken")
                case "QUIT":
                    return self.say("221 bye")
                case "RCPT" if "<nobody" in line:
                    self.say("550 no such mailbox")
                case "RCPT" if "<hangup" in line:
                    return None
                case "RCPT" if "<closing" in line:
                    return self.say("421 shutting down")
                case _:
                    self.say("250 test")
        return None

    def content(self) -> EmailMessage:
        lines = iter(self.rfile.readline, b".\r\n")
        text = b"".join(line[1:] if line.startswith(b".") else line for line in lines)
        return message_from_bytes(text, policy=policy.default)

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class SmtpServer(socketserver.ThreadingTCPServer):
    daemon_threads, allow_reuse_address = True, True
    letters: list[EmailMessage]


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer(("127.0.0.1", 0), Session) as server:
        server.letters = []
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def settings(smtp):
    return load_settings({"ZHUQI_DEMO": "1", "ZHUQI_SMTP_URL": f"smtp://127.0.0.1:{smtp.server_address[1]}",
                          "ZHUQI_MAIL_FROM": "zhuqi@example.org", "ZHUQI_BASE_URL": "https://zhuqi.example.org"})


@pytest.fixture
def write(session):
    """`write("someone@example.org", subject="…")` puts a letter into the outbox and returns its id."""
    def write(recipient, subject="【助企】到期提醒", body="您有一件事今天到期。"):
        letter = Outbox(key=f"k{recipient}", recipient=recipient, subject=subject, body=body, due_at=MONDAY, attempts=0)
        session.add(letter)
        session.commit()
        return letter.id

    return write


def stored(session, id):
    letter = session.scalars(select(Outbox).where(Outbox.id == id).execution_options(populate_existing=True)).one()
    session.commit()
    return letter


def test_a_letter_arrives_once(session, sessions, settings, smtp, write):
    id = write("head@example.org")
    assert mail.work_off(sessions, settings, MONDAY) == 1
    assert mail.work_off(sessions, settings, MONDAY) == 0
    (arrived,) = smtp.letters
    assert (arrived["From"], arrived["To"]) == ("zhuqi@example.org", "head@example.org")
    assert arrived["Subject"] == "【助企】到期提醒"
    assert arrived["Message-ID"] == f"<outbox-{id}@zhuqi.example.org>"
    assert "您有一件事今天到期。" in arrived.get_content()
    assert stored(session, id).sent_at == MONDAY


def test_a_refused_letter_waits_longer_each_time_and_holds_up_no_other(session, sessions, settings, smtp, write):
    refused, good = write("nobody@example.org"), write("head@example.org")
    assert mail.work_off(sessions, settings, MONDAY) == 1
    assert stored(session, good).sent_at == MONDAY
    now = MONDAY
    for attempt in range(1, mail.MAX_ATTEMPTS + 1):
        letter = stored(session, refused)
        assert letter.attempts == attempt
        assert letter.due_at == now + mail.BACK_OFF * 2 ** (attempt - 1)
        assert "no such mailbox" in letter.error
        assert mail.work_off(sessions, settings, letter.due_at - timedelta(seconds=1)) == 0
        now = letter.due_at
        mail.work_off(sessions, settings, now)
    assert stored(session, refused).attempts == mail.MAX_ATTEMPTS, "then it stays where it is, with its error"
    assert len(smtp.letters) == 1


def test_a_lost_connection_costs_its_own_letter_an_attempt_and_no_other(session, sessions, settings, smtp, write):
    lost, next_one = write("hangup@example.org"), write("head@example.org")
    assert mail.work_off(sessions, settings, MONDAY) == 1
    assert (stored(session, lost).attempts, stored(session, lost).sent_at) == (1, None)
    assert stored(session, next_one).sent_at == MONDAY


def test_while_the_server_is_spoken_to_others_may_write(session, sessions, settings, write, monkeypatch):
    write("head@example.org")
    sent = mail._Smtp.send

    def send(self, message):
        with sessions.begin() as other:
            other.add(Outbox(key="meanwhile", recipient="b@example.org", subject="", body="", due_at=MONDAY,
                             attempts=0))
        sent(self, message)

    monkeypatch.setattr(mail._Smtp, "send", send)
    assert mail.work_off(sessions, settings, MONDAY) == 1


def test_a_letter_whose_worker_dies_meanwhile_comes_round_again(session, sessions, settings, smtp, write, monkeypatch):
    id = write("head@example.org")

    def die(self, message):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(mail._Smtp, "send", die)
        with pytest.raises(KeyboardInterrupt):
            mail.work_off(sessions, settings, MONDAY)
    assert mail.work_off(sessions, settings, MONDAY) == 0, "another worker leaves a claimed letter alone"
    assert mail.work_off(sessions, settings, stored(session, id).due_at) == 1


def test_letters_wait_while_the_server_is_away(session, sessions, settings, smtp, write):
    id = write("head@example.org")
    smtp.shutdown()
    smtp.server_close()
    assert mail.work_off(sessions, settings, MONDAY) == 0
    assert stored(session, id).attempts == 0, "an attempt that reached nobody costs none"


def test_a_server_that_is_away_is_knocked_at_once_a_round(sessions, settings, smtp, write, monkeypatch):
    for name in "abc":
        write(f"{name}@example.org")
    knocks = []

    def unreachable(self):
        knocks.append(1)
        raise TimeoutError("nobody there")

    monkeypatch.setattr(mail._Smtp, "connect", unreachable)
    assert mail.work_off(sessions, settings, MONDAY) == 0
    assert len(knocks) == 1, "each knock may take its whole time limit, and the worker has timers to fire"


def test_a_server_that_hangs_up_with_its_refusal_costs_the_next_letter_nothing(
        session, sessions, settings, smtp, write):
    refused, next_one = write("closing@example.org"), write("head@example.org")
    assert mail.work_off(sessions, settings, MONDAY) == 1
    assert stored(session, refused).attempts == 1 and stored(session, next_one).sent_at == MONDAY


@pytest.mark.parametrize("subject", ["到期\r\nBcc: spy@example.org", "到期\nBcc: spy@example.org\n\n另一封信"])
def test_a_subject_cannot_bring_headers_along(sessions, settings, smtp, write, subject):
    write("head@example.org", subject=subject)
    assert mail.work_off(sessions, settings, MONDAY) == 1
    assert smtp.letters[0]["Bcc"] is None


def test_a_recipient_cannot_bring_headers_along(session, sessions, settings, smtp, write):
    id = write("head@example.org\r\nBcc: spy@example.org")
    assert mail.work_off(sessions, settings, MONDAY) == 0
    assert smtp.letters == []
    assert stored(session, id).error


def test_without_a_server_letters_are_logged(session, sessions, write):
    id = write("head@example.org")
    assert mail.work_off(sessions, load_settings({"ZHUQI_DEMO": "1"}), MONDAY) == 1
    assert stored(session, id).sent_at == MONDAY


def test_a_late_failure_does_not_unsend_a_letter_that_another_worker_has_sent(sessions, monkeypatch):
    with sessions.begin() as session:
        session.add(Outbox(key="k", recipient="a@example.com", subject="s", body="b", due_at=MONDAY, attempts=0))

    class Slow:
        """A server that refuses after so long that another worker has taken the letter on, and sent it."""

        def send(self, message):
            with sessions.begin() as session:
                session.scalars(select(Outbox)).one().sent_at = MONDAY + timedelta(hours=1)
            raise OSError("timed out")

    with sessions() as session:
        letter = session.scalars(select(Outbox.id)).one()
    settings = load_settings({"ZHUQI_DEMO": "1"})
    assert not mail._send_one(sessions, settings, letter, Slow(), MONDAY)
    with sessions() as session:
        row = session.scalars(select(Outbox)).one()
        assert row.sent_at == MONDAY + timedelta(hours=1) and row.error is None
