"""Who works here: units, positions, users, the posts they hold, their stand-ins and their sessions."""
from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import TRANSIENT, Base, Id


class Unit(Base):
    """A department, banner, zone or the leaders' office. The code is stable; names change with reforms (Amb-23)."""
    __tablename__ = "unit"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    """city, department, banner, zone, agency (vertical agencies such as the PBoC branch), leader"""
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("unit.code"))
    active: Mapped[bool] = mapped_column(default=True)
    sort: Mapped[int] = mapped_column(default=0)

    __table_args__ = (CheckConstraint("kind in ('city','department','banner','zone','agency','leader')", name="kind"),)


class Position(Base):
    """What a person does in a unit; lanes of diagrams name it by code."""
    __tablename__ = "position"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    sort: Mapped[int] = mapped_column(default=0)


class User(Base):
    """A person who signs in."""
    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    username: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=True)
    disabled: Mapped[bool] = mapped_column(default=False)
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    email: Mapped[str | None] = mapped_column(String(120))
    phone: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime]
    password_set_at: Mapped[datetime | None]
    """None: with the account"""
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    """of the second factor (RFC 6238), in base32; None until it is enrolled"""
    totp_step: Mapped[int | None] = mapped_column(BigInteger)
    """the last step whose code was taken: none is taken twice, nor an earlier one"""

    posts: Mapped[list[Post]] = relationship(back_populates="user", lazy="selectin", order_by="Post.id")


class Post(Base):
    """A person in a position of a unit. What a person may see and do follows from their posts."""
    __tablename__ = "post"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"))
    position_code: Mapped[str] = mapped_column(ForeignKey("position.code"))

    user: Mapped[User] = relationship(back_populates="posts")
    unit: Mapped[Unit] = relationship(lazy="joined")
    position: Mapped[Position] = relationship(lazy="joined")

    __table_args__ = (UniqueConstraint("user_id", "unit_code", "position_code"),
                      Index(None, "unit_code", "position_code"))


class Absence(Base):
    """A period in which a stand-in sees and finishes a person's tasks; history names both."""
    __tablename__ = "absence"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    stand_in_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]


class UserSession(Base):
    """A signed-in browser. The cookie carries a random token; only its SHA-256 is kept here. Deleting the row ends
    the session at once, wherever the cookie is."""
    __tablename__ = "user_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    """moves at most once a minute; idle expiry counts from it"""

    __table_args__ = ({"info": {TRANSIENT: True}},)
