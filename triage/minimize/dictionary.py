"""Reads libFuzzer dictionaries: one `"word"` or `name="word"` a line, bytes escaped as in C."""

from __future__ import annotations

import pathlib
import re

_LINE = re.compile(rb'^[ \t]*[^"#]*"((?:[^"\\]|\\.)*)"[ \t]*$', re.MULTILINE)
_ESCAPE = re.compile(rb'\\(x[0-9A-Fa-f]{2}|[\\"])')


def read(path: pathlib.Path) -> tuple[bytes, ...]:
    """The words, each once, longest first; none when the file cannot be read."""
    try:
        text = path.read_bytes()
    except OSError:  # it is a help, not a need
        return ()
    words = {_ESCAPE.sub(_byte, found[1]) for found in _LINE.finditer(text)}
    return tuple(sorted(words - {b""}, key=lambda word: (-len(word), word)))


def _byte(found: re.Match[bytes]) -> bytes:
    said = found[1]
    return bytes((int(said[1:], 16),)) if said[:1] == b"x" else said
