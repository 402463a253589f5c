"""The first version of fingerprints, frozen: crashes were stored and filed under its lines.

Only so that a crash is still known by the id that it had. Pure; standard library only.
"""

from __future__ import annotations

import collections
import sys
from collections.abc import Callable, Sequence

from harness.failure import Failure, Frame

VERSION = 1
MAX_NAMES = 3
"""Innermost functions that name a crash."""
MAX_CYCLE = 8
"""Functions of a recursion that name a crash."""

_WRAPPERS = frozenset(("wrapper", "_wrapper", "wrapped", "_wrapped", "inner", "_inner"))
_MACHINERY = frozenset(("harness", "triage", "reports", "__main__", "?")) | frozenset(
    ("atheris", "hypothesis", "pytest", "_pytest", "pluggy")
)
"""Never name a crash (`__main__` is how a child is started)."""
# The standard library of all supported versions: a name must not depend on who looks.
_OTHER_STDLIB = """
    _android_support _apple_support _ast_unparse _colorize _opcode_metadata _py_warnings _pyrepl
    aifc annotationlib asynchat asyncore audioop cgi cgitb chunk compression crypt distutils
    imghdr imp lib2to3 mailcap msilib nis nntplib ossaudiodev pathlib pipes smtpd sndhdr spwd
    string sunau telnetlib uu xdrlib
"""
_STDLIB = frozenset(sys.stdlib_module_names) | frozenset(_OTHER_STDLIB.split())
_RENAMED = {"re.PatternError": "re.error"}  # 3.13 renamed the class
_DEEP_STACK = 80
"""Frames of a stack that may have ended a process by its depth (faulthandler shows 100)."""


def fingerprint(failure: Failure, own: tuple[str, ...]) -> str:
    """The line by which the failure was known: version, kind, type, functions, causes."""
    parts = [f"v{VERSION}", failure.kind, _type(failure.type)]
    names = _names(failure, own)
    if failure.kind == "oracle":
        parts.append(failure.about)
        parts += [" > ".join(names)] if names else []
    else:
        parts.append(" > ".join(names) or "-")
    return "|".join(_plain(part) for part in (*parts, *_causes(failure, own)))


def former(failure: Failure, own: tuple[str, ...]) -> tuple[str, ...]:
    """The lines of the same failure by older versions, the oldest first."""
    del failure, own
    return ()


def _names(failure: Failure, own: tuple[str, ...]) -> list[str]:
    """The functions that name this failure, from outermost to innermost."""
    ours = _chooser(failure, own)
    if failure.kind == "hang":  # the timer hits anywhere below; only the way in stays the same
        return [_name(frame) for frame in _significant(failure.frames, ours)[:1]]
    if _at_a_limit(failure):
        cycle = _cycle(failure.frames, ours)
        if cycle:
            return cycle[:MAX_CYCLE]
    return _without_loops(_significant(failure.frames, ours))[-MAX_NAMES:]


def _causes(failure: Failure, own: tuple[str, ...]) -> list[str]:
    """One part for every different cause: its type, and the innermost own function it came from."""
    if failure.kind in ("hang", "memory") or failure.type == "RecursionError":
        return []  # what happened to be handled when time, memory or stack ran out is luck

    def ours(frame: Frame) -> bool:
        return _is_below(frame.module, own)

    def part(link: Failure) -> str:
        if link.type == "RecursionError":
            names = _cycle(link.frames, ours)[:1]
        else:
            names = _without_loops(_significant(link.frames, ours))[-1:]
        return f"from {_type(link.type)}" + "".join(f" in {name}" for name in names)

    # Handlers near the limit hit it again: only the deepest stack says where the recursion is.
    limits = [link for link in failure.chain if link.type == "RecursionError"]
    deepest = max(limits, key=lambda link: len(link.frames), default=None)
    # A parser that wraps its error once a level has a chain as long as its input is deep.
    parts = dict.fromkeys(
        part(link) for link in failure.chain if link.type != "RecursionError" or link is deepest
    )
    return [text for text in parts if text != part(failure)]


