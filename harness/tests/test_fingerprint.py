"""What makes two sightings the same crash."""

import dataclasses
import functools
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.failure import Failure, Frame, from_death, from_exception
from harness.fingerprint import crash_id, fingerprint, title
from harness.fingerprint_frames import place

ROOT = Path(__file__).parents[2]
OWN = ("subject", "targets.demo.reference")

names = st.sampled_from(["parse", "Reader.read", "Reader._value", "number", "text", "skip"])
modules = st.sampled_from(["subject", "subject.lexer", "targets.demo.reference"])
own_frames = st.builds(Frame, modules, names, st.integers(1, 9999), st.text(max_size=5))
above = st.lists(
    st.builds(
        Frame,
        st.sampled_from(
            ["harness.children.atheris", "targets.demo.parse", "json.decoder", "click"]
        ),
        names,
        st.integers(1, 9999),
    ),
    max_size=4,
).map(tuple)


def stack(*functions: str, module: str = "subject") -> tuple[Frame, ...]:
    """Frames of the named functions, outermost first, each on another line."""
    return tuple(Frame(module, name, line) for line, name in enumerate(functions, 10))


def failed(*functions: str, kind: str = "exception", type: str = "ValueError") -> Failure:
    """A failure with these own functions on its stack."""
    return Failure(kind, type, "…", frames=stack(*functions))


def loaded(source: str, name: str = "subject") -> types.ModuleType:
    """A module made of this source."""
    module = types.ModuleType(name)
    exec(compile(source, f"/x/{name}.py", "exec"), module.__dict__)
    return module


def raised(call: Callable[[], object]) -> Failure:
    """The failure that the call ends with."""
    try:
        call()
    except BaseException as error:  # whatever it is, it is described
        return from_exception(error)
    raise AssertionError("nothing was raised")


def test_reads_as_one_line() -> None:
    """Version, kind, type, place, what failed there."""
    failure = Failure(
        "exception",
        "subject.Error",
        frames=stack("parse", "Reader.read", "Reader._value"),
        chain=(
            Failure(
                "exception",
                "IndexError",
                frames=(*stack("parse"), Frame("subject", "skip", 9, "", "self.rows[row + 1]")),
            ),
        ),
    )
    assert fingerprint(failure, OWN) == "v2|exception|IndexError|subject|.rows[_]"


@given(st.lists(own_frames, min_size=1, max_size=6), above, above, st.integers(1, 99), st.text())
def test_what_does_not_matter(
    frames: list[Frame],
    over: tuple[Frame, ...],
    under: tuple[Frame, ...],
    line: int,
    message: str,
) -> None:
    """Lines, files, messages, traces, and frames of others above and below change nothing."""
    plain = Failure("exception", "ValueError", "invalid 0x7f00", frames=tuple(frames))
    moved = tuple(dataclasses.replace(frame, line=line, file=message) for frame in frames)
    other = Failure("exception", "ValueError", message, frames=over + moved + under, text=message)
    assert fingerprint(plain, OWN) == fingerprint(other, OWN)


@given(own_frames, own_frames, st.sampled_from(["KeyError", "subject.Error"]))
def test_what_matters(one: Frame, other: Frame, type: str) -> None:
    """Another type, another function, another cause: another crash."""
    first = Failure("exception", "ValueError", frames=(one,))
    assert fingerprint(first, OWN) != fingerprint(dataclasses.replace(first, type=type), OWN)
    caused = dataclasses.replace(first, chain=(Failure("exception", type, frames=(other,)),))
    assert fingerprint(first, OWN) != fingerprint(caused, OWN)
    same = place(one) == place(other)
    second = dataclasses.replace(first, frames=(other,))
    assert same == (fingerprint(first, OWN) == fingerprint(second, OWN))


@given(
    st.lists(names, min_size=1, max_size=4, unique=True),
    st.integers(5, 40),
    st.integers(0, 3),
    st.integers(0, 3),
)
def test_recursion_has_no_depth_and_no_end(
    cycle: list[str], rounds: int, skip: int, extra: int
) -> None:
    """A recursion that hit the limit is its cycle, wherever it began and ended."""
    turning = cycle * rounds
    hit = failed(*turning[skip % len(cycle) : len(turning) - extra % len(cycle)])
    limit = dataclasses.replace(hit, type="RecursionError")
    whole = dataclasses.replace(failed(*cycle * 9), type="RecursionError")
    assert fingerprint(limit, OWN) == fingerprint(whole, OWN)
    assert fingerprint(limit, OWN) == "v2|exception|RecursionError|recursion in subject"


