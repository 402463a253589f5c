"""A test case in the words of Hypothesis: lines that a person puts above the test."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from hypothesis import __version__
from hypothesis import strategies as st
from hypothesis.core import encode_failure
from hypothesis.internal.reflection import nicerepr

LONGEST: Final = 2000
"""Characters of a line that is worth copying."""


def reproduce_failure(choices: Sequence[Any]) -> str:
    """The decorator that runs exactly these choices, with this version of Hypothesis."""
    return f"@reproduce_failure({__version__!r}, {encode_failure(choices)!r})"


@contextlib.contextmanager
def examples(state: Any, say: Callable[[object], None]) -> Iterator[None]:
    """While it lasts, `say` the decorator `@example` of each test case before its test runs.

    Says nothing where values are drawn within the test, which no decorator can give.
    """
    given = state.stuff.given_kwargs
    test = state.test
    interactive = any(_is_interactive(strategy) for strategy in given.values())

    @functools.wraps(test)
    def telling(*arguments: Any, **named: Any) -> Any:
        if not interactive:
            bound = inspect.signature(test).bind(*arguments, **named).arguments
            shown = ", ".join(f"{name}={nicerepr(bound[name])}" for name in given if name in bound)
            if shown and len(shown) <= LONGEST:
                say(f"@example({shown})")
        return test(*arguments, **named)

    if not state.print_given_args:  # a machine: its steps are told
        yield
        return
    state.test = telling
    try:
        yield
    finally:
        state.test = test


def _is_interactive(strategy: Any) -> bool:
    return bool(strategy == st.data())
