"""Check: what an operation costs grows no faster than its text.

The input says which part of its text is repeated: all of it, a part between two places, tokens, or
a bracket and what closes it. So one execution measures one way of growing, and the search goes
through many of them. Before that, comments, texts and names of a short text are filled with much
of the same: exponential time needs little of it.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterator
from typing import Final

from targets import growth, resource
from targets.cpu_time import Run
from targets.growth import Growth
from targets.oracles import Violation
from targets.sql.implementation import Choices, Implementation, Operation, read
from targets.sql.scan import (
    COMMENT,
    DOLLAR_TEXT,
    LINE_COMMENT,
    NAME,
    PREFIXED_TEXT,
    QUOTED_TEXT,
    TEXT,
    scan,
)

LIMIT_BYTES: Final = 64 * 1024
PARTS: Final = (1, 2, 3, 4, 6, 10)
"""Tokens in the part that is repeated."""
ENCLOSED: Final = frozenset(
    (COMMENT, LINE_COMMENT, TEXT, QUOTED_TEXT, PREFIXED_TEXT, DOLLAR_TEXT, NAME)
)
"""Tokens with anything within them."""
FILLED: Final = 2
"""Tokens of one text that are filled."""
FILLED_ONE_IN: Final = 8
"""Texts of which one is filled, while many inputs are tried: it takes as long as all the rest."""
FILLINGS: Final = (b"\n", b"\r\n", b" ", b" \n", b"\\", b"'", b'"', b"*", b"-", b"/", b"a", b"1")
"""What lexers and filters skip, escape or take in pieces,"""
FILLING_BYTES: Final = 60
"""so much of it."""
_slow: Final[set[tuple[str, bytes]]] = set()
MARKED: Final = 1
"""The choice of a way that is told by places: start, size, gap and closing size in characters."""


def check(data: bytes, subject: Implementation) -> None:
    """Violation when time grows faster than a text of which some part is repeated."""
    text, choices = read(data)
    name = choices.pick(tuple(subject.operations))
    grown = choices.pick((_whole, _marked, _tokens, _between))(text, choices)
    run = functools.partial(_run, subject.operations[name], choices.rest())
    oracle = f"linear: {name}"
    growth.require_brief(oracle, run, _encoded(text))
    _require_brief_within(oracle, run, text)
    if grown is None:
        run(_encoded(text))
    else:
        growth.require_slope(oracle, run, grown, limit_bytes=LIMIT_BYTES)


def _run(operation: Operation, options: bytes, data: bytes) -> object:
    return operation(data.decode("utf-8", "replace"), Choices(options))


def _require_brief_within(oracle: str, run: Run, text: str) -> None:
    """Violation when a short text takes long with much of the same within a token of it.

    While many inputs are tried, what was slow once in tokens of a kind is left out: it takes
    seconds each time, and has its crash.
    """
    for kind, filling, filled in _filled(text):
        if resource.every > 1 and (kind, filling) in _slow:
            continue
        try:
            growth.require_brief(oracle, run, filled)
        except Violation:
            _slow.add((kind, filling))
            raise


def _filled(text: str) -> Iterator[tuple[str, bytes, bytes]]:
    """Kinds of tokens, what is put into one of them, and the text with it."""
    if len(text) > growth.BRIEF_BYTES - FILLING_BYTES:
        return
    if resource.every > 1 and zlib.crc32(_encoded(text)) % FILLED_ONE_IN:
        return
    at, filled = 0, 0
    for piece in scan(text):
        if piece.kind in ENCLOSED and filled < FILLED:
            filled += 1
            middle = at + (len(piece.text) + 1) // 2
            head, tail = _encoded(text[:middle]), _encoded(text[middle:])
            for filling in FILLINGS:
                times = FILLING_BYTES // len(filling)
                yield piece.kind, filling, head + filling * times + tail
        at += len(piece.text)


def _whole(text: str, _choices: Choices) -> Growth | None:
    """All of it, again and again."""
    return Growth(b"", _encoded(text)) if text else None


def _marked(text: str, choices: Choices) -> Growth | None:
    """The characters from a place on, and as often those that come a gap later, if any do."""
    if not text:
        return None
    start = choices.integer(0, 255) % len(text)
    opened = start + choices.integer(1, 256)
    closing = opened + choices.integer(0, 255)
    closed = closing + choices.integer(0, 255)
    return Growth(
        _encoded(text[:start]),
        _encoded(text[start:opened]),
        _encoded(text[opened:closing]),
        _encoded(text[closing:closed]),
        _encoded(text[closed:]),
    )


def _tokens(text: str, choices: Choices) -> Growth | None:
    """Some tokens; what stands behind them stays or not."""
    parts = [piece.text for piece in scan(text)]
    if not parts:
        return None
    start = choices.integer(0, 255) % len(parts)
    end = start + choices.pick(PARTS)
    tail = b"" if choices.flag() else _joined(parts[end:])
    return Growth(_joined(parts[:start]), _joined(parts[start:end]), tail=tail)


def _between(text: str, choices: Choices) -> Growth | None:
    """Some tokens, and as often some that stand behind them: brackets, blocks."""
    pieces = [piece.text for piece in scan(text)]
    if len(pieces) < 2:
        return None
    start = choices.integer(0, 255) % (len(pieces) - 1)
    opened = min(start + choices.pick(PARTS), len(pieces) - 1)
    closing = opened + choices.integer(0, 255) % (len(pieces) - opened)
    closed = closing + choices.pick(PARTS)
    return Growth(
        _joined(pieces[:start]),
        _joined(pieces[start:opened]),
        _joined(pieces[opened:closing]),
        _joined(pieces[closing:closed]),
        _joined(pieces[closed:]),
    )


def _joined(parts: list[str]) -> bytes:
    return _encoded("".join(parts))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
