"""A test case as a tree: the values that were drawn, within the spans that they were drawn in.

Replayed as a tree, a change in one span does not shift what the next one reads; a flat list of
values would be misaligned from the first change on.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from hypothesis.internal.conjecture.choice import ChoiceNode
from hypothesis.internal.conjecture.data import ConjectureData

Value = int | float | bool | str | bytes


class Open:
    """The begin of a span; its label says which strategy drew it."""

    __slots__ = ("label",)

    def __init__(self, label: int) -> None:
        self.label = label


class _Close:
    """The end of a span."""


CLOSE: Final = _Close()
Token = Value | Open | _Close | None
"""None stands for a value that is to be drawn anew."""

_CHOICE, _DISCARDED, _KEPT = 3, 1, 2
_LABELS = 4
"""In a trail: what is this or above begins a span with the label of that index."""
_opens: dict[int, Open] = {}


@dataclasses.dataclass(frozen=True, slots=True)
class Span:
    """Tokens `begin` to `end` (not included), both brackets with them."""

    label: int
    begin: int
    end: int
    parent: int
    """Where the span around it begins; -1: none."""


@dataclasses.dataclass(slots=True)
class Tree:
    """Tokens of one test case; `nodes` has the choice of each value at the same place."""

    tokens: list[Token]
    nodes: list[ChoiceNode | None]
    spans: list[Span]
    values: list[int]
    """Where values are."""


def tree_of(data: ConjectureData) -> Tree:
    """What an executed test drew. Left out are forced choices, and what a filter threw away."""
    record: Any = data._ConjectureData__span_record  # type: ignore[attr-defined]  # no public way
    tokens: list[Token] = []
    nodes: list[ChoiceNode | None] = []
    begun: list[int] = []
    chosen = iter(data.nodes)
    for mark in record.trail:
        if mark == _CHOICE:
            node = next(chosen)
            if not node.was_forced:
                tokens.append(node.value)
                nodes.append(node)
        elif mark == _DISCARDED:
            begin = begun.pop()
            del tokens[begin:], nodes[begin:]
        elif mark == _KEPT:
            begun.pop()
            tokens.append(CLOSE)
            nodes.append(None)
        else:
            begun.append(len(tokens))
            tokens.append(_open(record.labels[mark - _LABELS]))
            nodes.append(None)
    tokens += [CLOSE] * len(begun)
    nodes += [None] * len(begun)
    values = [place for place, node in enumerate(nodes) if node is not None]
    return Tree(tokens, nodes, _spans(tokens), values)


def _open(label: int) -> Open:
    found = _opens.get(label)
    if found is None:
        found = _opens[label] = Open(label)
    return found


def _spans(tokens: list[Token]) -> list[Span]:
    """All spans but the outermost, which is the whole test."""
    begun: list[int] = []
    found: list[Span] = []
    for place, token in enumerate(tokens):
        if type(token) is Open:
            begun.append(place)
        elif token is CLOSE:
            begin = begun.pop()
            opened = tokens[begin]
            if begun and type(opened) is Open:
                found.append(Span(opened.label, begin, place + 1, begun[-1]))
    return found
