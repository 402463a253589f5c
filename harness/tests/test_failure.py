"""One failing execution as plain data."""

import json

import pytest

from harness import failure
from harness.failure import (
    MAX_CHAIN,
    MAX_FRAMES,
    Failure,
    Frame,
    Hang,
    from_death,
    from_exception,
    from_record,
    module_of,
    quick_key,
    to_record,
)
from targets.oracles import Violation


class Hostile(Exception):
    """Fails while it is shown."""

    def __str__(self) -> str:
        raise RuntimeError("not today")


def caught(error: BaseException, cause: BaseException | None = None) -> BaseException:
    """The error after it was raised."""
    try:
        raise error from cause
    except BaseException as raised:  # any of them
        return raised


@pytest.mark.parametrize(
    ("error", "kind", "type", "about"),
    [
        (ValueError("x"), "exception", "ValueError", ""),
        (Violation("a differs", "b"), "oracle", "targets.oracles.Violation", "a differs"),
        (Hang(), "hang", "harness.failure.Hang", ""),
        (MemoryError(), "memory", "MemoryError", ""),
        (SystemExit(3), "exception", "SystemExit", ""),
    ],
)
def test_kinds(error: BaseException, kind: str, type: str, about: str) -> None:
    """What an exception stands for, and a record of it that JSON carries."""
    described = from_exception(caught(error))
    assert (kind, type, about) == (described.kind, described.type, described.about)
    assert described.frames[-1].function == "caught"
    assert described.frames[-1].module == __name__
    assert described == from_record(json.loads(json.dumps(to_record(described))))


def test_a_hostile_exception_is_still_described() -> None:
    """The subject's own `__str__` may fail."""
    described = from_exception(caught(Hostile()))
    assert described.message == "<message unavailable: RuntimeError>"
    assert "Hostile" in described.text


def test_causes_and_contexts_are_kept_unless_suppressed() -> None:
    """What Python would print, nearest first; a ring of causes ends."""
    inner = caught(KeyError("k"))
    assert [link.type for link in from_exception(caught(ValueError(), inner)).chain] == ["KeyError"]
    hidden = caught(ValueError(), inner)
    hidden.__cause__, hidden.__suppress_context__ = None, True
    assert from_exception(hidden).chain == ()
    inner.__cause__ = hidden
    hidden.__cause__ = inner
    assert len(from_exception(hidden).chain) == 1


def test_a_long_chain_keeps_both_ends() -> None:
    """The last cause is where it all began."""
    error = caught(KeyError("first"))
    for _ in range(3 * MAX_CHAIN):
        error = caught(ValueError(), error)
    chain = from_exception(error).chain
    assert len(chain) == MAX_CHAIN
    assert chain[-1].type == "KeyError"


def test_a_deep_stack_keeps_both_ends() -> None:
    """The way in, and where it ended."""

    def down(depth: int) -> None:
        if depth:
            down(depth - 1)
        raise ValueError

    def way_in() -> None:
        down(500)

    try:
        way_in()
    except ValueError as error:
        frames = from_exception(error).frames
        assert len(frames) == MAX_FRAMES
        assert frames[1].function.endswith("way_in")
        assert frames[-1].function.endswith("down")


def test_the_quick_key_is_the_path() -> None:
    """Equal for the same path with other values, different for another line or oracle."""

    def fail(value: int) -> None:
        if value > 5:
            raise ValueError(value)
        raise ValueError(value)

    keys = []
    for value in (1, 2, 6, 7):
        try:
            fail(value)
        except ValueError as error:
            keys.append(quick_key(error))
    assert keys[0] == keys[1] != keys[2] == keys[3]
    assert quick_key(caught(Violation("a"))) != quick_key(caught(Violation("b")))


def test_members_of_groups_are_kept_with_their_chains() -> None:
    """Also groups in groups; not more of them than MAX_MEMBERS."""
    inner = caught(ValueError("v"), caught(KeyError("k")))
    group = caught(BaseExceptionGroup("g", [BaseExceptionGroup("h", [inner]), TypeError()]))
    described = from_exception(group)
    assert [member.type for member in described.members] == ["ExceptionGroup", "TypeError"]
    (member,) = described.members[0].members
    assert (member.type, member.chain[0].type, member.chain[0].via) == (
        "ValueError",
        "KeyError",
        "cause",
    )
    many = from_exception(ExceptionGroup("g", [OSError() for _ in range(99)]))
    assert len(many.members) == failure.MAX_MEMBERS
    assert described == from_record(json.loads(json.dumps(to_record(described))))


def test_what_failed_is_kept_with_its_line() -> None:
    """The part that a traceback underlines, of the first line alone, and that line."""
    rows: list[int] = []
    try:
        print("é", rows[3], "…")
    except IndexError as error:
        frame = from_exception(error).frames[0]
    assert (frame.statement, frame.source) == ("rows[3]", 'print("é", rows[3], "…")')
    try:
        int(
            "x",
        )
    except ValueError as error:
        frame = from_exception(error).frames[0]
    assert frame.statement == "int("


DUMP = """Fatal Python error: Segmentation fault

Thread 0x00007f01 (most recent call first):
  File "/usr/lib/python3.14/threading.py", line 359 in wait

Current thread 0x00007f02 [python] (most recent call first):
  File "/e/site-packages/subject/lexer.py", line ??? in scan
  File "/e/site-packages/subject/__init__.py", line 12 in parse

Current thread's C stack trace (most recent call first):
  Binary file "/usr/lib/libpython3.14.so", at _Py_DumpStack+0x2d [0x7f]

Extension modules: subject._c (total: 1)
"""


def test_death_takes_the_stack_of_the_thread_that_died() -> None:
    """Whichever thread is shown first; nothing of a C stack; outermost call first."""
    death = from_death("SIGSEGV", DUMP)
    assert (
        Frame("subject", "parse", 12, "/e/site-packages/subject/__init__.py"),
        Frame("subject.lexer", "scan", 0, "/e/site-packages/subject/lexer.py"),
    ) == death.frames
    assert Failure("death", "exit 3") == from_death("exit 3", "")


@pytest.mark.parametrize(
    ("file", "module"),
    [
        ("/e/lib/python3.12/site-packages/redis/_parsers/resp2.py", "redis._parsers.resp2"),
        ("/usr/lib/python3/dist-packages/yaml/__init__.py", "yaml"),
        ("/usr/lib/python3.11/json/decoder.py", "json.decoder"),
        ("/usr/lib/python3.13t/re/__init__.py", "re"),
        ("/srv/x/targets/resp/parse.py", "targets.resp.parse"),
        ("/srv/targets/.local/lib/python3.12/json/decoder.py", "json.decoder"),
        ("/srv/x/mine.py", "mine"),
        ("<string>", "<string>"),
        ("", "?"),
    ],
)
def test_modules_are_guessed_from_paths(file: str, module: str) -> None:
    """Faulthandler knows files only."""
    assert module == module_of(file)


def test_texts_are_bounded() -> None:
    """A message of any size costs little."""
    described = from_exception(caught(ValueError("x" * 10_000_000)))
    assert len(described.message) == 2000
    assert len(described.text) <= failure.MAX_TEXT
