"""The one draft of a process: shared, saved file by file, stepped back, and never overwritten unawares."""
from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from app.actor import Actor
from app.cases import definitions
from app.cases.errors import Blocked, NotFound
from app.modeler.editor import called, drafts, presence
from app.modeler.errors import Conflict, Unreadable
from app.models import DraftRevision, ProcessDraft
from tests.app.modeler.drawn import DIAGRAM, drawn, one_task, publish
from tests.conftest import MONDAY
from tests.workflows import diagrams as d
from workflows.versions import check

FORM = "p/forms/plain.form.json"


@pytest.fixture
def administrator(make_actor: Callable[..., Actor]) -> Actor:
    return make_actor("admin", ("city", "admin"), name="宋致远")


@pytest.fixture
def colleague(make_actor: Callable[..., Actor]) -> Actor:
    return make_actor("second", ("city", "admin"), name="何文静")


@pytest.fixture
def draft(session: Session, administrator: Actor) -> ProcessDraft:
    publish(session)
    return drafts.open_draft(session, "p", actor=administrator, now=MONDAY)


def _save(session: Session, draft: ProcessDraft, actor: Actor, name: str, *, on: int | None = None) -> None:
    drafts.save(session, draft, DIAGRAM, one_task(name), on_revision=draft.revision if on is None else on, actor=actor,
                now=MONDAY)


def test_a_draft_begins_as_the_current_version_and_is_shared(session: Session, draft: ProcessDraft, colleague: Actor):
    assert draft.files == d.files(one_task("起草")) and draft.base_hash
    assert drafts.open_draft(session, "p", actor=colleague, now=MONDAY) is draft


def test_a_process_that_is_not_there_has_no_draft(session: Session, administrator: Actor):
    with pytest.raises(NotFound):
        drafts.open_draft(session, "nothing", actor=administrator, now=MONDAY)
    with pytest.raises(NotFound):
        drafts.get(session, "nothing")


def test_steps_go_back_and_forth_and_a_new_change_forgets_what_lay_ahead(session: Session, draft: ProcessDraft,
                                                                         administrator: Actor):
    for name in ("一", "二", "三"):
        _save(session, draft, administrator, name)

    def step(which: Callable[..., None]) -> str:
        which(session, draft, DIAGRAM, on_revision=draft.revision, actor=administrator, now=MONDAY)
        return next(name for name in ("起草", "一", "二", "三", "四") if f'name="{name}"' in draft.files[DIAGRAM])

    assert [step(drafts.undo), step(drafts.undo), step(drafts.redo), step(drafts.undo), step(drafts.undo)] == [
        "二", "一", "二", "一", "起草"]
    assert drafts.can_step(session, draft, DIAGRAM) == (False, True)
    assert [step(drafts.redo), step(drafts.redo), step(drafts.redo)] == ["一", "二", "三"]
    step(drafts.undo)
    _save(session, draft, administrator, "四")
    assert drafts.can_step(session, draft, DIAGRAM) == (True, False)
    with pytest.raises(Blocked, match="没有可以重做"):
        step(drafts.redo)
    assert step(drafts.undo) == "二"


def test_who_would_overwrite_anothers_change_is_told_who_and_when(session: Session, draft: ProcessDraft,
                                                                  administrator: Actor, colleague: Actor):
    _save(session, draft, colleague, "审核", on=0)
    with pytest.raises(Conflict, match="何文静在 2026-03-02 10:00 改过这个文件") as refused:
        _save(session, draft, administrator, "核实", on=0)
    assert refused.value.status == 409 and 'name="审核"' in draft.files[DIAGRAM]


def test_anothers_step_back_is_a_change_as_well(session: Session, draft: ProcessDraft, administrator: Actor,
                                                colleague: Actor):
    _save(session, draft, administrator, "一")
    drafts.undo(session, draft, DIAGRAM, on_revision=1, actor=colleague, now=MONDAY)
    with pytest.raises(Conflict, match="何文静"):
        _save(session, draft, administrator, "二", on=1)


def test_two_people_in_two_files_do_not_meet(session: Session, draft: ProcessDraft, administrator: Actor,
                                             colleague: Actor):
    drafts.save(session, draft, FORM, '{"type": "default", "id": "plain", "components": []}', on_revision=0,
                actor=colleague, now=MONDAY)
    drafts.undo(session, draft, FORM, on_revision=1, actor=colleague, now=MONDAY)
    _save(session, draft, administrator, "核实", on=0)
    assert 'name="核实"' in draft.files[DIAGRAM]


