"""Bytes and text as Python source: readable where that is possible, short where it is not."""

from __future__ import annotations

import base64
import re
import textwrap
import zlib

MAX_COLUMNS = 100
READABLE = 2000
"""Characters of source up to which bytes are written out."""
_REPEATED = re.compile(rb"(.{1,16}?)\1{15,}", re.DOTALL)


def of_bytes(data: bytes) -> str:
    """An expression of `data`, its lines indented for `NAME = …`.

    Long repetitions are written as such (`b"[" * 5000`); what is still long is packed, which takes
    the modules `base64` and `zlib` (see `is_packed`).
    """
    parts = _parts(data)
    if sum(map(len, parts)) > READABLE:
        packed = base64.b64encode(zlib.compress(data, 9)).decode("ascii")
        lines = "\n".join(f'        "{line}"' for line in textwrap.wrap(packed, 84))
        return f"zlib.decompress(\n    base64.b64decode(\n{lines}\n    )\n)"
    line = " + ".join(parts)
    if len(line) <= MAX_COLUMNS - len("DATA = "):
        return line
    rows: list[str] = []
    for part in parts:
        first, *rest = _pieces(part)
        rows += [f"    + {first}" if rows else f"    {first}", *(f"    {row}" for row in rest)]
    return "(\n" + "\n".join(rows) + "\n)"


def is_packed(source: str) -> bool:
    """Whether an expression of `of_bytes` needs modules."""
    return source.startswith("zlib.")


def in_docstring(text: str) -> str:
    """The text, one paragraph per line, as the inside of a docstring: nothing in it can end it."""
    plain = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )
    plain = plain.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return plain + " " if plain.endswith('"') else plain


def _parts(data: bytes) -> list[str]:
    """Literals, and products of literals, whose sum is `data`."""
    parts: list[str] = []
    at = 0
    for found in _REPEATED.finditer(data):
        unit = found[1]
        if len(found[0]) < 40:
            continue
        if data[at : found.start()]:
            parts.append(_literal(data[at : found.start()]))
        parts.append(f"{_literal(unit)} * {len(found[0]) // len(unit)}")
        at = found.end()
    if data[at:] or not parts:
        parts.append(_literal(data[at:]))
    return parts


def _literal(data: bytes) -> str:
    """With double quotes, as formatters want it, unless that takes more escapes."""
    source = repr(data)
    if source[1] == "'" and b'"' not in data:
        return f'b"{source[2:-1]}"'
    return source


def _pieces(part: str) -> list[str]:
    """A long literal as several that stand side by side."""
    if len(part) <= MAX_COLUMNS - 6:  # as every product is
        return [part]
    quote, inside = part[1], part[2:-1]
    atoms = re.findall(r"\\x..|\\.|[^\\]", inside)
    pieces, line = [], ""
    for atom in atoms:
        if len(line) + len(atom) > MAX_COLUMNS - 10 or (line.endswith("\\n") and len(line) > 40):
            pieces.append(line)
            line = ""
        line += atom
    return [f"b{quote}{piece}{quote}" for piece in [*pieces, line]]
