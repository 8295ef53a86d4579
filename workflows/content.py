"""Process folders on disk: the reviewed seed that `zhuqi deploy` reads."""
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from workflows.diagram import XmlRefused, parse_xml, read_processes

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


def folders(pack: Mapping[str, str]) -> list[str]:
    """The folders of a content pack that hold a diagram, each one a process; those that only others call come along
    with them and are left out."""
    found = sorted({path.split("/")[0] for path in pack if path.count("/") == 1 and path.endswith(".bpmn")})
    called = {name for folder in found for name in _called(dict(pack), folder) if name != folder}
    return [folder for folder in found if folder not in called] or found


def _called(files: dict[str, str], folder: str) -> list[str]:
    """The processes that the diagrams of a folder call, by name; only plain names lead to folders."""
    names: list[str] = []
    for path, text in files.items():
        if path.startswith(f"{folder}/") and path.endswith(".bpmn"):
            try:
                processes = read_processes(parse_xml(text))
            except XmlRefused:
                continue
            names += [name for process in processes for name in process.called]
    return [name for name in dict.fromkeys(names) if name and "/" not in name and name not in (".", "..")]
