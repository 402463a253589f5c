"""Mutations that know tokens, for any format: a grammar says how to make, cut and group them."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from targets import drawing, vocabulary
from targets.drawing import Draw

if TYPE_CHECKING:  # pragma: no cover - a pinned environment has no Hypothesis
    from hypothesis.strategies import SearchStrategy

Tokens = list[bytes]
MAX_TOKENS: Final = 400
"""Tokens that one mutation looks at; what follows is kept as it is."""
MAX_ROUNDS: Final = 4
_PUNCTUATION: Final = frozenset(b"\"\\';=*%,:/()<>[]{}")


def _one(_tokens: Tokens, at: int) -> int:
    return at + 1


@dataclasses.dataclass(frozen=True, slots=True)
class Grammar:
    """How documents of one format are made and taken apart."""

    build: Callable[[Draw], bytes]
    """A whole document, mostly valid."""
    piece: Callable[[Draw], bytes]
    """Something that stands within a document."""
    tokens: Callable[[bytes], Tokens]
    """Pieces that join to the document, whatever it is."""
    unit: Callable[[Tokens, int], int] = _one
    """Index behind the unit (a nested value) that starts at a token."""
    wraps: Sequence[tuple[bytes, bytes]] = ()
    """What may stand before and behind a unit."""
    fresh: float = 0.3
    """Share of documents made new, without the one given."""

    def mutate(self, data: bytes, max_size: int, rng: random.Random) -> bytes:
        """A changed or a new document of at most `max_size` bytes."""
        draw = drawing.from_random(rng)
        if not data or draw.chance(self.fresh):
            made = self.build(draw)
            if draw.chance(0.6):
                return made[:max_size]
            data = made
        pieces = self.tokens(data)
        tokens, rest = pieces[:MAX_TOKENS], pieces[MAX_TOKENS:]
        for _ in range(1 if draw.chance(0.6) else draw.integer(2, MAX_ROUNDS)):
            if not tokens:
                tokens.append(self.piece(draw))
            draw.choice(_MUTATIONS)(self, tokens, draw)
            tokens = [token for token in tokens if token]
        changed = b"".join(itertools.chain(tokens, rest))
        if draw.chance(0.03):
            changed = changed[: draw.integer(0, len(changed))]
        return changed[:max_size]

    def strategy(self) -> SearchStrategy[bytes]:
        """The same documents for Hypothesis."""
        return drawing.strategy(self.build)

    def cuts(self, data: bytes) -> list[int]:
        """Positions between tokens."""
        return list(itertools.accumulate(map(len, self.tokens(data))))

    def end(self, tokens: Tokens, at: int) -> int:
        """Index behind the unit at `at`, at least one token."""
        return max(at + 1, min(self.unit(tokens, at), len(tokens)))


def _at(tokens: Tokens, draw: Draw) -> int:
    return draw.integer(0, len(tokens) - 1)


def _insert(grammar: Grammar, tokens: Tokens, draw: Draw) -> None:
    tokens.insert(draw.integer(0, len(tokens)), grammar.piece(draw))


def _replace(grammar: Grammar, tokens: Tokens, draw: Draw) -> None:
    at = _at(tokens, draw)
    tokens[at : grammar.end(tokens, at)] = [grammar.piece(draw)]


def _remove(grammar: Grammar, tokens: Tokens, draw: Draw) -> None:
    at = _at(tokens, draw)
    del tokens[at : grammar.end(tokens, at)]


def _remove_token(_grammar: Grammar, tokens: Tokens, draw: Draw) -> None:
    del tokens[_at(tokens, draw)]


def _duplicate(_grammar: Grammar, tokens: Tokens, draw: Draw) -> None:
    at = _at(tokens, draw)
    tokens.insert(draw.integer(0, len(tokens)) if draw.chance(0.3) else at, tokens[at])


def _swap(_grammar: Grammar, tokens: Tokens, draw: Draw) -> None:
    one, two = _at(tokens, draw), _at(tokens, draw)
    tokens[one], tokens[two] = tokens[two], tokens[one]


def _splice(grammar: Grammar, tokens: Tokens, draw: Draw) -> None:
    """Put one unit of the document in the place of another, or beside it."""
    start = _at(tokens, draw)
    unit = tokens[start : grammar.end(tokens, start)]
    at = _at(tokens, draw)
    tokens[at : grammar.end(tokens, at) if draw.chance(0.6) else at] = unit


def _repeat(grammar: Grammar, tokens: Tokens, draw: Draw) -> None:
    at = _at(tokens, draw)
    unit = tokens[at : grammar.end(tokens, at)]
    size = max(1, sum(map(len, unit)))
    times = min(1 << draw.integer(1, 12), 1 + 8192 // size)
    tokens[at:at] = unit * times


def _wrap(grammar: Grammar, tokens: Tokens, draw: Draw) -> None:
    if not grammar.wraps:
        return
    at = _at(tokens, draw)
    end = grammar.end(tokens, at)
    before, behind = draw.choice(grammar.wraps)
    times = 1 if draw.chance(0.7) else 1 << draw.integer(1, 11)
    tokens.insert(end, behind * times)
    tokens.insert(at, before * times)


def _edit(_grammar: Grammar, tokens: Tokens, draw: Draw) -> None:
    """Insert, overwrite or remove bytes within one token."""
    at = _at(tokens, draw)
    token = tokens[at]
    place = draw.integer(0, len(token))
    way = draw.integer(0, 3)
    words = vocabulary.words()
    if way == 0 and words:
        tokens[at] = token[:place] + draw.choice(words) + token[place:]
    elif way <= 1:
        tokens[at] = token[:place] + draw.binary(1, 2) + token[place + 1 :]
    elif way == 2:
        tokens[at] = token[:place] + token[place + 1 :]
    else:
        tokens[at] = token[:place] + draw.binary(1, 1) + token[place:]


_MUTATIONS: Final[tuple[Callable[[Grammar, Tokens, Draw], None], ...]] = (
    *(_insert, _insert, _replace, _replace, _remove, _remove_token, _duplicate, _swap),
    *(_splice, _repeat, _wrap, _edit, _edit),
)


def some(draw: Draw, low: int, high: int) -> int:
    """A count from `low` to `high`, small ones more often."""
    return draw.integer(low, max(low, min(high, draw.integer(low, high))))


def framed(before: bytes) -> Callable[[bytes], bytes]:
    """Makes an element of a payload: `before`, four bytes of length, the payload."""
    return lambda payload: before + len(payload).to_bytes(4, "big") + payload


def richest_line(data: bytes) -> tuple[bytes, Callable[[bytes], bytes]] | None:
    """The line with most kinds of punctuation, and what puts a longer one in its place.

    Repeated to the end of the input it would never be read: a line counts once it has ended.
    """
    start, richest = 0, (0, 0, 0)
    for line in data.splitlines(keepends=True):
        end = start + len(line.rstrip(b"\r\n"))
        richest = max(richest, (len(set(line) & _PUNCTUATION), -start, end))
        start += len(line)
    kinds, start, end = richest[0], -richest[1], richest[2]
    if not kinds:
        return None
    return data[start:end], lambda line: data[:start] + line + data[end:]
