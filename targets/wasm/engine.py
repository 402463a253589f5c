"""What every engine looks like to a check: programs that are called, and outcomes to compare."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from targets.wasm.module import Signature
from targets.wasm.numeric import is_nan

FAILED: Final = "trap: host"
OUT_OF_FUEL: Final = "stopped: fuel"
OUT_OF_TIME: Final = "stopped: epoch"
OUT_OF_STACK: Final = "stopped: stack"

HOST: Final[Mapping[tuple[str, str], Signature]] = {
    ("env", "log"): Signature("iii", ""),
    ("env", "db_query"): Signature("ii", "i"),
    ("env", "env"): Signature("ii", "i"),
    ("env", "http_fetch"): Signature("IF", "I"),
    ("env", "turn"): Signature("iIfF", "FfIi"),
    ("env", "keep"): Signature("x", "x"),
}
"""Functions that the host offers, and all that a module may import. `turn` gives its arguments
back in the other order; `keep` gives back what it got, after all garbage was collected."""
REFUSED_LEVEL: Final = 1 << 31


class HostError(Exception):
    """A host function refused its arguments: documented, and ends the call."""


class HostStop(BaseException):
    """A host function ends the program, past all handlers of errors: as an interrupt does."""


def host_call(name: str, arguments: Sequence[Any]) -> tuple[Any, ...]:
    """What a host function gives; HostError for a level of `log` that does not exist."""
    if name == "log":
        if arguments[0] & REFUSED_LEVEL:
            raise HostError("no such level")
        return ()
    if name == "keep":
        return tuple(arguments)
    if name == "turn":
        one, two, three, four = arguments
        return (1 if is_nan(four, 64) else four, 1 if is_nan(three, 32) else three, two, one)
    if name == "db_query":
        return ((arguments[0] * 31 + arguments[1]) & 0xFFFFFFFF,)
    if name == "env":
        return ((arguments[0] ^ arguments[1]) & 0xFFFFFFFF,)
    return ((arguments[0] + 1) & 0xFFFFFFFFFFFFFFFF,)


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended: `kind` is `values`, `trap: …` or `stopped: …`.

    Values are unsigned integers, bits of floats, `None` for null, a number for other externrefs.
    """

    kind: str
    values: tuple[Any, ...] = ()
    error: Exception | None = dataclasses.field(default=None, compare=False)
    """What the engine raised, where it has no names for traps (`trap: ?`)."""

    @property
    def trapped(self) -> bool:
        """Whether the program ended by a trap of its own."""
        return self.kind.startswith("trap")


class Refused(Exception):
    """The engine refuses the bytes, by a documented error."""


class Unlinkable(Exception):
    """The engine cannot provide what the module imports."""


@dataclasses.dataclass(frozen=True, slots=True)
class Budget:
    """What a program may use; None: as much as the engine allows."""

    fuel: int | None = None
    memory_bytes: int | None = None
    table_elements: int | None = None
    epoch: bool = False
    """Stopped from outside after a moment."""
    stops: bool = False
    """A host function that refuses its arguments raises HostStop, not HostError."""


class Program(Protocol):
    """An instance of a module."""

    def call(self, name: str, arguments: Sequence[Any]) -> Outcome:
        """Call an exported function."""

    def memory(self, name: str) -> bytes:
        """Content of an exported memory."""

    def value(self, name: str) -> Any:
        """Value of an exported global."""

    def table_size(self, name: str) -> int:
        """Elements of an exported table."""


class Engine(Protocol):
    """One implementation."""

    name: str
    validates: bool
    """Whether it promises to refuse every module that is not valid."""
    lives_on: bool
    """Whether an instance can be used after a trap."""

    @property
    def features(self) -> frozenset[str]:
        """Names of features (see `validator.Checked`) that it has."""

    def verdicts(self, data: bytes) -> Mapping[str, bool]:
        """Way of loading → whether it accepts the bytes."""

    def proposed(self, data: bytes) -> Mapping[str, bool]:
        """Like `verdicts`, with proposals on; what is accepted is made an instance of."""

    def imported(self, data: bytes) -> Program | None:
        """The module as Python's `import` makes one of a file; None: it does not."""

    def start(self, data: bytes, budget: Budget) -> Program | Outcome:
        """An instance, or how its start ended. Refused and Unlinkable as they say."""


def same(letter: str, mine: Any, theirs: Any) -> bool:
    """Whether two values of a type are the same. Any NaN is the same as any other: on their way
    through Python's floats their bits may change (programs compare them by their bits inside)."""
    if letter in "fF":
        bits = 32 if letter == "f" else 64
        return bool(mine == theirs) or (is_nan(mine, bits) and is_nan(theirs, bits))
    if letter == "r":
        return (mine is None) == (theirs is None)
    return bool(mine == theirs)
