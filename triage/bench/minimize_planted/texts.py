"""Readers of text with planted bugs; every reader has the bug it is named for, some have others.

The other bugs are where an input goes that lost a part it needs: a minimizer that only asks
whether something fails slips to them.
"""

from __future__ import annotations

import json as library
import re
from typing import Any

from triage.bench.minimize_planted.plant import plant


def tokens(data: bytes, _subject: object) -> None:
    """`BEGIN#7` and, later, `COMMIT!`; a commit without a begin is another bug."""
    commit = data.find(b"COMMIT!")
    if commit < 0:
        return
    if data.find(b"BEGIN#7", 0, commit) < 0:
        _orphan()
    plant("tokens")
    raise ValueError("commit of nothing")


def _orphan() -> None:
    plant("tokens: orphan")
    raise ValueError("commit without begin")


_CLOSES = {0x29: 0x28, 0x5D: 0x5B, 0x7D: 0x7B}


def nesting(data: bytes, _subject: object) -> None:
    """Brackets that balance and are twelve deep; one that closes wrongly is another bug."""
    waiting: list[int] = []
    deepest = 0
    for byte in data:
        if byte in b"([{":
            waiting.append(byte)
            deepest = max(deepest, len(waiting))
        elif byte in _CLOSES:
            if not waiting:
                return
            if waiting.pop() != _CLOSES[byte]:
                _mismatch(deepest)
    if not waiting and deepest >= 12:
        plant("nesting")
        raise IndexError("too deep")


def _mismatch(deepest: int) -> None:
    plant("nesting: mismatch")
    raise IndexError(f"wrong bracket below {deepest}")


def sql(data: bytes, _subject: object) -> None:
    """A `--` in a quoted text of a statement that ends; an open quote is another bug."""
    text = data.decode("latin-1")
    at = 0
    commented = False
    while at < len(text):
        if text[at] != "'":
            if text[at] == ";" and commented and "SELECT" in text[:at]:
                plant("sql")
                raise LookupError("comment in a text")
            at += 1
            continue
        end = text.find("'", at + 1)
        while text[end : end + 2] == "''":
            end = text.find("'", end + 2)
        if end < 0:
            _open_quote()
        commented = commented or "--" in text[at:end]
        at = end + 1


def _open_quote() -> None:
    plant("sql: open quote")
    raise LookupError("open quote")


def json(data: bytes, _subject: object) -> None:
    """A rate below zero in the limits of a user; a user without a name is another bug."""
    try:
        document = library.loads(data)
    except ValueError:
        return
    users = document.get("users") if isinstance(document, dict) else None
    for user in users if isinstance(users, list) else []:
        if isinstance(user, dict):
            _user(user)


def _user(user: dict[str, Any]) -> None:
    limits = user.get("limits")
    rate = limits.get("rate") if isinstance(limits, dict) else None
    if isinstance(rate, int) and rate < 0:
        if not isinstance(user.get("name"), str):
            _nameless()
        plant("json")
        raise KeyError("rate")


def _nameless() -> None:
    plant("json: nameless")
    raise KeyError("name")


def header(data: bytes, _subject: object) -> None:
    """`Retry-After:` and a negative number, below `FARM/1.0`; without it, another bug."""
    first, *lines = data.split(b"\n")
    for line in lines:
        key, _, value = line.partition(b":")
        if key == b"Retry-After" and value.strip()[:1] == b"-":
            if first != b"FARM/1.0":
                _headless()
            plant("header")
            raise ValueError("negative delay")


def _headless() -> None:
    plant("header: headless")
    raise ValueError("no header")


def number(data: bytes, _subject: object) -> None:
    """A `size=` above 65535."""
    for found in re.finditer(rb"size=(\d{1,18})", data):
        if int(found[1]) > 65535:
            plant("number")
            raise OverflowError("size")


def name(data: bytes, _subject: object) -> None:
    """`get NAME;` after `drop NAME;` of the same name; of a name never set is another bug."""
    names: set[bytes] = set()
    dropped: set[bytes] = set()
    for found in re.finditer(rb"(set|drop|get) ([a-z0-9_]+);", data):
        verb, this = found[1], found[2]
        if verb == b"set":
            names.add(this)
            dropped.discard(this)
        elif verb == b"drop" and this in names:
            names.remove(this)
            dropped.add(this)
        elif verb == b"get" and this in dropped:
            plant("name")
            raise KeyError("dropped")
        elif verb == b"get" and this not in names:
            _unknown()


def _unknown() -> None:
    plant("name: unknown")
    raise KeyError("unknown")


def unicode(data: bytes, _subject: object) -> None:
    """UTF-8 in which a letter grows in capitals, and a wide character follows."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return
    for at, letter in enumerate(text):
        if len(letter.upper()) > 1 and any(ord(other) > 0xFFFF for other in text[at:]):
            plant("unicode")
            raise UnicodeError("capitals are longer")
