"""Tracebacks in the layouts of other tools, rewritten as the interpreter prints them.

pytest's long and short layouts, and texts escaped into one line, as JSON logs hold them. What is
not recognized stays as it is; time is linear in the text. Pure.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Sequence

MAX_ESCAPED = 1_000_000
"""Characters of one line with an escaped text in it that are looked at."""

_HEADER = "Traceback (most recent call last):"
_FIRST_LINE = re.compile(r"\(most recent call (?:last|first)\):\\n")
_REST = {quote: re.compile(rf"(?:[^{quote}\\]|\\.)*", re.DOTALL) for quote in "\"'"}
_ESCAPES = {r"\n": "\n", r"\t": "\t", r"\"": '"', r"\'": "'", "\\\\": "\\"}
_ESCAPED = re.compile("|".join(re.escape(escape) for escape in _ESCAPES))
_TITLE = re.compile(r"_{3,} .+ _{3,}|={3,} .+ ={3,}")
_RULE = re.compile(r"_( _){5,} ?")
_PLACE = re.compile(r"(?P<file>[^\s:][^:]*|[A-Za-z]:[^:]+):(?P<line>\d+): ?(?P<rest>.*)")
_IN = re.compile(r"in (?P<name>.+)")
_DEFINED = re.compile(r"\s+(?:async )?def (?P<name>\w+)\(")
_MARKED = re.compile(r">(?P<source>\s{3,}\S.*)")
_SAID = re.compile(r"E\s{3,}(?P<text>\S.*)")
_CARETS = re.compile(r"\s{4,}[~^][~^ ]*")
_ERROR = re.compile(r"[^\W\d][\w.]*(?::.*)?")


def unescaped(lines: Sequence[str]) -> list[str]:
    """The lines, with escaped tracebacks in them spread over lines of their own."""
    result: list[str] = []
    for line in lines:
        if r"):\n" in line and _FIRST_LINE.search(line):
            result += _spread(line[:MAX_ESCAPED])
        else:
            result.append(line)
    return result


def _spread(line: str) -> list[str]:
    """Every quoted text with a traceback in it, or else all of the line."""
    texts: list[str] = []
    end = 0
    while mark := _FIRST_LINE.search(line, end):
        begin, last = end, len(line)
        longest = 0
        for quote, rest in _REST.items():  # the one that is not in the text reaches further
            opened = line.rfind(quote, end, mark.start())
            found = rest.match(line, mark.start()) if opened >= 0 else None
            if found and found.end() > longest:
                begin, last = opened + 1, found.end()
                longest = last
        texts.append(_read(line[begin:last]))
        end = last
    return "\n".join(texts).split("\n")


def _read(text: str) -> str:
    try:
        loaded = json.loads(f'"{text}"', strict=False)
    except ValueError:  # as Python shows it, or cut off
        return _ESCAPED.sub(lambda found: _ESCAPES[found[0]], text)
    return str(loaded)


@dataclasses.dataclass(slots=True)
class _Entry:
    """What was said of one call so far."""

    name: str = ""
    source: str = ""
    marks: str = ""
    indent: int = 0
    error: str = ""


def as_printed(lines: Sequence[str]) -> list[str]:
    """The lines, with pytest's layouts of tracebacks turned into the interpreter's."""
    if not any(line.startswith("E  ") for line in lines):
        return list(lines)
    return list(_printed(lines))


def _printed(lines: Sequence[str]) -> Iterator[str]:
    entry, frames = _Entry(), 0
    for line in lines:
        place = _PLACE.fullmatch(line)
        inside = _IN.fullmatch(place["rest"]) if place else None
        if place and inside:  # short: what was there follows
            yield from _frame(place, inside["name"], frames)
            entry, frames = _Entry(), frames + 1
        elif place and entry.indent and entry.name:  # long: it stands above
            yield from _frame(place, entry.name, frames)
            yield f"    {entry.source}"
            yield from [entry.marks] if entry.marks else []
            frames += 1
            if entry.error:
                yield _error(entry.error)
                frames = 0
            entry = _Entry()
        elif said := _SAID.fullmatch(line):
            entry.error = entry.error or said["text"]
            if frames and not entry.indent:
                yield _error(entry.error)
                frames = 0
        elif marked := _MARKED.fullmatch(line):
            entry.source, entry.marks = marked["source"].strip(), ""
            entry.error = ""
            entry.indent = len(line) - len(entry.source)
        elif entry.indent and not entry.marks and not entry.error and _CARETS.fullmatch(line):
            begin = len(line) - len(line.lstrip())
            entry.marks = " " * (4 + begin - entry.indent) + line.strip()
        elif defined := _DEFINED.match(line):
            entry.name = entry.name if entry.indent else defined["name"]
        elif _TITLE.fullmatch(line):
            entry, frames = _Entry(), 0
            yield line
        elif not frames or (line.startswith("    ") and not entry.indent):
            yield line


def _frame(place: re.Match[str], name: str, before: int) -> Iterator[str]:
    if not before:
        yield _HEADER
    yield f'  File "{place["file"]}", line {place["line"]}, in {name}'


def _error(text: str) -> str:
    """The line that says the error; of an assertion pytest shows what was asserted instead."""
    return text if _ERROR.fullmatch(text) else f"AssertionError: {text}"
