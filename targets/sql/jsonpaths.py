"""Inputs that are JSONPath: grown, regrown and broken."""

from __future__ import annotations

import importlib.resources
import random as randomness
import re
from typing import TYPE_CHECKING, Final

from targets import drawing
from targets.drawing import Draw
from targets.sql.dialects import DIALECTS
from targets.sql.implementation import divide, write
from targets.sql.notation import read
from targets.sql.productions import Grammar, Lexical

if TYPE_CHECKING:  # pragma: no cover - a pinned environment has no Hypothesis
    from hypothesis.strategies import SearchStrategy

_KEYS: Final = ("'a'", '"a"', "'k 1'", '"k.1"', "'k]'", "''", "'$'", "'*'", "'1'")
_LEXIS: Final = {
    "name": Lexical(re.compile(r"[A-Za-z_][A-Za-z0-9_]*"), ("a", "k1", "k_1", "b")),
    "key": Lexical(re.compile(r"'[A-Za-z0-9 .]+'|\"[A-Za-z0-9 .]+\""), _KEYS),
    "index": Lexical(re.compile(r"-?\d{1,5}"), ("0", "1", "-1", "10")),
}
PIECES: Final = (
    *("$", ".", "..", "[", "]", "(", ")", "?", "@", "*", ":", ",", "'", '"', "\\", " ", "-", "0"),
    *("?(", "[?(@.x", "==", "&&", "1.5", "\\'", "a", "{", "}", "lax ", "strict ", "é", "\n", "#"),
)
_TOKEN: Final = re.compile(r"'[^']*'?|\"[^\"]*\"?|\w+|\s+|.", re.DOTALL)


def _grammar() -> Grammar:
    file = importlib.resources.files("targets.sql") / "grammars" / "jsonpath.grammar"
    return read((file.read_text(encoding="utf-8"),), _LEXIS)


GRAMMAR: Final = _grammar()


def build(draw: Draw) -> bytes:
    """A path, sometimes broken."""
    text = GRAMMAR.write(draw, "path", budget=draw.choice((2, 6, 20)))
    if draw.chance(0.4):
        text = _broken(text, draw)
    return write(text, _choices(draw))


def strategy() -> SearchStrategy[bytes]:
    """What `build` makes, as choices that shrink."""
    return drawing.strategy(build)


def mutate(data: bytes, max_size: int, random: randomness.Random) -> bytes:
    """A changed `data` of at most `max_size` bytes; the same arguments give the same bytes."""
    draw = drawing.from_random(random)
    body, _ = divide(data)
    if not body or draw.chance(0.4):
        return build(draw)[:max_size]
    return write(_broken(body.decode("utf-8", "replace"), draw), _choices(draw))[:max_size]


def _choices(draw: Draw) -> bytes:
    last = len(DIALECTS) - 1
    return bytes((draw.integer(0, 1), draw.integer(0, last), draw.integer(0, last)))


def _broken(text: str, draw: Draw) -> str:
    pieces = _TOKEN.findall(text)
    for _ in range(draw.integer(1, 3)):
        at = draw.integer(0, len(pieces))
        way = draw.integer(0, 4)
        if way == 0:
            del pieces[at:]
        elif way == 1 and at < len(pieces):
            del pieces[at]
        elif way == 2 and pieces:
            pieces.insert(at, draw.choice(pieces))
        else:
            pieces.insert(at, draw.choice(PIECES))
    return "".join(pieces)
