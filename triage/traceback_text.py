"""Failures read back from text: tracebacks and faulthandler's stacks, also in the midst of a log.

Text knows less than a live exception: bare function names, modules guessed from paths. Pure.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Sequence

from harness import failure as failures
from harness.failure import (
    MAX_CHAIN,
    MAX_FRAMES,
    MAX_MEMBERS,
    MAX_TEXT,
    Failure,
    Frame,
    module_of,
)
from harness.fingerprint import before_values
from harness.fingerprint_frames import knows_subject
from harness.statement import failing
from targets.oracles import Violation
from triage.traceback_layouts import as_printed, unescaped
from triage.traceback_logs import shape, stripped
from triage.traceback_native import HANG, hung, last_death

MAX_REPEATS = 20
"""Frames made of one "[Previous line repeated …]": enough to see a recursion."""
MAX_LINE = 10_000
"""Characters of a line that are looked at."""
MAX_DEPTH = 10
"""Groups in groups that are read; CPython prints no more."""
MAX_SHAPES = 8
"""Different marks of a log that are tried, the last one in the text first."""

_HEADER = re.compile(r"(?:Exception Group )?Traceback \(most recent call last\):")
_START = re.compile(rf"(?P<before>.*?)(?P<margin>  \+ )?{_HEADER.pattern}")
_FRAME = re.compile(r'  File "(?P<file>.+?)", line (?P<line>\d+), in (?P<name>.+)')
_REPEATED = re.compile(r" *\[Previous line repeated (?P<times>\d+) more times?\]")
_ERROR = re.compile(
    r"(?P<type>[^\W\d]\w*(?:\.(?:[^\W\d]\w*|<locals>))*)(?::(?: (?P<message>.*))?)?"
)
_ERROR_NAME = re.compile(r"[\w.]*(?:Error|Exception|Warning|Interrupt|Exit|Group)(?:: |$)")
_BETWEEN = {
    "The above exception was the direct cause of the following exception:": "cause",
    "During handling of the above exception, another exception occurred:": "context",
}
"""What stands between two links of a chain → how the upper one hangs on the lower."""
_MEMBERS = re.compile(r"\+-\+-{5,} .+ -{5,}")
_NEXT_MEMBER = re.compile(r"  \+-{5,} .+ -{5,}")
_MARKS = re.compile(r" *[~^][~^ ]*")
_CLOSED = re.compile(r" {2,}\+-{5,}")
_IN_GROUP = re.compile(r" +[|+]")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")  # 3.13 and later paint tracebacks
_CHILD_DIED = re.compile(
    r"Broken\w+$|CalledProcessError$|EOFError$|ConnectionResetError$|\w*(?:Lost|Died|Crashed)\w*$"
)
_KINDS = {"MemoryError": "memory", HANG: "hang", failures.qualified(Violation): "oracle"}


def read(text: str) -> Failure | None:
    """The failure of the last complete traceback or native stack in the text; None without one."""
    whole = unescaped(_COLOUR.sub("", text).split("\n"))
    lines = as_printed([line[:MAX_LINE].rstrip() for line in whole])
    found = _last_traceback(lines)
    death = last_death(lines)
    if found is None or death is None:
        last = found or death
        return last and last[1]
    if death[0] > found[0] or _tells_of_death(found[1]):
        return death[1]
    return found[1]


def _tells_of_death(failure: Failure) -> bool:
    """Whether this is only the driver, which says that its child died."""
    return _CHILD_DIED.search(failure.type) is not None and not knows_subject(failure)


def _last_traceback(lines: Sequence[str]) -> tuple[int, Failure] | None:
    """Where the last complete traceback begins, and what it says."""
    starts = [
        (at, start)
        for at, line in enumerate(lines)
        if line.endswith("(most recent call last):") and (start := _START.fullmatch(line))
    ]
    shapes = [shape(start["before"], lines[at + 1 : at + 2]) for at, start in starts]
    groups = {shape for shape, (_, start) in zip(shapes, starts, strict=True) if start["margin"]}
    tops = dict.fromkeys(
        shape
        for shape, (_, start) in zip(reversed(shapes), reversed(starts), strict=True)
        # a member of a group has the group's mark of a log, and then its own margin
        if not any(re.fullmatch(rf"{group} {{4,}}\| ", start["before"]) for group in groups)
    )
    found = (_links(_ungrouped(stripped(lines, shape))) for shape in list(tops)[:MAX_SHAPES])
    at, links = max(found, key=lambda item: item[0], default=(-1, []))
    if not links:
        return None
    text = "\n".join(lines[at:])[:MAX_TEXT]
    return at, hung(dataclasses.replace(links[0], chain=tuple(links[1:]), text=text))


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
    via, at, told = "", 0, ""  # of a separator that was last; what was last said outside of any
    while at < len(lines):
        line = lines[at]
        if line in _BETWEEN:
            bare = _ERROR.fullmatch(told)
            if bare is not None:  # never raised before, thus without a traceback
                links = _joined(_failure(bare, ()), links, via)
            via, told = _BETWEEN[line] if links else "", ""
        elif _HEADER.fullmatch(line):
            begin = at
            found, at = _one(lines, at + 1, depth)
            links = _joined(found, links, via) if found else []
            best = (begin, links) if links else best
            via, told = "", ""
            continue
        elif line:
            if links and not via:  # of that traceback's message, or a bare error of the next chain
                told = line if not lines[at - 1] and _ERROR_NAME.match(line) else ""
            else:
                told = (told or line) if via else line
        at += 1
    return best


def _joined(nearer: Failure, further: Sequence[Failure], via: str) -> list[Failure]:
    if not via:
        return [nearer]
    first = dataclasses.replace(further[0], via=via)
    links = [nearer, first, *further[1:]]
    far = max(len(links) - MAX_CHAIN // 2, 1 + MAX_CHAIN // 2)
    return [*links[: 1 + MAX_CHAIN // 2], *links[far:]]


def _one(lines: Sequence[str], at: int, depth: int) -> tuple[Failure | None, int]:
    """The traceback whose frames begin here, with a group's members; where it ends."""
    frames: list[Frame] = []
    while at < len(lines) and lines[at] not in _BETWEEN and not _HEADER.fullmatch(lines[at]):
        line = lines[at]
        at += 1
        if frame := _FRAME.fullmatch(line):
            file = frame["file"]
            name, number = frame["name"], int(frame["line"])
            frames.append(Frame(module_of(file), name, number, file, *_statement(lines, at)))
        elif (again := _REPEATED.fullmatch(line)) and frames:
            frames += frames[-1:] * min(int(again["times"][:4]), MAX_REPEATS)
        elif not line or line[0].isspace() or _goes_on(lines[at : at + 3]):
            continue  # source, carets, and what another thread wrote in between
        elif error := _ERROR.fullmatch(line):
            members, at = _members(lines, at, depth)
            return dataclasses.replace(_failure(error, frames), members=tuple(members)), at
        else:
            break
    return None, at


