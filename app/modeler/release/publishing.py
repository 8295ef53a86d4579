"""Proposals: how files become the current version of a process, who has to agree, and from when on.

A proposal that changes expressions or routing, breaks a policy rule knowingly, imports or retires waits for a second
administrator. What waits or is scheduled takes effect only while the version that it was made against is still current;
otherwise whoever proposed it decides again.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.cases import definitions
from app.cases.errors import AlreadyDone, Blocked, NotFound, NotYours
from app.modeler.release import proposals, rules
from app.models import Definition, Position, ProcessDraft, Publication
from workflows.differences import differences
from workflows.errors import DefinitionRefused
from workflows.policy import Broken
from workflows.sentence import say, sentence_of
from workflows.versions import check, content_hash

ADMINISTRATOR = "admin"


def propose(session: Session, key: str, files: Mapping[str, str], *, kind: str = "draft", note: str,
            effective_at: datetime | None = None, reason: str = "", actor: Actor, now: datetime) -> Publication:
    """Proposes these files as the current version of `key`: published at once, at its time, or once a second
    administrator agrees. `files` are empty for a retirement; `reason` says why rules of policy are broken. Raises
    DefinitionRefused with what is wrong with the files, Blocked and AlreadyDone."""
    user_id = _administrator(actor)
    definitions.take_turn(session)
    base = definitions.current(session, key)
    digest = "" if kind == "retire" else content_hash(files)
    if not note.strip():
        raise Blocked(say("请写明改了什么、为什么。"))
    _check_worth(session, key, files, digest, base)
    broken = rules.newly_broken(key, files, base)
    if broken and not reason.strip():
        raise Blocked(say("这次改动违反了政策规则，要发布请写明理由。"))
    publication = Publication(
        key=key, kind=kind, base_hash=base.hash if base else None, hash=digest, files=dict(files), note=note.strip(),
        effective_at=effective_at if effective_at is not None and effective_at > now else None,
        second_because=second_because(session, kind, base, files, broken), reason=reason.strip() if broken else "",
        broken_rules=_kept(broken),
        status="waiting", proposed_at=now, proposed_by=user_id)
    session.add(publication)
    session.flush()
    if publication.second_because:
        proposals.tell_others(session, publication, now)
    else:
        _go_on(session, publication, now)
    return publication


def _check_worth(session: Session, key: str, files: Mapping[str, str], digest: str, base: Definition | None) -> None:
    """Refuses what would change nothing, what is proposed already, and what does not pass the checks."""
    if digest == (base.hash if base else ""):
        raise Blocked(say("与当前版本没有差别，不用发布。") if base else say("这个流程已经停用。"))
    if proposals.open_one(session, key, digest) is not None:
        raise AlreadyDone(say("同样内容的提议已经有了，还没有办完。"))
    if digest and session.get(Definition, digest) is None:
        problems = check(key, files, set(session.scalars(select(Position.code))))
        if problems:
            raise DefinitionRefused(problems)


def second_because(session: Session, kind: str, base: Definition | None, files: Mapping[str, str],
                   broken: Sequence[Broken]) -> list[str]:
    """Why a second administrator has to agree, in words; empty where one is enough."""
    because: list[str] = [say("违反政策规则：%(rule)s（%(clause)s）。%(reason)s", rule=each.rule, clause=each.clause,
                              reason=each.reason) for each in broken]
    if kind == "retire":
        return [*because, say("停用以后不能新办")]
    if kind == "import":
        because.append(say("内容是从文件导入的"))
    if base is None:
        return [*because, say("没有当前版本可以比较")]
    changes = differences(base.files, files, proposals.code_names(session))
    return [*because, *(change.text for change in changes.weighty)]


def decide(session: Session, publication_id: int, agree: bool, note: str, *, seen: str | None = None, actor: Actor,
           now: datetime) -> Publication:
    """A second administrator agrees, or refuses with a reason. `seen` is the version that the proposal was held against
    when the administrator looked ('' for none, None: not looked at a page). Raises NotYours for whoever proposed it,
    AlreadyDone, Blocked when another version has become current meanwhile or since, and DefinitionRefused."""
    user_id = _administrator(actor)
    publication = _held(session, publication_id, ("waiting",))
    if user_id == publication.proposed_by:
        raise NotYours(say("自己提的改动要由另一位系统管理员来看。"))
    if agree and proposals.is_stale(session, publication):
        raise Blocked(say("提议以后，当前版本已经换了。请提议人看过差别，再决定继续还是撤回。"))
    if agree and seen is not None and seen != (publication.base_hash or ""):
        raise Blocked(say("您看过以后，提议人已经改为和另一版比较。请再看一遍差别。"))
    if not agree and not note.strip():
        raise Blocked(say("请写明不同意的理由。"))
    publication.decided_by, publication.decided_at, publication.decision_note = user_id, now, note.strip()
    if agree:
        _go_on(session, publication, now)
    else:
        publication.status = "refused"
    session.flush()
    proposals.tell_proposer(session, publication, now)
    return publication


def renew(session: Session, publication_id: int, *, actor: Actor, now: datetime) -> Publication:
    """Whoever proposed it keeps to it although another version has become current: it is compared with that one, and
    waits for a second person anew where that is needed."""
    user_id = _administrator(actor)
    publication = _held(session, publication_id, proposals.OPEN)
    if user_id != publication.proposed_by:
        raise NotYours(say("由提议人来决定。"))
    base = definitions.current(session, publication.key)
    if publication.hash == (base.hash if base else ""):
        raise Blocked(say("当前版本已经和它一样，请撤回。"))
    broken = rules.newly_broken(publication.key, publication.files, base)
    if broken and not publication.reason:
        raise Blocked(say("和现在的当前版本比，它违反了政策规则。请撤回，写明理由重新提。"))
    publication.broken_rules = _kept(broken)
    publication.base_hash, publication.status = base.hash if base else None, "waiting"
    publication.decided_by = publication.decided_at = None
    publication.decision_note = ""
    publication.second_because = second_because(session, publication.kind, base, publication.files, broken)
    if publication.second_because:
        proposals.tell_others(session, publication, now)
    else:
        _go_on(session, publication, now)
    session.flush()
    return publication


def withdraw(session: Session, publication_id: int, *, actor: Actor, now: datetime) -> Publication:
    """Takes a proposal back: whoever made it; what is scheduled, any administrator, since that only stops something."""
    user_id = _administrator(actor)
    publication = _held(session, publication_id, proposals.OPEN)
    if user_id != publication.proposed_by and publication.status != "scheduled":
        raise NotYours(say("由提议人来撤回；您可以不同意。"))
    publication.status = "withdrawn"
    publication.decision_note = say("%(name)s撤回", name=actor.name)
    publication.decided_at = now
    session.flush()
    return publication


def roll_back(session: Session, key: str, to_hash: str, *, note: str, effective_at: datetime | None = None,
              reason: str = "", actor: Actor, now: datetime) -> Publication:
    """Proposes that an earlier version becomes current again."""
    definition = session.get(Definition, to_hash)
    if definition is None or definition.key != key:
        raise NotFound(say("没有这个版本。"))
    return propose(session, key, definition.files, kind="rollback", note=note, effective_at=effective_at, reason=reason,
                   actor=actor, now=now)


def retire(session: Session, key: str, *, note: str, effective_at: datetime | None = None, actor: Actor,
           now: datetime) -> Publication:
    """Proposes that no new cases start; running ones go on."""
    return propose(session, key, {}, kind="retire", note=note, effective_at=effective_at, actor=actor, now=now)


def publish_due(session: Session, publication_id: int, now: datetime) -> bool:
    """Publishes a scheduled proposal whose time has come; False when that is done already. What cannot be published as
    it was agreed to goes back to who proposed it."""
    definitions.take_turn(session)
    publication = session.get_one(Publication, publication_id, with_for_update=True, populate_existing=True)
    if publication.status != "scheduled" or publication.effective_at is None or publication.effective_at > now:
        return False
    if proposals.is_stale(session, publication):
        _put_back(session, publication, say("到了生效的时间，但当前版本已经不是提议时的那一版"), now)
        return True
    try:
        _publish(session, publication, now)
    except DefinitionRefused as refused:
        _put_back(session, publication, say("到了生效的时间，但没有通过检查：%(why)s", why=sentence_of(refused)), now)
    return True


def _administrator(actor: Actor) -> int:
    if actor.user_id is None or not actor.holds(ADMINISTRATOR):
        raise NotYours(say("只有系统管理员能改流程。"))
    return actor.user_id


def _held(session: Session, publication_id: int, statuses: Sequence[str]) -> Publication:
    """The proposal, locked. Raises NotFound, or AlreadyDone when it is no longer in one of these states."""
    definitions.take_turn(session)
    publication = session.get(Publication, publication_id, with_for_update=True, populate_existing=True)
    if publication is None:
        raise NotFound(say("没有这个提议。"))
    if publication.status not in statuses:
        raise AlreadyDone(say("这个提议现在是“%(status)s”，不能再这样办。",
                              status=proposals.STATUSES[publication.status]))
    return publication


def _go_on(session: Session, publication: Publication, now: datetime) -> None:
    """Nobody has to be waited for: it takes effect now, or at its time."""
    if publication.effective_at is not None and publication.effective_at > now:
        publication.status = "scheduled"
    else:
        _publish(session, publication, now)


def _publish(session: Session, publication: Publication, now: datetime) -> None:
    if publication.kind == "retire":
        definitions.retire(session, publication.key)
    else:
        definitions.publish(session, publication.key, publication.files, now=now, user_id=publication.proposed_by,
                            note=publication.note)
        draft = session.scalar(select(ProcessDraft).where(ProcessDraft.key == publication.key))
        if draft is not None and draft.files == publication.files:
            draft.base_hash = publication.hash
    publication.status, publication.published_at = "published", now
    session.flush()


def _put_back(session: Session, publication: Publication, why: str, now: datetime) -> None:
    publication.status = "waiting"
    publication.second_because = [*publication.second_because, why]
    session.flush()
    proposals.tell_proposer(session, publication, now)


def _kept(broken: Sequence[Broken]) -> list[dict[str, str]]:
    return [{"rule": each.rule, "clause": each.clause, "reason": each.reason} for each in broken]
