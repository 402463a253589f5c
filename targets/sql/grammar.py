"""Makes and changes inputs: SQL of any dialect, broken SQL, and much of the same, with choices.

`build` draws an input; `mutate` changes one by its tokens; `strategy` gives Hypothesis the inputs
of `build`; `tokens` cuts an input for a minimizer.
"""

from __future__ import annotations

import functools
import random as randomness
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from targets import drawing, vocabulary
from targets.drawing import Draw
from targets.sql import groupings, phrases
from targets.sql.implementation import MAX_CHOICES, SEPARATOR, divide, write
from targets.sql.linear import MARKED
from targets.sql.queries import condition, expression, query
from targets.sql.scan import is_plain, scan
from targets.sql.statements import routine, script

if TYPE_CHECKING:  # pragma: no cover - a pinned environment has no Hypothesis
    from hypothesis.strategies import SearchStrategy

MAX_TOKENS: Final = 400
"""Tokens that one mutation looks at; what follows is kept as it is."""
BRIEF_BYTES: Final = 300
"""Longer inputs of a check that repeats parts of them are replaced by new ones."""
LONG_BYTES: Final = 1500
"""Longer inputs are slow to check: every second mutation of one starts from its beginning only."""
DEEP: Final = (130, 200)
"""Levels of nesting that are too many for what recurses and has little room (see `room`), and yet
few enough for what takes the third power of them."""
_WILD: Final = re.compile(r"[:%?]|\b(?:DECLARE|DELIMITER|GO|END)\Z|--\Z|\*/\Z|-- a\Z")
T = TypeVar("T")
_SOUP: Final = (
    *(
        phrases.KEYWORDS,
        phrases.KEYWORDS,
        phrases.PHRASES,
        phrases.NAMES,
        phrases.NAMES,
        phrases.NUMBERS,
    ),
    *(phrases.TEXTS, phrases.PLACEHOLDERS, phrases.COMMENTS, phrases.OPERATORS, phrases.OPERATORS),
    *(phrases.TYPES, ("(", ")", "[", "]", "(", ")", "(", ")", ",", ";"), phrases.BLANKS),
)

_HEADS: Final = (
    *(
        "SELECT ",
        "INSERT INTO t VALUES ",
        "SELECT * FROM a WHERE ",
        "a IN (",
        "'",
        "CREATE TABLE t (",
    ),
    *("SELECT a FROM ", "-- a\n", "BEGIN ", "(", "CASE "),
)
_TAILS: Final = (")", " FROM b", ";", "'", "a", " END", '"', "\n")

Tokens = list[str]


class _Tame:
    """Draws as another does, but of texts only those that every dialect reads alike."""

    __slots__ = ("_draw", "binary", "chance", "integer")

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self.integer = draw.integer
        self.chance = draw.chance
        self.binary = draw.binary

    def choice(self, items: Sequence[T]) -> T:
        """One of those of `items` that are tame, if any are."""
        if items and isinstance(items[0], str):
            items = [item for item in items if _is_tame(str(item))] or items
        return self._draw.choice(items)


@functools.lru_cache(maxsize=4096)
def _is_tame(text: str) -> bool:
    """Whether a fragment is; a longer one was made of such already."""
    return len(text) > 80 or (text.isascii() and not _WILD.search(text) and is_plain(text))


def build(draw: Draw) -> bytes:
    """One input: a script, a fragment, a soup of tokens, or something repeated or nested."""
    if draw.chance(0.2):
        number = groupings.OPERATION if draw.chance(0.7) else draw.integer(0, 255)
        return write(groupings.write(draw), bytes((number,)) + draw.binary(0, 8))
    if draw.chance(0.4):
        text = draw.choice((script, script, routine, _spiced))(_Tame(draw))
    else:
        text = draw.choice(
            (script, _soup, _repeated, _nested, _nested, query, _spiced, _run, _run)
        )(draw)
    return write(text, _operation(draw) + draw.binary(0, 8) if draw.chance(0.85) else b"")


def build_brief(draw: Draw) -> bytes:
    """An input for a check that repeats a part of it: the part once, in what may stand around it,
    and choices that say where it is (see `linear`)."""
    if draw.chance(0.35):
        head, tail = draw.choice(phrases.OPENINGS), draw.choice(("", "", "", "a", *_TAILS))
        left, right = draw.choice(phrases.RUNS), ""
    else:
        head, tail = _frame(draw)
        left, right = draw.choice((_few, _few, _bracket))(draw)
    middle = draw.choice(("", "", "a", "1", "'", '"', " "))
    places = (MARKED, len(head), len(left) - 1, len(middle), len(right))
    choices = _operation(draw) + bytes(min(place, 255) for place in places) + draw.binary(0, 8)
    return write(head + left + middle + right + tail, choices)


def strategy() -> SearchStrategy[bytes]:
    """What `build` makes, as choices that shrink."""
    return drawing.strategy(build)


def strategy_brief() -> SearchStrategy[bytes]:
    """What `build_brief` makes, as choices that shrink."""
    return drawing.strategy(build_brief)


