"""What is known of proposals: their list, whether they still fit, whom they wait for, and who is told."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, load_only

from app.cases.errors import NotFound
from app.models import Definition, Outbox, Position, Post, Publication, Unit, User
from workflows.sentence import say

KINDS = {"draft": say("修改"), "rollback": say("回到以前的版本"), "import": say("导入"), "retire": say("停用")}
STATUSES = {"waiting": say("等另一位管理员同意"), "scheduled": say("到时间自动生效"), "published": say("已生效"),
            "refused": say("没有同意"), "withdrawn": say("已撤回")}
OPEN = ("waiting", "scheduled")
MOST_LISTED = 200
_BRIEF = (Publication.key, Publication.kind, Publication.hash, Publication.base_hash, Publication.note,
          Publication.effective_at, Publication.status, Publication.proposed_at, Publication.proposed_by,
          Publication.decided_at, Publication.decision_note, Publication.published_at, Publication.reason)
"""what a list shows; the files of each are large"""


@dataclass(frozen=True, slots=True)
class Line:
    """A proposal in a list, with who proposed it and who decided."""
    publication: Publication
    by: str
    decided_by: str | None
    stale: bool


def find(session: Session, publication_id: int) -> Publication:
    """Raises NotFound."""
    publication = session.get(Publication, publication_id)
    if publication is None:
        raise NotFound(say("没有这个提议。"))
    return publication


def listed_of(session: Session, key: str | None = None, *, only_open: bool = False) -> Sequence[Line]:
    """The proposals of a process, or of all, the newest first."""
    proposer, decider = aliased(User), aliased(User)
    selected = (select(Publication, proposer.name, decider.name, _moved())
                .join(proposer, proposer.id == Publication.proposed_by)
                .outerjoin(decider, decider.id == Publication.decided_by).options(load_only(*_BRIEF))
                .order_by(Publication.id.desc()).limit(MOST_LISTED))
    if key is not None:
        selected = selected.where(Publication.key == key)
    if only_open:
        selected = selected.where(Publication.status.in_(OPEN))
    return [Line(publication, by, decided, stale and publication.status in OPEN)
            for publication, by, decided, stale in session.execute(selected)]


def line_of(session: Session, publication: Publication) -> Line:
    """One proposal as a list would show it."""
    names = dict(session.execute(select(User.id, User.name).where(
        User.id.in_({publication.proposed_by, publication.decided_by} - {None}))).all())
    return Line(publication, names[publication.proposed_by], names.get(publication.decided_by or 0),
                is_stale(session, publication))


def open_one(session: Session, key: str, digest: str) -> Publication | None:
    """The proposal of files with this hash ('': a retirement) that is still open."""
    return session.scalar(select(Publication).where(
        Publication.key == key, Publication.hash == digest, Publication.status.in_(OPEN)).limit(1))


def is_stale(session: Session, publication: Publication) -> bool:
    """Whether an open proposal was made against a version that is no longer current."""
    current = session.scalar(select(Definition.hash).where(Definition.key == publication.key, Definition.current))
    return publication.status in OPEN and current != publication.base_hash


def waiting_for(session: Session, user_id: int | None) -> int:
    """How many proposals wait for this administrator: those of others to look at, and their own that no longer fit."""
    return session.scalar(select(func.count()).select_from(Publication).where(or_(
        and_(Publication.status == "waiting", Publication.proposed_by != user_id, ~_moved()),
        and_(Publication.status.in_(OPEN), Publication.proposed_by == user_id, _moved())))) or 0


def others(session: Session, proposed_by: int | None) -> Sequence[User]:
    """The administrators who could agree to what this one proposes."""
    return session.scalars(select(User).where(
        User.disabled.is_(False), User.id != proposed_by,
        exists().where(Post.user_id == User.id, Post.position_code == "admin")).order_by(User.id)).all()


def code_names(session: Session) -> dict[str, str]:
    """{code: name} of units and positions, for telling differences."""
    return dict(session.execute(select(Unit.code, Unit.name)).all()) | dict(
        session.execute(select(Position.code, Position.name)).all())


def tell_others(session: Session, publication: Publication, now: datetime) -> None:
    """Mails the administrators who could agree."""
    proposer = session.get_one(User, publication.proposed_by)
    text = say("%(name)s提议%(kind)s流程“%(process)s”，等您同意：%(note)s。请在“流程”里打开查看。", name=proposer.name,
               kind=KINDS[publication.kind], process=name_of(session, publication.key), note=publication.note)
    _mail(session, publication, others(session, publication.proposed_by), text, now)


def tell_proposer(session: Session, publication: Publication, now: datetime) -> None:
    """Mails whoever proposed what has become of it."""
    text = say("您提议的“%(process)s”（%(note)s）：%(status)s。请在“流程”里打开查看。",
               process=name_of(session, publication.key), note=publication.note, status=STATUSES[publication.status])
    _mail(session, publication, [session.get_one(User, publication.proposed_by)], text, now)


def name_of(session: Session, key: str) -> str:
    """The name of a process as it was published last, or its key."""
    return session.scalar(select(Definition.name).where(Definition.key == key)
                          .order_by(Definition.current.desc(), Definition.published_at.desc()).limit(1)) or key


def _mail(session: Session, publication: Publication, people: Iterable[User], text: str, now: datetime) -> None:
    session.add_all(Outbox(
        key=f"publication-{publication.id}-{user.id}-{publication.status}-{now:%Y%m%d%H%M%S%f}", recipient=user.email,
        subject=say("【助企】%(text)s", text=text)[:120], body=text, due_at=now, attempts=0)
        for user in people if user.email)


def _moved() -> ColumnElement[bool]:
    """Whether what is current is not what a proposal was made against."""
    current = select(Definition.hash).where(Definition.key == Publication.key, Definition.current).scalar_subquery()
    return func.coalesce(current, "") != func.coalesce(Publication.base_hash, "")
