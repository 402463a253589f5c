"""Words of the subject's own code, for grammars: empty until an engine has read the code."""

from __future__ import annotations

from collections.abc import Iterable

_words: tuple[bytes, ...] = ()


def words() -> tuple[bytes, ...]:
    """What the subject compares with or looks up: keywords, options, magic bytes; may be empty."""
    return _words


def set_words(words_: Iterable[bytes]) -> None:
    """Replace the words of this process."""
    global _words  # noqa: PLW0603 - one subject per process, and grammars have no other parameter
    _words = tuple(words_)
