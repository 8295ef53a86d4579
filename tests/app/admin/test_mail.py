"""The outbox in the browser: what went out, what did not and why, trying again."""
from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from app.models import Outbox
from app.worker.mail import MAX_ATTEMPTS
from tests.app.conftest import Browser
from tests.conftest import MONDAY

LIST = "/admin/mail"


@pytest.fixture
def letters(sessions: sessionmaker[Session]) -> tuple[int, int]:
    """The ids of one that was sent and one that was given up."""
    with sessions.begin() as session:
        sent = Outbox(key="a", recipient="head@example.cn", subject="", body="一件事今天到期", due_at=MONDAY,
                      sent_at=MONDAY, attempts=1)
        lost = Outbox(key="b", recipient="gone@example.cn", subject="", body="请抓紧办理", attempts=MAX_ATTEMPTS,
                      due_at=MONDAY + timedelta(hours=1), error="550 no such mailbox")
        session.add_all([sent, lost])
        session.flush()
        return sent.id, lost.id


def test_what_was_not_sent_says_why(administrator: Browser, letters: tuple[int, int]):
    everything, unsent = administrator.get(LIST).text, administrator.get(f"{LIST}?unsent=1").text
    assert "head@example.cn" in everything and "已发出" in everything
    assert "550 no such mailbox" in unsent and "head@example.cn" not in unsent


def test_a_letter_that_was_given_up_is_tried_again(
        administrator: Browser, letters: tuple[int, int], sessions: sessionmaker[Session]):
    assert administrator.submit(f"{LIST}/{letters[1]}/again", on=f"{LIST}?unsent=1").status_code == 302
    with sessions() as session:
        again = session.get_one(Outbox, letters[1])
        assert again.attempts == 0 and again.due_at <= MONDAY + timedelta(minutes=1)


def test_what_was_sent_is_not_sent_again(administrator: Browser, letters: tuple[int, int]):
    page = administrator.submit(f"{LIST}/{letters[0]}/again", on=f"{LIST}?unsent=1")
    assert page.status_code >= 400 and "已经发出" in page.text


def test_letters_are_the_administrators_to_read(officer: Browser):
    assert officer.get(LIST).status_code == 403
