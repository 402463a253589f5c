"""Makes calls of the host's functions, and tail calls of any: where control leaves a program."""

from __future__ import annotations

from typing import Final

from targets.wasm.engine import HOST, REFUSED_LEVEL
from targets.wasm.expressions import (
    CALL,
    CONST,
    DROP,
    GLOBAL_GET,
    GLOBAL_SET,
    TAIL_CALL,
    Code,
    Maker,
)

LOGGED: Final = HOST["env", "log"]
KEPT: Final = HOST["env", "keep"]


def passed(maker: Maker, at: int, depth: int) -> Code:
    """Values for all parameters of a function; the host's `log` is given each kind of level."""
    found = maker.plan.functions[at]
    if at < maker.plan.imported and found == LOGGED and maker.draw.chance(0.6):
        level = maker.draw.choice((0, REFUSED_LEVEL))
        return [(CONST["i"], value) for value in (level, 1, 2)]
    return maker.arguments(found, depth)


def called(maker: Maker) -> Code:
    """A call of a function of the host, its results dropped; or nothing."""
    if not maker.plan.imported or not maker.draw.chance(0.6):
        return []
    at = maker.draw.integer(0, maker.plan.imported - 1)
    results = maker.plan.functions[at].results
    return [*passed(maker, at, 2), (CALL, at), *([(DROP,)] * len(results))]


def kept(maker: Maker, depth: int) -> Code:
    """An externref while all garbage is collected: passed through the host, or left on the stack
    after the global that it came from has forgotten it; or nothing.
    """
    if depth <= 0 or not maker.draw.chance(0.4):
        return []
    for at in range(maker.plan.imported):
        if maker.plan.functions[at] == KEPT:
            made: Code = [*maker.value("x", depth - 1), (CALL, at)]
            found = [at for at, have in enumerate(maker.plan.globals) if have == ("x", True)]
            if not found or maker.draw.chance(0.5):
                return made
            held = maker.draw.choice(found)
            return [(GLOBAL_GET, held), (0xD0, "x"), (GLOBAL_SET, held), *made, (DROP,)]
    return []


def left(maker: Maker) -> Code:
    """A tail call at the end of a body, in place of the results that are there; or nothing."""
    if not maker.plan.features.tail_call or not maker.draw.chance(0.5):
        return []
    same = maker.callees(maker.signature.results)
    if not same:
        return []
    hosts = [at for at in same if at < maker.plan.imported]
    at = maker.draw.choice(hosts if hosts and maker.draw.chance(0.6) else same)
    drops: Code = [(DROP,)] * len(maker.signature.results)
    return [*drops, *passed(maker, at, 2), (TAIL_CALL, at)]