def _chooser(failure: Failure, own: tuple[str, ...]) -> Callable[[Frame], bool]:
    """Which frames may name the failure: the subject's own, else foreign code, else the check's."""

    def subject(frame: Frame) -> bool:
        return _is_below(frame.module, own)

    def foreign(frame: Frame) -> bool:
        return check(frame) and not _is_below(frame.module, ("targets",))

    def check(frame: Frame) -> bool:
        root = frame.module.partition(".")[0]
        return root not in _MACHINERY and root not in _STDLIB and frame.module != "targets.oracles"

    if failure.kind == "oracle":
        return subject
    for chosen in (subject, foreign, check):
        if any(chosen(frame) for frame in failure.frames):
            return chosen
    return subject


def _is_below(module: str, prefixes: tuple[str, ...]) -> bool:
    return any(module == prefix or module.startswith(f"{prefix}.") for prefix in prefixes)


def _significant(frames: Sequence[Frame], ours: Callable[[Frame], bool]) -> list[Frame]:
    """Our frames without those that only pass a call on; all of ours if nothing else is left."""
    chosen = [frame for frame in frames if ours(frame)]
    return [frame for frame in chosen if not _passes_on(frame)] or chosen


def _passes_on(frame: Frame) -> bool:
    """Comprehensions (inlined from 3.12 on), lambdas, and the inside of decorators."""
    rest, _, last = frame.function.rpartition(".")
    if last.startswith("<"):
        return last != "<module>"
    return frame.module == "functools" or (
        last in _WRAPPERS and (not rest or rest.endswith("<locals>"))
    )


def _name(frame: Frame) -> str:
    """`module.function`; what passes on a call is named by the function that it is written in."""
    function = frame.function
    if _passes_on(frame):
        function = function.removesuffix(".<lambda>").removesuffix(".<genexpr>")
        for comprehension in (".<listcomp>", ".<setcomp>", ".<dictcomp>"):
            function = function.removesuffix(comprehension)
        function = function.removesuffix(".<locals>")
    return f"{frame.module}.{_outer(function)}"


def _outer(qualified: str) -> str:
    return qualified.replace(".<locals>", "")


def _type(name: str) -> str:
    return _RENAMED.get(name, _outer(name))


def _without_loops(frames: Sequence[Frame]) -> list[str]:
    """The path with every loop cut out: the same however deep the input nests, and in what."""
    path: list[str] = []
    for frame in frames:
        name = _name(frame)
        if name in path:
            del path[path.index(name) + 1 :]
        else:
            path.append(name)
    return path


def _at_a_limit(failure: Failure) -> bool:
    """Whether the depth of the stack is the failure, so that its innermost frames are luck."""
    if any(link.type == "RecursionError" for link in (failure, *failure.chain)):
        return True
    return failure.kind in ("memory", "death") and len(failure.frames) >= _DEEP_STACK


def _cycle(frames: Sequence[Frame], ours: Callable[[Frame], bool]) -> list[str]:
    """Our functions in the recursion that fills the stack, least name first; empty without one.

    Candidates are the stretches between two calls of a function in which no other repeats. Inputs
    that mix recursions must not make new names of their own, and counts that differ by where the
    limit hit must not decide: among the frequent ones the shortest wins, then the alphabet.
    """
    steps = [(_name(frame), ours(frame)) for frame in frames if not _passes_on(frame)]
    last: dict[str, int] = {}
    counts: collections.Counter[tuple[str, ...]] = collections.Counter()
    start = 0  # of the longest stretch up to here without a repeated name
    for index, (name, _) in enumerate(steps):
        before = last.get(name, -1)
        if before >= start:
            counts[_rotated([step for step, is_ours in steps[before:index] if is_ours])] += 1
            start = before + 1
        last[name] = index
    frequent = [names for names, count in counts.items() if 4 * count >= max(counts.values())]
    return list(sorted(frequent, key=lambda names: (len(names), names))[0]) if frequent else []


def _rotated(names: list[str]) -> tuple[str, ...]:
    """The rotation that comes first in the alphabet: a cycle has no beginning."""
    return min((tuple(names[at:] + names[:at]) for at in range(len(names))), default=())


def _plain(text: str, also: str = "|") -> str:
    """The text on one line: what is not printable, and `also`, is escaped."""
    return "".join(
        letter if letter.isprintable() and letter not in also else _escaped(letter)
        for letter in text
    )


def _escaped(letter: str) -> str:
    return "\\x7c" if letter == "|" else letter.encode("unicode_escape").decode("ascii")
