"""One failing execution as plain data: what kind, which exception, which frames, which input.

Built in a child from a live exception (`from_exception`) or by the supervisor from what a dead
child left behind (`from_death`). Standard library only: children of pinned environments use it.
"""

from __future__ import annotations

import dataclasses
import itertools
import linecache
import re
import traceback
from collections.abc import Sequence
from types import CodeType, TracebackType
from typing import Any

from harness.native_stack import native_calls
from harness.statement import failing

MAX_FRAMES = 200
"""Frames kept per exception: the outermost and innermost halves of a deeper stack."""
MAX_TEXT = 64 * 1024
"""Characters of traceback text kept."""
MAX_CHAIN = 8
"""Causes and contexts kept of one exception: the nearest and furthest halves of a longer chain."""
MAX_MEMBERS = 8
"""Members kept of one exception group, the first ones."""
MAX_DEPTH = 4
"""Groups in groups whose members are kept."""
NATIVE = "native "
"""What the module of a frame of a native stack begins with; the rest is its library or file."""
MAX_STATEMENTS = 40
"""Innermost calls of one exception whose statements are kept."""


@dataclasses.dataclass(frozen=True, slots=True)
class Frame:
    """One call: `module` as imported, `function` as qualified in it, `line` counted from 1."""

    module: str
    function: str
    line: int
    file: str = ""
    statement: str = ""
    """The source that failed in this call (see `statement.failing`); empty where it is unknown."""
    source: str = ""
    """The line that it stands in."""


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong in one execution.

    `kind` is `exception`, `oracle`, `hang`, `memory` or `death`. `type` is the exception's
    module-qualified class, or the signal or exit of a death. `about` is what an oracle compared.
    `frames` run from the outermost call to the innermost. `chain` holds causes and contexts,
    nearest first; `via` says how a link of it hangs on the one before: `cause` or `context`.
    `members` are those of an exception group, each with its own chain. `text` is for people.
    """

    kind: str
    type: str
    message: str = ""
    about: str = ""
    frames: tuple[Frame, ...] = ()
    chain: tuple[Failure, ...] = ()
    text: str = ""
    via: str = ""
    members: tuple[Failure, ...] = ()


def to_record(failure: Failure) -> dict[str, Any]:
    """Plain dictionary for JSON."""
    return dataclasses.asdict(failure)


def from_record(record: dict[str, Any]) -> Failure:
    """The inverse of `to_record`; KeyError or TypeError when the record is not a failure."""
    return Failure(
        kind=str(record["kind"]),
        type=str(record["type"]),
        message=str(record.get("message", "")),
        about=str(record.get("about", "")),
        frames=tuple(_frame(frame) for frame in record.get("frames", ())),
        chain=tuple(from_record(link) for link in record.get("chain", ())),
        text=str(record.get("text", "")),
        via=str(record.get("via", "")),
        members=tuple(from_record(member) for member in record.get("members", ())),
    )


def _frame(record: dict[str, Any]) -> Frame:
    return Frame(
        module=str(record["module"]),
        function=str(record["function"]),
        line=int(record["line"]),
        file=str(record.get("file", "")),
        statement=str(record.get("statement", "")),
        source=str(record.get("source", "")),
    )


class Hang(BaseException):
    """Raised in the main thread by the watch when one execution used up its CPU seconds."""


def qualified(cls: type) -> str:
    """`module.QualName` of a class; builtins without their module."""
    return (
        cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
    )


def from_exception(error: BaseException) -> Failure:
    """The failure that a live exception stands for, with its chain and the members of groups."""
    return dataclasses.replace(_describe(error, set(), 0), text=_text(error))


def _describe(error: BaseException, seen: set[int], depth: int) -> Failure:
    seen.add(id(error))
    links: list[tuple[BaseException, str]] = []
    link, via = _behind(error)
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        links.append((link, via))
        link, via = _behind(link)
    if len(links) > MAX_CHAIN:  # the last one is where it all began
        links = links[: MAX_CHAIN // 2] + links[-(MAX_CHAIN // 2) :]
    chain = tuple(_link(link, via, seen, depth) for link, via in links)
    return dataclasses.replace(_link(error, "", seen, depth), chain=chain)


def _link(error: BaseException, via: str, seen: set[int], depth: int) -> Failure:
    members: Sequence[BaseException] = ()
    if isinstance(error, BaseExceptionGroup) and depth < MAX_DEPTH:
        members = [one for one in error.exceptions[:MAX_MEMBERS] if id(one) not in seen]
    return Failure(
        kind=_kind(error),
        type=qualified(type(error)),
        message=_message(error),
        about=_about(error),
        frames=_frames(error),
        via=via,
        members=tuple(_describe(member, seen, depth + 1) for member in members),
    )


def _behind(error: BaseException) -> tuple[BaseException | None, str]:
    if error.__cause__ is not None:
        return error.__cause__, "cause"
    return (None if error.__suppress_context__ else error.__context__), "context"


def _kind(error: BaseException) -> str:
    if isinstance(error, Hang):
        return "hang"
    if isinstance(error, MemoryError):
        return "memory"
    return "oracle" if isinstance(getattr(error, "oracle", None), str) else "exception"


def _about(error: BaseException) -> str:
    oracle = getattr(error, "oracle", None)
    return oracle if isinstance(oracle, str) else ""


def _message(error: BaseException) -> str:
    try:
        return str(error)[:2000]
    except (
        Exception
    ) as broken:  # the subject's own __str__ may fail; that is no reason to lose a crash
        return f"<message unavailable: {type(broken).__name__}>"


def _text(error: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(error, limit=-60))[-MAX_TEXT:]
    except Exception as broken:  # same: a hostile __str__ or __repr__ must not hide the crash
        return f"{qualified(type(error))} <traceback unavailable: {type(broken).__name__}>\n"


def _frames(error: BaseException) -> tuple[Frame, ...]:
    elsewhere = getattr(error, "tb", None)
    if is_remote(qualified(type(error))) and isinstance(elsewhere, str):
        return _remote_frames(elsewhere)
    entries: list[TracebackType] = []
    entry = error.__traceback__
    while entry is not None:
        entries.append(entry)
        entry = entry.tb_next
    if len(entries) > MAX_FRAMES:
        half = MAX_FRAMES // 2
        entries = entries[:half] + entries[-half:]
    plain = len(entries) - MAX_STATEMENTS
    return tuple(
        Frame(
            str(item.tb_frame.f_globals.get("__name__", "?")),
            item.tb_frame.f_code.co_qualname,
            item.tb_lineno,
            item.tb_frame.f_code.co_filename,
            *(("", "") if at < plain else _statement(item)),
        )
        for at, item in enumerate(entries)
    )


def _statement(entry: TracebackType) -> tuple[str, str]:
    """What a traceback would underline, of its first line only (no Python shows less); the line."""
    code, index = entry.tb_frame.f_code, entry.tb_lasti // 2
    positions = next(itertools.islice(code.co_positions(), index, None), (None,) * 4)
    line, end_line, begin, end = positions
    try:
        source = linecache.getline(code.co_filename, entry.tb_lineno, entry.tb_frame.f_globals)
    except (
        Exception
    ):  # the subject's own __loader__ may fail; the statement is not worth losing a crash
        return "", ""
    whole = failing(source)
    if begin is None or end is None or line != entry.tb_lineno:
        return whole, whole
    data = source.encode("utf-8", "replace")  # columns count bytes
    first = len(data[:begin].decode("utf-8", "replace"))
    last = len(data[:end].decode("utf-8", "replace")) if end_line == line else None
    return failing(source.rstrip(), first, last), whole


def is_remote(type_: str) -> bool:
    """Whether this cause only carries the text of its effect's traceback, from another process."""
    return type_.endswith(".RemoteTraceback") or type_.endswith("._RemoteTraceback")


