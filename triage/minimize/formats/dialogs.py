"""Dialogs with a server made small: messages are dropped, merged with their neighbour, shortened.

A dialog is kept as JSON lines, `{"send": BASE64}` or `{"receive": BASE64}`.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
from collections.abc import Callable, Sequence

from triage.minimize.formats import pieces
from triage.minimize.formats.calls import reduce_by
from triage.minimize.passes.sequences import blocks, cut_head, cut_tail, pairs, windows
from triage.minimize.passes.values import simpler, zeros
from triage.minimize.problem import Pass, Problem, compose
from triage.minimize.search import RANKS

DIRECTIONS = {"send": b">", "receive": b"<"}
_MARKS = {mark: direction for direction, mark in DIRECTIONS.items()}
_PLAIN = bytes(sorted(range(256), key=lambda byte: RANKS[byte]))


@dataclasses.dataclass(frozen=True, slots=True)
class Message:
    """Bytes in one direction: `send` is what we send to the server."""

    direction: str
    data: bytes


Dialog = tuple[Message, ...]


def write(dialog: Sequence[Message]) -> bytes:
    """One JSON line for each message."""
    lines = ({one.direction: base64.b64encode(one.data).decode("ascii")} for one in dialog)
    return "".join(json.dumps(line) + "\n" for line in lines).encode("ascii")


def read(data: bytes) -> Dialog:
    """The inverse of `write`; ValueError names the line that is no message."""
    messages = []
    for number, line in enumerate(data.splitlines(), 1):
        try:
            [(direction, text)] = json.loads(line).items()
            messages.append(Message(direction, base64.b64decode(text, validate=True)))
        except (AttributeError, TypeError, ValueError, RecursionError, binascii.Error) as error:
            raise ValueError(f"line {number} is no message: {error}") from error
        if direction not in DIRECTIONS:
            raise ValueError(f"line {number} is no message: send or receive")
    return tuple(messages)


class _Compact:
    """The format that candidates are compared in: one byte less is always shorter, and of two
    dialogs of one length the one with simpler bytes comes first."""

    name = "dialog"

    def parse(self, case: bytes) -> Dialog:
        """The messages; ValueError when a line is none."""
        messages = []
        for line in case.splitlines():
            if line[:1] not in _MARKS:
                raise ValueError("no message")
            data = bytes.fromhex(line[1:].decode("ascii")).translate(_PLAIN)
            messages.append(Message(_MARKS[line[:1]], data))
        return tuple(messages)

    def dumps(self, shape: Sequence[Message]) -> bytes:
        """One line for each message."""
        return b"".join(
            DIRECTIONS[one.direction] + one.data.translate(RANKS).hex().encode("ascii") + b"\n"
            for one in shape
        )


_COMPACT = _Compact()


class _One:
    """A dialog seen as the bytes of one of its messages."""

    name = "message"

    def __init__(self, index: int) -> None:
        self._index = index
        self._dialog: Dialog = ()

    def parse(self, case: Dialog) -> bytes:
        """The bytes; the rest of the dialog is remembered."""
        if self._index >= len(case):
            raise ValueError("no such message")
        self._dialog = case
        return case[self._index].data

    def dumps(self, shape: bytes) -> Dialog:
        """The dialog with these bytes in the message."""
        head, tail = self._dialog[: self._index], self._dialog[self._index + 1 :]
        return (*head, Message(self._dialog[self._index].direction, shape), *tail)


def merge(problem: Problem[Dialog]) -> None:
    """Make one message of two neighbours in the same direction."""
    begin = 0
    while True:
        dialog = problem.current
        places = [
            at
            for at in range(begin, len(dialog) - 1)
            if dialog[at].direction == dialog[at + 1].direction
        ]
        found = problem.first(
            (
                *dialog[:at],
                Message(dialog[at].direction, dialog[at].data + dialog[at + 1].data),
                *dialog[at + 2 :],
            )
            for at in places
        )
        if found is None:
            return
        begin = places[found]


def shorten(problem: Problem[Dialog]) -> None:
    """Make every message smaller, as the bytes and the tokens that it is."""
    tokens = pieces.Row("tokens", pieces.tokens)
    inner: tuple[Pass[bytes], ...] = (
        cut_tail,
        cut_head,
        compose(tokens, blocks),
        blocks,
        windows,
        zeros,
        simpler,
    )
    for index in reversed(range(len(problem.current))):
        for pass_ in inner:
            compose(_One(index), pass_)(problem)


def passes() -> tuple[Pass[bytes], ...]:
    """Passes over dialogs: fewer messages first, then shorter ones."""
    return tuple(
        compose(_COMPACT, pass_)
        for pass_ in (cut_tail, cut_head, blocks, windows, pairs, merge, shorten)
    )


def minimize_dialog(
    dialog: Sequence[Message],
    interesting: Callable[[Dialog], bool],
    *,
    seconds: float = 60.0,
) -> tuple[Dialog, bool]:
    """The smallest dialog that is still `interesting`; whether nothing smaller is left to try.

    `interesting` holds it with a fresh server and says whether the same failure shows. ValueError
    when it does not to begin with.
    """
    data, complete = reduce_by(
        lambda case: interesting(_COMPACT.parse(case)), _COMPACT.dumps(dialog), passes(), seconds
    )
    return _COMPACT.parse(data), complete
