"""What a server said last before it died, without what differs from death to death. Pure."""

from __future__ import annotations

import re

from harness.failure import MAX_TEXT, Failure

MAX_LINES = 200
"""Lines at the end of a log in which the cause of a death is looked for: stacks follow it."""
NEAR = 5
"""Lines at the end in which a mere error may be the cause."""
MAX_WORDS = 160
"""Characters that name a death."""

_DEADLY = re.compile(
    r"\b(?:panic(?:ked)?|fatal|abort(?:ed|ing)?|assert(?:ion)?|crash(?:ed)?|sigsegv|segfault"
    r"|segmentation fault|terminate called|out of memory|oom|sanitizer|unhandled|uncaught)\b",
    re.IGNORECASE,
)
_WRONG = re.compile(r"error|exception|failed|failure|cannot|could not", re.IGNORECASE)
_LEVEL = r"(?:trace|debug|info|notice|warn(?:ing)?|err(?:or)?|crit(?:ical)?|fatal|severe|[DIWEF])\b"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*"
_MARK = re.compile(
    rf"(?:\[[^\]]*\]|\d[\w:.,+/-]*|{_MONTH}|{_LEVEL}(?=[\s:\]|-]+\S)|[#*|>-])[\s:,|-]*",
    re.IGNORECASE,
)
"""One of the marks that logs put before what they say: time, process, thread, level."""
_VALUES = (
    re.compile(r"\"[^\"]*\"|'[^']*'|`[^'`]*['`]"),
    re.compile(r"0x[0-9a-fA-F]+|\b[0-9a-fA-F]{8,}\b"),
    re.compile(r"(?:[A-Za-z]:)?(?:[\w.-]*[/\\])+[\w.-]+"),
    re.compile(r"(?<![A-Za-z_])[-+]?\d+(?:[.,:]\d+)*"),
)


def of(log: str) -> str:
    """The line of a log that tells of its server's death, without marks and values.

    >>> of("7:M 22 Nov 2026 04:00:00.123 # crashed by signal: 11, at '0x7f'\\nbye\\n")
    'crashed by signal: _, at _'
    """
    lines = [line.strip() for line in log[-4 * MAX_TEXT :].splitlines()]
    said = [line for line in lines if line][-MAX_LINES:]
    deadly = [line for line in said if _DEADLY.search(line)]
    wrong = [line for line in said[-NEAR:] if _WRONG.search(line)]
    line = (deadly or wrong or said or [""])[-1][: 4 * MAX_WORDS]
    while (mark := _MARK.match(line)) and mark.end() < len(line):
        line = line[mark.end() :]
    for values in _VALUES:
        line = values.sub("_", line)
    return " ".join(line.split())[:MAX_WORDS].rstrip(" :;,")


def death(cause: str, log: str) -> Failure:
    """The failure of a server that died of `cause` (`SIGSEGV`, `exit 3`), by its log."""
    return Failure("death", cause, message=of(log), text=log[-MAX_TEXT:])
