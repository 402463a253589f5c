"""What makes two sightings the same crash: a failure folded to one line, and that line to an id.

A fingerprint says where a failure began, not what happened on the way: the error at the root of
the chain, the module of the subject that it came from, and what that module was doing. How it was
called, what was made of the error, line numbers, local names and values do not matter, and the
name of the function only where the failing statement says too little. It is the same on every
machine and on CPython 3.11 to 3.14, live and read from text. Pure; standard library only.
"""

from __future__ import annotations

import collections
import dataclasses
import hashlib
import json
import re
from collections.abc import Sequence

from harness import fingerprint_v1
from harness.failure import NATIVE, Failure, Frame, is_remote
from harness.fingerprint_frames import RAISER, Sieve, place, qualified_place
from harness.fingerprint_origin import origin, resolved
from harness.statement import literal, raises, shape, surroundings

VERSION = 3
"""Changes whenever the same failure would get another fingerprint than before."""
FORM = "v2"
"""What a fingerprint begins with: its parts are the same since the second version.

The third one only stopped cutting the names of oracles, so all other fingerprints stay as they are.
"""
TITLE_MESSAGE = 80
"""Characters of a message that go into a title."""
MAX_WORDS = 5
"""First words of a raised message that name a crash."""

_RENAMED = {"re.PatternError": "re.error"}  # 3.13 renamed the class
_DEEP_STACK = 80
"""Frames of a stack that may have ended a process by its depth (faulthandler shows 100)."""
_VALUE = r"['\"`(\[{<]|(?<![\w.])-?\d|\\|(?<!\w)[A-Za-z]?:?/\w|\x1b"
_EDGES = " :,;-.="
_UNKNOWN_NAME = re.compile(r"name '(\w+)' is not defined")
_TEMPLATE = re.compile(rf"(?:(?!{_VALUE}).)*")


@dataclasses.dataclass(frozen=True, slots=True)
class Parts:
    """What a fingerprint is made of, each readable by itself; empty where it does not count.

    `place` is a module or `module.function`, `detail` what failed there.
    """

    kind: str
    type: str
    place: str = ""
    detail: str = ""


def fingerprint(failure: Failure, own: tuple[str, ...]) -> str:
    """One readable line, equal for sightings of the same crash.

    `own` are the prefixes of the subject's own modules; empty where they are not known. The parts,
    split by `|`: version, kind, type, place, detail.

    >>> read = Frame("redis._parsers.resp2", "_RESP2Parser._read_response", 63, "", "int(response)")
    >>> fingerprint(Failure("exception", "ValueError", "…", frames=(read,)), ("redis._parsers",))
    'v2|exception|ValueError|resp2._read_response|int(_)'
    """
    found = parts(failure, own)
    told = (found.kind, found.type, found.place, found.detail)
    return "|".join(_plain(part) for part in (FORM, *told) if part)


def former(failure: Failure, own: tuple[str, ...]) -> tuple[str, ...]:
    """The lines that older versions gave this failure, the newest first."""
    known = tuple(frame for frame in failure.frames if not frame.module.startswith(NATIVE))
    chain = tuple(
        dataclasses.replace(link, frames=()) if is_remote(link.type) else link
        for link in failure.chain
    )
    then = dataclasses.replace(failure, frames=known, chain=chain)
    return (*_cut(failure, own), fingerprint_v1.fingerprint(then, own))


def _cut(failure: Failure, own: tuple[str, ...]) -> tuple[str, ...]:
    """The line of the second version, which cut the name of an oracle at the first value in it."""
    found = parts(failure, own)
    if found.kind != "oracle":
        return ()
    told = (FORM, found.kind, found.type, template(found.place))
    line = "|".join(_plain(part) for part in told if part)
    return () if line == fingerprint(failure, own) else (line,)


def parts(failure: Failure, own: tuple[str, ...]) -> Parts:
    """What the failure's fingerprint is made of."""
    failure = resolved(failure)
    sieve = Sieve(failure, own)
    link = origin(failure, sieve)
    names = sieve.names(link.frames)
    found = Parts(link.kind, _type(link.type))
    if link.kind == "oracle":
        return dataclasses.replace(found, place=_stated(link.about) or template(link.message))
    if _at_a_limit(link):
        return dataclasses.replace(found, place=f"recursion in {_entry(names)}")
    if link.kind in ("hang", "memory"):
        return dataclasses.replace(found, place=_busiest(names))
    if not names:
        return dataclasses.replace(found, place="-", detail=template(link.message))
    return _of_statement(found, link, names, sieve)


