"""Grammar of statements for check `classify`: first words, locks, and what may surround them."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Final

from targets import drawing, vocabulary
from targets.drawing import Draw

if TYPE_CHECKING:  # pragma: no cover - a pinned environment has no Hypothesis
    from hypothesis.strategies import SearchStrategy

_FIRST: Final = (
    *("SELECT", "SHOW", "EXPLAIN", "DESCRIBE", "DESC", "BEGIN", "START", "COMMIT", "ROLLBACK"),
    *("INSERT", "UPDATE", "DELETE", "REPLACE", "SET", "CALL", "WITH", "(SELECT", "USE", "BEGIN;"),
    *("SELECTED", "DO", "", "DROP", "CREATE", "/*c*/ SELECT", "-- c\nSELECT", "EXPLAIN;"),
)
_MORE: Final = (
    *("1", "* FROM t", "a, b FROM t WHERE a = 'x'", "FOR UPDATE", "FOR SHARE", "'FOR UPDATE'"),
    *("LOCK IN SHARE MODE", "INTO t VALUES (1)", "t SET a = 1", "FROM t", "TRANSACTION", "WORK"),
    *("TO SAVEPOINT s", "AND CHAIN", "; DELETE FROM t", "FOR  UPDATE", "UNION SELECT 2", "TABLES"),
)
_BLANKS: Final = (" ", " ", "\t", "\n", "\r\n", "  ", "\x0b", "\x0c", "\xa0", "\u2003", "\x1c", "")
_PIECES: Final = re.compile(rb"\s+|[^\s]+")


def build(draw: Draw) -> bytes:
    """One statement."""
    parts = [draw.choice(_BLANKS) if draw.chance(0.2) else "", _cased(draw, draw.choice(_FIRST))]
    for _ in range(draw.integer(0, 4)):
        parts += (draw.choice(_BLANKS), _cased(draw, draw.choice(_MORE)))
    if draw.chance(0.1):
        parts.append(";")
    return "".join(parts).encode()


def _cased(draw: Draw, text: str) -> str:
    return draw.choice((text, text, text.lower(), text.title(), text.swapcase()))


def strategy() -> SearchStrategy[bytes]:
    """The same statements as Hypothesis choices."""
    return drawing.strategy(build)


def mutate(data: bytes, max_size: int, rng: random.Random) -> bytes:
    """A new statement, or a piece of this one left out, moved, changed or put in."""
    draw = drawing.from_random(rng)
    pieces = tokens(data)
    if not pieces or draw.chance(0.4):
        return build(draw)[:max_size]
    at = draw.integer(0, len(pieces) - 1)
    words = vocabulary.words()
    change = draw.integer(0, 3)
    if change == 0:
        del pieces[at]
    elif change == 1:
        word = draw.choice(words) if words and draw.chance(0.3) else b""
        pieces.insert(at, word or draw.choice(_MORE).encode())
    elif change == 2:
        pieces[at] = draw.choice(_BLANKS).encode() + pieces[at].swapcase()
    else:
        pieces[at] = draw.binary(0, 4)
    return b"".join(pieces)[:max_size]


def tokens(data: bytes) -> list[bytes]:
    """Words and the white space between them."""
    return _PIECES.findall(data)
