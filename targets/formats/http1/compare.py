"""What an implementation made of a connection, held against the RFC message by message."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from targets.formats.http1 import reference
from targets.formats.http1.messages import Message, Reading, is_response, views
from targets.formats.http1.rules import RULES, Rule
from targets.formats.implementation import Implementation, Refused
from targets.oracles import Violation

Read = Callable[[Sequence[bytes], str], Reading]
"""Feed chunks and then the end, as seen by `view`; undocumented errors escape."""
_BLANKS: Final = re.compile(rb"[ \t]+")
_FRAMING: Final = (b"content-length", b"transfer-encoding")
_READ_OTHERWISE: Final = frozenset(
    {
        "bare LF as a line end",
        "folded line",
        "Content-Length repeated alike",
        "Transfer-Encoding beside Content-Length",
        "coding beside chunked",
        "response without chunked as the last coding",
        "odd framing where there is no body",
    }
)
"""Constructs that may be refused, and that are the likely cause when a message is read wrongly."""


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """A rule that an implementation follows by its own documentation, and why that is fair."""

    rule: Rule
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class Parser:
    """An implementation of HTTP/1, and what may be expected of it."""

    name: str
    read: Read
    requests: bool = True
    responses: bool = False
    choices: Mapping[str, Choice] = dataclasses.field(default_factory=lambda: MappingProxyType({}))
    """Constructs of `RULES`, or one detail of them, that it documents to treat otherwise."""
    shown: Callable[[Message], Message] = lambda message: message
    """A message of the reference as this implementation can tell it."""

    def rules(self) -> Mapping[str, Rule]:
        """The rules of the RFC with those of its own."""
        return {**RULES, **{name: choice.rule for name, choice in self.choices.items()}}

    def reads(self, stream: bytes) -> bool:
        """Whether such streams are for it at all."""
        return self.responses if is_response(stream) else self.requests


def implementation(parser: Parser) -> Implementation:
    """What the checks of this target see of a parser."""
    rules = parser.rules()

    def compare(stream: bytes) -> None:
        for view in views(stream) if parser.reads(stream) else ():
            expected = reference.read(stream, view, rules)
            require_same(parser, expected, parser.read((stream,), view))

    def decode(stream: bytes) -> object:
        if not parser.reads(stream):
            return ()
        reading = parser.read((stream,), views(stream)[0])
        if reading.end == "bad":
            raise Refused(reading.reason)
        return reading.messages

    return Implementation(
        name=parser.name,
        decode=decode,
        normal=lambda value: value,
        compare=compare,
        stream=lambda: _Buffered(parser),
        cuts=lines,
        deep_bytes=0,
    )


class _Buffered:
    """A stream whose chunks are fed one by one, each a chunk of its own, when it ends."""

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        self._chunks: list[bytes] = []

    def feed(self, chunk: bytes) -> list[object]:
        self._chunks.append(chunk)
        return []

    def close(self) -> list[object]:
        stream = b"".join(self._chunks)
        if not self._parser.reads(stream):
            return []
        # When a refusal is said may depend on chunks: some look at whole lines only. What was read
        # before it may not.
        return list(self._parser.read(self._chunks, views(stream)[0]).messages)


def lines(stream: bytes) -> list[int]:
    """Positions at which lines and words begin and end."""
    return [found.start() for found in re.finditer(rb"\r\n|[ :;,=]|(?<=\n)|\b", stream)]


def require_same(parser: Parser, expected: Reading, got: Reading) -> None:
    """Violation when messages were read that the RFC refuses, or lost, or read otherwise."""
    told = f"agree: {parser.name}"
    for number, message in enumerate(expected.messages):
        if number >= len(got.messages):
            if message.may_refuse:
                return
            raise Violation(
                f"{told} {_lost(got)}", f"message {number}: {message}; got {got.messages[-1:]}"
            )
        found = _difference(parser.shown(message), got.messages[number])
        if found is not None:
            odd = message.may_refuse in _READ_OTHERWISE
            construct = f", with {message.may_refuse}" if odd else ""
            raise Violation(f"{told} reads another {found[0]}{construct}", found[1])
        if message.last:
            return
    extra = got.messages[len(expected.messages) :]
    if extra and expected.end == "bad":
        raise Violation(f"{told} takes what the RFC refuses: {expected.reason}", str(extra[0]))
    if extra and expected.end in ("open", "done"):
        what = expected.reason or "nothing"
        raise Violation(f"{told} ends a message too early, in: {what}", str(extra[0]))


def _lost(got: Reading) -> str:
    if got.end == "bad":
        return f"refuses what the RFC takes: {got.reason}"
    return "waits for more than the message has"


def _difference(expected: Message, got: Message) -> tuple[str, str] | None:
    """What differs, and both sides; None: nothing.

    Blanks inside values do not count, nor how framing fields are given: the body shows them.
    """
    if expected.start != got.start:
        return "start line", f"{got.start} for {expected.start}"
    mine, theirs = _plain(got), _plain(expected)
    if mine != theirs:
        return "header section", f"{mine} for {theirs}"
    if expected.body != got.body:
        return "body", f"{got.body!r} for {expected.body!r}"
    return None


def _plain(message: Message) -> list[tuple[bytes, bytes]]:
    return [
        (name, _BLANKS.sub(b" ", value))
        for name, value in message.fields
        if name.replace(b"_", b"-") not in _FRAMING
    ]
