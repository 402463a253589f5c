"""What a subject of this target offers, and how an input says what to do with its text."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

SEPARATOR: Final = b"\0"
MAX_CHOICES: Final = 16
"""Choices stand behind the first separator among the last bytes; before those, NUL is text."""

T = TypeVar("T")


class Choices:
    """Options of one execution, read from the bytes behind an input's text.

    When the bytes run out, every choice is the first one, so that plain SQL is an input with
    default options, and removing bytes makes an input simpler.
    """

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes = b"") -> None:
        self._data = data
        self._at = 0

    def integer(self, low: int, high: int) -> int:
        """A number from `low` to `high`, of at most 256 consecutive ones."""
        if self._at >= len(self._data):
            return low
        self._at += 1
        return low + self._data[self._at - 1] % (high - low + 1)

    def pick(self, items: Sequence[T]) -> T:
        """One of the items: the first by default."""
        return items[self.integer(0, len(items) - 1)]

    def flag(self) -> bool:
        """Yes or no: no by default."""
        return self.integer(0, 1) == 1

    def rest(self) -> bytes:
        """The bytes of the choices not made yet."""
        return self._data[self._at :]


Operation = Callable[[str, Choices], object]
"""Does one thing with a text. Documented errors are an outcome, told by returning; whatever else
it raises is a crash. It raises Violation for what its own subject promises of this operation. A
result that is a text is one made from all of the input: never blank for a statement."""


@dataclasses.dataclass(frozen=True, slots=True)
class Knowing:
    """An operation that has an answer of its own to compare with, and of which texts."""

    operation: Operation
    knows: Callable[[str], bool]

    def __call__(self, text: str, choices: Choices) -> object:
        """Do it."""
        return self.operation(text, choices)


@dataclasses.dataclass(frozen=True, slots=True)
class Facts:
    """What two parsers can be asked of a statement: names as written, folded to lower case."""

    kind: str
    """`select`, `insert`, `update`, `delete`, `create`, `drop`, `alter`, …"""
    tables: frozenset[str]


@dataclasses.dataclass(frozen=True, slots=True)
class Implementation:
    """A subject of this target."""

    name: str
    operations: Mapping[str, Operation]
    """By name, the most important first: inputs without choices run that one."""
    digest: Callable[[str], str | None] | None = None
    """The statement without its literals; None: refused with a documented error."""
    folds: bool = False
    """The digest is the same for any number of constants behind IN, and of rows behind VALUES."""
    facts: Callable[[str], Facts | None] | None = None
    """Kind and tables of a statement; None where it claims no support for it."""
    modules: tuple[str, ...] = ()
    """Whose work counts as its own."""

    def chosen(self, text: str, choices: Choices) -> str:
        """The name of the operation that the choices say.

        Small numbers are places in `operations`. Every second of the others is an operation that
        knows the text, if any does: most executions are to be compared with something.
        """
        names = tuple(self.operations)
        number = choices.integer(0, 255)
        if number >= len(names) and number % 2:
            knowing = [
                name
                for name, operation in self.operations.items()
                if isinstance(operation, Knowing) and operation.knows(text)
            ]
            if knowing:
                return knowing[number // 2 % len(knowing)]
        return names[number % len(names)]


def divide(data: bytes) -> tuple[bytes, bytes]:
    """The bytes of an input's text, and those of its choices."""
    at = data.find(SEPARATOR, max(0, len(data) - MAX_CHOICES - 1))
    return (data, b"") if at < 0 else (data[:at], data[at + 1 :])


def read(data: bytes) -> tuple[str, Choices]:
    """The text of an input, any bytes decoded leniently, and the choices behind it."""
    body, choices = divide(data)
    return body.decode("utf-8", "replace"), Choices(choices)


def write(text: str, choices: bytes = b"") -> bytes:
    """The input that `read` takes apart into these."""
    return text.encode("utf-8", "replace") + (SEPARATOR + choices if choices else b"")
