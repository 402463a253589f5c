"""What a log puts before each line of a traceback: found at its first line, and taken off. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_PREFIX = 200
"""Characters before a traceback that may be the mark of a log, to be expected on every line."""


def shape(before: str, following: Sequence[str]) -> str:
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


def stripped(lines: Sequence[str], shape: str) -> list[str]:
    """The lines without what the log put before them."""
    if not shape:
        return list(lines)
    prefix, blank = re.compile(shape), re.compile(re.sub(r"(?:\\ )+$", "", shape))
    found = ((line, prefix.match(line)) for line in lines)
    return [
        line[match.end() :] if match else "" if blank.fullmatch(line) else line
        for line, match in found
    ]
