"""Statements that the driver carries out: what they write, what they refuse, and how errors are told."""
from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.cases.rows import Missed, Statement, Writes, read, table
from app.models import Outbox

OUTBOX = table(Outbox)
INSERT = Statement(insert(OUTBOX).returning(OUTBOX.c.id))
CHANGE = Statement(update(OUTBOX).where(OUTBOX.c.key == bindparam("wanted")))
FIND = Statement(select(OUTBOX.c.key, OUTBOX.c.due_at, OUTBOX.c.sent_at).where(OUTBOX.c.key == bindparam("wanted")))
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def letter(key, **others):
    return {"key": key, "recipient": "a@b.cn", "subject": "s", "body": "b", "due_at": NOON, "attempts": 0, **others}


def test_writes_are_carried_out_in_order_and_return_their_ids(session):
    writes = Writes(session.connection())
    writes.add(INSERT, letter("a"))
    writes.add(INSERT, letter("b"))
    writes.add(CHANGE, {"wanted": "a", "sent_at": NOON}, one=True)
    first, second = writes.send()
    assert first < second and writes.send() == []
    found, missing = read(session.connection(), (FIND, {"wanted": "a"}), (FIND, {"wanted": "c"}))
    assert (found.key, found.due_at, found.sent_at, missing) == ("a", NOON, NOON, None)


def test_a_write_that_must_hit_a_row_says_when_it_missed(session):
    writes = Writes(session.connection())
    writes.add(CHANGE, {"wanted": "nowhere", "attempts": 1}, one=True)
    with pytest.raises(Missed):
        writes.send()


def test_an_insert_without_a_needed_value_is_refused_before_the_database_sees_it(session):
    writes = Writes(session.connection())
    writes.add(INSERT, {name: value for name, value in letter("a").items() if name != "attempts"})
    with pytest.raises(TypeError, match="attempts"):
        writes.send()


def test_the_drivers_errors_are_told_as_sqlalchemys(session):
    writes = Writes(session.connection())
    writes.add(INSERT, letter("a"))
    writes.add(INSERT, letter("a"))
    with pytest.raises(IntegrityError):
        writes.send()
    session.rollback()
    (found,) = read(session.connection(), (FIND, {"wanted": "a"}))
    assert found is None
