"""Which release of a package is here, and which parameters its functions have."""

from __future__ import annotations

import functools
import importlib.metadata
import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from targets.oracles import Violation

_TOO_LONG: Final = "for integer string conversion"


def release_of(package: str) -> tuple[int, ...]:
    """The numbers of a version: `(3, 9, 1)` for `3.9.1.post1`."""
    found = re.match(r"\d+(?:\.\d+)*", importlib.metadata.version(package))
    return tuple(map(int, found[0].split("."))) if found else ()


def parameters_of(function: Callable[..., Any]) -> frozenset[str]:
    """The names of its parameters; a method's own object may be among them."""
    return _parameters_of(getattr(function, "__func__", function))


@functools.lru_cache(maxsize=256)
def _parameters_of(function: Callable[..., Any]) -> frozenset[str]:
    return frozenset(inspect.signature(function).parameters)


def check_length(error: ValueError) -> None:
    """A Violation if a number has more digits than Python's `int` takes: a bug of its own.

    It comes from the same line as other ValueErrors, which it would hide.
    """
    if _TOO_LONG in str(error):
        raise Violation("parse: a number of thousands of digits has no documented error") from error


def known_to(function: Callable[..., Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Of the arguments `wanted`, those that this release of the function has."""
    names = parameters_of(function)
    return {name: value for name, value in wanted.items() if name in names}
