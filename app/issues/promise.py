"""What enterprises are promised, in the numbers of the process that new issues start on; administrators change them."""
from __future__ import annotations

from dataclasses import dataclass, fields

from sqlalchemy.orm import Session

from app.cases import definitions
from app.issues.registration import PROCESS


@dataclass(frozen=True, slots=True)
class Promise:
    """The limits of C4, C3 and C2: months for general and for complex issues, working days for a complex one's plan and
    until an issue is assigned."""
    general_months: int
    complex_months: int
    plan_days: int
    triage_days: int


def promise(session: Session) -> Promise | None:
    """The promise as it stands; None when the process does not say all of it as parameters, or none is in force."""
    current = definitions.current(session, PROCESS)
    if current is None:
        return None
    values = definitions.version_of(session, current.hash).variables_of(PROCESS)
    numbers = [number for each in fields(Promise) if isinstance(number := values.get(each.name), int)]
    return Promise(*numbers) if len(numbers) == len(fields(Promise)) else None
