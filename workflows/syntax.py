"""The white list of expression syntax: Python's own parser, then every node either compiled to a closure or refused.

Nothing is evaluated while compiling. A refusal says in Chinese what is not allowed, and where.
"""
from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

from workflows import operators, python_syntax
from workflows.characters import storable
from workflows.errors import ExpressionError
from workflows.operators import Scope
from workflows.sentence import say
from workflows.vocabulary import MAX_DEPTH, VOCABULARY, bounded

Json = Any
Evaluator = Callable[[Scope], Json]

MAX_SOURCE, MAX_SCRIPT = 1_000, 10_000
MAX_WORDS = 1_500
"""Words and signs of a script. Python's parser takes up to 600 bytes for each before we see its tree."""
MAX_NODES = 500
"""Parts of an expression, or of one assignment."""
CONSTANTS: dict[str, Json] = {"true": True, "false": False, "null": None}
"""JSON's and FEEL's spelling, beside Python's True, False and None."""

_WORD = re.compile(r"\w+|[^\w\s]")
_REFUSED: dict[type[ast.AST], str] = {
    ast.Attribute: say("用点号取属性（取映射里的值请写 [\"键\"]）"), ast.Lambda: "lambda",
    ast.JoinedStr: say("f 字符串"),
    ast.FormattedValue: say("f 字符串"), ast.ListComp: say("列表推导"), ast.SetComp: say("集合推导"),
    ast.DictComp: say("映射推导"),
    ast.GeneratorExp: say("生成器"), ast.NamedExpr: "“:=”", ast.Starred: say("“*”展开"), ast.Await: "await",
    ast.Yield: "yield",
    ast.YieldFrom: "yield", ast.Slice: say("切片"), ast.Set: say("集合"), ast.Tuple: say("元组（列表请写 [a, b]）"),
    ast.Pow: say("乘方"),
    ast.MatMult: "“@”", ast.LShift: say("移位"), ast.RShift: say("移位"), ast.BitOr: say("“|”（或者请写 or）"),
    ast.BitAnd: say("“&”（并且请写 and）"), ast.BitXor: "“^”", ast.Invert: "“~”", ast.UAdd: say("正号"),
    ast.Is: say("is（请写 ==）"), ast.IsNot: say("is not（请写 !=）"),
}
_BINARY: dict[type[ast.operator], Callable[[Scope, Json, Json], Json]] = {
    ast.Add: operators.add, ast.Sub: operators.subtract, ast.Mult: operators.multiply, ast.Div: operators.divide,
    ast.FloorDiv: operators.floor_divide, ast.Mod: operators.modulo,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Scope, Json, Json], bool]] = {
    ast.Eq: operators.same, ast.NotEq: operators.different, ast.Lt: operators.less, ast.LtE: operators.at_most,
    ast.Gt: operators.greater, ast.GtE: operators.at_least, ast.In: operators.contains, ast.NotIn: operators.lacks,
}