def test_recursion_is_where_it_turns() -> None:
    """Neither the way into it nor what hit the limit below it names it."""
    turning = [Frame("subject.tree", "walk", 1), Frame("subject.tree", "branch", 2)] * 40
    frames = (*stack("main", "parse"), *turning, Frame("subject.lexer", "skip", 3))
    deep = Failure("exception", "RecursionError", frames=frames)
    assert fingerprint(deep, OWN) == "v2|exception|RecursionError|recursion in tree"


def test_mixed_recursions_make_no_names_of_their_own() -> None:
    """Lists in maps in lists hit the limit as lists do: one missing limit, one crash."""
    lists, maps = ["value", "array"] * 50, ["value", "map"] * 50
    mixed = ["value", "array", "value", "map"] * 25
    known = {fingerprint(failed(*names, type="RecursionError"), OWN) for names in (lists, maps)}
    assert fingerprint(failed(*mixed, type="RecursionError"), OWN) in known


def test_what_hit_the_limit_below_the_cycle_is_luck() -> None:
    """The last call before the limit may be any small function; it names nothing."""
    cycle = ["value", "array"] * 50
    wanted = fingerprint(failed(*cycle, type="RecursionError"), OWN)
    for tail in (["peek"], ["array", "peek", "decode"], ["skip"]):
        assert wanted == fingerprint(failed(*cycle, "value", *tail, type="RecursionError"), OWN)


@given(st.integers(0, 30), st.sampled_from(["array", "map"]))
def test_depth_of_an_ordinary_failure_is_cut_out(depth: int, inside: str) -> None:
    """The same wrong number is the same crash, in a list in a list or in none."""
    nested = failed("parse", "value", *[inside, "value"] * depth, "number")
    assert fingerprint(failed("parse", "value", "number"), OWN) == fingerprint(nested, OWN)


def test_comprehensions_lambdas_and_decorators_pass_on() -> None:
    """3.12 has no frames for comprehensions; nobody looks for a bug in `wrapper`."""
    noisy = failed(
        "cached.<locals>.wrapper",
        "parse",
        "parse.<locals>.<listcomp>",
        "Reader.read",
        "Reader.read.<locals>.<genexpr>",
        "timed.<locals>._wrapped",
        "Reader.read.<locals>.<lambda>",
    )
    assert fingerprint(failed("parse", "Reader.read"), OWN) == fingerprint(noisy, OWN)
    assert fingerprint(failed("<lambda>"), OWN) == "v2|exception|ValueError|subject.<lambda>"
    lazy = failed("rows.<locals>.<genexpr>")
    assert fingerprint(lazy, OWN) == "v2|exception|ValueError|subject.rows"
    assert "subject.token" in fingerprint(failed("parse.<locals>.token"), OWN)
    assert "subject.inner" in fingerprint(failed("Box.inner"), OWN)
    assert fingerprint(failed("parse", "<module>"), OWN) == fingerprint(failed("parse"), OWN)


def test_hang_is_where_most_of_its_stack_is() -> None:
    """The timer hits anywhere below the loop; a half-handled error is luck too."""
    way = (*stack("parse"), *stack("read", "rows", "row", module="subject.reader"))
    for below in ([], ["skip"], ["peek", "skip"]):
        frames = (*way, *stack(*below, module="subject.lexer"))
        hang = Failure("hang", "harness.failure.Hang", frames=frames)
        assert fingerprint(hang, OWN) == "v2|hang|harness.failure.Hang|reader"
        busy = dataclasses.replace(hang, chain=(failed("skip"),))
        assert fingerprint(busy, OWN) == fingerprint(hang, OWN)
        told = Failure("exception", "RuntimeError", frames=way, chain=(hang,))
        assert fingerprint(told, OWN) == fingerprint(hang, OWN)


def test_memory_runs_out_anywhere() -> None:
    """Which allocation was the one too many is luck."""
    lines = set()
    for statement in ("rows.append(bytearray(size))", "bytearray(size)", "size + 1"):
        frames = (*stack("parse"), Frame("subject", "fill", 9, "", statement))
        lines.add(fingerprint(Failure("memory", "MemoryError", frames=frames), OWN))
    assert lines == {"v2|memory|MemoryError|subject"}