def _of_statement(found: Parts, link: Failure, names: Sequence[Frame], sieve: Sieve) -> Parts:
    """What failed names a crash better than where: functions are renamed, split and joined.

    A function counts where the statement is not known, or such as many functions have it.
    """
    function = place(names[-1])
    module = function.partition(".")[0]
    # The innermost one of ours, also if it is a comprehension: there the statement is.
    ours = [step for step in sieve.steps(link.frames) if sieve.ours(step.frame)]
    inner = next(step.frame for step in reversed(ours) if step.dropped != RAISER)
    statement = inner.statement
    if raises(statement) or ours[-1].dropped == RAISER:
        told = _told(link.message, statement)
        return dataclasses.replace(
            found, place=module if told else function, detail=f"raise {told}".rstrip()
        )
    unknown = _UNKNOWN_NAME.match(link.message) if link.type == "NameError" else None
    if unknown:
        return dataclasses.replace(found, place=module, detail=unknown[1])
    what = shape(statement)
    if what.is_telling:
        return dataclasses.replace(found, place=module, detail=what.text)
    around = surroundings(inner.source)
    detail = f"{what.text} in {around.text}" if around.text not in ("", what.text) else what.text
    return dataclasses.replace(found, place=module if around.names else function, detail=detail)


def before_values(message: str) -> str:
    """The beginning of a message's first line, up to the first value in it: what it always says.

    >>> before_values("Expected a name, got 'x' at 3"), before_values("not at 3")
    ('Expected a name, got ', 'not at ')
    """
    found = _TEMPLATE.match(message.partition("\n")[0])
    return found[0] if found else ""


def template(message: str) -> str:
    """What a message always says, without case, spacing and the punctuation around it."""
    return " ".join(before_values(message).split()).strip(_EDGES).lower()


def _stated(about: str) -> str:
    """The first line of what an oracle says it is about, whole: digits and quotes are meant."""
    return " ".join(about.partition("\n")[0].split()).strip(_EDGES).lower()


def _told(message: str, statement: str) -> str:
    """The first words of a raised message that are the program's own.

    They stand in the statement, if all of it does; else what a message begins with may be an input.
    """
    words = template(literal(statement)).split()
    if not words:
        words = template(message).split()
        words = words if len(words) > 1 else []
    return " ".join(words[:MAX_WORDS]).strip(_EDGES)


def _busiest(names: Sequence[Frame]) -> str:
    """The module that most of the stack is in, the inner of two.

    What is just done when time or memory has run out is luck.
    """
    modules = [place(frame).partition(".")[0] for frame in names]
    counts = collections.Counter(modules)
    often = max(counts.values(), default=0)
    inner = [module for module in modules if counts[module] == often]
    return inner[-1 if often > 1 else 0] if inner else "-"


def _at_a_limit(link: Failure) -> bool:
    """Whether the depth of the stack is the failure, so that its innermost frames are luck."""
    if link.type == "RecursionError":
        return True
    return link.kind in ("memory", "death") and len(link.frames) >= _DEEP_STACK


def _entry(names: Sequence[Frame]) -> str:
    """The module of the first function on the way in that is called again and again.

    Inputs mix the functions of a recursion as they like: they are one missing limit.
    """
    counts = collections.Counter(map(place, names))
    often = max(counts.values(), default=0)
    first = next((frame for frame in names if 4 * counts[place(frame)] >= often), None)
    return place(first).partition(".")[0] if first else "-"


def crash_id(target: str, package: str, fingerprint: str) -> str:
    """`crash-` and twelve hex digits: the same on every machine for the same three texts."""
    text = json.dumps([target, package, fingerprint])  # unambiguous, whatever is in the parts
    return f"crash-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def title(failure: Failure, own: tuple[str, ...]) -> str:
    """One line that a person would write: what, where, and the message's first characters.

    >>> title(Failure("death", "SIGSEGV", frames=(Frame("native", "load", 3),)), ("native",))
    'SIGSEGV in native.load'
    """
    names = Sieve(failure, own).names(failure.frames)
    named = names[:1] if failure.kind == "hang" else names[-1:]  # the way into a hang stays
    where = "".join(f" in {qualified_place(frame)}" for frame in named)
    message = failure.message
    if failure.kind == "oracle":
        head = f"{failure.about}{where}"
        message = message.removeprefix(failure.about).removeprefix(":").lstrip()
    elif failure.kind == "hang":
        head = f"hang{where}"
    else:
        head = f"{_type(failure.type)}{where}"
    head, message = _plain(head, also=""), _plain(message[: 2 * TITLE_MESSAGE], also="")
    if len(message) > TITLE_MESSAGE:
        message = message[: TITLE_MESSAGE - 1] + "…"
    return f"{head}: {message}" if message else head


def _type(name: str) -> str:
    name = _RENAMED.get(name, name.replace(".<locals>", ""))
    return name.removeprefix("__main__.")


def _plain(text: str, also: str = "|") -> str:
    """The text on one line: what is not printable, and `also`, is escaped."""
    return "".join(
        letter if letter.isprintable() and letter not in also else _escaped(letter)
        for letter in text
    )


def _escaped(letter: str) -> str:
    return "\\x7c" if letter == "|" else letter.encode("unicode_escape").decode("ascii")
