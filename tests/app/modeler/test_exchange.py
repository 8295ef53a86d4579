"""Processes out as a zip and in again: the same files, taken by `zhuqi deploy --check`; hostile zips do nothing."""
from __future__ import annotations

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from time import perf_counter

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app import archives, bootstrap
from app.cases import definitions
from app.cases.errors import Blocked
from app.cli import main
from app.modeler.release import exchange
from app.models import Definition, Publication
from tests.app.conftest import Browser
from tests.conftest import MONDAY
from tests.sizes import tell
from tests.workflows import diagrams as d
from workflows import content

CALLED = d.diagram(d.start("s"), d.user("inner"), d.end("e"), d.flow("s", "inner", "e"), id="q")
CALLER = d.diagram(d.start(), d.node("callActivity", "call", attributes='calledElement="q"'), d.user("z"), d.end(),
                   d.flow("start", "call", "z", "end"))


@pytest.fixture
def shipped(sessions: sessionmaker[Session]) -> str:
    with sessions.begin() as session:
        return definitions.publish_folder(session, bootstrap.CONTENT_PACK / "issue-lifecycle", now=MONDAY).hash


def send(browser: Browser, note: str = "换一套", **files: object):
    return browser.submit("/processes/import", {"note": note, **files}, content_type="multipart/form-data")


def as_zip(parts: dict[str, str | bytes]) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return made.getvalue()


def upload(data: bytes, name: str = "pack.zip") -> dict[str, object]:
    return {"zip": (BytesIO(data), name)}


def test_what_is_exported_is_what_zhuqi_deploy_takes(administrator: Browser, shipped: str, tmp_path: Path):
    data = administrator.get("/processes/issue-lifecycle/export.zip").data
    (tmp_path / "pack.zip").write_bytes(data)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        archive.extractall(tmp_path / "unpacked")
    for path in (tmp_path / "pack.zip", tmp_path / "unpacked" / "issue-lifecycle"):
        done = CliRunner().invoke(main, ["deploy", str(path), "--check"])
        assert (done.exit_code, done.output) == (0, "issue-lifecycle: 没有发现问题\n")
    again = content.read_folder(tmp_path / "unpacked", "issue-lifecycle")
    assert again == exchange.processes_of(exchange.files_of_zip(data))["issue-lifecycle"]
    assert again == content.read_folder(bootstrap.CONTENT_PACK, "issue-lifecycle")


def test_the_same_pack_comes_back_as_no_change(administrator: Browser, shipped: str, sessions: sessionmaker[Session]):
    data = administrator.get("/processes/export.zip").data
    answer = send(administrator, **upload(data))
    assert answer.location == "/processes/" and "完全一样" in administrator.get("/processes/").text
    with sessions() as session:
        assert session.scalar(select(Publication.id)) is None


@pytest.mark.parametrize("around", ["", "bpmn/", "a/b/"])
def test_a_changed_pack_is_proposed_and_waits_for_a_second_person(
        administrator: Browser, shipped: str, sessions: sessionmaker[Session], around: str):
    files = content.read_folder(bootstrap.CONTENT_PACK, "issue-lifecycle")
    form = "issue-lifecycle/forms/judge.form.json"
    files[form] = files[form].replace("研判理由", "理由")
    parts = {f"{around}{path}": text for path, text in files.items()}
    parts[f"{around}issue-lifecycle/README.md"] = "…"
    answer = send(administrator, **upload(as_zip(parts)))
    assert answer.location == "/processes/proposals/1"
    page = administrator.get("/processes/proposals/1").text
    assert "字段「研判理由」的名称由 研判理由 改为 理由" in page and "内容是从文件导入的" in page
    with sessions() as session:
        assert session.scalars(select(Publication.kind)).all() == ["import"]
        assert session.scalars(select(Definition.hash).where(Definition.current)).all() == [shipped]


def test_a_folder_comes_in_as_its_browser_sends_it(administrator: Browser, sessions: sessionmaker[Session]):
    parts = [(BytesIO(text.encode()), f"mine/{path}") for path, text in d.files(CALLER, CALLED).items()]
    assert send(administrator, folder=parts).location == "/processes/proposals/1"
    with sessions() as session:
        (publication,) = session.scalars(select(Publication))
        assert (publication.key, publication.files) == ("p", d.files(CALLER, CALLED))


def test_several_processes_come_in_together_or_not_at_all(administrator: Browser, sessions: sessionmaker[Session]):
    other = d.files(d.diagram(d.start(), d.user("b"), d.end(), d.flow("start", "b", "end"), id="r"), key="r")
    bad = {path: text.replace("clerk", "nobody") for path, text in other.items()}
    answer = send(administrator, **upload(as_zip(d.files(CALLER, CALLED) | bad)))
    assert answer.status_code == 422 and "nobody" in answer.text
    assert send(administrator, **upload(as_zip(d.files(CALLER, CALLED) | other))).location == "/processes/"
    with sessions() as session:
        assert session.scalars(select(Publication.key).order_by(Publication.key)).all() == ["p", "r"]


def test_a_process_that_others_call_comes_back_as_its_own_where_it_is_one(
        administrator: Browser, sessions: sessionmaker[Session]):
    own = {"q/q.bpmn": CALLED, "q/forms/plain.form.json": d.FORM.replace("plain", "q")}
    caller = {path: text for path, text in d.files(CALLER, CALLED).items() if not path.endswith("form.json")}
    with sessions.begin() as session:
        for key, files in (("p", caller | own), ("q", own)):
            definitions.publish(session, key, files, now=MONDAY)
    parts = exchange.files_of_zip(administrator.get("/processes/export.zip").data)
    assert set(parts) == {"p/p.bpmn", *own}
    send(administrator, **upload(as_zip(parts | {"q/q.bpmn": CALLED.replace('name="inner"', 'name="里面"')})))
    with sessions() as session:
        assert session.scalars(select(Publication.key).order_by(Publication.key)).all() == ["p", "q"]


