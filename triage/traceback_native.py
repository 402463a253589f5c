"""Native deaths and hangs read from what faulthandler, sanitizers and gdb say in a log. Pure."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Sequence

from harness import failure as failures
from harness.failure import Failure, from_death
from harness.fingerprint_frames import DRIVER, LIBRARY, RUNNER, Sieve, is_library
from triage.traceback_logs import shape, stripped

HANG = failures.qualified(failures.Hang)

_FATAL = re.compile(
    r"(?P<before>.*?)(?:Fatal Python error: (?P<error>.+)|(?P<late>Timeout \(.+\)!)"
    r"|==\d+==\s*ERROR: (?P<tool>\w+Sanitizer): (?P<found>[\w-]+).*"
    r"|(?:Program|Thread .+) (?:received|terminated with) signal (?P<signal>SIG\w+), .+"
    r"|Current thread 0x\w+.* \(most recent call first\):)"
)
_SIGNALS = {
    "Segmentation fault": "SIGSEGV",
    "Bus error": "SIGBUS",
    "Floating point exception": "SIGFPE",
    "Floating-point exception": "SIGFPE",
    "Illegal instruction": "SIGILL",
}
"""faulthandler's words; for any other fatal error the interpreter aborts."""
_LATE = re.compile(
    r"(?i)time_?d?_?out\w*$|^timeout|hang$|alarm\w*$|deadline\w*$|^KeyboardInterrupt$"
)
_SAID = ("Fatal Python error: ", "Sanitizer: ", " signal SIG")


def last_death(lines: Sequence[str]) -> tuple[int, Failure] | None:
    """Where the last native stack begins, and what it says; None without one."""
    found = [
        (at, start)
        for at, line in enumerate(lines)
        if line.endswith((" first):", ")!")) or any(said in line for said in _SAID)
        if (start := _FATAL.fullmatch(line))
    ]
    named = [item for item in found if any(list(item[1].groups())[1:])] or found
    if not named:
        return None
    at, start = named[-1]
    text = "\n".join(stripped(lines[at:], shape(start["before"], lines[at + 1 : at + 2])))
    if start["late"]:
        return at, dataclasses.replace(_hung(text), kind="hang", type=HANG)
    if start["tool"]:
        cause = f"{start['tool']} {start['found']}"
    else:
        error = start["error"]
        cause = start["signal"] or (_SIGNALS.get(error, "SIGABRT") if error else "unknown")
    return at, from_death(cause, text)


def hung(failure: Failure) -> Failure:
    """The failure, as a hang if a timer of the driver, a test runner or a person interrupted it."""
    sieve = Sieve(failure, ())
    links = [failure, *failure.chain]
    for at, link in enumerate(links):
        late = _LATE.search(link.type) or (_LATE.match(link.message) and link.type == "Failed")
        if not (late and sieve.names(link.frames)):
            continue
        outside = [step for step in sieve.steps(link.frames) if step.dropped != LIBRARY]
        if link.type == "KeyboardInterrupt" or outside[-1].dropped in (DRIVER, RUNNER):
            links[at] = dataclasses.replace(link, kind="hang", type=HANG)
            return dataclasses.replace(links[0], chain=tuple(links[1:]))
    return failure


def _hung(text: str) -> Failure:
    """The stack that hung: of the last thread, which is the main one, unless it only waits."""
    starts = [found.start() for found in re.finditer(r"(?m)^(?:Current t|T)hread 0x", text)]
    bounds = [*starts, len(text)] if starts else [0, len(text)]
    stacks = [from_death("", text[a:b]) for a, b in itertools.pairwise(bounds)]
    busy = [stack for stack in stacks if stack.frames and not is_library(stack.frames[-1])]
    return (busy or stacks)[-1]
