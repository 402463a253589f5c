"""Stacks of native code, as gdb, sanitizers and, from 3.14 on, faulthandler write them. Pure."""

from __future__ import annotations

import re

MAX_CALLS = 100
"""Innermost calls of a stack that are read."""

_CALL = re.compile(
    r"\s*(?:#\d+\s+(?:0x[0-9a-fA-F]+ in )?(?P<name>[^\s(]+)(?P<rest>.*)"
    r'|Binary file "(?P<library>[^"]+)"(?:, at (?P<symbol>[^+\s\[]+))?.*)'
)
_FILE = re.compile(
    r"(?:(?:\bat|\bfrom|^|\)) )+(?P<file>/?[^\s():]+)(?::(?P<line>\d+))?(?::\d+)?(?: |$)"
)
_HIDDEN = re.compile(
    r"\?\?|<.*|_*(?:Py|GI|libc|pthread|start|restore|asan|ubsan|sanitizer|interceptor)[_A-Z].*"
    r"|_start|main|clone\d*|start_thread|raise|abort|gsignal|killpg|kill"
    r"|_*(?:mem|str|wcs|wmem)(?:n?cpy|n?cmp|move|set|chr|len|n?cat|p?n?cpy|dup)\w*"
    r"|malloc|calloc|realloc|free"
)
_HIDDEN_LIBRARY = re.compile(
    r"(?:lib(?:python|c|pthread|asan|ubsan|stdc\+\+)|ld-|python)[\d.\-]*.*"
)


def native_calls(text: str) -> list[tuple[str, str, int, str]]:
    """The first stack's calls as library (or source file), function, line and file.

    Outermost first; those of the interpreter, the C library and the tools themselves are left out.
    """
    calls: list[tuple[str, str, int, str]] = []
    begun = 0
    for line in text.splitlines():
        found = _CALL.fullmatch(line)
        if found is None:
            continue
        if line.lstrip().startswith("#0 "):
            begun += 1
        if begun > 1 or len(calls) >= MAX_CALLS:
            break
        where = _FILE.search(found["rest"] or "")
        file = found["library"] or (where["file"] if where else "")
        name = found["name"] or found["symbol"] or ""
        number = int(where["line"] or 0) if where else 0
        library = file.rpartition("/")[2].partition(".")[0]
        if name and not _HIDDEN.fullmatch(name) and not _HIDDEN_LIBRARY.fullmatch(library):
            calls.append((library or "?", name, number, file))
    return calls[::-1]