def test_versions_that_carry_different_copies_of_one_process_are_not_packed_together(session: Session):
    definitions.publish(session, "p", d.files(CALLER, CALLED), now=MONDAY)
    definitions.publish(session, "q", {"q/q.bpmn": CALLED.replace('name="inner"', 'name="其他"'),
                                       "q/forms/plain.form.json": d.FORM}, now=MONDAY)
    with pytest.raises(Blocked, match=r"q/q\.bpmn"):
        exchange.pack(session)


def test_the_same_files_make_the_same_bytes():
    files = d.files(CALLER, CALLED)
    assert archives.packed(files) == archives.packed(dict(reversed(files.items())))


def _link() -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        link = zipfile.ZipInfo("p/p.bpmn")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return made.getvalue()


def _twice() -> bytes:
    data = as_zip({"p/p.bpmn": CALLER, "q/p.bpmn": CALLED})
    return data.replace(b"q/p.bpmn", b"p/p.bpmn")


def _lying() -> bytes:
    """Its directory says 10 bytes for a part of ten million."""
    data = as_zip({"p/p.bpmn": b"<" * 10_000_000})
    return data.replace((10_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)) + "]><x>&i;</x>"
HOSTILE: dict[str, Callable[[], bytes]] = {
    "no zip": lambda: b"PK not a zip", "empty": lambda: b"", "nothing in it": lambda: as_zip({}),
    "no diagram": lambda: as_zip({"a.txt": "x"}), "out of the folder": lambda: as_zip({"../p/p.bpmn": CALLER}),
    "absolute": lambda: as_zip({"/p/p.bpmn": CALLER}), "backslashes": lambda: as_zip({"..\\p\\p.bpmn": CALLER}),
    "a drive": lambda: as_zip({"C:/p/p.bpmn": CALLER}), "a link": _link, "a name twice": _twice, "a lie": _lying,
    "cut off": lambda: as_zip(d.files(CALLER, CALLED))[:-30],
    "a bomb of one part": lambda: as_zip({"p/p.bpmn": b"\0" * 50_000_000}),
    "a bomb of many parts": lambda: as_zip({f"p/{n}.form.json": "" for n in range(6_000)}),
    "not text": lambda: as_zip({"p/p.bpmn": b"\xff\xfe\x00"}), "zeros": lambda: as_zip({"p/p.bpmn": "\0" * 99}),
    "an entity bomb": lambda: as_zip({"p/p.bpmn": BOMB}),
    "an external entity": lambda: as_zip({"p/p.bpmn": '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'}),
    "a bad folder name": lambda: as_zip({"a b/a b.bpmn": CALLER}), "a long name": lambda: as_zip({
        f"{'p' * 90}/p.bpmn": CALLER}), "calls itself": lambda: as_zip({
            "p/p.bpmn": CALLER.replace('calledElement="q"', 'calledElement="p"')}),
}


def test_hostile_zips_are_refused_with_a_sentence_and_leave_nothing(
        administrator: Browser, sessions: sessionmaker[Session]):
    took = {}
    for kind, make in HOSTILE.items():
        data = make()
        began = perf_counter()
        answer = send(administrator, **upload(data))
        took[perf_counter() - began] = kind
        assert (answer.status_code, 'id="form-errors"' in answer.text) == (422, True), kind
    tell(f"hostile zips: {len(HOSTILE)} refused, the slowest in {max(took):.2f} s ({took[max(took)]})")
    with sessions() as session:
        assert session.scalar(select(Publication.id)) is None


def _ring(count: int, filler: str = "") -> dict[str, str]:
    """Processes that each call the next one, and so all others."""
    return {f"p{n}/p{n}.bpmn": d.diagram(d.start(), d.node("callActivity", "c", attributes=(
        f'calledElement="p{(n + 1) % count}"')), d.end(), d.flow("start", "c", "end"), id=f"p{n}") + filler
        for n in range(count)}


@pytest.mark.parametrize(("pack", "word"), [
    (_ring(900), "分几次"), (_ring(60, " " * 20_000), "加起来太大"), ({f"p/{'a' * 250}.form.json": "{}"}, "文件名太长"),
    ({"p/p\n.bpmn": "x"}, "看不见的字符"),
    (d.files(d.diagram(d.start(), d.node("userTask", "a", name="<img src=x onerror=y>"), d.end())), "网页代码"),
    (d.files(CALLED.replace('id="q"', 'id="p"')) | {"p/forms/more.form.json": '{"type": "default", "components": ['
     '{"type": "text", "text": "<script>1</script>"}]}'}, "网页代码")])
def test_packs_that_multiply_cannot_be_named_or_bring_markup_are_refused(pack: dict[str, str], word: str):
    with pytest.raises(Blocked, match=word):
        exchange.processes_of(pack)


def test_hostile_folders_are_refused(administrator: Browser):
    for names in (["../p.bpmn"], ["p/../../x.bpmn"], ["p.bpmn"], []):
        parts = [(BytesIO(CALLER.encode()), name) for name in names]
        assert send(administrator, folder=parts).status_code == 422, names


def test_an_export_of_what_is_not_there(administrator: Browser, shipped: str):
    assert administrator.get("/processes/nothing/export.zip").status_code == 404
    assert administrator.get("/processes/issue-lifecycle/export.zip?version=draft").status_code == 404
    assert administrator.get(f"/processes/other/export.zip?version={shipped}").status_code == 404