def _statement(lines: Sequence[str], at: int) -> tuple[str, str]:
    """What failed of the source line that stands here (what is marked, or all of it); the line."""
    line = lines[at] if at < len(lines) else ""
    if not line.startswith("    ") or _MARKS.fullmatch(line):
        return "", ""
    whole, marks = failing(line), lines[at + 1] if at + 1 < len(lines) else ""
    if marks.startswith("    ") and _MARKS.fullmatch(marks):
        return failing(line, len(marks) - len(marks.lstrip()), len(marks)), whole
    return whole, whole


def _goes_on(following: Sequence[str]) -> bool:
    for line in following:
        if _FRAME.fullmatch(line):
            return True
        if line in _BETWEEN or _HEADER.fullmatch(line):
            return False
    return False


def _members(lines: Sequence[str], at: int, depth: int) -> tuple[list[Failure], int]:
    """A group's members, if they follow; where the group ends."""
    begin = at
    while begin < len(lines) and not _MEMBERS.fullmatch(lines[begin]):
        if lines[begin] in _BETWEEN or _HEADER.fullmatch(lines[begin]):
            return [], at
        begin += 1
    if begin == len(lines) or depth >= MAX_DEPTH:
        return [], at
    last = next((n for n in range(begin, len(lines)) if _ends(lines, n)), len(lines) - 1)
    inside = lines[begin + 1 : last + 1]
    rules = [n for n, line in enumerate(inside) if _NEXT_MEMBER.fullmatch(line)]
    bounds = [-1, *rules, len(inside)][: MAX_MEMBERS + 1]
    members = list[Failure]()
    for first, end in itertools.pairwise(bounds):
        member = _member([_outdented(line) for line in inside[first + 1 : end]], depth + 1)
        members += [member] if member is not None else []
    return members, last + 1


def _member(lines: Sequence[str], depth: int) -> Failure | None:
    links = _links(lines, depth)[1]
    if links:
        return dataclasses.replace(links[0], chain=tuple(links[1:]))
    for index, line in enumerate(lines):  # never raised: no traceback
        if bare := _ERROR.fullmatch(line):
            members = _members(lines, index + 1, depth)[0]
            return dataclasses.replace(_failure(bare, ()), members=tuple(members))
    return None


def _ends(lines: Sequence[str], at: int) -> bool:
    """Whether a group ends here; when its last member is one, only the innermost is closed."""
    following = lines[at + 1] if at + 1 < len(lines) else ""
    return bool(_CLOSED.fullmatch(lines[at])) and not _IN_GROUP.match(following)


def _failure(error: re.Match[str], frames: Sequence[Frame]) -> Failure:
    """One link, without its chain; the message's first line, as a log may go on right after it."""
    message, kind = (error["message"] or "")[:2000], _KINDS.get(error["type"], "exception")
    if len(frames) > MAX_FRAMES:
        frames = [*frames[: MAX_FRAMES // 2], *frames[-(MAX_FRAMES // 2) :]]
    about = _compared(message) if kind == "oracle" else ""
    return Failure(kind, error["type"], message, about, tuple(frames))


def _compared(message: str) -> str:
    """What an oracle compared, of "what: detail": all before the part that has values in it."""
    told = before_values(message)
    cut = told.rstrip().endswith(":") or told == message
    return told.rstrip().removesuffix(":") if cut else told.rpartition(": ")[0] or told
