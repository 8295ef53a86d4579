"""The flame graph of a press, drawn from the profiler's lines."""
from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench import flame

HERE = Path.cwd()
PRESS = f"main ({HERE}/bench/__main__.py:46);Press.do ({HERE}/bench/product.py:59)"
STACKS = (
    f"{PRESS};step ({HERE}/app/cases/service.py:66) 60",
    f"{PRESS};Session.commit (/opt/v/site-packages/"
    "sqlalchemy/orm/session.py:9);Connection.commit (/opt/v/site-packages/sqlalchemy/engine/base.py:7);"
    f"write ({HERE}/app/writers.py:80) 39",
    f"{PRESS};rare (app/cases/items.py:3) 1",
    f"main ({HERE}/bench/__main__.py:46);floor ({HERE}/bench/floor.py:59) 900",
    f"{PRESS};rarer (app/cases/items.py:3) 0")


def titles(picture: str) -> list[str]:
    return [title.text or "" for title in ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}title")]


def test_widths_are_shares_of_the_function_with_one_frame_a_call_of_a_library() -> None:
    assert titles(flame.draw(flame.read(STACKS, "Press.do"), "press", "Press.do")) == [
        "Press.do: 100.0%", "step (app/cases/service.py): 60.0%", "Session.commit (sqlalchemy/orm/session.py): 39.0%",
        "write (app/writers.py): 39.0%", "rare (app/cases/items.py): 1.0%"]


def test_a_picture_is_small_and_names_no_folder_of_this_machine(tmp_path: Path) -> None:
    stacks, picture = tmp_path / "stacks.txt", tmp_path / "flame.svg"
    stacks.write_text("\n".join(STACKS))
    flame.main(str(stacks), str(picture), "a <press>", "Press.do")
    assert str(HERE) not in picture.read_text() and "/opt" not in picture.read_text()
    assert "a &lt;press&gt;: 100 samples" in picture.read_text()


def test_a_function_that_was_never_seen_is_refused() -> None:
    with pytest.raises(ValueError, match="no sample"):
        flame.read(STACKS, "Press.undo")
