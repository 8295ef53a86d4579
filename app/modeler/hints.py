"""What an administrator may have missed about a change: words that keep a parameter's old number, reminders that come
too late. Hints refuse nothing."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.letters import KINDS
from app.models import Definition, MailTemplate
from workflows.late_reminders import late_reminders
from workflows.leftover_words import Mention, mentions, moved, named
from workflows.policy_limits import in_words
from workflows.reading import Reading, read
from workflows.sentence import Sentence, listed, say

Place = Literal["file", "process", "mail"]
"""where a hint leads: a file of the draft, another process, a kind of letter"""


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing to look at. `key` is the process's, or the letter's kind; `element` is the diagram's element or the
    form's field, `where` says it in words."""
    place: Place
    key: str
    file: str
    element: str | None
    where: Sentence | str
    text: Sentence | str


@dataclass(frozen=True, slots=True)
class Group:
    """Hints of one cause, which `title` says."""
    title: Sentence
    hints: list[Hint]


def hints(session: Session, key: str, files: Mapping[str, str], base: Mapping[str, str] | None) -> list[Group]:
    """What `files` of a process leave to look at, compared with `base`, the version that they are to follow."""
    new = read(key, files)
    groups = [] if base is None else list(_words(session, key, files, new, read(key, base)))
    late = [Hint("file", key, new.file_of(new.elements[element].process_id), element,
                 new.elements[element].name or element, why) for element, why in late_reminders(new)]
    return groups + ([Group(say("提醒来得太晚："), late)] if late else [])


def _words(session: Session, key: str, files: Mapping[str, str], new: Reading, old: Reading) -> Iterator[Group]:
    changes = moved(old, new, files)
    if not changes:
        return
    others = [(definition.key, definition.name, {path: text for path, text in definition.files.items()
                                                 if path not in files})
              for definition in session.scalars(select(Definition).where(Definition.current, Definition.key != key)
                                                .order_by(Definition.key))]
    letters = session.scalars(select(MailTemplate).order_by(MailTemplate.kind)).all()
    for change in changes:
        own = [Hint("file", key, each.passage.file, each.passage.element, _where(each, new), each.excerpt)
               for each in mentions(change, files)]
        own += [Hint("process", other, each.passage.file, each.passage.element,
                     say("流程“%(name)s”里的%(where)s", name=name, where=each.passage.where), each.excerpt)
                for other, name, theirs in others for each in mentions(change, theirs)]
        own += [Hint("mail", letter.kind, "", None, say("邮件模板“%(kind)s”", kind=KINDS[letter.kind]), said)
                for letter in letters if (said := named(change, f"{letter.subject}\n{letter.body}"))]
        if own:
            yield Group(say("“%(label)s”由%(old)s改为%(new)s，这些文字里还写着%(said)s：", label=change.label,
                            old=f"{change.old:g}", new=f"{change.new:g}",
                            said=listed([in_words({unit: change.old}) for unit in sorted(change.units)])), own)


def _where(mention: Mention, reading: Reading) -> Sentence | str:
    """The element and what of it; what a form says names its field itself."""
    id = None if mention.passage.file.endswith(".form.json") else mention.passage.element
    element, process = reading.elements.get(id or ""), reading.processes.get(id or "")
    name = element.name if element is not None else process.name if process is not None else ""
    return say("“%(name)s”的%(where)s", name=name, where=mention.passage.where) if name else mention.passage.where
