"""Passwords: argon2, what a new one must be, and one-time passwords that an administrator hands out.

Hashing takes a tenth of a second on purpose: never inside a writing transaction.
"""
from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from workflows.sentence import say

SHORTEST, LONGEST = 10, 128
ONE_TIME_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""without letters and digits that are mistaken for each other"""
_hasher = PasswordHasher()
_light_hasher = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1)


class PasswordRefused(Exception):
    """A new password that is not taken; `str(error)` says why."""


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def hash_one_time(password: str) -> str:
    """Of a one-time password. Its 59 random bits need no stretching, and an import makes hundreds at once; the person
    has to replace it at the first sign-in anyway."""
    return _light_hasher.hash(password)


def verify(password_hash: str | None, password: str) -> bool:
    """Whether it is the password. None, for a user that does not exist, takes as long as any other."""
    try:
        return _hasher.verify(password_hash or _nobody(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(password_hash: str) -> bool:
    """Whether it was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def check_new(password: str, username: str, kinds: int = 1) -> None:
    """Raises PasswordRefused for a password that is too short, too long, too simple or the name itself, or that has
    characters of fewer `kinds` than are asked for: capitals, small letters, digits, all others."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordRefused(say("密码要有%(shortest)s到%(longest)s个字符", shortest=SHORTEST, longest=LONGEST))
    if username.lower() in password.lower():
        raise PasswordRefused(say("密码里不要包含用户名"))
    if len(set(password)) < 5:
        raise PasswordRefused(say("密码太简单，请用更多不同的字符"))
    if len({_kind(character) for character in password}) < kinds:
        raise PasswordRefused(say("密码要有大写字母、小写字母、数字、其他字符中的至少%(kinds)s类", kinds=kinds))


def is_over(set_at: datetime, days: int, now: datetime) -> bool:
    """Whether a password that was set at `set_at` has served its `days`; with 0 it serves for ever."""
    return days > 0 and now - set_at >= timedelta(days=days)


def _kind(character: str) -> str:
    if character.isascii() and character.isalnum():
        return "digit" if character.isdigit() else "capital" if character.isupper() else "small"
    return "other"


def one_time_password() -> str:
    """For a first or a reset password: easy to read out on the telephone, 59 bits."""
    letters = "".join(secrets.choice(ONE_TIME_LETTERS) for _ in range(12))
    return "-".join(letters[at:at + 4] for at in range(0, 12, 4))


def half_password() -> str:
    """One of the two halves of an administrator's one-time password, 40 bits; a wrong guess counts towards the lock."""
    letters = "".join(secrets.choice(ONE_TIME_LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def of_halves(first: str, second: str) -> str:
    """The password whose halves these are."""
    return f"{first}-{second}"


@cache
def _nobody() -> str:
    """A hash that no password fits."""
    return _hasher.hash(secrets.token_urlsafe(32))
