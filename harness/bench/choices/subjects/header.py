"""A file format of text: a magic word, a version, sections with names, one of which is broken."""

from __future__ import annotations


def read(text: str) -> dict[str, str]:
    """The sections by name; ValueError for what is no such file."""
    if not text.startswith("%DECK-"):
        raise ValueError("no magic word")
    version, _, rest = text[6:].partition("\n")
    if version not in ("1.0", "1.1", "2.7"):
        raise ValueError("unknown version")
    found: dict[str, str] = {}
    for line in rest.split(";"):
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError("no value")
        if name == "layout":
            found[name] = _layout(value, version)
        elif name == "title":
            found[name] = value.strip()
        else:
            raise ValueError("unknown section")
    return found


def _layout(value: str, version: str) -> str:
    kind, _, size = value.partition("/")
    if kind == "grid" and version == "2.7" and size.isdecimal() and int(size) > 99:
        raise KeyError("a grid of more than two digits")
    return kind
