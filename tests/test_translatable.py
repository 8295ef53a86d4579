"""Every sentence of the interface can be said in another language.

Two ways to know: no Chinese literal of the sources stands outside `_()` and `say()`, and on pages told in a made-up
language nothing of the catalogue is left as it was written.
"""
from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CHINESE = re.compile("[\u3001-\u303f\u4e00-\u9fff\uff00-\uffef]")
TRANSLATED = {"_", "gettext", "lazy_gettext", "ngettext", "say"}
CONTENT = {"app/bootstrap.py", "app/demo", "workflows/sentence.py"}
"""what is written into a database as the office's own words, and the place that words lists"""
FORMATS = {
    "app/admin/import_users.py": {"单位", "姓名", "岗位", "用户名", "电子邮箱", "电话", "例：finance.zhang", "张三",
                                  "市财政局", "经办人"},
    "app/admin/patterns.py": {r"^\+?[\d\- ()（）转]{5,24}$"},
    "app/issues/enterprises.py": {"（", "）"},
    "app/measures/bulletin/word.py": {"方正小标宋简体", "仿宋_GB2312", "仿宋", "黑体", "宋体"},
    "app/pdf.py": {"，；：！？”’》"},
    "workflows/form_coercion.py": {"是", "否"},
}
"""characters that are read: the heading of a file to fill in with its example, answers typed as words, patterns; names
of fonts; signs that begin no line"""


def literals(source: str) -> Iterator[str]:
    """Chinese literals that nothing translates; docstrings and patterns of `re` are not meant for people."""
    tree = ast.parse(source)
    above = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    for node in ast.walk(tree):
        if (isinstance(node, ast.Constant) and isinstance(node.value, str) and CHINESE.search(node.value)
                and not isinstance(above[node], ast.Expr) and not _handled(node, above)):
            yield node.value


def _handled(node: ast.AST, above: dict[ast.AST, ast.AST]) -> bool:
    while node in above:
        node = above[node]
        if isinstance(node, ast.Call):
            owner, name = getattr(getattr(node.func, "value", None), "id", ""), getattr(node.func, "attr", "")
            if getattr(node.func, "id", name) in TRANSLATED or owner == "re":
                return True
    return False


def sources() -> list[Path]:
    found = [path for folder in ("app", "workflows") for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if not any(str(path.relative_to(ROOT)).startswith(part) for part in CONTENT)]


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_chinese_stands_only_where_it_is_translated(path: Path):
    own = FORMATS.get(str(path.relative_to(ROOT)), set())
    assert [text for text in literals(path.read_text(encoding="utf-8")) if text not in own] == []


@pytest.mark.parametrize("source", ['x = "办结"', 'raise Blocked("办结")', 'x = f"{name}办结"', 'say("办结") + "了"'])
def test_the_walk_finds(source: str):
    assert list(literals(source))


@pytest.mark.parametrize("source", [
    'x = _("办结")', 'say("办结%(n)s", n=1)', 're.compile("[（）]")', '"""办结"""', 'x = "done"'])
def test_the_walk_passes(source: str):
    assert not list(literals(source))