def test_oracle_is_named_by_what_it_compared() -> None:
    """Frames of the check, the detail and values do not matter; what was compared does."""
    violation = Failure(
        "oracle",
        "targets.oracles.Violation",
        "chunks | differ: fed 3+4",
        about="chunks | differ\n",
        frames=(Frame("targets.demo.parse", "check", 3),),
    )
    line = fingerprint(violation, OWN)
    assert line == r"v2|oracle|targets.oracles.Violation|chunks \x7c differ"
    assert line != fingerprint(dataclasses.replace(violation, about="round trip"), OWN)
    wrapped = Failure("exception", "RuntimeError", frames=stack("f"), chain=(violation,))
    assert line == fingerprint(wrapped, OWN)


def test_without_own_frames_the_nearest_code_names_it() -> None:
    """First foreign code; if there is none but ours, the check; never the farm or the library."""
    harness = Frame("harness.children.atheris", "run", 1)
    check = Frame("targets.demo.parse", "check", 2)
    vendor = Frame("vendor.codec", "load", 3)
    library = Frame("json.decoder", "decode", 4)
    started = Frame("__main__", "main", 5)
    both = Failure("exception", "ValueError", frames=(started, harness, check, vendor, library))
    assert fingerprint(both, OWN).endswith("|codec.load")
    only = Failure("exception", "ValueError", frames=(started, harness, check, library))
    assert fingerprint(only, OWN).endswith("|parse.check")
    bare = Failure("exception", "ValueError", frames=(started, harness, library))
    assert fingerprint(bare, OWN) == "v2|exception|ValueError|-"


def test_death_is_its_signal_and_stack() -> None:
    """Native death is told apart by signal and by the own functions that faulthandler saw."""
    text = (
        "Fatal Python error: Segmentation fault\n\n"
        "Thread 0x1 (most recent call first):\n"
        '  File "/usr/lib/python3.11/threading.py", line 324 in wait\n\n'
        "Current thread 0x2 (most recent call first):\n"
        '  File "/e/lib/python3.12/site-packages/subject/lexer.py", line 7 in scan\n'
        '  File "/e/lib/python3.12/site-packages/subject/__init__.py", line 9 in parse\n'
        '  File "/r/targets/demo/parse.py", line 9 in check\n'
    )
    line = fingerprint(from_death("SIGSEGV", text), OWN)
    assert line == "v2|death|SIGSEGV|lexer.scan"
    assert fingerprint(from_death("SIGKILL", ""), OWN) == "v2|death|SIGKILL|-"


def test_overflowing_c_stack_is_its_cycle() -> None:
    """A recursion that ended the process by SIGSEGV does not depend on its depth either."""
    lines = {}
    for first in ("value", "array"):
        other = "array" if first == "value" else "value"
        frames = "".join(
            f'  File "/e/site-packages/subject.py", line {at} in {name}\n'
            for at, name in enumerate([first, other] * 50)
        )
        death = from_death(
            "SIGSEGV", f"Current thread 0x2 (most recent call first):\n{frames}  ...\n"
        )
        lines[first] = fingerprint(death, OWN)
    assert lines["value"] == lines["array"] == "v2|death|SIGSEGV|recursion in subject"


def test_wrapping_an_error_once_a_level_is_one_crash() -> None:
    """A parser that raises its own error from the inner one, level by level, has no depth."""
    subject = loaded(
        "class Bad(Exception): pass\n"
        "def number(): return int('x')\n"
        "def value(depth):\n"
        "    try:\n"
        "        return value(depth - 1) if depth else number()\n"
        "    except Exception as error:\n"
        "        raise Bad('…') from error\n"
    )
    lines = {
        fingerprint(raised(functools.partial(subject.value, depth)), OWN)
        for depth in (0, 1, 7, 8, 40)
    }
    assert {"v2|exception|ValueError|subject.number"} == lines


def test_real_recursion_from_every_depth() -> None:
    """Whatever stands above on the stack, a real RecursionError is the same crash."""
    subject = loaded(
        "def peek(): return ord('x')\n"
        "def value(): peek(); return array()\n"
        "def array(): return [value() for _ in peek.__name__]\n"
    )

    def deeper(depth: int) -> object:
        return deeper(depth - 1) if depth else subject.value()

    lines = {fingerprint(raised(functools.partial(deeper, depth)), OWN) for depth in range(12)}
    assert {"v2|exception|RecursionError|recursion in subject"} == lines