_REMOTE_FRAME = re.compile(
    r'^  File "(?P<file>.+?)", line (?P<line>\d+), in (?P<name>.+)'
    r"(?:\n(?P<source>    .+)(?:\n(?P<marks> {4,}[~^][~^ ]*)$)?)?",
    re.MULTILINE,
)


def _remote_frames(text: str) -> tuple[Frame, ...]:
    last = text[-MAX_TEXT:].rpartition("Traceback (most recent call last):")[2]
    return tuple(
        Frame(
            module_of(found["file"]),
            found["name"],
            int(found["line"]),
            found["file"],
            failing(found["source"] or "", *_columns(found["marks"])),
            failing(found["source"] or ""),
        )
        for found in _REMOTE_FRAME.finditer(last)
    )[-MAX_FRAMES:]


def _columns(marks: str | None) -> tuple[int | None, int | None]:
    return (len(marks) - len(marks.lstrip()), len(marks.rstrip())) if marks else (None, None)


def quick_key(error: BaseException) -> tuple[object, ...]:
    """A cheap key that is equal for executions that failed on the same path; never stored."""
    codes: list[CodeType | int] = []
    entry = error.__traceback__
    while entry is not None:
        codes.append(entry.tb_frame.f_code)
        codes.append(entry.tb_lasti)
        entry = entry.tb_next
        if len(codes) >= 2 * MAX_FRAMES:
            break
    return (type(error), _about(error), *codes)


