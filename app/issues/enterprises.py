"""The enterprise behind a report: found by its credit code, else by name and place; entered when it is new."""
from __future__ import annotations

import re
import unicodedata

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Enterprise


def find_or_create(session: Session, *, name: str, credit_code: str | None, place: str, vouched: bool,
                   industry: str = "") -> Enterprise:
    """The enterprise that a report names. A credit code wins over the name; one that was entered by name before is
    completed with its code if an officer has `vouched` for it: anybody can write a code into the public form. The
    caller holds the registration lock, so that two reports do not enter it twice."""
    name = written_name(name)
    found = _by_code(session, credit_code) or _by_name(session, name, place, credit_code)
    if found is None:
        found = Enterprise(name=name, credit_code=credit_code, place=place, industry=industry)
        session.add(found)
    elif vouched and credit_code and found.credit_code is None:
        found.credit_code = credit_code
    session.flush()
    return found


def _by_code(session: Session, credit_code: str | None) -> Enterprise | None:
    if credit_code is None:
        return None
    return session.scalars(select(Enterprise).where(Enterprise.credit_code == credit_code)).one_or_none()


def _by_name(session: Session, name: str, place: str, credit_code: str | None) -> Enterprise | None:
    """Same name and place; two different codes are two enterprises, whatever their names."""
    known = session.scalars(select(Enterprise).where(Enterprise.name == name, Enterprise.place == place)
                            .order_by(Enterprise.id)).all()
    return next((e for e in known if credit_code is None or e.credit_code in (None, credit_code)), None)


def written_name(name: str) -> str:
    """The name without stray spaces and with Chinese brackets, so that 公司(分部) and 公司（分部） are one."""
    plain = unicodedata.normalize("NFKC", name).strip()
    plain = re.sub(r"(?<=[\u3400-\u9fff（）()])\s+|\s+(?=[\u3400-\u9fff（）()])", "", plain)
    return plain.replace("(", "（").replace(")", "）")


def in_promise_scope(enterprise: Enterprise) -> bool:
    """Whether the promise of months covers it now: one of the four kinds and not excluded (Amb-9, B-02, B-03)."""
    return enterprise.difficulty is not None and enterprise.excluded is None
