"""Words of the subject's own code: what it compares with, looks up and matches.

Read from the modules that were instrumented: constants of their code objects, literals of their
regular expressions, keys and items of their tables. Nobody has to write a dictionary by hand.
"""

from __future__ import annotations

import functools
import re
import sys
import types
from collections.abc import Iterable, Iterator, Mapping
from re import _parser  # type: ignore[attr-defined]  # the only reader of patterns there is
from typing import Any

MAX_WORDS = 1500
"""libFuzzer picks an entry at random: with many more the good ones are rare."""
MAX_BYTES = 40
"""Longer constants are messages."""
MAX_TABLE = 5000
"""Items of the largest table that is read; longer ones are data."""
_MESSAGE = re.compile(r"\s\S+\s")
_LIKE_A_PATTERN = re.compile(r"\\[bdswBDSW]|\(\?|\[\^|[^\\]\)[*+?]")
"""What looks like a regular expression that is compiled elsewhere, as in a lexer's table."""


def words_of(prefixes: Iterable[str]) -> tuple[bytes, ...]:
    """Words of the modules with these prefixes that are imported, the shorter first."""
    found: dict[bytes, None] = {}
    for name, module in sorted(sys.modules.items()):
        if any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes):
            for value in _of_namespace(vars(module), name):
                word = _word(value)
                if word:
                    found[word] = None
    return tuple(sorted(found, key=lambda word: (len(word), word))[:MAX_WORDS])


def to_dictionary(words: Iterable[bytes]) -> str:
    """The words in libFuzzer's format."""
    return "".join(f'"{"".join(map(_escaped, word))}"\n' for word in words)


def _escaped(byte: int) -> str:
    char = chr(byte)
    return f"\\x{byte:02x}" if not " " <= char <= "~" or char in '"\\' else char


def _word(value: object) -> bytes:
    """The value as bytes if it may be a word of the language, or nothing."""
    if isinstance(value, str):
        if _MESSAGE.search(value) or (value.startswith("__") and value.endswith("__")):
            return b""
        value = value.encode("utf-8", "surrogatepass")
    if isinstance(value, bytes) and 0 < len(value) <= MAX_BYTES:
        return value
    return b""


def _of_namespace(names: Mapping[str, Any], module: str) -> Iterator[object]:
    for name, value in list(names.items()):
        if not name.startswith("__"):
            yield from _of_value(value, module)


def _of_value(value: object, module: str) -> Iterator[object]:
    """Words in one object of a module: a table, a pattern, a function, a class of its own."""
    match value:
        case str():
            yield from _of_pattern(value, 0) if _LIKE_A_PATTERN.search(value) else (value,)
        case bytes():
            yield value
        case re.Pattern():
            yield from _of_pattern(value.pattern, value.flags)
        case types.FunctionType():
            # A test of Hypothesis keeps the function that it was made of.
            test = getattr(getattr(value, "hypothesis", None), "inner_test", value)
            if value.__module__ == module and isinstance(test, types.FunctionType):
                yield from _of_code(test.__code__)
        case staticmethod() | classmethod():
            yield from _of_value(value.__func__, module)
        case property():
            yield from _of_value(value.fget, module)
        case functools.cached_property():
            yield from _of_value(value.func, module)
        case type():
            if value.__module__ == module:
                yield from _of_namespace(vars(value), module)
        case dict() | list() | tuple() | set() | frozenset():
            if len(value) <= MAX_TABLE:
                yield from _of_table(value, module)


def _of_table(table: Any, module: str) -> Iterator[object]:
    items = [*table, *table.values()] if isinstance(table, dict) else list(table)
    for item in items:
        for part in item if isinstance(item, (tuple, frozenset)) else (item,):
            if isinstance(part, (str, bytes, re.Pattern, types.FunctionType)):
                yield from _of_value(part, module)


def _of_code(code: types.CodeType) -> Iterator[object]:
    """Constants of a function and of what is defined in it, its docstring left out."""
    for index, constant in enumerate(code.co_consts):
        if isinstance(constant, types.CodeType):
            yield from _of_code(constant)
        elif isinstance(constant, (tuple, frozenset)):
            yield from (item for item in constant if isinstance(item, (str, bytes)))
        elif index > 0 and isinstance(constant, (str, bytes)):
            yield constant


@functools.lru_cache(maxsize=1024)
def _of_pattern(pattern: str | bytes, flags: int) -> tuple[object, ...]:
    """Runs of literal characters in a regular expression."""
    try:
        parsed = _parser.parse(pattern, flags)
    except (re.error, OverflowError, RecursionError):  # it was compiled by other rules
        return ()
    text = isinstance(pattern, bytes)
    runs = list(_runs(parsed))
    return tuple(bytes(map(ord, run)) if text else run for run in runs)


def _runs(parsed: Any) -> Iterator[str]:
    run = ""
    for operation, argument in parsed:
        if str(operation) == "LITERAL":
            run += chr(argument)
            continue
        yield run
        run = ""
        for part in argument if isinstance(argument, tuple) else ():
            if isinstance(part, _parser.SubPattern):
                yield from _runs(part)
            elif isinstance(part, list):
                for branch in part:
                    if isinstance(branch, _parser.SubPattern):
                        yield from _runs(branch)
    yield run