PROBE = """
import importlib, sys; sys.path[:0] = [{root!r}, {folder!r}]
from harness.failure import from_exception
from harness.fingerprint import fingerprint
module = importlib.import_module("subject")
for name in ("items", "keys", "late", "loop", "pattern", "joined", "spread", "format"):
    try: getattr(module.Reader(), name)()
    except Exception as error:  # whatever it raises, its name is what is asked for
        print(fingerprint(from_exception(error), ("subject",)))
"""
SUBJECT = """
import re
class Odd(str):
    def __format__(self, how): raise ValueError(how)
def item(x): return int(x)
class Reader:
    rows = ["a"]
    def items(self): return [[self.rows[y] for y in x] for x in [[7]]]
    def keys(self): return {k: list(item(k) for _ in "a") for k in "ab"}
    def late(self): return sorted("ab", key=lambda x: item(x))
    def loop(self): return [self.loop() for _ in "ab"]
    def pattern(self): return re.compile("(")
    def joined(self):
        for row in self.rows.count("a"):
            print(row)
    def spread(self):
        return self.rows.index(
            "x",
        )
    def format(self): return f"{Odd(self.rows[0]):x}"
"""


def test_every_python_says_the_same(tmp_path: Path) -> None:
    """Comprehensions, lambdas, recursion, loops, lines and renamed library classes: one name."""
    (tmp_path / "subject.py").write_text(SUBJECT, encoding="utf-8")
    expected = [
        "v2|exception|IndexError|subject|.rows[_]",
        "v2|exception|ValueError|subject.item|int(_)",
        "v2|exception|ValueError|subject.item|int(_)",
        "v2|exception|RecursionError|recursion in subject",
        "v2|exception|re.error|subject|.compile()",
        "v2|exception|TypeError|subject|.rows.count()",
        "v2|exception|ValueError|subject|.rows.index()",
        "v2|exception|ValueError|subject.__format__|raise",
    ]
    ran = subprocess.run(
        [sys.executable, "-c", PROBE.format(root=str(ROOT), folder=str(tmp_path))],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert expected == ran.stdout.splitlines()


@given(st.text(), st.text(), st.text(), st.text(), st.text(), st.text())
def test_crash_ids_are_unambiguous(a: str, b: str, c: str, x: str, y: str, z: str) -> None:
    """Different parts give different ids, however their texts run into each other."""
    assert ((a, b, c) == (x, y, z)) == (crash_id(a, b, c) == crash_id(x, y, z))
    assert crash_id(a, b + c, "") != crash_id(a + b, c, "") or not b


def test_crash_id_never_changes() -> None:
    """Ids are stored, filed and compared between machines."""
    assert crash_id("resp", "redis", "v1|exception|ValueError|m.f") == "crash-6c8757cfde61"


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (
            Failure("exception", "ValueError", "bad: b'abc'", frames=stack("f", "Reader.read")),
            "ValueError in subject.Reader.read: bad: b'abc'",
        ),
        (
            Failure("oracle", "Violation", "chunks differ: fed 3+4", about="chunks differ"),
            "chunks differ: fed 3+4",
        ),
        (failed("f", "g", kind="hang", type="harness.failure.Hang"), "hang in subject.f: …"),
        (Failure("death", "SIGSEGV"), "SIGSEGV"),
        (
            Failure("exception", "ValueError", "a\nb\x1b[31m\udc80" + "x" * 99),
            "ValueError: a\\nb\\x1b[31m\\udc80" + "x" * 61 + "…",
        ),
    ],
)
def test_title_is_a_line_that_a_person_would_write(failure: Failure, expected: str) -> None:
    """What, where, and the start of the message, harmless on a terminal and in UTF-8."""
    assert expected == title(failure, OWN)


@given(
    st.builds(Failure, st.sampled_from(["exception", "oracle"]), st.text(), st.text(), st.text())
)
def test_every_line_is_one_line(failure: Failure) -> None:
    """Whatever a subject puts into names and messages, both texts are printable."""
    assert (title(failure, OWN) + fingerprint(failure, OWN)).isprintable()
