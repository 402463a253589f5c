"""Grammars as vendors write them, with two uses: write a text at random, and find out whether a
text is one of theirs, and how. See `notation.py` for how they are written down.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Final

from targets.drawing import Draw

START: Final = "statement"
MAX_TEXT: Final = 1500
MAX_STEPS: Final = 60_000
"""Steps after which a text counts as not one of the grammar's."""
MAX_DEPTH: Final = 9

BLANK: Final = re.compile(r"(?:\s+|/\*(?:[^*]|\*(?!/))*\*/|--(?:[^\S\n][^\n]*)?(?:\n|\Z))*")


@dataclasses.dataclass(frozen=True, slots=True)
class Lexical:
    """A class of tokens: what they look like, and samples of them."""

    pattern: re.Pattern[str]
    samples: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A piece of a rule's right side. `glued`: no blank is written before it."""

    kind: str
    """`text`, `lexical`, `rule`, `sequence`, `choice`, `optional` or `many`."""
    text: str = ""
    items: tuple[Node, ...] = ()
    glued: bool = False
    pattern: re.Pattern[str] | None = None
    least: int = 0
    separator: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Match:
    """A part of a text, `start` to `end`, that is an instance of a rule, and the parts in it."""

    rule: str
    start: int
    end: int
    parts: tuple[Match, ...]

    def walk(self) -> Iterator[Match]:
        """This one and all in it."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def path(self, at: int) -> tuple[str, ...]:
        """Names of the rules that the character at `at` belongs to, the outermost first."""
        for part in self.parts:
            if part.start <= at < part.end:
                return (self.rule, *part.path(at))
        return (self.rule,)


class Grammar:
    """The rules of one dialect. ValueError: a rule names what is not there."""

    def __init__(
        self,
        rules: Mapping[str, Node],
        lexis: Mapping[str, Lexical],
        special: frozenset[tuple[str, int]] = frozenset(),
    ) -> None:
        for name, node in rules.items():
            _require_known(name, node, rules, lexis)
        self.rules = rules
        self.lexis = lexis
        self._heights = _heights(rules)
        self._above = _above(rules, START)
        chosen = (rules[name].items[number] for name, number in sorted(special))
        self.special = tuple(node for node in chosen if id(node) in self._above)
        """Alternatives that this dialect has and others have not."""

    def write(
        self, draw: Draw, rule: str = START, budget: int = 60, through: Node | None = None
    ) -> str:
        """A text of `rule`; after about `budget` tokens only what must be is still written.

        A statement has the alternative `through` in it, by the shortest way there is.
        """
        way: set[int] = set()
        while through is not None:
            way.add(id(through))
            through = self._above.get(id(through))
        return _Writer(self, draw, budget, self._heights, way).text(rule)

    def match(self, text: str, rule: str = "statement") -> Match | None:
        """How all of `text` is one of `rule`; None when it is not, or too long or deep to say."""
        if len(text) > MAX_TEXT:
            return None
        try:
            return _Reader(self, text).match(rule)
        except (RecursionError, _TooLongError):
            return None  # the limit of this reader, not a fact about the text


class _Writer:
    def __init__(
        self,
        grammar: Grammar,
        draw: Draw,
        budget: int,
        heights: Mapping[int, int],
        way: set[int],
    ) -> None:
        self._way = way
        """Nodes that must be written once."""
        self._grammar = grammar
        self._draw = draw
        self._left = budget
        self._heights = heights
        self._out: list[str] = []

    def text(self, rule: str) -> str:
        self._rule(rule, 0, glued=True)
        return "".join(self._out)

    def _rule(self, name: str, depth: int, *, glued: bool) -> None:
        self._write(self._grammar.rules[name], depth + 1, glued=glued)

    def _put(self, text: str, *, glued: bool) -> None:
        if self._out and not glued:
            self._out.append(" ")
        self._out.append(text)
        self._left -= 1

    def _write(self, node: Node, depth: int, *, glued: bool) -> None:
        kind = node.kind
        glued = glued or node.glued
        self._way.discard(id(node))
        if kind == "text":
            self._put(node.text, glued=glued)
        elif kind == "lexical":
            samples = self._grammar.lexis[node.text].samples
            self._put(self._draw.choice(samples), glued=glued)
        elif kind == "rule":
            self._rule(node.text, depth, glued=glued)
        elif kind == "sequence":
            for index, item in enumerate(node.items):
                self._write(item, depth, glued=glued and index == 0)
        elif kind == "choice":
            self._write(self._chosen(node, depth), depth, glued=glued)
        elif kind == "optional":
            wanted = self._left > 0 and depth < MAX_DEPTH * 2 and self._draw.chance(0.3)
            if wanted or id(node.items[0]) in self._way:
                self._write(node.items[0], depth, glued=glued)
        else:
            self._many(node, depth, glued=glued)

    def _chosen(self, node: Node, depth: int) -> Node:
        if self._way:
            for item in node.items:
                if id(item) in self._way:
                    return item
        if self._left > 0 and depth < MAX_DEPTH:
            return self._draw.choice(node.items)
        low = min(self._heights[id(item)] for item in node.items)
        return self._draw.choice([item for item in node.items if self._heights[id(item)] == low])

    def _many(self, node: Node, depth: int, *, glued: bool) -> None:
        times = max(node.least, 1) if id(node.items[0]) in self._way else node.least
        while self._left > 0 and times < node.least + 3 and self._draw.chance(0.35):
            times += 1
        for index in range(times):
            if index and node.separator:
                self._put(node.separator, glued=True)
            self._write(node.items[0], depth, glued=glued and index == 0)


class _TooLongError(Exception):
    """More steps than a text is worth."""


class _Reader:
    """Follows all ways at once: for a node and a place, the places where it can end."""

    def __init__(self, grammar: Grammar, text: str) -> None:
        self._grammar = grammar
        self._text = text
        self._ends: dict[tuple[int, int], tuple[int, ...]] = {}
        self._steps = 0

    def match(self, rule: str) -> Match | None:
        start = self._skip(0)
        size = len(self._text)
        for end in self._after(self._grammar.rules[rule], start):
            if self._skip(end) == size:
                return Match(rule, start, end, tuple(self._parts(rule, start, end)))
        return None

    def _skip(self, at: int) -> int:
        found = BLANK.match(self._text, at)
        return found.end() if found else at

    def _after(self, node: Node, at: int) -> tuple[int, ...]:
        """Where `node` can end when it starts at `at`, blanks before it allowed."""
        key = (id(node), at)
        known = self._ends.get(key)
        if known is None:
            self._steps += 1
            if self._steps > MAX_STEPS:
                raise _TooLongError
            self._ends[key] = ()  # left recursion ends here
            known = self._ends[key] = tuple(dict.fromkeys(self._find(node, at)))
        return known

    def _find(self, node: Node, at: int) -> Iterator[int]:
        kind = node.kind
        if kind in ("text", "lexical"):
            pattern = node.pattern or self._grammar.lexis[node.text].pattern
            found = pattern.match(self._text, self._skip(at))
            if found is not None:
                yield found.end()
        elif kind == "rule":
            yield from self._after(self._grammar.rules[node.text], at)
        elif kind == "sequence":
            places: tuple[int, ...] = (at,)
            for item in node.items:
                places = tuple(
                    dict.fromkeys(end for place in places for end in self._after(item, place))
                )
            yield from places
        elif kind == "choice":
            for item in node.items:
                yield from self._after(item, at)
        elif kind == "optional":
            yield from self._after(node.items[0], at)
            yield at
        else:
            yield from self._repeated(node, at)

    def _repeated(self, node: Node, at: int) -> Iterator[int]:
        seen = {at} if node.least == 0 else set()
        front = [at]
        first = True
        while front:
            following: list[int] = []
            for place in front:
                start = place
                if not first and node.separator:
                    start = self._skip(place)
                    if not self._text.startswith(node.separator, start):
                        continue
                    start += len(node.separator)
                for end in self._after(node.items[0], start):
                    if end not in seen:
                        seen.add(end)
                        following.append(end)
            front = following
            first = False
        yield from sorted(seen, reverse=True)

    def _parts(self, rule: str, start: int, end: int) -> Iterator[Match]:
        yield from self._within(self._grammar.rules[rule], start, end)

    def _within(self, node: Node, at: int, end: int) -> Iterator[Match]:
        """The rules inside one way in which `node` goes from `at` to `end`."""
        kind = node.kind
        if kind == "rule":
            start = self._skip(at)
            yield Match(node.text, start, end, tuple(self._parts(node.text, at, end)))
        elif kind == "sequence":
            yield from self._along(node.items, at, end)
        elif kind == "choice":
            way = next(item for item in node.items if end in self._after(item, at))
            yield from self._within(way, at, end)
        elif kind == "optional":
            if end != at:
                yield from self._within(node.items[0], at, end)
        elif kind == "many":
            yield from self._through(node, at, end)

    def _along(self, items: tuple[Node, ...], at: int, end: int) -> Iterator[Match]:
        stops = [frozenset({at})]
        for item in items:
            stops.append(frozenset(e for place in stops[-1] for e in self._after(item, place)))
        way = [end]
        for index in range(len(items) - 1, -1, -1):
            way.append(
                next(p for p in sorted(stops[index]) if way[-1] in self._after(items[index], p))
            )
        way.reverse()
        for index, item in enumerate(items):
            yield from self._within(item, way[index], way[index + 1])

    def _through(self, node: Node, at: int, end: int) -> Iterator[Match]:
        came: dict[int, tuple[int, int]] = {}
        front = [at]
        first = True
        while front and end not in came:
            following = []
            for place in front:
                start = place
                if not first and node.separator:
                    start = self._skip(place)
                    if not self._text.startswith(node.separator, start):
                        continue
                    start += len(node.separator)
                for stop in self._after(node.items[0], start):
                    if stop not in came and stop > place:
                        came[stop] = (place, start)
                        following.append(stop)
            front = following
            first = False
        way = []
        place = end
        while place != at and place in came:
            before, start = came[place]
            way.append((start, place))
            place = before
        for start, stop in reversed(way):
            yield from self._within(node.items[0], start, stop)


def _require_known(
    name: str, node: Node, rules: Mapping[str, Node], lexis: Mapping[str, Lexical]
) -> None:
    if node.kind == "rule" and node.text not in rules:
        raise ValueError(f"rule {name} names an unknown rule: {node.text}")
    if node.kind == "lexical" and node.text not in lexis:
        raise ValueError(f"rule {name} names an unknown class: {node.text}")
    for item in node.items:
        _require_known(name, item, rules, lexis)


def _above(rules: Mapping[str, Node], start: str) -> dict[int, Node]:
    """For each node the one above it on the shortest way from the start to it."""
    above: dict[int, Node] = {}
    waiting = [rules[start]] if start in rules else []
    for node in waiting:
        for inner in (rules[node.text],) if node.kind == "rule" else node.items:
            if id(inner) not in above and inner is not waiting[0]:
                above[id(inner)] = node
                waiting.append(inner)
    return above


def _heights(rules: Mapping[str, Node]) -> dict[int, int]:
    """How deep each node is at least, so that a generator that must end takes the lowest way."""
    far = 1 << 20
    heights: dict[int, int] = {}

    def height(node: Node) -> int:
        if node.kind in ("text", "lexical", "optional"):
            found = 1
        elif node.kind == "rule":
            found = 1 + heights.get(id(rules[node.text]), far)
        elif node.kind == "many" and node.least == 0:
            found = 1
        elif node.kind == "choice":
            found = min(map(height, node.items))
        else:
            found = sum(map(height, node.items))
        for item in node.items if node.kind in ("optional", "many") else ():
            height(item)
        heights[id(node)] = min(found, far)
        return heights[id(node)]

    for _ in range(len(rules)):
        before = dict(heights)
        for node in rules.values():
            height(node)
        if heights == before:
            break
    return heights
