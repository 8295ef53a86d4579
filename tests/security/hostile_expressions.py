"""Expressions and scripts that mean harm, as data: what an administrator, or a stolen administrator's account, may try.

They are put to the real evaluator over VARIABLES, whose texts and lists are as large as any variable can be.
"""
from __future__ import annotations

from typing import Any

VARIABLES: dict[str, Any] = {
    "x": 1, "y": [1, 2], "unit": {"code": "miit", "heads": ["a", "b"]}, "reply": None, "amount": 12.5,
    "wide": "𠀀" * 50_000, "long": "字" * 99_999, "many": list(range(9_999)),
    "rows": [{"unit": "x" * 50, "done": n} for n in range(2_000)], "ones": ["1"] * 9_999,
    "nested": [[[[[[[[["深"]]]]]]]]], "day": "2026-09-30T23:59:59+08:00"}

ATTRIBUTE_WALKS = [
    "().__class__", "().__class__.__base__.__subclasses__()", "''.__class__.__mro__[1].__subclasses__()[40]",
    "[].__class__.__init__.__globals__", "x.__init__.__globals__['os']", "unit.__class__", "unit.get('code')",
    "unit.code", "(1).real", "1 .real", "True.__class__", "null.__doc__", "[].append(1)", "'a'.upper()",
    "y.__len__()", "len.__globals__", "now.__self__", "working_days.__code__", "now().__class__",
    "working_days(1).__class__", "working_days(1).n", "every(days(1)).interval", "y[0].__class__",
    "unit['code'].format",
    "(x if x else y).z", "[x.z]", "{'a': x.z}", "len(x.z)", "not x.z", "-x.z", "x.z == 1", "x.y.z.w.v",
    "rows[0].__getitem__('unit')", "\"\".join.__self__", "().__doc__.__class__"]

REACHING_OUT = [
    "__import__('os').system('id')", "__import__", "__builtins__", "__builtins__['eval']", "__name__", "__file__",
    "_", "_x", "__", "globals()", "locals()", "vars()", "dir()", "getattr(x, 'y')", "setattr(x, 'y', 1)",
    "eval('1')", "exec('1')", "compile('1', '', 'eval')", "open('/etc/passwd')", "input()", "print(1)",
    "breakpoint()", "help()", "exit()", "quit()", "type(x)", "object()", "super()", "str(x)", "int('1')", "list(y)",
    "dict(unit)", "range(9)", "map(len, y)", "filter(len, y)", "iter(y)", "next(y)", "memoryview(y)", "bytes(9)",
    "bytearray(999999999)", "isinstance(x, y)", "id(x)", "hash(x)", "chr(65)", "ord('a')", "repr(wide)", "sorted(y)",
    "SystemExit", "Exception()", "os", "sys.modules", "import_module('os')", "scope", "self", "Scope", "charge(1)"]

FORMATS = [
    "f'{x}'", "f'{x!r}'", "f'{x:>1000000000}'", "f'{x:{x}}'", "f'{x:0999999999d}'", "f'{amount:.999999999f}'",
    "f'{wide:>{x}}'", "f'' ''", "rf'{x}'", "'{:>99999999}'.format(1)", "'{0.__class__}'.format(x)",
    "'%99999999d' % 1", "'%s' % wide", "'%*d' % x", "'%' % x", "'a' % y",
    "'a'.ljust(10**9)", "'a'.rjust(10**9)", "'a'.center(10**9)", "'a'.zfill(10**9)", "'\\t'.expandtabs(10**9)",
    "'a'.join(y)", "'a'.replace('', wide)", "'a'.translate(unit)", "format(x, '>999999999')", "text(x, '>99')",
    "round(amount, 999999999)", "round(amount, -999999999)"]

POWERS_AND_REPEATS = [
    "9 ** 9 ** 9", "10 ** 999999999", "2 ** 0.5", "1 << 999999999", "1 >> 1", "x | y", "x & 1", "x ^ 1", "~x",
    "'a' * 1000000000", "1000000000 * 'a'", "wide * 2", "y * 1000000000", "[0] * 1000000000", "[[0] * 9] * 9",
    "'ab' * -1", "unit * 2", "null * 9", "wide + wide + wide", "long + long", "many + many", "many + many + many",
    "999999999999999 * 999999999999999", "1e308 * 10", "1e999", "-1e999", "1e308 + 1e308", "9" * 900,
    "0x" + "f" * 900, "0b" + "1" * 900, "1_0" * 300, "1 / 0", "0.0 / 0", "1 // 0", "1 % 0", "-1 % 0",
    "1e-320 / 1e300 / 0",
    "sum([999999999999999, 999999999999999])", "abs(-1e16)", "number('1e400')", "number('9' + '9' + 'e99999999')",
    "number('inf')", "number('nan')", "number('١٢٣')", "number(wide)", "max(number('nan'), 1)"]

