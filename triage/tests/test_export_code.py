"""Bytes and names as Python source: what is written means what it should."""

import ast
import base64
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from triage.export.literals import in_docstring, is_packed, of_bytes
from triage.export.scopes import binds, reads

PARTS = st.lists(
    st.builds(
        lambda unit, times: unit * times, st.binary(max_size=20), st.sampled_from([1, 2, 60, 700])
    ),
    max_size=6,
)


@given(PARTS.map(b"".join))
@example(b"\\" * 100 + b'"' * 100 + b"'")
@example(bytes(range(256)) * 3)
@example(b"x\n" * 3 + b"\\x41\n" * 30)
def test_bytes_come_back(data: bytes) -> None:
    """Any bytes, in lines that fit, packed only when they are long."""
    source = of_bytes(data)
    assert eval(source, {"base64": base64, "zlib": zlib}) == data
    assert all(len(line) <= 100 for line in f"DATA = {source}".splitlines())
    assert is_packed(source) <= (len(data) > 400)


def test_repetition_is_readable() -> None:
    """As a person would write it."""
    assert of_bytes(b"[" * 5000 + b"]" * 5000) == 'b"[" * 5000 + b"]" * 5000'
    assert of_bytes(b"a[1," * 3000 + b"\x00") == 'b"a[1," * 3000 + b"\\x00"'
    assert of_bytes(b"") == 'b""'


@given(st.text(), st.sampled_from(["", '"', "\\", '"""']))
def test_a_docstring_holds_any_text(text: str, end: str) -> None:
    """It ends where it should, and nothing that is not printable is in it."""
    inside = in_docstring(text + end)
    (statement,) = ast.parse(f'"""{inside}"""').body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Constant)
    assert inside.isprintable()


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("x = y + z.a", {"y": None, "z": "a", "x": None}),
        ("def f(a, b=c, *d, e: g = h, **i) -> j:\n k = a + b + l\n return k, d, e, i", "cghjl"),
        ("def f():\n global n\n n = 1\n m = 2", "n"),
        ("def f():\n for i in j: pass\n return [i for i in i]", "j"),
        ("def f():\n return [k for k in m], k", "mk"),
        ("[x for x in x]", "x"),
        ("def f():\n if (n := g()): return n", "g"),
        ("def f():\n return [n := i for i in r], n", "r"),
        ("lambda a, b=c: a + b + d", "cd"),
        ("def f():\n try: g()\n except E as e: return e", "gE"),
        ("def f(v):\n match v:\n  case C(x, y=[a, *r], z={'k': q, **s}) as w:\n"
         "   return x, a, r, q, s, w", "C"),
        ("@d\nclass A(B, m=M):\n t: T = u\n def f(self): return t2", "dBMTut2"),
        ("def f():\n import p.q as r, s.t\n from u import v\n return r, s, v", ""),
        ("def f():\n def g(): return h\n return g", "h"),
        ("def f():\n x = 1\n def g(): return x", ""),
        ("def f():\n with o() as (a, b): del a\n return b", "o"),
        ("async def f():\n async for i in g(): await i", "g"),
    ],
)  # fmt: skip
def test_reads(code: str, names: "str | dict[str, str | None]") -> None:
    """Names that are looked up outside, whatever binds others inside."""
    (statement,) = ast.parse(code).body
    found = dict(reads(statement))
    if isinstance(names, dict):
        assert found == names
    elif "t2" in names:
        assert found.keys() >= set("dBMTu") | {"t2"}
    else:
        assert set(found) == set(names)


def test_binds() -> None:
    """Names that a module has once the statements ran."""
    code = """
import a.b, c as d
from e import f as g, h
i = j, (k, *l) = m
n: int = 0
for o in p: q = 1
with r as s: pass
try: t = 1
except u as v: w = 2
def x(): y = 1
class z: aa = 1
if (bb := 1): cc = [dd for dd in ee if (ff := dd)]
match gg:
    case [hh, *ii]: pass
"""
    wanted = {"bb", "cc", "ff", "hh", "ii", *"adghijklnoqstvwxz"}
    assert binds(ast.parse(code).body) == wanted
