"""Verifications that somebody asks for on the page, carried out by a worker in a thread of its own.

A check whose worker dies falls silent and is begun anew by another; only one goes on at a time.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from threading import Thread
from time import monotonic

import structlog
from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from app.actor import Actor
from app.audit import seals
from app.audit.findings import Finding
from app.audit.verification import Verification
from app.db import begin_reading
from app.models import AuditCheck
from app.settings import Settings
from workflows.sentence import say

log = structlog.get_logger()
SILENT = timedelta(minutes=5)
REPORTED_EVERY = 2.0
"""seconds"""
SHOWN = 50
"""findings that are kept with a check"""


def ask(session: Session, actor: Actor, now: datetime) -> AuditCheck:
    """Asks for a verification; the one that is waiting or going on, if there is one."""
    going = session.scalar(select(AuditCheck).where(AuditCheck.status != "done").order_by(AuditCheck.id).limit(1))
    if going is not None:
        return going
    check = AuditCheck(asked_at=now, asked_by=actor.user_id)
    session.add(check)
    session.flush()
    return check


def work_off(sessions: sessionmaker[Session], settings: Settings, now: datetime) -> Thread | None:
    """Begins what was asked for, in a thread that this returns."""
    with sessions() as session:
        begin_reading(session)
        if session.scalar(_due(now)) is None:
            return None
    with sessions.begin() as session:
        check_id = session.scalar(_due(now).with_for_update(skip_locked=True))
        if check_id is None:
            return None
        _note(session, check_id, status="running", seen_at=now)
    thread = Thread(target=_carry_out, args=(sessions, settings, check_id, now), name="verification", daemon=True)
    thread.start()
    return thread


def _due(now: datetime) -> Select[int]:
    return select(AuditCheck.id).where(or_(AuditCheck.status == "waiting", (AuditCheck.status == "running") & (
        AuditCheck.seen_at < now - SILENT))).order_by(AuditCheck.id).limit(1)


def _carry_out(sessions: sessionmaker[Session], settings: Settings, check_id: int, now: datetime) -> None:
    """Verifies, reporting now and then."""
    begun = reported = monotonic()
    try:
        copies, faults = _copies(settings)
        verification = Verification(sessions, now, copies)
        for _ in verification.run():
            if monotonic() - reported > REPORTED_EVERY:
                reported = monotonic()
                with sessions.begin() as session:
                    _note(session, check_id, cases=verification.cases, entries=verification.entries,
                          seen_at=now + timedelta(seconds=reported - begun))
        found = [*verification.findings, *faults]
        with sessions.begin() as session:
            _note(session, check_id, status="done", ended_at=now + timedelta(seconds=monotonic() - begun),
                  cases=verification.cases, entries=verification.entries, unsealed=verification.unsealed,
                  found=verification.found + len(faults),
                  findings=[{**asdict(each), "said": str(each.said)} for each in found[:SHOWN]])
    except Exception:
        log.exception("verification_failed", check=check_id)


def _copies(settings: Settings) -> tuple[Sequence[str], Sequence[Finding]]:
    """The lines of this host's file, and what is wrong with the file itself."""
    if not settings.seals.exists():
        return (), ()
    lines = [line for line in settings.seals.read_text(encoding="utf-8", errors="replace").split("\n") if line]
    whole = [line for line in lines if _is_seal(line)]
    wrong = len(lines) - len(whole)
    return whole, [Finding("altered", say("保存封存的文件里有%(count)s行被改动过", count=wrong))] if wrong else ()


def _is_seal(line: str) -> bool:
    try:
        seals.read_line(line)
    except ValueError:
        return False
    return True


def _note(session: Session, check_id: int, **values: object) -> None:
    session.execute(update(AuditCheck).where(AuditCheck.id == check_id).values(**values)
                    .execution_options(synchronize_session=False))
