"""Every setting, read from environment variables once at start and checked with a message that names the variable."""
from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from workflows.sentence import say

DEMO_KEY = "demonstration-only-key-never-for-real-use"
DEMO_PASSWORD = "zhuqi-demo-2026"
"""of every demonstration user; README.md states it. A production start creates no users at all"""
SHORTEST_KEY = 32
SHORTEST_READ_DAYS = 184
"""six months, whichever they are (网络安全法 of 2026, article 23, 3)"""
_ADDRESS = re.compile(r"[^@\s,]{1,64}@[^@\s,]{1,55}")
DEFAULT_KEYS = frozenset({DEMO_KEY, "changeme", "secret", "dev"})


class SettingsError(Exception):
    """A setting that cannot be used. `str(error)` names the environment variable and says what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`data_dir` holds attachments. `smtp_url` is '' when mail is only logged. `idle_minutes` ends idle sessions;
    `proxies` is the number of reverse proxies in front whose X-Forwarded headers are believed. Who brings
    `metrics_token` may read the metrics; '' is nobody. `totp`: administrators and supervisors need a second factor.
    Who has read which case is kept for `read_days`.
    Daily seals are by `seal_hash`, appended to a file in `seal_dir` and mailed to `seal_mail`.
    A password has characters of `password_kinds` kinds and lasts `password_days` (0: for ever); a session ends after
    `session_hours` whatever happens in it (0: never)."""
    database_url: str
    secret_key: str
    data_dir: Path
    base_url: str
    smtp_url: str
    mail_from: str
    idle_minutes: int
    demo: bool
    proxies: int = 0
    metrics_token: str = ""
    totp: bool = False
    password_kinds: int = 1
    password_days: int = 0
    session_hours: int = 0
    read_days: int = 366
    seal_hash: str = "sha256"
    seal_dir: Path | None = None
    seal_mail: tuple[str, ...] = ()

    @property
    def seals(self) -> Path:
        """The file that daily seals are appended to."""
        return (self.seal_dir or self.data_dir / "seals") / "seals.jsonl"

    @property
    def secure_cookies(self) -> bool:
        """Cookies are for HTTPS only, unless the product is reached by plain HTTP."""
        return self.base_url.startswith("https://")


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this environment. Raises SettingsError for the first one that cannot be used."""
    demo = _flag(environ, "ZHUQI_DEMO")
    data_dir = Path(environ.get("ZHUQI_DATA_DIR") or "var").absolute()
    settings = Settings(
        database_url=environ.get("ZHUQI_DATABASE_URL") or f"sqlite:///{data_dir / 'zhuqi.sqlite3'}",
        secret_key=environ.get("ZHUQI_SECRET_KEY") or (DEMO_KEY if demo else ""),
        data_dir=data_dir,
        base_url=(environ.get("ZHUQI_BASE_URL") or "http://127.0.0.1:8000").rstrip("/"),
        smtp_url=environ.get("ZHUQI_SMTP_URL") or "",
        mail_from=environ.get("ZHUQI_MAIL_FROM") or "zhuqi@localhost",
        idle_minutes=_minutes(environ, "ZHUQI_IDLE_MINUTES", 30),
        demo=demo,
        proxies=_proxies(environ, "ZHUQI_PROXIES"),
        metrics_token=environ.get("ZHUQI_METRICS_TOKEN") or "",
        totp=_totp(environ, demo),
        password_kinds=_within(environ, "ZHUQI_PASSWORD_KINDS", 3, 1, 4),
        password_days=_within(environ, "ZHUQI_PASSWORD_DAYS", 0 if demo else 90, 0, 3650),
        session_hours=_within(environ, "ZHUQI_SESSION_HOURS", 12, 0, 720),
        read_days=_within(environ, "ZHUQI_READ_DAYS", 366, SHORTEST_READ_DAYS, 3660),
        seal_hash=_seal_hash(environ),
        seal_dir=Path(environ.get("ZHUQI_SEAL_DIR") or data_dir / "seals").absolute(),
        seal_mail=_addresses(environ, "ZHUQI_SEAL_MAIL"))
    _check(settings)
    return settings


def _check(settings: Settings) -> None:
    try:
        backend = make_url(settings.database_url).get_backend_name()
    except ArgumentError:
        backend = ""
    if backend not in ("sqlite", "postgresql"):
        raise SettingsError(say("ZHUQI_DATABASE_URL 应是 sqlite:///文件 或 postgresql+psycopg://用户:口令@主机/库 "
                                "(must be a SQLite or PostgreSQL address)"))
    if not settings.demo and (len(settings.secret_key) < SHORTEST_KEY or settings.secret_key in DEFAULT_KEYS):
        raise SettingsError(say(
            "ZHUQI_SECRET_KEY 必须是至少 %(shortest)s 个字符的随机文本，没有默认值 (must be set; make one: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(48))')", shortest=SHORTEST_KEY))
    if settings.smtp_url and urlsplit(settings.smtp_url).scheme not in ("smtp", "smtps"):
        raise SettingsError(say("ZHUQI_SMTP_URL 应形如 smtp://用户:口令@主机:25 或 smtps://用户:口令@主机:465 "
                                "(must start with smtp:// or smtps://)"))
    if settings.metrics_token and len(settings.metrics_token) < SHORTEST_KEY:
        raise SettingsError(say("ZHUQI_METRICS_TOKEN 应是至少 %(shortest)s 个字符的随机文本，或者不设 "
                                "(must be that many random characters, or unset)", shortest=SHORTEST_KEY))
    if urlsplit(settings.base_url).scheme not in ("http", "https"):
        raise SettingsError(say("ZHUQI_BASE_URL 应以 http:// 或 https:// 开头 (must be the address people open)"))


def _flag(environ: Mapping[str, str], name: str) -> bool:
    value = environ.get(name, "").strip().lower()
    if value not in ("", "0", "1", "true", "false", "yes", "no"):
        raise SettingsError(say("%(name)s 只能是 1 或 0 (must be 1 or 0)", name=name))
    return value in ("1", "true", "yes")


def _minutes(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdigit() or not 1 <= int(text) <= 24 * 60:
        raise SettingsError(say("%(name)s 应是 1 到 1440 之间的分钟数 (must be minutes from 1 to 1440)", name=name))
    return int(text)


def _totp(environ: Mapping[str, str], demo: bool) -> bool:
    value = environ.get("ZHUQI_TOTP") or ("off" if demo else "required")
    if value not in ("required", "off"):
        raise SettingsError(say("ZHUQI_TOTP 只能是 required 或 off (must be required or off)"))
    return value == "required"


def _seal_hash(environ: Mapping[str, str]) -> str:
    """SM3 comes with OpenSSL, but not with every build of it."""
    value = environ.get("ZHUQI_SEAL_HASH") or "sha256"
    if value not in ("sha256", "sm3") or value not in hashlib.algorithms_available:
        raise SettingsError(say("ZHUQI_SEAL_HASH 只能是 sha256 或 sm3，并且本机的 OpenSSL 要支持 "
                                "(must be sha256 or sm3, which this machine's OpenSSL must have)"))
    return value


def _addresses(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in (environ.get(name) or "").split(",") if part.strip())
    if not all(_ADDRESS.fullmatch(each) for each in found):
        raise SettingsError(say("%(name)s 应是邮箱地址，几个之间用逗号隔开 (must be mail addresses, with commas)",
                                name=name))
    return found


def _within(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) < 6 and least <= int(text) <= most):
        raise SettingsError(say("%(name)s 应是 %(least)s 到 %(most)s 之间的整数 (must be a whole number in this range)",
                                name=name, least=least, most=most))
    return int(text)


def _proxies(environ: Mapping[str, str], name: str) -> int:
    text = environ.get(name) or "0"
    if text not in tuple("012345"):
        raise SettingsError(say("%(name)s 应是反向代理的层数，0 到 5 (must be the number of reverse proxies, 0 to 5)",
                                name=name))
    return int(text)