def mutate_brief(data: bytes, max_size: int, random: randomness.Random) -> bytes:
    """As `mutate`, for a check that itself repeats parts of its input."""
    if len(data) > BRIEF_BYTES or random.random() < 0.5:
        return build_brief(drawing.from_random(random))[:max_size]
    return mutate(data, max_size, random)


def mutate(data: bytes, max_size: int, random: randomness.Random) -> bytes:
    """A changed `data` of at most `max_size` bytes; the same arguments give the same bytes."""
    draw = drawing.from_random(random)
    if not data or draw.chance(0.25):
        return build(draw)[:max_size]
    body, choices = divide(data)
    if draw.chance(0.25):
        choices = _other_choices(choices, draw)
        if draw.chance(0.5):
            return _joined(body, choices, max_size)
    if len(body) > LONG_BYTES and draw.chance(0.5):
        body = body[: draw.integer(0, LONG_BYTES)]
    tokens = [piece.text for piece in scan(body.decode("utf-8", "replace"))]
    rest = "".join(tokens[MAX_TOKENS:])
    del tokens[MAX_TOKENS:]
    for _ in range(1 if draw.chance(0.6) else draw.integer(2, 6)):
        draw.choice(_MUTATIONS)(tokens, draw)
    return _joined(("".join(tokens) + rest).encode("utf-8", "replace"), choices, max_size)


def tokens(data: bytes) -> list[bytes]:
    """Pieces that a minimizer removes whole; they join to `data`."""
    body, choices = divide(data)
    tail = data[len(body) :]
    text = body.decode("utf-8", "surrogateescape")
    pieces = [piece.text.encode("utf-8", "surrogateescape") for piece in scan(text)]
    return [*pieces, *([tail[:1]] if tail else []), *(bytes([byte]) for byte in choices)]


def _joined(body: bytes, choices: bytes, max_size: int) -> bytes:
    tail = SEPARATOR + choices if choices else b""
    if len(tail) > max_size:
        return body[:max_size]
    return body[: max_size - len(tail)] + tail


def _other_choices(choices: bytes, draw: Draw) -> bytes:
    """Other choices, or one of them changed."""
    if not choices or draw.chance(0.4):
        return draw.binary(0, 8)
    at = draw.integer(0, len(choices) - 1)
    if draw.chance(0.2):
        return choices[:at]
    changed = choices[:at] + draw.binary(1, 1) + choices[at + 1 :]
    return (changed + draw.binary(0, 2))[:MAX_CHOICES]


def _token(draw: Draw) -> str:
    """One token of any kind, or a word of the subject's own code."""
    if draw.chance(0.15):
        words = vocabulary.words()
        if words:
            return draw.choice(words).decode("utf-8", "replace")
    return draw.choice(draw.choice(_SOUP))


def _soup(draw: Draw) -> str:
    """Tokens without any order, mostly with blanks between them."""
    count = draw.integer(1, 12) if draw.chance(0.8) else draw.integer(1, 80)
    blank = 0.9 if draw.chance(0.8) else 0.4
    parts: Tokens = []
    for _ in range(count):
        parts.append(_token(draw))
        parts.append(draw.choice(phrases.BLANKS) if draw.chance(0.15) else " " * draw.chance(blank))
    return "".join(parts)


def _spiced(draw: Draw) -> str:
    """A statement with tokens of a soup in it."""
    parts = [piece.text for piece in scan(script(draw))]
    for _ in range(draw.integer(1, 4)):
        parts.insert(draw.integer(0, len(parts)), f" {_token(draw)} ")
    return "".join(parts)


def _operation(draw: Draw) -> bytes:
    """The choice of an operation: often the first, which is the one that does most."""
    return b"\0" if draw.chance(0.25) else draw.binary(1, 1)


def _times(draw: Draw) -> int:
    """A number of repetitions: few, seldom as many as make an input long."""
    if draw.chance(0.002):
        return 12_000
    most = 6 if draw.chance(0.93) else 12
    return int(2 ** (draw.integer(0, 100 * most) / 100))


def _frame(draw: Draw) -> tuple[str, str]:
    """What may stand around a part that is repeated; what closes it is missing at times."""
    opening, closing = draw.choice(phrases.FRAMES)
    if not draw.chance(0.6):
        closing = draw.choice(("", "", *_TAILS))
    return draw.choice(("", "", *_HEADS)) + opening, closing


def _piece(draw: Draw) -> str:
    """What is worth repeating."""
    if draw.chance(0.25):
        return draw.choice((_token, expression))(draw)
    return draw.choice(phrases.REPEATS if draw.chance(0.5) else phrases.CHARACTERS)


def _few(draw: Draw) -> tuple[str, str]:
    """A part to repeat, of a few pieces, and nothing that closes it."""
    count = 1 if draw.chance(0.6) else draw.integer(2, 3)
    return "".join(_piece(draw) for _ in range(count)) or "a", ""


def _bracket(draw: Draw) -> tuple[str, str]:
    """What opens and what closes."""
    opening, closing = draw.choice(phrases.NESTS)
    return opening, closing if draw.chance(0.8) else ""


