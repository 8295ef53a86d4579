"""Every measurement runs, in a small size, and prints what is promised. How fast anything is stands in no test."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import BENCHES

ROOT = Path(__file__).parents[2]


def run(*names: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "bench", *names], cwd=ROOT, text=True, capture_output=True,
                          check=False, env=os.environ | {"ZHUQI_BENCH_SCALE": "0.005"})


@pytest.mark.parametrize("name", BENCHES)
def test_a_measurement_prints_a_line_for_each_database(name: str):
    done = run(name)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    _, databases = BENCHES[name]
    assert len(lines) >= len(databases)
    for line in lines:
        assert line["name"].startswith(name)
        assert {"name", "value", "unit", "floor", "ratio", "n"} <= line.keys()


def test_a_name_that_there_is_not_is_refused_with_those_that_there_are():
    done = run("nonsense")
    assert done.returncode == 2
    assert "nonsense" in done.stderr and "complete_task" in done.stderr
