"""Process folders on disk: the reviewed seed that `zhuqi deploy` reads."""
from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path

from workflows.diagram import XmlRefused, parse_xml, read_processes

KEPT = 128
"""diagrams whose calls are remembered: those of a pack are asked about again for each process"""
SUFFIXES = (".bpmn", ".dmn", ".form.json", "/policy.yaml")


def read_folder(bpmn_dir: Path, key: str) -> dict[str, str]:
    """The files of a version by their path below `bpmn_dir`: the folder of the key and those of the processes it calls.

    A called process lives in the sibling folder of its name. What is missing or cannot be read as text is left for the
    deployment checks to report; only a missing folder of the key itself raises FileNotFoundError.
    """
    if not (bpmn_dir / key).is_dir():
        raise FileNotFoundError(bpmn_dir / key)
    files: dict[str, str] = {}
    seen, todo = {key}, [key]
    for folder in todo:
        for path in sorted((bpmn_dir / folder).rglob("*")):
            if path.is_file() and path.as_posix().endswith(SUFFIXES):
                files[path.relative_to(bpmn_dir).as_posix()] = path.read_text(encoding="utf-8", errors="replace")
        for called in _called(files, folder):
            if called not in seen and (bpmn_dir / called).is_dir():
                seen.add(called)
                todo.append(called)
    return files


def pick(pack: Mapping[str, str], key: str) -> dict[str, str]:
    """The same of a whole content pack at hand, {path: text}: the folder of the key and those that it calls."""
    files: dict[str, str] = {}
    todo = [key]
    for folder in todo:
        files |= {path: text for path, text in pack.items()
                  if path.startswith(f"{folder}/") and path.endswith(SUFFIXES)}
        todo += [called for called in _called(files, folder) if called not in todo]
    return files


def folders(pack: Mapping[str, str], known: Collection[str] = ()) -> list[str]:
    """The folders of a content pack that hold a diagram, each one a process; those that others call come along with
    them and are left out, unless they are `known` as processes of their own."""
    found = sorted({path.split("/")[0] for path in pack if path.count("/") == 1 and path.endswith(".bpmn")})
    called = {name for folder in found for name in _called(dict(pack), folder) if name != folder}
    return [folder for folder in found if folder not in called or folder in known] or found


def called_from(files: Mapping[str, str], key: str) -> list[str]:
    """The processes that those of a folder call, themselves or by way of others at hand."""
    todo = [key]
    for folder in todo:
        todo += [name for name in _called(dict(files), folder) if name not in todo]
    return todo[1:]


def _called(files: dict[str, str], folder: str) -> list[str]:
    """The processes that the diagrams of a folder call, by name; only plain names lead to folders."""
    names: list[str] = []
    for path, text in files.items():
        if path.startswith(f"{folder}/") and path.endswith(".bpmn"):
            names += _calls(text)
    return [name for name in dict.fromkeys(names) if name and "/" not in name and name not in (".", "..")]


def process_ids(files: Mapping[str, str], folder: str) -> set[str]:
    """The processes that the diagrams of a folder hold."""
    return {id for path, text in files.items() if path.startswith(f"{folder}/") and path.endswith(".bpmn")
            for id, _ in _processes(text)}


def _calls(text: str) -> list[str]:
    """The names that a diagram's processes call."""
    return [name for _, called in _processes(text) for name in called]


@lru_cache(KEPT)
def _processes(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """A diagram's processes with the names that each calls; none of a file that cannot be read."""
    try:
        return tuple((process.id, process.called) for process in read_processes(parse_xml(text)))
    except XmlRefused:
        return ()
