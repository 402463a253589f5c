"""Makes a test case from another: values changed, spans spliced, deleted, repeated, swapped."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Literal

from hypothesis.internal.conjecture.choice import ChoiceNode

from harness.children.choices.pool import Entry, Pool
from harness.children.choices.trees import Span, Token, Value

_WIDTHS: Final = (1, 2, 4, 8)
"""Bytes of numbers in binary formats."""
_ORDERS: Final[tuple[Literal["big", "little"], ...]] = ("big", "little")
_SMALL: Final = 0.3
"""How often a new byte is a small number, as kinds and lengths are."""
_STOP: Final = 3
"""Tokens of a span that only says that nothing comes any more."""
_WAYS: Final = (
    ("compared", 25.0),
    ("values", 20.0),
    ("words_in", 6.0),
    ("longer", 13.0),
    ("again", 6.0),
    ("splice", 12.0),
    ("delete", 6.0),
    ("repeat", 5.0),
    ("insert", 4.0),
    ("swap", 4.0),
    ("cross", 3.0),
)
"""Ways to mutate and how often each is tried; measured on `fuzz bench choices`."""


class Mutator:
    """`words` are strings and numbers that the code under test knows."""

    def __init__(self, pool: Pool, rng: random.Random, words: Sequence[Value] = ()) -> None:
        self._pool = pool
        self._rng = rng
        self._words: dict[type, list[Value]] = {}
        for word in words:
            self._words.setdefault(type(word), []).append(word)
        self._names = [name for name, _ in _WAYS]
        self._weights = [weight for _, weight in _WAYS]

    def repair(self, entry: Entry) -> list[Token] | None:
        """What a mutation broke is put right: a value becomes what it is compared with now."""
        return self._compared(entry, list(entry.tree.tokens))

    def mutate(self, entry: Entry) -> list[Token]:
        """Tokens for the next test case."""
        if not entry.tree.values:
            return []
        way: Callable[[Entry, list[Token]], list[Token] | None]
        for name in self._rng.choices(self._names, self._weights, k=4):
            way = getattr(self, f"_{name}")
            made = way(entry, list(entry.tree.tokens))
            if made is not None:
                return made
        return self._values(entry, list(entry.tree.tokens))

    # values

    def _compared(self, entry: Entry, tokens: list[Token]) -> list[Token] | None:
        """A value that was compared in vain becomes what it was compared with."""
        rng = self._rng
        if not entry.operands:
            return None
        for _ in range(8):
            old, new = rng.choice(entry.operands)
            if rng.random() < 0.5:
                old, new = new, old
            found = list(_replaced(entry, tokens, old, new))
            if not found and type(old) is int and type(new) is int:
                # What was compared came of some number by a sum: it moves by as much.
                found = [
                    (at, value + new - old)
                    for at in entry.tree.values
                    if type(value := tokens[at]) is int
                ]
            if found:
                place, value = rng.choice(found)
                if type(value) is int:
                    value += rng.choice((0, 0, 0, 1, -1))
                tokens[place] = value
                return tokens
        return None

    def _values(self, entry: Entry, tokens: list[Token]) -> list[Token]:
        for _ in range(1 + int(self._rng.expovariate(1.0))):
            place = self._rng.choice(entry.tree.values)
            node, value = entry.tree.nodes[place], tokens[place]
            if node is not None and isinstance(value, Value):
                tokens[place] = self._changed(node, value, entry)
        return tokens

    def _words_in(self, entry: Entry, tokens: list[Token]) -> list[Token] | None:
        """Words of the code go into a text: before it, behind it, or anywhere."""
        rng = self._rng
        texts = [at for at in entry.tree.values if isinstance(tokens[at], str | bytes)]
        if not texts:
            return None
        at = rng.choice(texts)
        text: Any = tokens[at]
        words: Any = self._words.get(type(text))
        if not words:
            return None
        place = rng.choice((0, len(text), rng.randrange(len(text) + 1)))
        some = rng.choices(words, k=1 + int(rng.expovariate(1.0)))
        tokens[at] = text[:place] + text[:0].join(some) + text[place:]
        return tokens

    def _changed(self, node: ChoiceNode, value: Value, entry: Entry) -> Value | None:
        rng = self._rng
        if isinstance(value, bool):
            return not value
        chance = rng.random()
        if chance < 0.25:
            return None
        known = self._known(entry, type(value)) if chance < 0.50 else []
        if known and chance < 0.40:
            return rng.choice(known)
        if known and isinstance(value, str | bytes):
            place = rng.randrange(len(value) + 1)
            inserted: Any = rng.choice(known)
            longer: Value = value[:place] + inserted + value[place:]
            return longer
        constraints: Any = node.constraints
        if isinstance(value, int):
            return _integer(value, constraints, rng)
        if isinstance(value, float):
            return _float(value, rng)
        if isinstance(value, str):
            alphabet = constraints["intervals"]

            def some() -> str:
                few = min(len(alphabet), 256) if rng.random() < 0.8 else len(alphabet)
                return str(alphabet.char_in_shrink_order(rng.randrange(few)))

            return "".join(_sequence(list(value), some, rng)) if len(alphabet) else value
        return bytes(
            _sequence(list(value), lambda: rng.randrange(16 if rng.random() < _SMALL else 256), rng)
        )

    def _known(self, entry: Entry, kind: type) -> list[Value]:
        """Operands of its execution and words of the code, of one type."""
        found: list[Any] = [word for pair in entry.operands for word in pair if type(word) is kind]
        words = self._words.get(kind, [])
        return found + self._rng.sample(words, min(len(words), 8))

    # spans

    def _span(self, entry: Entry) -> Span | None:
        return self._rng.choice(entry.tree.spans) if entry.tree.spans else None

    def _longer(self, entry: Entry, tokens: list[Token]) -> list[Token] | None:
        """What ended goes on: the last span is cut off if all it says is that nothing follows."""
        ends = [span for span in entry.tree.spans if span.parent == 0]
        if not ends or ends[-1].end - ends[-1].begin > _STOP or ends[-1].end != len(tokens) - 1:
            return None
        return tokens[: ends[-1].begin]

    def _again(self, entry: Entry, tokens: list[Token]) -> list[Token] | None:
        """One span is drawn anew, or all from there on."""
        span = self._span(entry)
        if span is None:
            return None
        if self._rng.random() < 0.5:
            return tokens[: span.begin]
        tokens[span.begin + 1 : span.end - 1] = [None] * (span.end - span.begin - 2)
        return tokens

    def _splice(self, entry: Entry, tokens: list[Token]) -> list[Token] | None:
        """A span becomes one of the same strategy from any entry."""
        span = self._span(entry)
        others = self._pool.spans(span.label) if span else []
        if span is None or not others:
            return None
        other, begin, end = self._rng.choice(others)
        tokens[span.begin : span.end] = other.tree.tokens[begin:end]
        return tokens

    def _insert(self, entry: Entry, tokens: list[Token]) -> list[Token] | None:
        """As splice, before the span instead of in its place."""
        span = self._span(entry)
        others = self._pool.spans(span.label) if span else []
        if span is None or not others:
            return None
        other, begin, end = self._rng.choice(others)
        tokens[span.begin : span.begin] = other.tree.tokens[begin:end]
        return tokens

    def _delete(self, entry: Entry, tokens: list[Token]) -> list[Token] | None:
        span = self._span(entry)
        if span is None:
            return None
        del tokens[span.begin : span.end]
        return tokens

    def _repeat(self, entry: Entry, tokens: list[Token]) -> list[Token] | None:
        """A span comes again, here or at a sibling of the same strategy."""
        span = self._span(entry)
        if span is None:
            return None
        where = self._rng.choice(_siblings(entry, span)).begin
        tokens[where:where] = tokens[span.begin : span.end]
        return tokens

    def _swap(self, entry: Entry, tokens: list[Token]) -> list[Token] | None:
        span = self._span(entry)
        alike = _siblings(entry, span) if span else []
        if len(alike) < 2:
            return None
        first, second = sorted(self._rng.sample(alike, 2), key=lambda one: one.begin)
        return [
            *tokens[: first.begin],
            *tokens[second.begin : second.end],
            *tokens[first.end : second.begin],
            *tokens[first.begin : first.end],
            *tokens[second.end :],
        ]

    def _cross(self, entry: Entry, tokens: list[Token]) -> list[Token] | None:
        """From a span on, the rest of another entry."""
        span = self._span(entry)
        others = self._pool.spans(span.label) if span else []
        if span is None or not others:
            return None
        other, begin, _ = self._rng.choice(others)
        return tokens[: span.begin] + other.tree.tokens[begin:]


def _siblings(entry: Entry, span: Span) -> list[Span]:
    """Spans of the same strategy within the same one, itself too."""
    return [
        other
        for other in entry.tree.spans
        if other.label == span.label and other.parent == span.parent
    ]


def _replaced(entry: Entry, tokens: list[Token], old: Value, new: Value) -> list[tuple[int, Value]]:
    """Where `old` is a value or a part of one, with what is then there."""
    found: list[tuple[int, Value]] = []
    for place in entry.tree.values:
        value = tokens[place]
        if type(old) is int and type(new) is int and isinstance(value, str | bytes):
            found += [(place, told) for told in _rewritten(value, old, new)]
            continue
        if type(value) is not type(old):
            continue
        if value == old:
            found.append((place, new))
        elif isinstance(value, str | bytes):
            # Nothing at all is compared where a text ends too early.
            part: Any = old
            whole: Any = value
            if not part:
                found.append((place, whole + new))
            elif part in whole:
                found.append((place, whole.replace(part, new, 1)))
    return found


def _rewritten(whole: str | bytes, old: int, new: int) -> Iterator[str | bytes]:
    """`whole` with one number in place of another: as digits, or as bytes of either order."""
    if isinstance(whole, str):
        if str(old) in whole:
            yield whole.replace(str(old), str(new), 1)
        return
    if old < 0 or new < 0:
        return
    for size in _WIDTHS:
        if max(old, new) >> 8 * size:
            continue
        for order in _ORDERS[: min(size, 2)]:
            part = old.to_bytes(size, order)
            if part in whole:
                yield whole.replace(part, new.to_bytes(size, order), 1)


def _integer(value: int, constraints: Any, rng: random.Random) -> int:
    least, most = constraints["min_value"], constraints["max_value"]
    match rng.randrange(6):
        case 0:
            value += rng.choice((-1, 1)) * rng.randrange(1, 17)
        case 1:
            value ^= 1 << rng.randrange(value.bit_length() + 1)
        case 2:
            value = -value
        case 3:
            value = rng.choice([bound for bound in (least, most) if bound is not None] or [0])
        case 4:
            value = 2 * value + rng.randrange(2)
        case _:
            value //= 2
    if least is not None:
        value = max(value, least)
    return value if most is None else min(value, most)


def _float(value: float, rng: random.Random) -> float:
    whole = float(round(value)) if math.isfinite(value) else 0.0
    return rng.choice((value + 1, value - 1, -value, 2 * value, value / 2, whole, 0.0))


def _sequence(items: list[Any], some: Callable[[], Any], rng: random.Random) -> list[Any]:
    """One item more, less or another, or a part twice."""
    way = rng.randrange(4)
    if way == 0 or not items:
        items.insert(rng.randrange(len(items) + 1), some())
    elif way == 1:
        del items[rng.randrange(len(items))]
    elif way == 2:
        items[rng.randrange(len(items))] = some()
    else:
        begin = rng.randrange(len(items))
        end = rng.randrange(begin, len(items)) + 1
        items[begin:begin] = items[begin:end]
    return items
