"""Every measurement runs, at a hundredth of its size, and prints lines of the documented shape."""
from __future__ import annotations

import gc
import json
from contextlib import ExitStack

import pytest

from bench import measure
from bench.__main__ import BENCHES, main
from bench.databases import DATABASES


@pytest.fixture(autouse=True)
def only_own_garbage():
    """Each measurement collects garbage before it looks at the clock. What the tests before have left in memory, much
    more than a bench ever has, is not gone through each time."""
    gc.freeze()


@pytest.fixture(scope="module")
def fresh():
    """By kind of database: gives the address of an empty one."""
    with ExitStack() as opened:
        yield {kind: opened.enter_context(open_databases()) for kind, open_databases in DATABASES.items()}


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name, bench in BENCHES.items() for kind in bench.kinds])
def test_a_measurement_prints_what_it_found_beside_its_floor(name, kind, fresh, monkeypatch, capsys):
    monkeypatch.setenv(measure.SCALE, "0.01")
    BENCHES[name].run(kind, fresh[kind](name))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert any(line["name"].startswith(name) for line in lines)
    for line in lines:
        assert {"name", "value", "unit", "floor", "ratio", "n"} <= line.keys(), line
        assert line["value"] > 0 and line["floor"] > 0 and line["n"] > 0, line


def test_an_unknown_measurement_is_refused_by_name(capsys):
    with pytest.raises(SystemExit):
        main(["complete_tusk"])
    assert "complete_tusk" in capsys.readouterr().err
