"""What typing makes of a body: flat code whose branches carry their labels."""

from __future__ import annotations

import dataclasses
from typing import Any

from targets.wasm.module import GlobalType, Signature, Table

UNREACHABLE, BLOCK, LOOP, IF, ELSE, END = 0x00, 0x02, 0x03, 0x04, 0x05, 0x0B
BR, BR_IF, BR_TABLE, RETURN, JUMP = 0x0C, 0x0D, 0x0E, 0x0F, 0xFF
"""JUMP is the farm's own: from the end of an `if` arm over the `else` arm."""

Label = list[int]
"""Where a branch goes: [place in the code, number of values carried, height of the stack]."""


@dataclasses.dataclass(slots=True)
class Context:
    """What the instructions of a body may refer to."""

    types: list[Signature]
    functions: list[Signature]
    tables: list[Table]
    memories: int
    globals: list[GlobalType]
    elements: list[str]
    data_count: int | None
    declared: frozenset[int] = frozenset()


@dataclasses.dataclass(frozen=True, slots=True)
class Flat:
    """A body without nesting: branches carry a Label, blocks and loops are gone."""

    signature: Signature
    locals: str
    code: tuple[tuple[Any, ...], ...]
