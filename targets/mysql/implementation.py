"""What every check needs to know of a subject, and one conversation with it as plain data."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from targets.mysql.dialog import Dialog
from targets.mysql.expected import Expected
from targets.mysql.gtids import Gtids
from targets.mysql.memory.peer import Connect


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What one connection came to, as plain values that compare equal when they mean the same."""

    events: tuple[object, ...] = ()
    """Answers in order: `answers.Answer` for each result of a client, whatever fits a server."""
    error: str | None = None
    """Class name of the documented error that ended it; None: it ended well."""
    sent: bytes = b""
    """All that the subject wrote to its peer."""


@dataclasses.dataclass(frozen=True, slots=True)
class Implementation:
    """A subject of this target."""

    name: str
    converse: Callable[[Dialog, Sequence[int]], Outcome]
    """Play `dialog` on one fresh connection. The peer hands over so many bytes at a time (the
    sizes are used in turn, over and over; none: all at once) and closes when it has no more.
    Whatever is not a documented error escapes."""
    read: Callable[[bytes], Dialog] = Dialog.read
    """What an input means to this subject; servers and readers of files have their own."""
    expect: Callable[[Dialog], Expected | None] | None = None
    """What a dialog must come to; None where the contract leaves it open."""
    reserves_bytes: int = 0
    """Memory that it reserves for one packet before its bytes arrive, a declared exception."""
    fragile: bool = False
    """It dies of malformed packets, a declared exception: three of four of them are left out, so
    that there is time for others."""
    converts: frozenset[str] = frozenset()
    """Functions of it that read the values of a row, by their last names."""
    modules: tuple[str, ...] = ()
    """Whose lines count as its work."""
    guide: Implementation | None = None
    """A twin in Python that reads the same bytes, because C code gives no coverage."""
    classify: Callable[[bytes], str] | None = None
    """`read`, `write`, `begin` or `end` for the text of a statement."""
    connect: Connect | None = None
    """A user's connection to a server in memory; None: it is no client."""
    gtids: Gtids | None = None
    """Its sets of global transaction numbers; None: it has none."""
    percent: str = "%"
    """What a doubled percent sign of a query with parameters is sent as."""
