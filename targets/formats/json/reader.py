"""A strict reader of RFC 8259, without recursion: the second parser of every JSON subject."""

from __future__ import annotations

import re
import sys
from typing import Final

MAX_DIGITS: Final = sys.int_info.default_max_str_digits
_NUMBER: Final = re.compile(rb"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_PLAIN: Final = re.compile(rb'[^"\\\x00-\x1f]*')
_SPACE: Final = re.compile(rb"[ \t\n\r]*")
_HEX: Final = re.compile(rb"u([0-9a-fA-F]{4})")
_ESCAPES: Final = {
    **{34: '"', 92: "\\", 47: "/", 98: "\b", 102: "\f"},
    **{110: "\n", 114: "\r", 116: "\t"},
}
_WORDS: Final = ((b"true", True), (b"false", False), (b"null", None))


class JsonError(ValueError):
    """Not JSON. The text is one of few, with no input in it."""


class LongInteger(JsonError):
    """JSON, but an integer of more digits than Python converts."""


class _Reader:
    """One document and a position in it."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def space(self) -> int:
        """Skip white space; the byte there, or -1 at the end."""
        found = _SPACE.match(self.data, self.at)
        assert found is not None
        self.at = found.end()
        return self.data[self.at] if self.at < len(self.data) else -1

    def scalar(self, first: int) -> object:
        """A string, a number or a word."""
        if first == 34:
            return self.string()
        for word, value in _WORDS:
            if self.data.startswith(word, self.at):
                self.at += len(word)
                return value
        found = _NUMBER.match(self.data, self.at)
        if found is None:
            raise JsonError("no value where one must be")
        self.at = found.end()
        if found[1] is None and found[2] is None:
            if len(found[0]) > MAX_DIGITS:
                raise LongInteger("an integer too long for Python")
            return int(found[0])
        return float(found[0])

    def string(self) -> str:
        """From quote to quote; surrogate pairs joined, lone ones kept."""
        parts: list[str] = []
        self.at += 1
        while True:
            found = _PLAIN.match(self.data, self.at)
            assert found is not None
            parts.append(found[0].decode())
            self.at = found.end()
            end = self.data[self.at] if self.at < len(self.data) else -1
            if end == 34:
                self.at += 1
                return _joined("".join(parts))
            if end != 92:
                raise JsonError("a string without end" if end < 0 else "a control character")
            parts.append(self.escape())

    def escape(self) -> str:
        """One escape sequence."""
        letter = self.data[self.at + 1] if self.at + 1 < len(self.data) else -1
        if letter in _ESCAPES:
            self.at += 2
            return _ESCAPES[letter]
        found = _HEX.match(self.data, self.at + 1)
        if found is None:
            raise JsonError("an unknown escape")
        self.at = found.end()
        return chr(int(found[1], 16))


def _joined(text: str) -> str:
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def read(data: bytes) -> object:
    """The value of a JSON document in UTF-8; of repeated names the last counts. JsonError."""
    try:
        data.decode()
    except UnicodeDecodeError:
        raise JsonError("not UTF-8") from None
    reader = _Reader(data)
    value = _value(reader)
    if reader.space() >= 0:
        raise JsonError("more behind the value")
    return value


def _value(reader: _Reader) -> object:
    stack: list[tuple[list[object] | dict[str, object], str]] = []
    while True:
        first = reader.space()
        value: object
        if first in (91, 123):
            reader.at += 1
            container: list[object] | dict[str, object] = [] if first == 91 else {}
            if reader.space() != (93 if first == 91 else 125):
                stack.append((container, _name(reader) if first == 123 else ""))
                continue
            reader.at += 1
            value = container
        else:
            value = reader.scalar(first)
        while stack:
            container, name = stack[-1]
            if isinstance(container, list):
                container.append(value)
            else:
                container[name] = value
            byte = reader.space()
            reader.at += 1
            if byte == 44:
                if isinstance(container, dict):
                    stack[-1] = (container, _name(reader))
                break
            if byte != (93 if isinstance(container, list) else 125):
                raise JsonError("no comma and no end behind a value")
            value = stack.pop()[0]
        else:
            return value


def _name(reader: _Reader) -> str:
    if reader.space() != 34:
        raise JsonError("no name where one must be")
    name = reader.string()
    if reader.space() != 58:
        raise JsonError("no colon behind a name")
    reader.at += 1
    return name
