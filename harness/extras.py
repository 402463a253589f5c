"""Packages that only some commands need: what is missing is said, with the way to get it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from targets.errors import MissingError
from targets.registry import ROOMS


@contextlib.contextmanager
def needed(extra: str, what: str) -> Iterator[None]:
    """Around imports of packages that the extra `fuzzfarm[extra]` brings, for `what`.

    MissingError when one is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        name = (error.name or "").partition(".")[0]
        if name in ROOMS:
            raise  # our own bug
        raise MissingError(f"{what} needs {name}: pip install 'fuzzfarm[{extra}]'") from error
