"""The second factor: six digits of a telephone's app (TOTP, RFC 6238), or a recovery code. Never commits.

Administrators and supervisors need one where the settings say so. A code is taken once: the step that it belongs to is
kept, and neither it nor an earlier one is taken again, however many ask at the same time.
"""
from __future__ import annotations

import hmac
import secrets
from datetime import datetime

import pyotp
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from app.auth.passwords import ONE_TIME_LETTERS
from app.auth.tokens import hash_token
from app.models import RecoveryCode, User
from app.powers.rules import THREE
from workflows.sentence import say

POSITIONS = frozenset({*THREE, "supervisor"})
ISSUER = say("助企")
PERIOD = 30
"""seconds of a step"""
DRIFT = (0, -1, 1)
"""steps beside the present one that are taken too: people type slowly and clocks differ"""
RECOVERY_CODES = 10


def needs(user: User, demanded: bool) -> bool:
    """Whether the person signs in with a second factor: by their posts, or because they have enrolled one."""
    return demanded and (user.totp_secret is not None or any(post.position_code in POSITIONS for post in user.posts))


def new_secret() -> str:
    """160 random bits in base32, as the RFC asks for."""
    return pyotp.random_base32()


def address(secret: str, username: str) -> str:
    """What the picture says that an app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=str(ISSUER))


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step whose code this is, if it is one of now."""
    digits = "".join(code.split())
    here, otp = int(now.timestamp()) // PERIOD, pyotp.TOTP(secret)
    return next((here + drift for drift in DRIFT
                 if hmac.compare_digest(otp.generate_otp(here + drift).encode(), digits.encode())), None)


def enrol(session: Session, user_id: int, secret: str, code: str, now: datetime) -> list[str] | None:
    """Takes the secret on with a first code, and gives recovery codes to be shown once; None when the code is wrong."""
    step = step_of(secret, code, now)
    if step is None:
        return None
    session.execute(update(User).where(User.id == user_id).values(totp_secret=secret, totp_step=step))
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(user_id=user_id, code_hash=_hash(code)) for code in codes)
    session.flush()
    return codes


def take(session: Session, user: User, code: str, now: datetime) -> bool:
    """Whether it is the person's code of now or an unused recovery code, which it then is no more."""
    step = step_of(user.totp_secret or "", code, now) if user.totp_secret else None
    if step is not None:
        return session.execute(
            update(User).where(User.id == user.id, or_(User.totp_step.is_(None), User.totp_step < step))
            .values(totp_step=step).returning(User.id)).scalar() is not None
    return session.execute(
        update(RecoveryCode).where(RecoveryCode.user_id == user.id, RecoveryCode.code_hash == _hash(code),
                                   RecoveryCode.used_at.is_(None)).values(used_at=now)
        .returning(RecoveryCode.id)).scalar() is not None


def codes_left(session: Session, user_id: int) -> int:
    return session.scalar(select(func.count()).select_from(RecoveryCode).where(
        RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))) or 0


def forget(session: Session, user: User) -> None:
    """After a lost telephone: the next sign-in enrols anew."""
    user.totp_secret, user.totp_step = None, None
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    session.flush()


def _recovery_code() -> str:
    letters = "".join(secrets.choice(ONE_TIME_LETTERS) for _ in range(12))
    return "-".join(letters[at:at + 4] for at in range(0, 12, 4))


def _hash(code: str) -> str:
    return hash_token("".join(code.lower().replace("-", "").split()))