def _repeated(draw: Draw) -> str:
    """A piece many times, in a frame."""
    piece, _ = _few(draw)
    head, tail = _frame(draw)
    return head + piece * min(_times(draw), 1 + 16_000 // len(piece)) + tail


def _nested(draw: Draw) -> str:
    """Something inside many brackets, or blocks, of one or several kinds."""
    depth = draw.integer(*DEEP) if draw.chance(0.4) else min(_times(draw), 300)
    kinds = [draw.choice(phrases.NESTS) for _ in range(1 if draw.chance(0.7) else 3)]
    levels = [kinds[level % len(kinds)] for level in range(depth)]
    closed = depth if draw.chance(0.75) else draw.integer(0, depth)
    middle = draw.choice((_token, expression, condition))(draw)
    head = draw.choice(("", "", "SELECT ", "SELECT * FROM a WHERE "))
    opening = "".join(level[0] for level in levels)
    return head + opening + middle + "".join(level[1] for level in levels[::-1][:closed])


def _run(draw: Draw) -> str:
    """What is opened, and then the same again and again, which may escape what would close it."""
    times = draw.integer(2, 9) if draw.chance(0.3) else draw.integer(10, 70)
    tail = draw.choice(("", "", "a", *_TAILS))
    return draw.choice(phrases.OPENINGS) + draw.choice(phrases.RUNS) * times + tail


def _at(tokens: Tokens, draw: Draw) -> int:
    return draw.integer(0, max(0, len(tokens) - 1))


def _span(tokens: Tokens, draw: Draw, most: int = 8) -> tuple[int, int]:
    start = _at(tokens, draw)
    return start, min(len(tokens), start + draw.integer(1, most))


def _insert_token(tokens: Tokens, draw: Draw) -> None:
    token = _token(draw)
    tokens.insert(draw.integer(0, len(tokens)), f" {token} " if draw.chance(0.5) else token)


def _insert_fragment(tokens: Tokens, draw: Draw) -> None:
    maker = draw.choice((expression, condition, query, _repeated, _nested, _run, _run))
    tokens.insert(draw.integer(0, len(tokens)), f" {maker(draw)} ")


def _replace(tokens: Tokens, draw: Draw) -> None:
    if tokens:
        tokens[_at(tokens, draw)] = _token(draw)


def _remove(tokens: Tokens, draw: Draw) -> None:
    start, end = _span(tokens, draw, 3)
    del tokens[start:end]


def _cut(tokens: Tokens, draw: Draw) -> None:
    """Only the beginning, or only the end."""
    at = _at(tokens, draw)
    if draw.chance(0.5):
        del tokens[at:]
    else:
        del tokens[:at]


def _move(tokens: Tokens, draw: Draw) -> None:
    start, end = _span(tokens, draw)
    piece = tokens[start:end]
    if draw.chance(0.5):
        del tokens[start:end]
    at = draw.integer(0, len(tokens))
    tokens[at:at] = piece


def _swap(tokens: Tokens, draw: Draw) -> None:
    if tokens:
        one, two = _at(tokens, draw), _at(tokens, draw)
        tokens[one], tokens[two] = tokens[two], tokens[one]


def _repeat(tokens: Tokens, draw: Draw) -> None:
    start, end = _span(tokens, draw)
    piece = tokens[start:end]
    size = sum(map(len, piece)) + 1
    tokens[end:end] = piece * min(_times(draw), 1 + 4096 // size)


def _nest(tokens: Tokens, draw: Draw) -> None:
    """Put a span inside brackets or a block."""
    start, end = _span(tokens, draw, 12)
    opening, closing = draw.choice(phrases.NESTS)
    times = 1 if draw.chance(0.8) else min(_times(draw), 300)
    tokens.insert(end, closing * times)
    tokens.insert(start, opening * times)


def _reblank(tokens: Tokens, draw: Draw) -> None:
    """Other blanks or comments, or none, where there are blanks."""
    for at, token in enumerate(tokens):
        if token.isspace() and draw.chance(0.3):
            tokens[at] = draw.choice(phrases.COMMENTS if draw.chance(0.4) else phrases.BLANKS)


def _recase(tokens: Tokens, draw: Draw) -> None:
    if tokens:
        at = _at(tokens, draw)
        tokens[at] = draw.choice((str.lower, str.upper, str.title, str.swapcase))(tokens[at])


def _recharacter(tokens: Tokens, draw: Draw) -> None:
    """Insert, overwrite or remove within one token."""
    if not tokens:
        return
    at = _at(tokens, draw)
    token = tokens[at]
    place = draw.integer(0, len(token))
    character = draw.choice("'\"`\\$;()[].,-/*#@:? \n\r\t0aé_%{}")
    tokens[at] = token[:place] + character * draw.chance(0.7) + token[place + draw.integer(0, 1) :]


_MUTATIONS: Final[tuple[Callable[[Tokens, Draw], None], ...]] = (
    *(_insert_token, _insert_token, _insert_token, _insert_fragment, _replace, _replace, _remove),
    *(_remove, _cut, _move, _move, _swap, _repeat, _nest, _reblank, _recase, _recharacter),
)
