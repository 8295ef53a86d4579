"""The demonstration's people and enterprises, from the YAML files beside this one."""
from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from app.issues.credit_code import check_character
from app.models import Enterprise, Post, User
from app.settings import DEMO_PASSWORD

LEADERS = ("leader", "leader.two")
_HERE = Path(__file__).parent


def read(name: str) -> Any:
    """The content of one of the demonstration's YAML files."""
    return yaml.safe_load((_HERE / f"{name}.yaml").read_text(encoding="utf-8"))


def create_people(session: Session, now: datetime) -> dict[str, User]:
    """The users with their posts, by username. One hash serves all: argon2 is slow on purpose."""
    password_hash = PasswordHasher().hash(DEMO_PASSWORD)
    people = {}
    for username, (name, *posts) in read("people").items():
        user = User(username=username, name=name, password_hash=password_hash, must_change_password=False,
                    email=f"{username}@demo.invalid", created_at=now)
        user.posts = [Post(unit_code=unit, position_code=position)
                      for unit, position in (post.split(":") for post in posts)]
        session.add(user)
        people[username] = user
    session.flush()
    return people


def create_enterprises(session: Session, people: dict[str, User]) -> list[Enterprise]:
    """The enterprises, each with a credit code whose check character is right and, if a key one, a leader."""
    enterprises = []
    for number, (name, place, industry, difficulty, key) in enumerate(read("enterprises")):
        body = f"91150600MA0D{number:05d}"
        enterprise = Enterprise(
            name=name, credit_code=body + check_character(body), place=place, industry=industry, above_scale=True,
            key_enterprise=key, difficulty=difficulty, leader_id=people[LEADERS[number % 2]].id if key else None)
        session.add(enterprise)
        enterprises.append(enterprise)
    session.flush()
    return enterprises
