"""Two at the same moment: the barrier that lets them go, and what is said of how it went."""
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import select, text

from app.cases import check
from app.cases.errors import CaseError
from app.models import Instance
from tests.sizes import sized, tell
from workflows.errors import WorkflowError

ON_SQLITE, ON_POSTGRESQL = 10, sized(60, 500)
"""pairs of each kind"""


def race(*acts):
    """Runs the acts at the same moment, each in a thread of its own: the status that the web would answer each with,
    200 or 409, and what each returned."""
    barrier = Barrier(len(acts))

    def run(act):
        barrier.wait()
        try:
            return 200, act()
        except CaseError as refused:
            return refused.status, None
        except WorkflowError:
            return 409, None

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def deadlocks(session):
    """How many PostgreSQL has had to break so far."""
    session.commit()
    session.execute(text("SELECT pg_stat_clear_snapshot()"))
    return session.scalar(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))


def one_wins(results):
    return sorted(status for status, _ in results) == [200, 409]


def told(session, kind, n, text):
    name = "SQLite" if session.get_bind().dialect.name == "sqlite" else "PostgreSQL"
    tell(f"races, {name}: {kind}: {n} pairs, {text}")


def assert_sound(session, instances=None):
    for instance in instances or session.scalars(select(Instance.id)).all():
        assert list(check.broken(session, instance)) == []
    session.commit()
