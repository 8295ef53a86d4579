"""The one draft of a process that administrators share: opened, saved file by file, stepped back, discarded.

Every saved change is a row with the file before and after, so that undoing survives a reload and another browser. A
save names the revision that it was made on; who would overwrite what somebody else has saved meanwhile is told instead.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases.errors import Blocked, NotFound
from app.dates import city_minute
from app.db import take_turns
from app.modeler.editor import new_process
from app.modeler.editor.called import brought_along
from app.modeler.errors import Conflict, Unreadable
from app.models import Definition, DraftPresence, DraftRevision, ProcessDraft, User
from app.turns import Turn
from workflows.admission import FileRefused, admit
from workflows.foreign import carry_over
from workflows.sentence import Sentence, say, sentence_of

KEPT = 200
"""saved changes of a draft that can be stepped back over"""
MOST_FILES, MOST_CHARACTERS = 300, 20_000_000
"""of a draft: every save writes all of it"""


def find(session: Session, key: str) -> ProcessDraft | None:
    """The draft of a process, None when nobody has begun one."""
    return session.scalar(select(ProcessDraft).where(ProcessDraft.key == key))


def get(session: Session, key: str, *, writing: bool = False, began: str | None = None) -> ProcessDraft:
    """The draft of a process; NotFound without. `writing` lets nobody else change it until the transaction ends.
    `began` names the draft that a page was opened on: Conflict when it was discarded and another one begun."""
    wanted = select(ProcessDraft).where(ProcessDraft.key == key)
    if writing:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    draft = session.scalar(wanted)
    if draft is None:
        raise NotFound(say("流程“%(key)s”没有正在修改的草稿。", key=key))
    if began is not None and began != name_of(draft):
        raise Conflict(say("您打开的草稿已经被放弃，现在是重新开始的另一份。您刚才的改动没有保存，请先抄下或下载，"
                           "再重新打开。"))
    return draft


def name_of(draft: ProcessDraft) -> str:
    """What tells a draft from one of the same process that was discarded before it."""
    return f"{draft.id}-{draft.began_at:%Y%m%d%H%M%S%f}"


def open_draft(session: Session, key: str, *, actor: Actor, now: datetime) -> ProcessDraft:
    """The draft of a process, begun from its current version if nobody has; NotFound when there is no version."""
    if draft := find(session, key):
        return draft
    take_turns(session, Turn.BEGIN_DRAFTS)  # two who press at once get the same one
    if draft := find(session, key):
        return draft
    current = session.scalar(select(Definition).where(Definition.key == key, Definition.current)) or session.scalar(
        select(Definition).where(Definition.key == key).order_by(Definition.published_at.desc()).limit(1))
    if current is None:
        raise NotFound(say("没有流程“%(key)s”。", key=key))
    draft = ProcessDraft(key=key, base_hash=current.hash, files=dict(current.files), revision=0, began_at=now,
                         began_by=actor.user_id, changed_at=now, changed_by=actor.user_id)
    session.add(draft)
    session.flush()
    return draft


def begin_new(session: Session, name: str, *, actor: Actor, now: datetime) -> ProcessDraft:
    """The draft of a process that there is none of yet. Raises Unreadable for a name that cannot be kept."""
    take_turns(session, Turn.BEGIN_DRAFTS)
    taken = {*session.scalars(select(Definition.key).distinct()), *session.scalars(select(ProcessDraft.key))}
    key = new_process.new_key(taken)
    files = new_process.new_files(key, name, lane=say("经办人"), step=say("第一步"))
    for path in files:
        _admit(key, files, path)
    draft = ProcessDraft(key=key, base_hash=None, files=files, revision=0, began_at=now, began_by=actor.user_id,
                         changed_at=now, changed_by=actor.user_id)
    session.add(draft)
    session.flush()
    return draft


def save(session: Session, draft: ProcessDraft, path: str, text: str, *, on_revision: int, actor: Actor,
         now: datetime, opened: str | None = None) -> None:
    """Keeps a file's new text. Raises Conflict, or Unreadable for what no editor could open again; a diagram that is
    merely wrong is kept. `opened` is the editor's text of the file before this change: what the editor has dropped of
    the file by then is kept. Without it the text replaces the file as it is."""
    _refuse_outdated(session, draft, path, on_revision)
    before = draft.files.get(path)
    if before == text:
        return
    if before is not None and opened is not None and path.endswith((".bpmn", ".dmn")):
        text = carry_over(before, opened, text)
    files = {**draft.files, path: text}
    if before is None and len(files) > MOST_FILES:
        raise Unreadable(say("一个流程最多%(most)s个文件。", most=MOST_FILES))
    if sum(len(each) for each in files.values()) > MOST_CHARACTERS:
        raise Unreadable(say("这个流程的文件加起来太大。"))
    _admit(draft.key, files, path)
    _keep(session, draft, path, text, actor, now)
    _bring_along(session, draft, path, actor, now)


def remove(session: Session, draft: ProcessDraft, path: str, *, actor: Actor, now: datetime) -> None:
    """Takes a file out of the draft; stepping back brings it back."""
    if path not in draft.files:
        raise NotFound(say("草稿里没有这个文件。"))
    if path.endswith(".bpmn"):
        raise Blocked(say("流程图不能移除。"))
    _keep(session, draft, path, None, actor, now)


def undo(session: Session, draft: ProcessDraft, path: str, *, on_revision: int, actor: Actor, now: datetime) -> None:
    """Steps a file back to what it was before its last saved change. Blocked when there is none."""
    _refuse_outdated(session, draft, path, on_revision)
    last = _first(session, draft, path, undone=False)
    if last is None:
        raise Blocked(say("没有可以撤销的改动。"))
    _step(session, draft, last, actor, now, back=True)


def redo(session: Session, draft: ProcessDraft, path: str, *, on_revision: int, actor: Actor, now: datetime) -> None:
    """Makes the change hold again that was stepped back over last. Blocked when there is none."""
    _refuse_outdated(session, draft, path, on_revision)
    last = _first(session, draft, path, undone=True)
    if last is None:
        raise Blocked(say("没有可以重做的改动。"))
    _step(session, draft, last, actor, now, back=False)


def can_step(session: Session, draft: ProcessDraft, path: str) -> tuple[bool, bool]:
    """Whether a file has a change to undo, and one to redo."""
    return _first(session, draft, path, undone=False) is not None, _first(session, draft, path,
                                                                          undone=True) is not None


def removed(session: Session, draft: ProcessDraft) -> Sequence[str]:
    """The files that were removed and can be brought back, by path."""
    gone = session.scalars(select(DraftRevision.path).where(
        DraftRevision.draft_id == draft.id, DraftRevision.after.is_(None), ~DraftRevision.undone).distinct())
    return sorted(path for path in gone if path not in draft.files)


def changed_since(session: Session, draft: ProcessDraft, path: str, revision: int) -> Sentence | None:
    """Who has changed a file since this revision of the draft, and when, in words; None: nobody. Changes of other files
    do no harm."""
    newest = session.execute(
        select(DraftRevision.saved_at, User.name).join(User, User.id == DraftRevision.saved_by)
        .where(_of(draft, path), DraftRevision.number > revision)
        .order_by(DraftRevision.number.desc()).limit(1)).one_or_none()
    if newest is None and revision >= draft.revision - KEPT:
        return None
    at, name = newest if newest is not None else (draft.changed_at, say("别人"))
    return say("%(name)s在 %(at)s 改过这个文件", name=name, at=city_minute(at))


def discard(session: Session, draft: ProcessDraft) -> None:
    """Does away with a draft and everything about it; the published versions stay as they are."""
    for table in (DraftRevision, DraftPresence):
        session.execute(delete(table).where(table.draft_id == draft.id))
    session.delete(draft)
    session.flush()


def _admit(key: str, files: Mapping[str, str], path: str) -> None:
    try:
        admit(key, files, path)
    except FileRefused as refused:
        raise Unreadable(sentence_of(refused)) from None


def _refuse_outdated(session: Session, draft: ProcessDraft, path: str, on_revision: int) -> None:
    if (told := changed_since(session, draft, path, on_revision)) is not None:
        raise Conflict(say("%(told)s，您刚才的改动没有保存。请先抄下或下载您的改动，再重新打开。", told=told))


def _keep(session: Session, draft: ProcessDraft, path: str, text: str | None, actor: Actor, now: datetime) -> None:
    session.execute(delete(DraftRevision).where(_of(draft, path), DraftRevision.undone))
    before = draft.files.get(path)
    _put(draft, path, text, actor, now)
    session.add(DraftRevision(draft_id=draft.id, number=draft.revision, path=path, before=before, after=text,
                              undone=False, saved_at=now, saved_by=actor.user_id))
    session.flush()
    oldest = session.scalar(select(DraftRevision.number).where(DraftRevision.draft_id == draft.id)
                            .order_by(DraftRevision.number.desc()).offset(KEPT).limit(1))
    if oldest is not None:
        session.execute(delete(DraftRevision).where(DraftRevision.draft_id == draft.id,
                                                    DraftRevision.number <= oldest))


def _step(session: Session, draft: ProcessDraft, change: DraftRevision, actor: Actor, now: datetime, *,
          back: bool) -> None:
    """Back or forth over a change. Its row moves to the end, so that the newest row of a file is what happened last."""
    _put(draft, change.path, change.before if back else change.after, actor, now)
    change.number, change.undone = draft.revision, back
    change.saved_at, change.saved_by = now, actor.user_id  # type: ignore[assignment]
    session.flush()
    _bring_along(session, draft, change.path, actor, now)


def _bring_along(session: Session, draft: ProcessDraft, path: str, actor: Actor, now: datetime) -> None:
    """The processes that a changed diagram calls from now on, and those that it no longer does."""
    if path.endswith(".bpmn"):
        for other, text in brought_along(session, draft.key, draft.files).items():
            _keep(session, draft, other, text, actor, now)


def _put(draft: ProcessDraft, path: str, text: str | None, actor: Actor, now: datetime) -> None:
    files = {name: each for name, each in draft.files.items() if name != path}
    draft.files = files if text is None else {**files, path: text}
    draft.revision += 1
    draft.changed_at, draft.changed_by = now, actor.user_id  # type: ignore[assignment]


def _first(session: Session, draft: ProcessDraft, path: str, *, undone: bool) -> DraftRevision | None:
    """The change of a file that can be stepped back over next, or forth again."""
    return session.scalar(select(DraftRevision).where(_of(draft, path), DraftRevision.undone.is_(undone))
                          .order_by(DraftRevision.number.desc()).limit(1))


def _of(draft: ProcessDraft, path: str) -> ColumnElement[bool]:
    return (DraftRevision.draft_id == draft.id) & (DraftRevision.path == path)
