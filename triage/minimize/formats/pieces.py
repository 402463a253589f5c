"""Inputs as a row of pieces that are left out whole: paragraphs, lines, tokens.

Every splitter here gives pieces that join to the input, so nothing else changes.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator

from triage.minimize.problem import Problem

Split = Callable[[bytes], list[bytes]]
Pieces = tuple[bytes, ...]

MAX_PIECES = 8192
"""An input of more is left to other passes until it is smaller."""
MAX_NAMES = 256
"""Different pieces that are tried to be renamed."""
NAMES = (b"0", b"1", b"a", b"b", b"x")
"""Short pieces to put in the place of others."""
SWAPS_UP_TO = 512
"""Pieces of which each is tried to be swapped."""
COUNTS_UP_TO = 200
"""Pieces in which any number may count others."""
MAX_COUNTED = 64
"""Pieces after a number at which what it counts may begin."""
MAX_PART = 4
"""Pieces of one counted part, at most."""

_TOKEN = re.compile(
    rb"""
      [A-Za-z_][A-Za-z0-9_]*          # a word
    | [0-9]+                          # a number
    | "(?:[^"\\\n]|\\.|"")*"          # quoted
    | '(?:[^'\\\n]|\\.|'')*'
    | \r?\n | [ \t]+                  # what is between
    | [\xc2-\xf4][\x80-\xbf]{1,3}     # one character of UTF-8
    | .                               # anything else, alone
    """,
    re.VERBOSE | re.DOTALL,
)
_PARAGRAPH = re.compile(rb".*?(?:\n[ \t\r]*\n\s*|\Z)", re.DOTALL)
_NUMBER = re.compile(rb"[^0-9]*([0-9]{1,9})[^0-9]*")


def paragraphs(data: bytes) -> list[bytes]:
    """Pieces that blank lines end.

    >>> paragraphs(b"a\\nb\\n\\nc")
    [b'a\\nb\\n\\n', b'c']
    """
    return [piece for piece in _PARAGRAPH.findall(data) if piece]


def lines(data: bytes) -> list[bytes]:
    """Lines with their ends."""
    return [line for line in re.findall(rb"[^\n]*\n?", data) if line]


def tokens(data: bytes) -> list[bytes]:
    """Words, numbers, quoted texts, blanks, single characters: what most languages tell apart.

    >>> tokens(b"f(x1, 'a b')")
    [b'f', b'(', b'x1', b',', b' ', b"'a b'", b')']
    """
    return _TOKEN.findall(data)


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """The format of inputs as pieces."""

    name: str
    split: Split

    def parse(self, case: bytes) -> Pieces:
        """The pieces; ValueError when they are not two at least, too many, or join to another."""
        pieces = tuple(self.split(case))
        if not 2 <= len(pieces) <= MAX_PIECES or b"".join(pieces) != case:
            raise ValueError(f"no {self.name}")
        return pieces

    def dumps(self, shape: Pieces) -> bytes:
        """The pieces joined."""
        return b"".join(shape)


def rename(problem: Problem[Pieces]) -> None:
    """Put something shorter in the place of a piece everywhere it occurs: a name and its uses."""
    _tried_for_each(problem, _renamed)


def forget(problem: Problem[Pieces]) -> None:
    """Leave a piece out everywhere it occurs."""
    _tried_for_each(problem, lambda pieces, name: iter((_replaced(pieces, name, b""),)))


def swap(problem: Problem[Pieces]) -> None:
    """Put a simpler piece of the same input, or nearly nothing, in the place of a single one."""
    begin = 0
    while begin < len(problem.current) <= SWAPS_UP_TO:
        pieces = problem.current
        simple = sorted({piece for piece in pieces if len(piece) <= 2}, key=_shortlex)[:4]
        ideas = [
            (index, other)
            for index in range(begin, len(pieces))
            if len(pieces[index]) > 1
            for other in dict.fromkeys((*NAMES[:1], *simple))
        ]
        found = problem.first(
            (*pieces[:index], other, *pieces[index + 1 :]) for index, other in ideas
        )
        if found is None:
            return
        begin = ideas[found][0] + 1


def counted(problem: Problem[Pieces]) -> None:
    """Leave pieces out and lower a number before them by one: a count and one of its parts."""
    while problem.first(_one_less(problem.current)) is not None:
        pass


def _one_less(pieces: Pieces) -> Iterator[Pieces]:
    if len(pieces) > COUNTS_UP_TO:
        return
    for start, piece in enumerate(pieces):
        number = _NUMBER.fullmatch(piece)
        if number is None or int(number[1]) == 0:
            continue
        left, right = number.span(1)
        head = (*pieces[:start], piece[:left] + b"%d" % (int(number[1]) - 1) + piece[right:])
        for at in range(start + 1, min(start + MAX_COUNTED, len(pieces))):
            for count in range(min(MAX_PART, len(pieces) - at), 0, -1):
                yield (*head, *pieces[start + 1 : at], *pieces[at + count :])


def _tried_for_each(
    problem: Problem[Pieces], ideas: Callable[[Pieces, bytes], Iterator[Pieces]]
) -> None:
    """Adopt for every piece that occurs twice or more, the longest first, the first good idea."""
    for name in _repeated(problem.current):
        if name in problem.current:
            problem.first(ideas(problem.current, name))


def _repeated(pieces: Pieces) -> list[bytes]:
    counts: dict[bytes, int] = {}
    for piece in pieces:
        counts[piece] = counts.get(piece, 0) + 1
    names = [piece for piece, count in counts.items() if count > 1]
    return sorted(names, key=_shortlex, reverse=True)[:MAX_NAMES]


def _renamed(pieces: Pieces, name: bytes) -> Iterator[Pieces]:
    for other in dict.fromkeys((*NAMES, name[:1], name[: len(name) // 2], name[:-1])):
        if other and other not in pieces and _shortlex(other) < _shortlex(name):
            yield _replaced(pieces, name, other)


def _replaced(pieces: Pieces, name: bytes, other: bytes) -> Pieces:
    return tuple(other if piece == name else piece for piece in pieces if other or piece != name)


def _shortlex(piece: bytes) -> tuple[int, bytes]:
    return len(piece), piece
