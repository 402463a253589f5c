"""Reads MySQL literals as the server's lexer does: by connection charset and SQL mode.

Sources: MySQL 8.0 Reference Manual, 11.1 (literals), 11.2 (object names), 11.4 (user variables),
12.10 (charsets). Shares no code with any client. The server looks for the end of a string
character by character in the connection's charset, also behind `_binary`; so a byte 0x5C that is
the second half of a character is no backslash.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Final

NUMBER: Final = re.compile(rb"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
HEX: Final = re.compile(rb"(?:[xX]'([0-9A-Fa-f]*)'|0x([0-9A-Fa-f]+))")
BITS: Final = re.compile(rb"(?:[bB]'([01]*)'|0b([01]+))")
WORD: Final = re.compile(rb"(?i:NULL|TRUE|FALSE)")
PREFIX: Final = re.compile(rb"(?i:_[a-z0-9]+|N|DATE|TIME|TIMESTAMP)[ \t]*(?=[xX]?['\"]|0[xb])")
NAME: Final = re.compile(rb"[0-9A-Za-z_$\x80-\xff]")
VARIABLE: Final = re.compile(rb"@[0-9A-Za-z_.$\x80-\xff]+")
ESCAPES: Final = {
    ord("0"): b"\0",
    ord("n"): b"\n",
    ord("t"): b"\t",
    ord("r"): b"\r",
    ord("b"): b"\b",
    ord("Z"): b"\x1a",
    ord("%"): b"\\%",
    ord("_"): b"\\_",
}


class NotALiteral(ValueError):
    """What is at the place is no literal, or one that does not end."""


@dataclasses.dataclass(frozen=True, slots=True)
class Literal:
    """One literal: `kind` is `null`, `number`, `text` or `hex`; where it ends; its value."""

    kind: str
    value: bytes
    """Bytes of a text or hex literal; a number as written; empty for NULL."""
    end: int
    prefix: bytes = b""
    """Introducer (`_binary`) or type (`TIME`) in front of it, in lower case."""


def _double(lead: str, trail: str) -> re.Pattern[bytes]:
    return re.compile(f"[{lead}][{trail}]".encode("latin-1"), re.DOTALL)


_UTF8 = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}", re.DOTALL
)
_EUC_JP = re.compile(rb"\x8e[\xa1-\xdf]|\x8f[\xa1-\xfe]{2}|[\xa1-\xfe]{2}", re.DOTALL)
_GB18030 = re.compile(
    rb"[\x81-\xfe](?:[\x40-\x7e\x80-\xfe]|[\x30-\x39][\x81-\xfe][\x30-\x39])", re.DOTALL
)
_SJIS = _double("\x81-\x9f\xe0-\xfc", "\x40-\x7e\x80-\xfc")
WIDE: Final[dict[str, re.Pattern[bytes] | None]] = {
    "utf8mb4": _UTF8,
    "utf8": _UTF8,
    "gbk": _double("\x81-\xfe", "\x40-\x7e\x80-\xfe"),
    "big5": _double("\xa1-\xf9", "\x40-\x7e\xa1-\xfe"),
    "sjis": _SJIS,
    "cp932": _SJIS,
    "gb18030": _GB18030,
    "gb2312": _double("\xa1-\xf7", "\xa1-\xfe"),
    "euckr": _double("\x81-\xfe", "\x41-\x5a\x61-\x7a\x81-\xfe"),
    "ujis": _EUC_JP,
    "latin1": None,
    "ascii": None,
}
"""Charset → its characters of more than one byte."""


@dataclasses.dataclass(frozen=True, slots=True)
class Lexer:
    """Reads statements of one connection."""

    charset: str = "utf8mb4"
    backslash_escapes: bool = True

    def literal(self, data: bytes, at: int) -> Literal:
        """The literal that starts at `at`; NotALiteral where there is none."""
        prefix = PREFIX.match(data, at)
        start = prefix.end() if prefix else at
        name = prefix[0].strip().lower() if prefix else b""
        if data[start : start + 1] in (b"'", b'"'):
            value, end = self._quoted(data, start)
            return Literal("text", value, end, name)
        for pattern, read in ((HEX, _of_hex), (BITS, _of_bits)):
            found = pattern.match(data, start)
            if found:
                digits = found[1] if found[1] is not None else found[2]
                return Literal("hex", read(digits), found.end(), name)
        found = NUMBER.match(data, at)
        if found:
            return Literal("number", found[0], found.end())
        found = WORD.match(data, at)
        if found is None:
            raise NotALiteral(f"no literal at {at}")
        word = found[0].upper()
        if word == b"NULL":
            return Literal("null", b"", found.end())
        return Literal("number", b"1" if word == b"TRUE" else b"0", found.end())

    def name(self, data: bytes, at: int) -> tuple[bytes, int]:
        """A name of an object, quoted or not, and where it ends; NotALiteral."""
        if data[at : at + 1] == b"`":
            return self._until(data, at, escapes=False)
        end = self._unquoted(data, at)
        if end == at:
            raise NotALiteral(f"no name at {at}")
        return data[at:end], end

    def variable(self, data: bytes, at: int) -> int:
        """Where the user variable that starts at `at` ends; NotALiteral."""
        if data[at : at + 2] in (b"@`", b"@'", b'@"'):
            return self._until(data, at + 1, escapes=data[at + 1 : at + 2] != b"`")[1]
        found = VARIABLE.match(data, at)
        if found is None:
            raise NotALiteral(f"no variable at {at}")
        return found.end()

    def _unquoted(self, data: bytes, at: int) -> int:
        """Where a name without quotes ends: a character of more than one byte is a letter of it,
        whatever its second byte is (11.2, which is not so for user variables)."""
        wide = WIDE[self.charset]
        while at < len(data):
            found = wide.match(data, at) if wide is not None and data[at] >= 0x80 else None
            found = found or NAME.match(data, at)
            if found is None:
                break
            at = found.end()
        return at

    def _quoted(self, data: bytes, at: int) -> tuple[bytes, int]:
        return self._until(data, at, escapes=self.backslash_escapes)

    def _until(self, data: bytes, at: int, *, escapes: bool) -> tuple[bytes, int]:
        """The text between quotes that start at `at`, and where it ends."""
        quote = data[at]
        wide = WIDE[self.charset]
        value = bytearray()
        at += 1
        size = len(data)
        while at < size:
            byte = data[at]
            if byte >= 0x80 and wide is not None and (found := wide.match(data, at)):
                value += found[0]
                at = found.end()
            elif byte == 0x5C and escapes and at + 1 < size:
                # One byte is escaped, even where it is the first half of a wide character.
                value += ESCAPES.get(data[at + 1], data[at + 1 : at + 2])
                at += 2
            elif byte == quote:
                if data[at + 1 : at + 2] != bytes([quote]):
                    return bytes(value), at + 1
                value.append(quote)
                at += 2
            else:
                value.append(byte)
                at += 1
        raise NotALiteral("a string that does not end")


def _of_hex(digits: bytes) -> bytes:
    if len(digits) % 2:
        digits = b"0" + digits
    return bytes.fromhex(digits.decode("ascii"))


def _of_bits(digits: bytes) -> bytes:
    return int(digits or b"0", 2).to_bytes((len(digits) + 7) // 8, "big")


def skip_blanks(data: bytes, at: int) -> int:
    """The next place that is no blank."""
    while at < len(data) and data[at] in b" \t\r\n":
        at += 1
    return at
