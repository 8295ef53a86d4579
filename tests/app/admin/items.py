"""Open work items without a process behind them, for what only counts them."""
from __future__ import annotations

from sqlalchemy.orm import Session, sessionmaker

from app.models import Definition, Instance, WorkItem
from tests.conftest import MONDAY


def open_item(sessions: sessionmaker[Session], unit: str, position: str, assignee_id: int | None = None) -> None:
    """Commits one open work item of a post."""
    with sessions.begin() as session:
        if session.get(Definition, "0") is None:
            session.add(Definition(hash="0", key="counted", name="counted", files={}, published_at=MONDAY))
            session.flush()
        instance = Instance(definition_hash="0", key="counted", state=b"", started_at=MONDAY, changed_at=MONDAY)
        session.add(instance)
        session.flush()
        session.add(WorkItem(instance_id=instance.id, element_id="e", process_id="p", name="办理", unit_code=unit,
                             position_code=position, assignee_id=assignee_id, opened_at=MONDAY))