COMPREHENSIONS_AND_LOOPS = [
    "[a for a in y]", "[a for a in y for b in y for c in y]", "{a for a in y}", "{a: a for a in y}", "(a for a in y)",
    "sum(a for a in y)", "any(a for a in y)", "[[b for b in a] for a in y]", "lambda: 1",
    "(lambda f: f(f))(lambda f: f(f))",
    "lambda *a, **k: 1", "(a := 1)", "[a := 1, a]", "yield x", "(yield)", "await x", "[*y]", "{**unit}", "min(*y)",
    "len(**unit)", "get(unit, key='code')", "y[0:1]", "y[::2]", "y[:]", "y[...]", "y[0, 1]", "{1, 2}", "(1, 2)", "()",
    "{1: 2}", "{x: 2}", "{**unit, 'a': 1}", "x if x", "assert x", "raise x", "del x", "import os", "from os import *",
    "global x", "pass", "x; y", "x = 1", "print x", "exec '1'", "while 1: x", "for a in y: a", "def f(): x",
    "class A: x", "with x: y", "try: x", "match x: y", "@x", "async def f(): x"]

REGEX_BOMBS = [
    "matches(wide, '(a+)+$')", "search('(a|a)*b', wide)", "replace(wide, '(.*)*', 'x')", "re.match('(a+)+', wide)",
    "split(wide, '(x+x+)+y')", "wide in '(a+)+$' and match(wide)", "wide ~ '(a+)+'", "find('(a*)*', wide)",
    "test(wide)", "like(wide, '%a%a%a%a%')", "glob(wide, '*a*a*a*')", "regexp(wide, '^(([a-z])+.)+$')"]

UNICODE = [
    "__ｃｌａｓｓ__", "ｅｖａｌ('1')", "x.ｙ", "𝓮𝓿𝓪𝓵('1')", "ｌｅｎ.x", "ˍˍimportˍˍ('os')", "__ımport__('os')",
    "\u202ex",
    "x\u200b", "x\u2060.y", "\ufeffx.y", "“x”", "‘x’", "x＝＝1", "x＋1", "ℯval('1')", "𝔬𝔭𝔢𝔫('/etc/passwd')",
    "＿＿class＿＿", "\"\\ud800\"", "'\\N{NULL}' + x", "\0", "x\0y", "x\x1a", "\\", "\\x41", "'\\", "x\u2028y",
    "а + 1", "l\u0131en(y)", "x\u0338", "ﬁlter(y)", "²", "x²", "½", "٣ + x.z", "x if\u3000y.z else 1", "É.z",
    "🙂", "🙂.x"]

DEPTH_AND_SIZE = [
    "(" * 450 + "1" + ")" * 450, "[" * 200 + "]" * 200, "[" * 450 + "1" + "]" * 450, "{'a':" * 150 + "1" + "}" * 150,
    "-" * 999 + "1", "not " * 240 + "x", "~" * 900 + "1", "x+" * 499 + "x", "x*" * 499 + "x", "x," * 499 + "x",
    "[" + "1," * 499 + "1]", "x" + "[0]" * 320, "len(" * 199 + "y" + ")" * 199, "1 if x else " * 80 + "1",
    "x.y" * 300, "x<" * 499 + "x", "\n" * 2_000, "x" * 1_001, "'" + "a" * 2_000,
    "x or " * 199 + "x.z", "x and " * 160 + "x.z", "get(" * 90 + "unit" + ", 'a')" * 90, "(" * 999, "[" * 999,
    "{" * 999,
    "\"" * 999, "lambda:" * 140 + "1", "x if x else (" * 60 + "1" + ")" * 60]

WORK = [
    "many == many and rows == rows and " + " and ".join(["many == many"] * 40),
    " and ".join(["rows == rows"] * 50), " and ".join(["count(rows, 'done', 1) >= 0"] * 30),
    "[" + "many," * 150 + "1]", "[" + "long," * 150 + "1]", "[" + "rows," * 90 + "1]",
    "[wide, wide, wide, wide, wide]",
    "[" + "wide + 'a'," * 60 + "1]", "[" + "long + ''," * 60 + "1]", "[" + "upper(long)," * 60 + "1]",
    "[" + "lower(wide)," * 60 + "1]", "[" + "trim(' ' + wide)," * 40 + "1]", "[" + "many + []," * 90 + "1]",
    "[" + "pluck(rows, 'unit')," * 40 + "1]", "[" + "without(many, 5)," * 40 + "1]",
    "[" + "without(rows, x)," * 40 + "1]",
    "upper(long) + 'a' + long", "max(ones) + max(ones) + sum(ones)",
    " or ".join(["'' in wide and false"] * 40 + ["wide"] * 40),
    " and ".join(["'𠀁' not in wide"] * 60 + ["long + long"]),
    "wide < wide or " + " or ".join(["wide < wide"] * 70 + ["x.z"]),
    "after(now(), working_days(9999))", "after('9999-12-31', days(3650))", "before('0001-01-02', 3000)",
    "after('0001-01-01T00:00:00', days(1))", "working_days(999999999)", "months(-1)", "hours(1.5)", "minutes(true)",
    "days('9')", "every(every(days(1)))", "every(minutes(0))", "after(day, every(days(1)))", "after(wide, days(1))"]