def test_the_newest_two_hundred_changes_are_kept(session: Session, draft: ProcessDraft, administrator: Actor,
                                                 monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(drafts, "KEPT", 5)
    for number in range(8):
        _save(session, draft, administrator, f"第{number}次")
    kept = session.scalar(select(func.count()).select_from(DraftRevision).where(DraftRevision.draft_id == draft.id))
    assert kept == 5
    with pytest.raises(Conflict):
        drafts.save(session, draft, FORM, "{}", on_revision=1, actor=administrator, now=MONDAY)


def test_a_diagram_that_is_merely_wrong_is_kept_and_its_faults_are_shown(session: Session, draft: ProcessDraft,
                                                                         administrator: Actor):
    lonely = drawn(d.diagram(d.start(), d.node("serviceTask", "s", name="调用"), d.end()))
    drafts.save(session, draft, DIAGRAM, lonely, on_revision=0, actor=administrator, now=MONDAY)
    assert {problem.element for problem in check("p", draft.files)} >= {"s"}


def test_a_removed_form_comes_back(session: Session, draft: ProcessDraft, administrator: Actor):
    before = draft.files[FORM]
    drafts.remove(session, draft, FORM, actor=administrator, now=MONDAY)
    assert FORM not in draft.files and drafts.removed(session, draft) == [FORM]
    drafts.undo(session, draft, FORM, on_revision=draft.revision, actor=administrator, now=MONDAY)
    assert draft.files[FORM] == before and drafts.removed(session, draft) == []
    with pytest.raises(Blocked, match="流程图不能移除"):
        drafts.remove(session, draft, DIAGRAM, actor=administrator, now=MONDAY)


def test_a_discarded_draft_leaves_nothing_and_another_can_begin(session: Session, draft: ProcessDraft,
                                                                administrator: Actor):
    _save(session, draft, administrator, "一")
    presence.beat(session, draft, administrator, MONDAY)
    drafts.discard(session, draft)
    assert drafts.find(session, "p") is None
    assert session.scalar(select(func.count()).select_from(DraftRevision)) == 0
    assert drafts.open_draft(session, "p", actor=administrator, now=MONDAY).revision == 0


def test_who_else_is_there_is_told_until_they_have_left(session: Session, draft: ProcessDraft, administrator: Actor,
                                                        colleague: Actor):
    for who in (administrator, colleague, colleague):
        presence.beat(session, draft, who, MONDAY)
    assert presence.others(session, draft, administrator, MONDAY) == ["何文静"]
    later = MONDAY + presence.GONE + timedelta(seconds=1)
    presence.beat(session, draft, administrator, later)
    assert presence.others(session, draft, administrator, later) == []


def test_what_another_tool_wrote_survives_an_editor_that_drops_it(session: Session, draft: ProcessDraft,
                                                                  administrator: Actor):
    foreign = one_task("起草").replace("<bpmn:process ", '<!-- 方案四（二） --><bpmn:process ', 1).replace(
        "</bpmn:process>", '<t:note xmlns:t="http://tool"><t:deep k="v">文</t:deep></t:note></bpmn:process>')
    drafts.save(session, draft, DIAGRAM, foreign, on_revision=0, actor=administrator, now=MONDAY)
    for before, name in (("起草", "审核"), ("审核", "核实")):
        drafts.save(session, draft, DIAGRAM, one_task(name), on_revision=draft.revision, actor=administrator,
                    now=MONDAY, opened=one_task(before))
        kept = draft.files[DIAGRAM]
        assert (kept.count("<!-- 方案四（二） -->"), kept.count("</t:note>"), kept.count('k="v"')) == (1, 1, 1)
        assert f'name="{name}"' in kept
    drafts.save(session, draft, DIAGRAM, one_task("新"), on_revision=draft.revision, actor=administrator, now=MONDAY)
    assert draft.files[DIAGRAM] == one_task("新")


@pytest.mark.parametrize(("path", "text", "reason"), [
    (DIAGRAM, "不是流程图", "XML"), (DIAGRAM, one_task("<script>alert(1)</script>"), "网页代码"),
    (FORM, "[]", "form-js"), ("p/d.dmn", "<x/>", "DMN"), ("p/run.py", "import os", "只能放")])
def test_a_refused_file_leaves_the_draft_as_it_was(session: Session, draft: ProcessDraft, administrator: Actor,
                                                   path: str, text: str, reason: str):
    before = dict(draft.files)
    with pytest.raises(Unreadable, match=reason) as refused:
        drafts.save(session, draft, path, text, on_revision=0, actor=administrator, now=MONDAY)
    assert (refused.value.status, draft.files, draft.revision) == (422, before, 0)


def test_a_file_in_which_another_tool_repeats_an_identifier_opens(
        session: Session, draft: ProcessDraft, administrator: Actor):
    foreign = one_task("核实").replace("</bpmn:process>", '<t:target xmlns:t="http://tool" id="a"/></bpmn:process>')
    drafts.save(session, draft, DIAGRAM, foreign, on_revision=0, actor=administrator, now=MONDAY)
    assert check("p", draft.files) == []


def test_a_new_process_begins_with_a_step_that_only_lacks_who_does_it(session: Session, administrator: Actor):
    begun = drafts.begin_new(session, "联合审批 A&B < 5", actor=administrator, now=MONDAY)
    assert (begun.key, begun.base_hash) == ("process-1", None)
    assert {problem.element for problem in check(begun.key, begun.files)} == {"step_process_1"}
    assert drafts.begin_new(session, "另一个", actor=administrator, now=MONDAY).key == "process-2"
    with pytest.raises(Unreadable, match="网页代码"):
        drafts.begin_new(session, "<script>", actor=administrator, now=MONDAY)


def test_a_draft_takes_only_so_many_files_and_only_so_much(session: Session, draft: ProcessDraft, administrator: Actor,
                                                            monkeypatch: pytest.MonkeyPatch):
    given = {"on_revision": 0, "actor": administrator, "now": MONDAY}
    monkeypatch.setattr(drafts, "MOST_FILES", len(draft.files))
    with pytest.raises(Unreadable, match="最多"):
        drafts.save(session, draft, "p/forms/more.form.json", draft.files[FORM], **given)
    drafts.save(session, draft, FORM, draft.files[FORM] + " ", **given)
    monkeypatch.setattr(drafts, "MOST_CHARACTERS", sum(map(len, draft.files.values())))
    with pytest.raises(Unreadable, match="太大"):
        drafts.save(session, draft, FORM, draft.files[FORM] + " ", **given | {"on_revision": 1})


def test_two_who_begin_a_draft_at_once_get_the_same_one(session: Session, sessions: sessionmaker[Session],
                                                         administrator: Actor, colleague: Actor):
    publish(session)
    session.commit()
    barrier = Barrier(2)

    def begin(who: Actor) -> int:
        barrier.wait()
        with sessions.begin() as own:
            return drafts.open_draft(own, "p", actor=who, now=MONDAY).id

    with ThreadPoolExecutor(2) as threads:
        assert len(set(threads.map(begin, (administrator, colleague)))) == 1


def _calling(called: str) -> str:
    return drawn(d.diagram(d.start(), d.node("callActivity", "c", attributes=f'calledElement="{called}"'), d.end(),
                           d.flow("start", "c", "end")))


@pytest.fixture
def published(session: Session) -> dict[str, str]:
    """Process `q` in force, which calls `r`."""
    files = {path.replace("plain", "ask"): text.replace("plain", "ask") for path, text in d.files(
        d.diagram(d.start(), d.node("callActivity", "d", attributes='calledElement="r"'), d.end("q_end"),
                  d.flow("start", "d", "q_end"), id="q").replace('"start"', '"q_start"'),
        d.diagram(d.start("r_start"), d.user("b", form="ask"), d.end("r_end"), d.flow("r_start", "b", "r_end"), id="r"),
        key="q").items()}
    definitions.publish(session, "q", files, now=MONDAY)
    return files


def test_a_published_process_comes_along_with_what_it_calls_once_the_draft_calls_it(
        session: Session, draft: ProcessDraft, administrator: Actor, published: dict[str, str]):
    assert called.callable_processes(session, "p", ["p"]) == [("q", "q")]
    drafts.save(session, draft, DIAGRAM, _calling("q"), on_revision=0, actor=administrator, now=MONDAY)
    assert published.items() <= draft.files.items() and check("p", draft.files) == []
    drafts.undo(session, draft, DIAGRAM, on_revision=draft.revision, actor=administrator, now=MONDAY)
    assert not published.keys() & draft.files.keys(), "nothing calls them any more"
    drafts.redo(session, draft, DIAGRAM, on_revision=draft.revision, actor=administrator, now=MONDAY)
    assert published.items() <= draft.files.items()


def test_what_was_changed_of_a_called_process_stays_in_the_draft(
        session: Session, draft: ProcessDraft, administrator: Actor, published: dict[str, str]):
    drafts.save(session, draft, DIAGRAM, _calling("q"), on_revision=0, actor=administrator, now=MONDAY)
    drafts.save(session, draft, "q/forms/ask.form.json", d.FORM.replace("[]", "[ ]"), on_revision=draft.revision,
                actor=administrator, now=MONDAY)
    drafts.save(session, draft, DIAGRAM, one_task("核实"), on_revision=draft.revision, actor=administrator, now=MONDAY)
    assert published.keys() <= draft.files.keys()


def test_a_process_that_calls_this_one_is_not_offered(session: Session, draft: ProcessDraft):
    caller = d.diagram(d.start("s_start"), d.node("callActivity", "s_call", attributes='calledElement="p"'),
                       d.end("s_end"), d.flow("s_start", "s_call", "s_end"), id="s")
    definitions.publish(session, "s", {"s/s.bpmn": caller, **d.files(one_task("x"))}, now=MONDAY)
    assert called.callable_processes(session, "p", ["p"]) == []


def test_a_called_process_that_is_published_nowhere_else_stays_when_its_call_goes(
        session: Session, administrator: Actor, published: dict[str, str]):
    draft = drafts.open_draft(session, "q", actor=administrator, now=MONDAY)
    alone = drawn(published["q/q.bpmn"].replace('calledElement="r"', ""))
    drafts.save(session, draft, "q/q.bpmn", alone, on_revision=0, actor=administrator, now=MONDAY)
    assert "r/r.bpmn" in draft.files
