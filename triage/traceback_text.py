"""Failures read back from text: tracebacks and faulthandler's stacks, also in the midst of a log.

Text knows less than a live exception: bare function names, modules guessed from paths. Pure.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from harness import failure as failures
from harness.failure import MAX_CHAIN, MAX_FRAMES, MAX_TEXT, Failure, Frame, from_death, module_of
from targets.oracles import Violation

MAX_REPEATS = 20
"""Frames made of one "[Previous line repeated …]": enough to see a recursion."""
MAX_LINE = 10_000
"""Characters of a line that are looked at."""
MAX_PREFIX = 200
"""Characters before a traceback that may be the mark of a log, to be expected on every line."""
MAX_DEPTH = 10
"""Groups in groups that are read; CPython prints no more."""
MAX_SHAPES = 8
"""Different marks of a log that are tried, the last one in the text first."""

_HEADER = re.compile(r"(?:Exception Group )?Traceback \(most recent call last\):")
_START = re.compile(rf"(?P<before>.*?)(?P<margin>  \+ )?{_HEADER.pattern}")
_FATAL = re.compile(
    r"(?P<before>.*?)(?:Fatal Python error: (?P<error>.+)|(?P<late>Timeout \(.+\)!)"
    r"|Current thread 0x\w+.* \(most recent call first\):)"
)
_FRAME = re.compile(r'  File "(?P<file>.+?)", line (?P<line>\d+), in (?P<name>.+)')
_REPEATED = re.compile(r"  \[Previous line repeated (?P<times>\d+) more times?\]")
_ERROR = re.compile(
    r"(?P<type>[^\W\d]\w*(?:\.(?:[^\W\d]\w*|<locals>))*)(?::(?: (?P<message>.*))?)?"
)
_BETWEEN = (
    "The above exception was the direct cause of the following exception:",
    "During handling of the above exception, another exception occurred:",
)
_MEMBERS = re.compile(r"\+-\+-{5,} .+ -{5,}")
_NEXT_MEMBER = re.compile(r"  \+-{5,} .+ -{5,}")
_CLOSED = re.compile(r" {2,}\+-{5,}")
_IN_GROUP = re.compile(r" +[|+]")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")  # 3.13 and later paint tracebacks
_HANG = failures.qualified(failures.Hang)
_KINDS = {"MemoryError": "memory", _HANG: "hang", failures.qualified(Violation): "oracle"}
_SIGNALS = {
    "Segmentation fault": "SIGSEGV",
    "Bus error": "SIGBUS",
    "Floating point exception": "SIGFPE",
    "Floating-point exception": "SIGFPE",
    "Illegal instruction": "SIGILL",
}
"""faulthandler's words; for any other fatal error the interpreter aborts."""


def read(text: str) -> Failure | None:
    """The failure of the last complete traceback or native stack in the text; None without one."""
    lines = [line[:MAX_LINE].rstrip() for line in _COLOUR.sub("", text).split("\n")]
    found = _last_traceback(lines)
    death = _last_death(lines)
    if found is None or (death is not None and death[0] > found[0]):
        return death and death[1]
    return found[1]


def _last_traceback(lines: Sequence[str]) -> tuple[int, Failure] | None:
    """Where the last complete traceback begins, and what it says."""
    starts = [
        (at, start)
        for at, line in enumerate(lines)
        if line.endswith("(most recent call last):") and (start := _START.fullmatch(line))
    ]
    shapes = [_shape(start["before"], lines[at + 1 : at + 2]) for at, start in starts]
    groups = {shape for shape, (_, start) in zip(shapes, starts, strict=True) if start["margin"]}
    tops = dict.fromkeys(
        shape
        for shape, (_, start) in zip(reversed(shapes), reversed(starts), strict=True)
        # a member of a group has the group's mark of a log, and then its own margin
        if not any(re.fullmatch(rf"{group} {{4,}}\| ", start["before"]) for group in groups)
    )
    found = (_links(_ungrouped(_stripped(lines, shape))) for shape in list(tops)[:MAX_SHAPES])
    at, links = max(found, key=lambda item: item[0], default=(-1, []))
    if not links:
        return None
    text = "\n".join(lines[at:])[:MAX_TEXT]
    return at, dataclasses.replace(links[0], chain=tuple(links[1:]), text=text)


def _last_death(lines: Sequence[str]) -> tuple[int, Failure] | None:
    """Where the last native stack begins, and what faulthandler says in it."""
    found = [
        (at, start)
        for at, line in enumerate(lines)
        if line.endswith((" first):", ")!")) or "Fatal Python error: " in line
        if (start := _FATAL.fullmatch(line))
    ]
    named = [item for item in found if item[1]["error"] or item[1]["late"]] or found
    if not named:
        return None
    at, start = named[-1]
    text = "\n".join(_stripped(lines[at:], _shape(start["before"], lines[at + 1 : at + 2])))
    if start["late"]:  # all threads, the newest first: the main thread comes last
        last = max(text.rfind("\nThread 0x"), text.rfind("\nCurrent thread 0x"))
        stack = from_death("", text[max(last, 0) :])
        return at, dataclasses.replace(stack, kind="hang", type=_HANG)
    cause = _SIGNALS.get(start["error"], "SIGABRT") if start["error"] else "unknown"
    return at, from_death(cause, text)


def _shape(before: str, following: Sequence[str]) -> str:
    """A pattern for what a log puts before each line, made of what it put before the first."""
    exact = re.escape(before)
    if not before.strip() or len(before) > MAX_PREFIX:
        return exact
    body = before.rstrip()
    kinds = (
        r"\w+" if token[0].isalnum() else r"\s+" if token.isspace() else re.escape(token)
        for token in re.findall(r"\w+|\s+|[^\w\s]", body)
    )
    gap = before[len(body) :]
    pattern = "".join(kinds) + re.escape(gap)
    # Only the first line has it when the message of a log call was put on the same line.
    return pattern if all(re.match(pattern, line + gap) for line in following if line) else exact


