"""One failing execution as plain data: what kind, which exception, which frames, which input.

Built in a child from a live exception (`from_exception`) or by the supervisor from what a dead
child left behind (`from_death`). Standard library only: children of pinned environments use it.
"""

from __future__ import annotations

import dataclasses
import re
import traceback
from collections.abc import Sequence
from types import CodeType, TracebackType
from typing import Any

MAX_FRAMES = 200
"""Frames kept per exception: the outermost and innermost halves of a deeper stack."""
MAX_TEXT = 64 * 1024
"""Characters of traceback text kept."""
MAX_CHAIN = 8
"""Causes and contexts kept of one exception: the nearest and furthest halves of a longer chain."""


@dataclasses.dataclass(frozen=True, slots=True)
class Frame:
    """One call: `module` as imported, `function` as qualified in it, `line` counted from 1."""

    module: str
    function: str
    line: int
    file: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong in one execution.

    `kind` is `exception`, `oracle`, `hang`, `memory` or `death`. `type` is the exception's
    module-qualified class, or the signal or exit of a death. `about` is what an oracle compared.
    `frames` run from the outermost call to the innermost. `chain` holds causes and contexts,
    nearest first. `text` is for people.
    """

    kind: str
    type: str
    message: str = ""
    about: str = ""
    frames: tuple[Frame, ...] = ()
    chain: tuple[Failure, ...] = ()
    text: str = ""


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
        frames=tuple(Frame(**frame) for frame in record.get("frames", ())),
        chain=tuple(from_record(link) for link in record.get("chain", ())),
        text=str(record.get("text", "")),
    )


class Hang(BaseException):
    """Raised in the main thread by the watch when one execution used up its CPU seconds."""


def qualified(cls: type) -> str:
    """`module.QualName` of a class; builtins without their module."""
    return (
        cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
    )


def from_exception(error: BaseException) -> Failure:
    """The failure that a live exception stands for, with its chain of causes and contexts."""
    return _describe(error, text=_text(error), seen=set())


def _describe(error: BaseException, text: str, seen: set[int]) -> Failure:
    seen.add(id(error))
    links: list[BaseException] = []
    link = _behind(error)
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        links.append(link)
        link = _behind(link)
    if len(links) > MAX_CHAIN:  # the last one is where it all began
        links = links[: MAX_CHAIN // 2] + links[-(MAX_CHAIN // 2) :]
    chain = [
        Failure(_kind(link), qualified(type(link)), _message(link), _about(link), _frames(link))
        for link in links
    ]
    return Failure(
        kind=_kind(error),
        type=qualified(type(error)),
        message=_message(error),
        about=_about(error),
        frames=_frames(error),
        chain=tuple(chain),
        text=text,
    )


def _behind(error: BaseException) -> BaseException | None:
    if error.__cause__ is not None:
        return error.__cause__
    return None if error.__suppress_context__ else error.__context__


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
    entries: list[TracebackType] = []
    entry = error.__traceback__
    while entry is not None:
        entries.append(entry)
        entry = entry.tb_next
    if len(entries) > MAX_FRAMES:
        half = MAX_FRAMES // 2
        entries = entries[:half] + entries[-half:]
    return tuple(
        Frame(
            module=str(item.tb_frame.f_globals.get("__name__", "?")),
            function=item.tb_frame.f_code.co_qualname,
            line=item.tb_lineno,
            file=item.tb_frame.f_code.co_filename,
        )
        for item in entries
    )


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
    frames = filled[0][1][::-1] if filled else []
    return Failure("death", cause, frames=tuple(frames), text=faulthandler_text[-MAX_TEXT:])


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
    inside = [at for at, part in enumerate(parts[:-1]) if part in rooms]
    if packages:
        start = packages[-1] + 1
    elif libraries and libraries[-1] > max(inside, default=-1):
        start = libraries[-1] + 1
    else:
        start = inside[0] if inside else len(parts) - 1
    parts = [*parts[start:-1], parts[-1].removesuffix(".py")]
    return ".".join(part for part in parts if part != "__init__")
