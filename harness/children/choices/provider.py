"""Where a test's choices come from: a tree of earlier ones as far as it fits, else chance."""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from typing import Any, Final

from hypothesis.database import choices_to_bytes
from hypothesis.internal.conjecture.choice import choice_permitted
from hypothesis.internal.conjecture.data import ConjectureData, DataObserver
from hypothesis.internal.conjecture.providers import HypothesisProvider

from harness.children import last_input
from harness.children.choices.trees import CLOSE, Open, Token

_RARE: Final = 1e-3
"""A boolean this unlikely ends something, such as the steps of a machine."""
_ALONE: Final = 1 << 60
"""Deeper than any test: nothing is read from the tree."""


class Guided(HypothesisProvider):
    """Reads a tree span by span. `stop`: chance of unlikely booleans where the tree has none."""

    def __init__(
        self, data: ConjectureData | None, /, *, tokens: Sequence[Token] = (), stop: float = 0.0
    ) -> None:
        super().__init__(data)
        self._tokens = tokens
        self._count = len(tokens)
        self._at = 0
        self._stop = stop
        self._within = False
        """Hypothesis draws parts of a value by itself: these are no choices of the test."""
        self._lost = 0 if tokens else _ALONE
        """Spans begun since one that the tree does not have here."""

    def span_start(self, label: int, /) -> None:
        """Enter the tree's span if it has one of this label here."""
        if self._lost:
            self._lost += 1
            return
        if self._at < self._count:
            token = self._tokens[self._at]
            if type(token) is Open and token.label == label:
                self._at += 1
                return
        self._lost = 1

    def span_end(self, _discard: bool, /) -> None:
        """Leave the span, and what the tree has left in it."""
        if self._lost:
            self._lost -= 1
            return
        at, depth = self._at, 1
        while at < self._count and depth:
            token = self._tokens[at]
            at += 1
            if token is CLOSE:
                depth -= 1
            elif type(token) is Open:
                depth += 1
        self._at = at

    def _next(self, kind: type, constraints: Any) -> Any:
        """The tree's value, if it has one that is allowed here."""
        if self._lost or self._within or self._at >= self._count:
            return None
        value = self._tokens[self._at]
        if value is CLOSE or type(value) is Open:
            return None
        self._at += 1
        if type(value) is not kind:
            return None
        allowed: Any = value
        return value if choice_permitted(allowed, constraints) else None

    def draw_boolean(self, p: float = 0.5) -> bool:
        """As Hypothesis, but for what the tree says."""
        value = self._next(bool, {"p": p})
        if value is not None:
            return bool(value)
        if self._stop and 0 < p < _RARE and not self._within and self._random is not None:
            return self._random.random() < self._stop
        return super().draw_boolean(p)

    def draw_integer(self, *args: Any, **kwargs: Any) -> int:
        """As Hypothesis, but for what the tree says."""
        value: int = self._draw(int, super().draw_integer, args, kwargs)
        return value

    def draw_float(self, *args: Any, **kwargs: Any) -> float:
        """As Hypothesis, but for what the tree says."""
        value: float = self._draw(float, super().draw_float, args, kwargs)
        return value

    def draw_string(self, *args: Any, **kwargs: Any) -> str:
        """As Hypothesis, but for what the tree says."""
        value: str = self._draw(str, super().draw_string, args, kwargs)
        return value

    def draw_bytes(self, *args: Any, **kwargs: Any) -> bytes:
        """As Hypothesis, but for what the tree says."""
        value: bytes = self._draw(bytes, super().draw_bytes, args, kwargs)
        return value

    def _draw(self, kind: type, usual: Any, args: Any, kwargs: Any) -> Any:
        value = self._next(kind, kwargs)
        if value is not None or self._within:
            return usual(*args, **kwargs) if value is None else value
        self._within = True
        try:
            return usual(*args, **kwargs)
        finally:
            self._within = False


class Recorder(DataObserver):
    """Writes each choice into a mapped file before the test goes on: a death does not lose them."""

    def __init__(self, memory: mmap.mmap, execution: int, before: bytes = b"") -> None:
        """`before` goes before the choices: what test they are for."""
        self._memory = memory
        self._at = last_input.HEADER_BYTES + len(before)
        self._header = memoryview(memory)[: last_input.HEADER_BYTES].cast("Q")
        memory[last_input.HEADER_BYTES : self._at] = before
        self._header[0], self._header[1] = len(before) + 1, execution

    def note(self, value: Any) -> None:
        """Write one choice behind the others."""
        told = choices_to_bytes((value,))
        end = self._at + len(told)
        if end <= len(self._memory):
            self._memory[self._at : end] = told
            self._at = end
            self._header[0] = end - last_input.HEADER_BYTES + 1

    def draw_boolean(self, value: bool, **_terms: Any) -> None:
        """Note the choice."""
        self.note(value)

    def draw_integer(self, value: int, **_terms: Any) -> None:
        """Note the choice."""
        self.note(value)

    def draw_float(self, value: float, **_terms: Any) -> None:
        """Note the choice."""
        self.note(value)

    def draw_string(self, value: str, **_terms: Any) -> None:
        """Note the choice."""
        self.note(value)

    def draw_bytes(self, value: bytes, **_terms: Any) -> None:
        """Note the choice."""
        self.note(value)