EXPRESSIONS: dict[str, list[str]] = {
    "attribute walks": ATTRIBUTE_WALKS, "reaching out": REACHING_OUT, "formats and widths": FORMATS,
    "powers and repeats": POWERS_AND_REPEATS, "comprehensions and loops": COMPREHENSIONS_AND_LOOPS,
    "regex bombs": REGEX_BOMBS, "unicode": UNICODE, "depth and size": DEPTH_AND_SIZE, "work": WORK}
"""every one of them is refused, when it is compiled or when it runs"""

HARMLESS = [
    "'{x.__class__}'", "'{x.__init__.__globals__}'", "'__import__(1)'", "'%s' + '%99999d'", "unit['code']",
    "get(unit, '__class__')",
    "get(unit, '__class__', 'none')", "'__class__' in unit", "wide == wide", "many == many", "len(wide)",
    "'a' in wide",
    "[x, x, x]", "nested", "nested == nested", "upper('ß')", "lower('İ')", "long == wide", "trim(wide) == wide",
    "count(rows, 'done', 5)", "pluck(rows, 'none') == []", "without(many, 5) == many", "many + []", "wide + 'x'",
    "max(many)", "min(ones)", "sum(many)", "after(now(), working_days(250))", "before(day, 250)",
    "'(a+)+$'", "\"'; drop table user; --\"", "'<script>alert(1)</script>'", "'=cmd|calc'",
    "1 == true"]
"""these give a value: their text is only text"""

SCRIPTS = [
    "import os", "from os import system", "x += 1", "x: int = 1", "x = y = 1", "x, y = 1, 2", "unit['a'] = 1",
    "unit.a = 1", "_x = 1", "__builtins__ = 1", "true = 1", "None = 1", "for a in y: x = 1", "while 1: x = 1",
    "def f(): x = 1", "class A: pass", "if x: y = 1", "del x", "with x: y = 1", "try:\n x = 1\nexcept: y = 1",
    "x = 1; import os", "return 1", "x = lambda: 1", "*x, = y", "x = yield", "x = f'{x:>999999999}'",
    "x = [a for a in y]",
    "x = 2 ** 99999999", "x = 'a' * 999999999", "a = [1, 2]\n" + "a = [a, a]\n" * 60,
    "a = many\n" + "a = a + a\n" * 20,
    "a = 'ab'\n" + "a = a + a\n" * 40, "a = long\n" + "\n".join(f"c{n} = a + ''" for n in range(40)),
    "a = wide\n" + "\n".join(f"c{n} = a" for n in range(40)), "\n".join(f"c{n} = wide + 'x'" for n in range(40)),
    "\n".join(f"c{n} = upper(long)" for n in range(40)), "\n".join(f"c{n} = many + []" for n in range(60)),
    "\n".join(f"c{n} = many == many" for n in range(40)), "a = {'a': 1}\n" + "a = {'a': a, 'b': a}\n" * 60,
    "a = [1]\n" + "a = [a]\n" * 200, "a" * 10_001, "a=1\n" * 2_500 + "a=b.c", "a=1;" * 1_200, "a=1;" * 2_500,
    "a = [" + "1," * 2_400 + "1]", "a = " + "x+" * 2_400 + "x", "a = " + "x<" * 2_400 + "x",
    "a = [" + "[]," * 1_600 + "1]",
    "a = '" + "字" * 4_900 + "' + b.c", "\n".join(f"a{n} = [x, x, x, x]" for n in range(199)) + " + 1",
    "(" * 5_000, "a=[" * 2_000,
    "a = 1 if x else (\n" * 300, "a = " + "-" * 9_000 + "1", "#" * 10_001, "a = 1\n\tb = 2\n  c = d.e",
    "a = 1 \\\n b.c",
    "match x:\n case 1: y = 2", "type X = int", "async def f(): pass", "@x\ndef f(): pass", "nonlocal x", "raise x",
    "a = working_days(1)", "a = [every(days(1))]", "a = '\\ud800'", "ａ = x.z", "a = \"\"\"" + "x" * 9_000]
"""every one of them is refused"""
