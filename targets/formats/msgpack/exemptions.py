"""Where implementations of MessagePack may differ, and why."""

from __future__ import annotations

from typing import Final

from targets.formats.implementation import Exemption, Outcome


def _stack(_data: bytes, mine: Outcome, _theirs: Outcome) -> bool:
    return mine.refused is not None and (
        mine.refused.startswith("StackError") or "recursion limit" in mine.refused.lower()
    )


DEPTH: Final = Exemption(
    "MessagePack depth", "documented: StackError for what nests too deep", _stack
)
ITS_DEPTH: Final = Exemption(
    "MessagePack depth of another interface",
    "a container whose header is read alone is no level",
    lambda data, mine, theirs: _stack(data, theirs, mine),
)
TWINS_DEPTH: Final = Exemption(
    "MessagePack depth of the implementation in Python",
    "its limit is the interpreter's, which comes before 1024 levels; none in a short input",
    lambda data, mine, theirs: len(data) > 512 and _stack(data, theirs, mine),
)
TIMESTAMPS: Final = Exemption(
    "MessagePack timestamps",
    "the specification leaves room for timestamps of no moment, which may be refused",
    lambda data, mine, theirs: not mine.accepted and theirs.accepted and b"\xff" in data,
)
CODES: Final = Exemption(
    "MessagePack extension codes",
    "documented: codes below zero are reserved, an ExtType has 0 to 127",
    lambda _data, mine, _theirs: "code must be" in (mine.refused or ""),
)
