"""Passes for trees of any language: leave nodes out, put a node's inside in its place.

A `Grammar` says what is inside a node; the passes know nothing else of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from triage.minimize.passes.sequences import blocks
from triage.minimize.problem import Pass, Problem, compose

MAX_NODES = 2_000
"""A larger tree is left to other passes."""

Path = tuple[int, ...]
"""Which inside of which inside…, from the root."""


class Grammar(Protocol):
    """How the nodes of one language hold others. Nodes are immutable."""

    @property
    def name(self) -> str:
        """One word, for people."""

    def inside(self, node: Any) -> tuple[Any, ...]:
        """The nodes directly inside; none for a leaf."""

    def holding(self, node: Any, inside: tuple[Any, ...]) -> Any:
        """The node with something else inside; ValueError when it cannot hold that."""


def shed(grammar: Grammar) -> Pass[Any]:
    """A pass that leaves nodes out, blocks of neighbours first, from the root downwards."""

    def shed(problem: Problem[Any]) -> None:
        waiting: list[Path] = [()]
        # Indexes stay right: what is inside a node changes before its own paths are made.
        for path in waiting:
            if len(waiting) > MAX_NODES:
                return
            if grammar.inside(at(grammar, problem.current, path)):
                compose(_Inside(grammar, path), blocks)(problem)
            count = len(grammar.inside(at(grammar, problem.current, path)))
            waiting += [(*path, index) for index in range(count)]

    return shed


def hoist(grammar: Grammar) -> Pass[Any]:
    """A pass that puts something inside a node in its place: one part, or all in a row."""

    def ideas(root: Any, path: Path) -> Iterator[Any]:
        node = at(grammar, root, path)
        parts = grammar.inside(node)
        for part in parts:
            yield put(grammar, root, path, part)
            for deeper in grammar.inside(part):
                yield put(grammar, root, path, deeper)
        if parts and path:
            outer = at(grammar, root, path[:-1])
            around = grammar.inside(outer)
            spliced = (*around[: path[-1]], *parts, *around[path[-1] + 1 :])
            with contextlib.suppress(ValueError):  # a node for exactly one other
                yield put(grammar, root, path[:-1], grammar.holding(outer, spliced))

    return everywhere(grammar, "hoist", ideas)


def everywhere(
    grammar: Grammar, name: str, ideas: Callable[[Any, Path], Iterator[Any]]
) -> Pass[Any]:
    """A pass that tries, at every node from the root downwards, `ideas(root, path)`: new roots."""

    def everywhere(problem: Problem[Any]) -> None:
        begin = 0
        while True:
            root = problem.current
            places = list(paths(grammar, root))[begin:]
            origins: list[int] = []

            def candidates(root: Any, places: list[Path], origins: list[int]) -> Iterator[Any]:
                for number, path in enumerate(places):
                    for idea in ideas(root, path):
                        origins.append(number)
                        yield idea

            found = problem.first(candidates(root, places, origins))
            if found is None:
                return
            begin += origins[found]

    everywhere.__name__ = name
    return everywhere


def at(grammar: Grammar, root: Any, path: Path) -> Any:
    """The node at the end of the path."""
    for index in path:
        root = grammar.inside(root)[index]
    return root


def put(grammar: Grammar, root: Any, path: Path, node: Any) -> Any:
    """The root with `node` at the end of the path."""
    if not path:
        return node
    parts = grammar.inside(root)
    index = path[0]
    part = put(grammar, parts[index], path[1:], node)
    return grammar.holding(root, (*parts[:index], part, *parts[index + 1 :]))


def paths(grammar: Grammar, root: Any) -> Iterator[Path]:
    """All paths, level by level, at most `MAX_NODES`."""
    waiting: list[tuple[Path, Any]] = [((), root)]
    for number, (path, node) in enumerate(waiting):
        if number == MAX_NODES:
            return
        yield path
        if len(waiting) <= MAX_NODES:
            waiting += [((*path, index), part) for index, part in enumerate(grammar.inside(node))]


class _Inside:
    """A root seen as the sequence of what is inside one of its nodes."""

    def __init__(self, grammar: Grammar, path: Path) -> None:
        self._grammar = grammar
        self._path = path
        self._root: Any = None

    @property
    def name(self) -> str:
        """One word, for people."""
        return "inside"

    def parse(self, case: Any) -> tuple[Any, ...]:
        """What is inside the node; the rest of the root is remembered."""
        self._root = case
        return self._grammar.inside(at(self._grammar, case, self._path))

    def dumps(self, shape: tuple[Any, ...]) -> Any:
        """The root with this inside the node."""
        node = self._grammar.holding(at(self._grammar, self._root, self._path), shape)
        return put(self._grammar, self._root, self._path, node)
