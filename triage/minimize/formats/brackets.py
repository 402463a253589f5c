"""Inputs as a tree of what brackets hold, so that brackets are only left out in pairs."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

from triage.minimize.formats.pieces import tokens
from triage.minimize.formats.trees import MAX_NODES, Path, at, everywhere, put

CLOSES = {b"(": b")", b"[": b"]", b"{": b"}", b"<": b">"}
MAX_DEPTH = 200
"""Deeper inputs are left to other passes: their tree could not be walked."""


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """What stands between two brackets; without brackets, the whole input."""

    opens: bytes
    inside: tuple[bytes | Group, ...]


class Brackets:
    """The format, and its grammar: groups hold groups, and what stands between these."""

    name = "brackets"

    def __init__(self, kinds: bytes = b"([{") -> None:
        self._kinds = {bytes((kind,)) for kind in kinds}

    def parse(self, case: bytes) -> Group:
        """The tree; ValueError when no bracket opens, one does not match, or they are too many."""
        opened: list[tuple[bytes, list[bytes | Group]]] = [(b"", [])]
        ends = {CLOSES[kind]: kind for kind in self._kinds}
        groups = 0
        for is_bracket, row in itertools.groupby(
            tokens(case), lambda token: token in self._kinds or token in ends
        ):
            if not is_bracket:
                opened[-1][1].append(b"".join(row))
                continue
            for bracket in row:
                if bracket in self._kinds:
                    opened.append((bracket, []))
                    groups += 1
                    if len(opened) > MAX_DEPTH or groups > MAX_NODES:
                        raise ValueError("too many brackets")
                    continue
                opens, inside = opened.pop()
                if opens != ends[bracket]:
                    raise ValueError("a bracket does not match")
                opened[-1][1].append(Group(opens, tuple(inside)))
        if len(opened) > 1 or not groups:
            raise ValueError("a bracket is missing")
        return Group(b"", tuple(opened[0][1]))

    def dumps(self, shape: bytes | Group) -> bytes:
        """The text of the tree."""
        if isinstance(shape, bytes):
            return shape
        inside = b"".join([self.dumps(part) for part in shape.inside])
        return shape.opens + inside + CLOSES.get(shape.opens, b"")

    def inside(self, node: Any) -> tuple[Any, ...]:
        """Of a group."""
        return node.inside if isinstance(node, Group) else ()

    def holding(self, node: Any, inside: tuple[Any, ...]) -> Any:
        """The same brackets around something else."""
        return Group(node.opens, inside)


BRACKETS = Brackets()
ANGLES = Brackets(b"<")


def _plainer(root: Any, path: Path) -> Iterator[Any]:
    node = at(BRACKETS, root, path)
    if isinstance(node, Group) and node.opens not in (b"", b"("):
        yield put(BRACKETS, root, path, Group(b"(", node.inside))


plainer = everywhere(BRACKETS, "plainer", _plainer)
"""Make round brackets of all."""