_FAULT_FRAME = re.compile(r'^\s+File "(?P<file>[^"]*)", line (?P<line>\d+|\?\?\?) in (?P<name>.+)$')


def from_death(cause: str, faulthandler_text: str, roots: Sequence[str] = ()) -> Failure:
    """The failure of a process that died: `cause` is `SIGSEGV` or `exit 3`.

    The frames come from faulthandler, which names files and bare functions, innermost first;
    modules are guessed from paths, below `roots` (what the child had on `sys.path`) exactly.
    Without any, they are those of a native stack (see `native_stack`).
    """
    stacks: list[tuple[bool, list[Frame]]] = []  # of the thread that died?, its frames
    for line in faulthandler_text.splitlines():
        if line.endswith("(most recent call first):"):
            stacks.append((line.startswith(("Current thread", "Stack")), []))
            continue
        found = _FAULT_FRAME.match(line) if stacks else None
        if found is None:
            continue
        number = int(found["line"]) if found["line"].isdigit() else 0
        module = module_of(found["file"], roots)
        stacks[-1][1].append(Frame(module, found["name"], number, found["file"]))
    filled = sorted((stack for stack in stacks if stack[1]), key=lambda stack: not stack[0])
    frames = filled[0][1][::-1] if filled else _native_frames(faulthandler_text)
    return Failure("death", cause, frames=tuple(frames), text=faulthandler_text[-MAX_TEXT:])


def _native_frames(text: str) -> list[Frame]:
    calls = native_calls(text)
    return [Frame(NATIVE + library, name, line, file) for library, name, line, file in calls]


_LIBRARY = re.compile(r"python3\.\d+t?")


def module_of(file: str, roots: Sequence[str] = ()) -> str:
    """Dotted module guessed from a path: its part below the longest of `roots` that holds it, else
    below `site-packages`, a library or a room."""
    root = max((root for root in roots if file.startswith(f"{root}/")), key=len, default=None)
    if root is not None:
        below = file[len(root) + 1 :].removesuffix(".py").split("/")
        return ".".join(part for part in below if part != "__init__") or "?"
    if file.startswith("<frozen "):
        return file.removeprefix("<frozen ").removesuffix(">")
    parts = [part for part in file.replace("\\", "/").split("/") if part]
    if not parts:
        return "?"
    rooms = ("targets", "harness", "triage", "corpus", "reports")
    packages = [at for at, part in enumerate(parts) if part in ("site-packages", "dist-packages")]
    libraries = [at for at, part in enumerate(parts) if _LIBRARY.fullmatch(part)]
    room = [at for at, part in enumerate(parts[:-1]) if part in rooms]
    if packages:
        start = packages[-1] + 1
    elif libraries and libraries[-1] > max(room, default=-1):
        start = libraries[-1] + 1
    else:
        start = room[0] if room else len(parts) - 1
    inside = [*parts[start:-1], parts[-1].removesuffix(".py")]
    return ".".join(part for part in inside if part != "__init__") or (parts[-2:-1] or ["?"])[0]