def _stripped(lines: Sequence[str], shape: str) -> list[str]:
    """The lines without what the log put before them."""
    if not shape:
        return list(lines)
    prefix, blank = re.compile(shape), re.compile(re.sub(r"(?:\\ )+$", "", shape))
    found = ((line, prefix.match(line)) for line in lines)
    return [
        line[match.end() :] if match else "" if blank.fullmatch(line) else line
        for line, match in found
    ]


def _ungrouped(lines: Sequence[str]) -> list[str]:
    """The lines with the margin of outermost groups taken off, so that they begin as others do."""
    result, inside = list[str](), False
    for at, line in enumerate(lines):
        inside = inside or bool(line.startswith("  + ") and _HEADER.fullmatch(line[4:]))
        result.append(_outdented(line) if inside else line)
        inside = inside and not _ends(lines, at)
    return result


def _outdented(line: str) -> str:
    if line.startswith(("  | ", "  + ")):
        return line[4:]
    return "" if line == "  |" else line.removeprefix("  ")


def _links(lines: Sequence[str], depth: int = 0) -> tuple[int, list[Failure]]:
    """Where the last complete chain's last traceback begins, and its links, nearest first."""
    best, links = (-1, list[Failure]()), list[Failure]()
    linked, at, told = False, 0, ""  # a separator was last; what was last said outside of any
    while at < len(lines):
        line = lines[at]
        if line in _BETWEEN:
            bare = _ERROR.fullmatch(told)
            if bare is not None:  # never raised before, thus without a traceback
                links = _joined([_failure(bare, ())], links if linked else ())
            linked, told = bool(links), ""
        elif _HEADER.fullmatch(line):
            begin = at
            found, at = _one(lines, at + 1, depth)
            links = _joined(found, links if linked else ()) if found else []
            best = (begin, links) if links else best
            linked, told = False, ""
            continue
        elif line:
            told = "" if links and not linked else (told or line) if linked else line
        at += 1
    return best


def _joined(nearer: Sequence[Failure], further: Sequence[Failure]) -> list[Failure]:
    links = [*nearer, *further]
    far = max(len(links) - MAX_CHAIN // 2, 1 + MAX_CHAIN // 2)
    return [*links[: 1 + MAX_CHAIN // 2], *links[far:]]


def _one(lines: Sequence[str], at: int, depth: int) -> tuple[list[Failure], int]:
    """The traceback whose frames begin here, its first member's links after it; where it ends."""
    frames: list[Frame] = []
    while at < len(lines) and lines[at] not in _BETWEEN and not _HEADER.fullmatch(lines[at]):
        line = lines[at]
        at += 1
        if frame := _FRAME.fullmatch(line):
            file = frame["file"]
            frames.append(Frame(module_of(file), frame["name"], int(frame["line"]), file))
        elif (again := _REPEATED.fullmatch(line)) and frames:
            frames += frames[-1:] * min(int(again["times"][:4]), MAX_REPEATS)
        elif not line or line[0].isspace() or _goes_on(lines[at : at + 3]):
            continue  # source, carets, and what another thread wrote in between
        elif error := _ERROR.fullmatch(line):
            members, at = _first_member(lines, at, depth)
            return [_failure(error, frames), *members], at
        else:
            break
    return [], at


def _goes_on(following: Sequence[str]) -> bool:
    for line in following:
        if _FRAME.fullmatch(line):
            return True
        if line in _BETWEEN or _HEADER.fullmatch(line):
            return False
    return False


def _first_member(lines: Sequence[str], at: int, depth: int) -> tuple[list[Failure], int]:
    """The links of a group's first member, if members follow; where the group ends."""
    begin = at
    while begin < len(lines) and not _MEMBERS.fullmatch(lines[begin]):
        if lines[begin] in _BETWEEN or _HEADER.fullmatch(lines[begin]):
            return [], at
        begin += 1
    if begin == len(lines) or depth >= MAX_DEPTH:
        return [], at
    last = next((n for n in range(begin, len(lines)) if _ends(lines, n)), len(lines) - 1)
    inside = lines[begin + 1 : last + 1]
    first = next((n for n, line in enumerate(inside) if _NEXT_MEMBER.fullmatch(line)), len(inside))
    member = [_outdented(line) for line in inside[:first]]
    links = _links(member, depth + 1)[1]
    for index, line in enumerate(() if links else member):  # never raised: no traceback
        if bare := _ERROR.fullmatch(line):
            links = [_failure(bare, ()), *_first_member(member, index + 1, depth + 1)[0]]
            break
    return links, last + 1


def _ends(lines: Sequence[str], at: int) -> bool:
    """Whether a group ends here; when its last member is one, only the innermost is closed."""
    following = lines[at + 1] if at + 1 < len(lines) else ""
    return bool(_CLOSED.fullmatch(lines[at])) and not _IN_GROUP.match(following)


def _failure(error: re.Match[str], frames: Sequence[Frame]) -> Failure:
    """One link, without its chain; the message's first line, as a log may go on right after it."""
    message, kind = (error["message"] or "")[:2000], _KINDS.get(error["type"], "exception")
    if len(frames) > MAX_FRAMES:
        frames = [*frames[: MAX_FRAMES // 2], *frames[-(MAX_FRAMES // 2) :]]
    about = message if kind == "oracle" else ""
    return Failure(kind, error["type"], message, about, tuple(frames))