class Compiler:
    """Compiles the expressions of one text; `names` collects the variables that they read, `calls` the functions."""

    def __init__(self, source: str) -> None:
        self.names: set[str] = set()
        self.calls: set[str] = set()
        self._source = source
        self._lines: list[str] = []
        self._nodes = 0
        self._depth = 0

    def expression(self) -> Evaluator:
        """The text as one expression."""
        return self.compile(self.tree())

    def tree(self) -> ast.expr:
        """The text's tree, not yet judged. A leading “=” (as form-js and FEEL write it) and line breaks are allowed."""
        text = self._source.strip().removeprefix("=").strip()
        if not text:
            raise ExpressionError(say("表达式是空的"))
        if len(text) > MAX_SOURCE:
            raise ExpressionError(say("表达式最多%(max_source)s个字符，现在有%(count)s个", max_source=MAX_SOURCE,
                                      count=len(text)))
        tree: ast.expr = self._parse(re.sub(r"[\t\r\n\f\v]", " ", text), "eval").body
        return tree

    def script(self) -> list[tuple[str, Evaluator, frozenset[str]]]:
        """The text as assignments, in order: target, evaluator and the variables that it reads. One
        `name = expression` a line; empty lines and # remarks are allowed."""
        if len(self._source) > MAX_SCRIPT:
            raise ExpressionError(say("脚本最多%(max_script)s个字符，现在有%(count)s个", max_script=MAX_SCRIPT,
                                      count=len(self._source)))
        if sum(1 for _ in _WORD.finditer(self._source)) > MAX_WORDS:
            raise ExpressionError(say("脚本太长，最多%(most)s个词和符号", most=MAX_WORDS))
        text = "\n".join(line.strip() for line in self._source.splitlines())
        return [self._assignment(statement) for statement in self._parse(text, "exec").body]

    def _assignment(self, statement: ast.stmt) -> tuple[str, Evaluator, frozenset[str]]:
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            raise ExpressionError(say("脚本每行只能是“名称 = 表达式”%(where)s", where=self._where(statement)))
        target = statement.targets[0]
        if not isinstance(target, ast.Name) or target.id in CONSTANTS:
            raise ExpressionError(say("等号左边只能是变量名%(where)s", where=self._where(target)))
        self._check_name(target)
        self.names.clear()
        self._nodes = 0
        return target.id, self.compile(statement.value), frozenset(self.names)

    def _parse(self, text: str, mode: str) -> Any:
        self._lines = text.split("\n")
        try:
            return python_syntax.parse(text, mode)
        except SyntaxError as error:
            where = say("（第%(lineno)s行第%(offset)s个字符附近）", lineno=error.lineno,
                        offset=error.offset) if error.lineno and error.offset else ""
            raise ExpressionError(say("写法不对，读不懂%(where)s", where=where)) from None
        except (ValueError, RecursionError, MemoryError):
            raise ExpressionError(say("写法不对：含有不允许的字符，或嵌套太深")) from None

    def compile(self, node: ast.AST) -> Evaluator:
        self._nodes += 1
        self._depth += 1
        if self._nodes > MAX_NODES or self._depth > MAX_DEPTH:
            raise ExpressionError(say("表达式太大：最多%(max_nodes)s个部分、%(max_depth)s层嵌套", max_nodes=MAX_NODES,
                                      max_depth=MAX_DEPTH))
        method: Callable[[Any], Evaluator] | None = getattr(self, f"_{type(node).__name__}", None)
        if method is None:
            raise self._refusal(node, node)
        evaluator = method(node)
        self._depth -= 1
        return evaluator

    def _Constant(self, node: ast.Constant) -> Evaluator:
        value = node.value
        if type(value) in (int, float):
            bounded(value)
        elif not (value is None or type(value) in (bool, str)):
            raise ExpressionError(say("不允许这种常量%(where)s", where=self._where(node)))
        elif isinstance(value, str):
            _require_storable(value, self._where(node))
        return lambda scope: value

    def _Name(self, node: ast.Name) -> Evaluator:
        name = node.id
        if name in CONSTANTS:
            value = CONSTANTS[name]
            return lambda scope: value
        self._check_name(node)
        self.names.add(name)

        def read(scope: Scope) -> Json:
            try:
                return scope.names[name]
            except KeyError:
                raise ExpressionError(say("没有名为“%(name)s”的变量", name=name)) from None
        return read

    def _List(self, node: ast.List) -> Evaluator:
        items = [self.compile(item) for item in node.elts]
        return lambda scope: [item(scope) for item in items]

    def _Dict(self, node: ast.Dict) -> Evaluator:
        keys = []
        for key in node.keys:
            if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                raise ExpressionError(say("映射的键要写成文本%(where)s", where=self._where(key or node)))
            _require_storable(key.value, self._where(key))
            keys.append(key.value)
        values = [self.compile(value) for value in node.values]
        return lambda scope: {key: value(scope) for key, value in zip(keys, values, strict=True)}

    def _BoolOp(self, node: ast.BoolOp) -> Evaluator:
        parts = [self.compile(value) for value in node.values]
        *others, last = parts
        stop_at = isinstance(node.op, ast.Or)

        def walk(scope: Scope) -> Json:
            for part in others:
                value = part(scope)
                if bool(value) is stop_at:
                    return value
            return last(scope)
        return walk

    def _UnaryOp(self, node: ast.UnaryOp) -> Evaluator:
        operand = self.compile(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda scope: not operand(scope)
        if isinstance(node.op, ast.USub):
            return lambda scope: operators.negate(operand(scope))
        raise self._refusal(node.op, node)

    def _BinOp(self, node: ast.BinOp) -> Evaluator:
        operation = _BINARY.get(type(node.op))
        if operation is None:
            raise self._refusal(node.op, node)
        left, right = self.compile(node.left), self.compile(node.right)
        return lambda scope: operation(scope, left(scope), right(scope))

    def _Compare(self, node: ast.Compare) -> Evaluator:
        left = self.compile(node.left)
        links = []
        for operator, operand in zip(node.ops, node.comparators, strict=True):
            comparison = _COMPARE.get(type(operator))
            if comparison is None:
                raise self._refusal(operator, node)
            links.append((comparison, self.compile(operand)))
        if len(links) == 1:
            [(compare, right)] = links
            return lambda scope: compare(scope, left(scope), right(scope))

        def chain(scope: Scope) -> bool:
            value = left(scope)
            for compare, right in links:
                other = right(scope)
                if not compare(scope, value, other):
                    return False
                value = other
            return True
        return chain

    def _IfExp(self, node: ast.IfExp) -> Evaluator:
        test, then, otherwise = self.compile(node.test), self.compile(node.body), self.compile(node.orelse)
        return lambda scope: then(scope) if test(scope) else otherwise(scope)

    def _Subscript(self, node: ast.Subscript) -> Evaluator:
        whole, key = self.compile(node.value), self.compile(node.slice)
        return lambda scope: operators.item(whole(scope), key(scope))

    def _Call(self, node: ast.Call) -> Evaluator:
        if not isinstance(node.func, ast.Name):
            raise ExpressionError(say("只能按名称调用函数%(where)s", where=self._where(node.func)))
        name = node.func.id
        word = VOCABULARY.get(name)
        if word is None:
            raise ExpressionError(say("没有函数“%(name)s”%(where)s", name=name[:40], where=self._where(node)))
        if node.keywords:
            raise ExpressionError(say("函数“%(name)s”的参数不能带名称%(where)s", name=name, where=self._where(node)))
        if len(node.args) < word.least or (word.most is not None and len(node.args) > word.most):
            raise ExpressionError(say("函数“%(name)s”的参数个数不对：给了%(count)s个%(where)s", name=name,
                                      count=len(node.args), where=self._where(node)))
        self.calls.add(name)
        arguments = [self.compile(argument) for argument in node.args]
        call = word.call
        return lambda scope: call(scope, *[argument(scope) for argument in arguments])

    def _check_name(self, node: ast.Name) -> None:
        if node.id.startswith("_"):
            raise ExpressionError(say("名称不能以下划线开头：“%(id)s”%(where)s", id=node.id[:40],
                                      where=self._where(node)))

    def _refusal(self, kind: ast.AST, place: ast.AST) -> ExpressionError:
        what = _REFUSED.get(type(kind), type(kind).__name__)
        return ExpressionError(say("不允许%(what)s%(where)s", what=what, where=self._where(place)))

    def _where(self, node: ast.AST) -> str:
        """The place as people count it; the parser counts bytes."""
        line: int = getattr(node, "lineno", 1)
        before = self._lines[line - 1].encode()[:getattr(node, "col_offset", 0)]
        place = say("第%(number)s个字符", number=len(before.decode(errors="ignore")) + 1)
        return say("（第%(line)s行%(place)s）", line=line,
                   place=place) if len(self._lines) > 1 else say("（%(place)s）", place=place)


def _require_storable(text: str, where: str) -> None:
    if not storable(text):
        raise ExpressionError(say("文本里有不成字符的编码%(where)s", where=where))
