"""The command that tries a folder of diagrams, as it is typed."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_folder_without_diagrams_is_told(tmp_path: Path):
    told = subprocess.run([sys.executable, "-m", "tests.miwg", str(tmp_path)], cwd=ROOT, text=True,
                          capture_output=True, check=False)
    assert (told.returncode, told.stderr) == (1, f"No *.bpmn in {tmp_path}.\n")
