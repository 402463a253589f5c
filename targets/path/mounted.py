"""Where the server of this process mounts its roots: what the grammar asks for most."""

from __future__ import annotations

from collections.abc import Iterable

_prefixes: tuple[bytes, ...] = ()


def prefixes() -> tuple[bytes, ...]:
    """The prefixes announced last; empty before a server is made."""
    return _prefixes


def announce(mounts: Iterable[bytes]) -> None:
    """Note where a server has its mounts."""
    global _prefixes  # noqa: PLW0603 - one server per process, and grammars have no other parameter
    _prefixes = tuple(mounts)
