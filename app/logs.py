"""What is logged, and how: one line a happening, with the ids of its request and of the case that it is about.

Lines hold no personal data and nothing that people typed: views log ids, tracebacks carry neither local variables nor
those errors' words that quote what was given. No line can be broken or faked by input.
"""
from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

Json = Any
SPEAKING = (AttributeError, ImportError, NameError, TypeError)
"""errors whose words are about the program, not about what it was given"""
_BREAKING = {code: f"\\u{code:04x}" for code in (*range(0x20), *range(0x7f, 0xa0), 0x2028, 0x2029)}
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def configure() -> None:
    """Lines for people on a terminal, JSON lines for everything else; libraries' warnings are lines like ours."""
    terminal = sys.stderr.isatty()
    renderer: structlog.types.Processor = (structlog.dev.ConsoleRenderer() if terminal
                                           else structlog.processors.JSONRenderer(ensure_ascii=False))
    first: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars, structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True)]
    last: list[structlog.types.Processor] = [
        structlog.processors.ExceptionRenderer(_formatted), one_line, renderer]
    structlog.configure(
        processors=[*first, *last], wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr), cache_logger_on_first_use=False)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*first, structlog.stdlib.add_logger_name],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last])
    root = logging.getLogger()
    ours = next((handler for handler in root.handlers if isinstance(handler, _Lines)), None) or _Lines()
    ours.setFormatter(formatter)
    root.addHandler(ours)


def about_case(instance_id: int) -> None:
    """From here on the lines of this request, or of this piece of background work, name the case."""
    structlog.contextvars.bind_contextvars(case=instance_id)


@contextmanager
def about_several() -> Iterator[None]:
    """The block is about several cases at once: lines after it name none of them."""
    try:
        yield
    finally:
        structlog.contextvars.unbind_contextvars("case")


def one_line(_logger: object, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Control characters and line breaks of whatever was given become escapes; only a traceback keeps its own."""
    for name, value in event.items():
        event[name] = value if name == "exception" else _escaped(value)
    return event


def _escaped(value: Json) -> Json:
    if isinstance(value, str):
        return value.translate(_BREAKING)
    if isinstance(value, dict):
        return {str(name).translate(_BREAKING): _escaped(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_escaped(inner) for inner in value]
    return value if value is None or isinstance(value, (bool, int, float)) else str(value).translate(_BREAKING)


def words(error: BaseException) -> str:
    """What may be said of an error in a log: its type, and its words only where they quote nobody."""
    name = type(error).__name__
    if isinstance(error, DBAPIError) and error.orig is not None:
        return f"{name}: {_of_database(error)}"
    if isinstance(error, OSError):
        return f"{name}: {error.strerror}" if error.strerror else name
    return f"{name}: {error}".translate(_BREAKING) if isinstance(error, SPEAKING) else name


def _of_database(error: DBAPIError) -> str:
    """What is wrong with the database itself in its words; of what it refused, the code and the rule's name."""
    origin: Any = error.orig
    if isinstance(error, (OperationalError, InterfaceError)):
        return " ".join(str(origin).split()).translate(_BREAKING)
    rule = getattr(getattr(origin, "diag", None), "constraint_name", None)
    return " ".join(str(part) for part in (
        type(origin).__name__, getattr(origin, "sqlstate", None) or getattr(origin, "sqlite_errorname", None), rule)
        if part)


def _formatted(exc_info: _ExcInfo) -> str:
    return "".join(_chain(exc_info[1], set())).rstrip()


def _chain(error: BaseException, told: set[int]) -> Iterator[str]:
    """The traceback as Python prints it, the cause first, with `words` for each error's message."""
    told.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in told:
        yield from _chain(before, told)
        yield "\nled to:\n"
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{words(error)}\n"


class _Lines(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to whatever standard error is at the moment."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        return sys.stderr

    @stream.setter
    def stream(self, _given: Any) -> None:
        raise AttributeError("always standard error")
