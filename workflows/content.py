"""Process folders on disk: the reviewed seed that `zhuqi deploy` reads."""
from __future__ import annotations

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
