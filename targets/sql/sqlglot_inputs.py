"""Inputs for sqlglot: statements that vendors document, changed a little, with their dialect."""

from __future__ import annotations

import random as randomness
import re
from typing import TYPE_CHECKING, Final

from targets import drawing
from targets.drawing import Draw
from targets.sql.dialects import DIALECTS, grammar
from targets.sql.implementation import SEPARATOR, divide
from targets.sql.productions import Grammar

if TYPE_CHECKING:  # pragma: no cover - a pinned environment has no Hypothesis
    from hypothesis.strategies import SearchStrategy

TOKEN: Final = re.compile(
    r"\s+|/\*.*?\*/|--[^\n]*|'(?:[^'\\]|\\.|'')*'?|\"[^\"]*\"?|`[^`]*`?|\w+|.", re.DOTALL
)
COMMENTS: Final = ("/* k1 */", "-- k1\n", "/* k1 -- */", "/**/", "-- */ k1\n", "/* ' */", "-- '\n")
OFTEN: Final = tuple(
    number
    for number in range(len(DIALECTS))
    for _ in range(5 if 0 < number <= DIALECTS.index("teradata") else 1)
)
"""Numbers of dialects; those with a grammar of their own are likelier."""
OPERATIONS: Final = (0, 0, 0, 0, 1, 1, 2, 3)
"""Numbers of operations, of those subjects that have so many; the first is the likeliest."""
BREAKERS: Final = (
    *("(", ")", "[", "]", "{", "}", ":", "::", ".", ",", "@", "$", "*", "?", "'", '"', "`", "''"),
    *("e''", "--", "/*", "*/", ";", "#", "\\", "$$", "=>", "->", "<", "|", "1", "AS", "SELECT"),
)
FURTHER: Final = (
    " AS x2",
    " AS x2 ",
    " AS x2 ",
    " AS x2, ",
    " x2 ",
    "(c1)",
    "[1]",
    ".c1",
    "::INTEGER",
    " OVER (x1)",
    ")",
)
"""What may follow a closed bracket, somewhere."""
MAX_TOKENS: Final = 400


def build(draw: Draw) -> bytes:
    """A statement of some dialect, sometimes with a change that no grammar knows."""
    number = _dialect(draw)
    rules = grammar(DIALECTS[number])
    # Every second statement has something that not all dialects have, each as often.
    through = draw.choice(rules.special) if draw.chance(0.5) else None
    text = rules.write(draw, budget=draw.choice((6, 8, 12, 20, 40)), through=through)
    if draw.chance(0.15):
        text = commented(text, draw)
    if draw.chance(0.15):
        text = broken(text, draw)
    return _input(text, number, draw)


def strategy() -> SearchStrategy[bytes]:
    """What `build` makes, as choices that shrink."""
    return drawing.strategy(build)


def mutate(data: bytes, max_size: int, random: randomness.Random) -> bytes:
    """A changed `data` of at most `max_size` bytes; the same arguments give the same bytes."""
    draw = drawing.from_random(random)
    body, choices = divide(data)
    if not body.strip() or draw.chance(0.55):
        return build(draw)[:max_size]
    text = body.decode("utf-8", "replace")
    number = choices[1] % len(DIALECTS) if len(choices) > 1 else 0
    way = draw.integer(0, 9)
    if way < 4:
        text = _regrown(text, grammar(DIALECTS[number]), draw)
    elif way < 7:
        text = broken(text, draw)
    elif way < 8:
        text = commented(text, draw)
    else:
        number = _dialect(draw)
    return _input(text, number, draw)[:max_size]


def tokens(data: bytes) -> list[bytes]:
    """Pieces of an input that a minimizer removes whole: tokens, and the choices as one."""
    body, choices = divide(data)
    pieces = [piece.encode("utf-8", "surrogateescape") for piece in _cut(body)]
    return [*pieces, SEPARATOR + choices] if len(body) < len(data) else pieces


def _cut(body: bytes) -> list[str]:
    return TOKEN.findall(body.decode("utf-8", "surrogateescape"))


def _dialect(draw: Draw) -> int:
    return draw.choice(OFTEN)


def _input(text: str, number: int, draw: Draw) -> bytes:
    choices = bytes((draw.choice(OPERATIONS), number, draw.integer(0, 255), 0))
    return text.encode("utf-8", "replace") + SEPARATOR + choices


def _regrown(text: str, rules: Grammar, draw: Draw) -> str:
    """Another instance in the place of one rule's; all of it where the grammar does not know it."""
    match = rules.match(text)
    if match is None:
        return rules.write(draw)
    places = [part for part in match.walk() if part.end > part.start]
    chosen = draw.choice(places)
    made = rules.write(draw, chosen.rule, budget=draw.choice((2, 8, 20)))
    return f"{text[: chosen.start]}{made}{text[chosen.end :]}"


def commented(text: str, draw: Draw) -> str:
    """A comment between two tokens."""
    ends = [found.end() for found in TOKEN.finditer(text)]
    at = draw.choice(ends[:MAX_TOKENS]) if ends else 0
    return f"{text[:at]} {draw.choice(COMMENTS)} {text[at:]}"


def broken(text: str, draw: Draw) -> str:
    """Tokens left out, doubled, exchanged, or taken from another dialect; or cut off."""
    pieces = TOKEN.findall(text)[:MAX_TOKENS]
    for _ in range(draw.integer(1, 3)):
        if not pieces:
            break
        at = draw.integer(0, len(pieces) - 1)
        way = draw.integer(0, 6)
        if way == 0:
            del pieces[at : at + draw.integer(1, 3)]
        elif way == 1:
            pieces.insert(at, pieces[draw.integer(0, len(pieces) - 1)])
        elif way == 2:
            other = draw.integer(0, len(pieces) - 1)
            pieces[at], pieces[other] = pieces[other], pieces[at]
        elif way == 3:
            del pieces[at + 1 :]
        elif way == 4:
            made = grammar(DIALECTS[_dialect(draw)]).write(draw, budget=6)
            pieces[at:at] = [" ", *TOKEN.findall(made)[: draw.integer(1, 8)], " "]
        elif way == 5:
            _follow(pieces, draw)
        elif draw.chance(0.5):
            pieces[at] = draw.choice(BREAKERS)
        else:
            pieces.insert(at, f" {draw.choice(BREAKERS)} ")
    return "".join(pieces)


def followed(text: str, draw: Draw) -> str:
    """Something more behind a closed bracket."""
    pieces = TOKEN.findall(text)
    _follow(pieces, draw)
    return "".join(pieces)


def _follow(pieces: list[str], draw: Draw) -> None:
    closing = [place for place, piece in enumerate(pieces) if piece in ")]"] or [len(pieces) - 1]
    pieces.insert(draw.choice(closing) + 1, draw.choice(FURTHER))
