"""The parameters of a process: variables that it declares with a number and that nothing writes while a case runs."""
from __future__ import annotations

from workflows.checks_variables import written_variables
from workflows.reading import Reading

Number = int | float


def numbers(reading: Reading) -> dict[tuple[str, str], Number]:
    """{(process, variable): value}. What the main process declares wins over those that it calls: each name once."""
    written, seen = written_variables(reading), set[str]()
    found: dict[tuple[str, str], Number] = {}
    for process in sorted(reading.processes.values(), key=lambda each: each.id != reading.main):
        for name, value in (process.variables or {}).items():
            if isinstance(value, int | float) and not isinstance(value, bool) and name not in written | seen:
                found[process.id, name] = value
                seen.add(name)
    return found
