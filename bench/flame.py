"""`python -m bench.flame STACKS PICTURE TITLE FUNCTION`: a flame graph of what one function calls, from the stacks that
py-spy has sampled (raw).

Waiting is counted. The widths are shares of the function's time; callers stand above what they call. Of a library one
frame is drawn a call, the function that was asked. Shares below 1 % are left out.
"""
from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

LEAST = 0.01
WIDTH, ROW, LETTER, MARGIN = 1200, 18, 6.7, 10
COLOURS = {"app": "#f2a65a", "workflows": "#8cc084", "sqlalchemy": "#8fb8de", "psycopg": "#c3a6d8",
           "other": "#d0d0d0"}
_OF_PYTHON = ("contextlib.py", "<string>")
Stack = tuple[str, ...]


@dataclass(slots=True)
class Frame:
    """A function and what it calls, by the number of samples that it was on the stack."""
    samples: int = 0
    calls: dict[str, Frame] = field(default_factory=dict)


def read(lines: Iterable[str], function: str) -> Frame:
    """The function, a qualified name, in py-spy's lines: `caller;called;… SAMPLES`. Raises ValueError when it was never
    seen."""
    whole = Frame()
    for stack, samples in _below(function, lines).items():
        frame = whole
        frame.samples += samples
        for name in stack:
            frame = frame.calls.setdefault(name, Frame())
            frame.samples += samples
    if not whole.samples:
        raise ValueError(f"no sample within {function}")
    return whole


def draw(whole: Frame, title: str, function: str) -> str:
    """The picture, as SVG: text and rectangles without script, so that it can stand in a document."""
    shown = [f'<text x="{MARGIN}" y="{MARGIN + 12}">{escape(title)}: {whole.samples} samples, waiting counted; '
             "what is below 1 % is left out</text>", *_legend()]
    deepest = 0
    for name, left, share, depth in _placed(function, whole, whole.samples, 0.0, 0):
        shown.append(_rectangle(name, left, share, depth))
        deepest = max(deepest, depth)
    height = 3 * MARGIN + ROW * (deepest + 4)
    return "\n".join((
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="monospace" '
        'font-size="11">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>', *shown, "</svg>", ""))


def _below(function: str, lines: Iterable[str]) -> Counter[Stack]:
    """The stacks below the function, each as often as it was seen."""
    seen: Counter[Stack] = Counter()
    for line in lines:
        frames, _, samples = line.rpartition(" ")
        stack = [_short(frame) for frame in frames.split(";")]
        top = next((place for place, frame in enumerate(stack) if frame.startswith(f"{function} (")), None)
        if top is not None:
            seen[tuple(_simplified(stack[top + 1:]))] += int(samples)
    return seen


def _short(frame: str) -> str:
    """`function (package/file.py)`, wherever the machine keeps its packages."""
    name, _, place = frame.partition(" (")
    file = place.rstrip(")").rpartition(":")[0] or place.rstrip(")")
    for root in ("site-packages/", "/lib/python3", f"{Path.cwd()}/"):
        file = file.rpartition(root)[2] if root in file else file
    return f"{name} ({file})"


def _simplified(stack: Sequence[str]) -> Iterator[str]:
    before = ""
    for name in stack:
        layer = _layer(name)
        if any(each in name for each in _OF_PYTHON) or (layer == before and layer not in ("app", "workflows")):
            continue
        before = layer
        yield name


def _layer(name: str) -> str:
    package = name.partition(" (")[2].lstrip("<").partition("/")[0]
    return next((layer for layer in COLOURS if package.startswith(layer)), "other")


def _placed(name: str, frame: Frame, whole: int, left: float, depth: int) -> Iterator[tuple[str, float, float, int]]:
    """Each frame to be drawn: its name, where it begins and how much it is as shares of the whole, and how deep."""
    yield name, left, frame.samples / whole, depth
    for called, below in sorted(frame.calls.items(), key=lambda item: -item[1].samples):
        if below.samples >= LEAST * whole:
            yield from _placed(called, below, whole, left, depth + 1)
            left += below.samples / whole


def _rectangle(name: str, left: float, share: float, depth: int) -> str:
    x, width = MARGIN + left * (WIDTH - 2 * MARGIN), share * (WIDTH - 2 * MARGIN)
    y = 2 * MARGIN + ROW * (depth + 2)
    label = f"{name.partition(' (')[0]} {share:.0%}"
    fits = int((width - 6) / LETTER)
    words = label if len(label) <= fits else label[:fits - 1] + "…" if fits > 3 else ""
    text = f'<text x="{x + 3:.1f}" y="{y + 13}">{escape(words)}</text>' if words else ""
    return (f'<g><title>{escape(name)}: {share:.1%}</title><rect x="{x:.1f}" y="{y}" width="{width - 0.5:.1f}" '
            f'height="{ROW - 1}" fill="{COLOURS[_layer(name)]}"/>{text}</g>')


def _legend() -> Iterator[str]:
    words = {"app": "the product", "workflows": "its engine", "sqlalchemy": "SQLAlchemy",
             "psycopg": "PostgreSQL's driver", "other": "Python and the rest"}
    for number, (layer, colour) in enumerate(COLOURS.items()):
        x, y = MARGIN + number * 190, MARGIN + ROW + 4
        yield (f'<rect x="{x}" y="{y}" width="12" height="12" fill="{colour}"/>'
               f'<text x="{x + 17}" y="{y + 10}">{words[layer]}</text>')


def main(stacks: str, picture: str, title: str, function: str) -> None:
    whole = read(Path(stacks).read_text().splitlines(), function)
    Path(picture).write_text(draw(whole, title, function))


if __name__ == "__main__":
    main(*sys.argv[1:])
