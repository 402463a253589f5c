"""Which error of a chain or group names a crash."""

import dataclasses
import functools
import itertools
import types
from collections.abc import Callable
from concurrent.futures.process import _RemoteTraceback
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.failure import Failure, Frame, from_exception
from harness.fingerprint import fingerprint

OWN = ("subject",)


def stack(*functions: str) -> tuple[Frame, ...]:
    """Frames of the named functions, outermost first, each on another line."""
    return tuple(Frame("subject", name, line) for line, name in enumerate(functions, 10))


names = st.sampled_from(["parse", "Reader.read", "Reader._value", "number", "text", "skip"])
own_frames = st.builds(Frame, st.sampled_from(["subject", "subject.lexer"]), names, st.just(1))


def at(function: str, statement: str, type: str = "ValueError", message: str = "") -> Failure:
    """A failure of this statement in a function that others called."""
    frames = (*stack("main", "parse"), Frame("subject", function, 99, "", statement))
    return Failure("exception", type, message, frames=frames)


def written(folder: Path, source: str, name: str = "subject") -> types.ModuleType:
    """A module whose source can be found."""
    file = folder / f"{name}.py"
    file.write_text(source, encoding="utf-8")
    module = types.ModuleType(name)
    exec(compile(source, str(file), "exec"), module.__dict__)
    return module


def raised(call: Callable[[], object]) -> Failure:
    """The failure that the call ends with."""
    try:
        call()
    except BaseException as error:  # whatever it is, it is described
        return from_exception(error)
    raise AssertionError("nothing was raised")


@given(st.lists(own_frames, max_size=4), own_frames, st.lists(own_frames, max_size=3))
def test_the_way_in_does_not_matter(way: list[Frame], last: Frame, around: list[Frame]) -> None:
    """A bug reached by other calls, and raised again as another error or not, is the same bug."""
    plain = Failure("exception", "KeyError", frames=(last,))
    called = dataclasses.replace(plain, frames=(*way, last))
    assert fingerprint(plain, OWN) == fingerprint(called, OWN)
    told = Failure(
        "exception",
        "subject.Error",
        frames=tuple(around),
        chain=(dataclasses.replace(called, via="cause"),),
    )
    assert fingerprint(plain, OWN) == fingerprint(told, OWN)
    group = Failure("exception", "ExceptionGroup", frames=tuple(around), members=(told,))
    assert fingerprint(plain, OWN) == fingerprint(group, OWN)


HANDLING = """
class Bad(Exception): pass
def item(rows): return rows[3].cells
def fail(): raise Bad("no such row")
def told(rows):
    try: return item(rows)
    except IndexError: raise Bad("no such row")
def called(rows):
    try: return item(rows)
    except IndexError: fail()
def broke(rows):
    try: return item(rows)
    except IndexError: return len(rows).bits
def deeper(rows):
    try: return item(rows)
    except IndexError: return other(rows)
def other(rows): return len(rows).bits
"""


def test_an_error_while_another_is_handled_is_its_own(tmp_path: Path) -> None:
    """Raised by the handler it tells of the first one; failing by itself it is another bug."""
    subject = written(tmp_path, HANDLING)
    lines = {
        name: fingerprint(raised(functools.partial(getattr(subject, name), [])), OWN)
        for name in ("item", "told", "called", "broke", "deeper", "other")
    }
    assert lines["item"] == lines["told"] == lines["called"]
    assert lines["broke"] == lines["deeper"] == lines["other"] != lines["item"]


def test_members_of_a_group_come_in_any_order() -> None:
    """Tasks end as they like; members without the subject's code and cancelled ones are no bugs."""
    bugs = [at("read", "self.a + 1", "TypeError"), at("skip", "self.b.c", "AttributeError")]
    noise = [
        Failure("exception", "asyncio.CancelledError", frames=stack("parse")),
        Failure("exception", "A", frames=(Frame("click", "run", 1),)),
    ]
    lines = {
        fingerprint(Failure("exception", "ExceptionGroup", members=members), OWN)
        for members in itertools.permutations([*bugs, *noise])
    }
    assert lines == {fingerprint(bugs[1], OWN)}


def test_an_error_from_another_process_is_where_it_was_raised(tmp_path: Path) -> None:
    """A pool sends it over as an error without a stack, and the stack as text."""
    subject = written(tmp_path, HANDLING)
    wanted = raised(lambda: subject.item([]))
    text = "\n".join(
        f'  File "{frame.file}", line {frame.line}, in {frame.function}\n    {frame.source}\n'
        + " " * (4 + frame.source.index(frame.statement))
        + "^" * len(frame.statement)
        for frame in wanted.frames
    )
    sent: Any = f"\nTraceback (most recent call last):\n{text}\nIndexError: no"
    error = IndexError("list index out of range")
    error.__cause__ = _RemoteTraceback(sent)
    assert fingerprint(from_exception(error), OWN) == fingerprint(wanted, OWN)
