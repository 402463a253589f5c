"""sqlparse.split: nothing is lost, and statements are cut where they end and nowhere else."""

from __future__ import annotations

import functools
import inspect
import itertools
from typing import Any

import sqlparse
from sqlparse.exceptions import SQLParseError

from targets.oracles import Violation
from targets.sql.implementation import Choices
from targets.sql.scan import is_plain
from targets.sql.splitting import Part, meaning, statements
from targets.sql.sqlparse_format import ink


@functools.cache
def strips_semicolons() -> bool:
    """Whether this release has that option."""
    return "strip_semicolon" in inspect.signature(sqlparse.split).parameters


def split(text: str, choices: Choices) -> None:
    """Split, with or without semicolons, as the choices say."""
    options: dict[str, Any] = {}
    if choices.flag() and strips_semicolons():
        options["strip_semicolon"] = True
    try:
        parts = sqlparse.split(text, **options)
    except SQLParseError:
        return
    expected, found = ink(text), ink("".join(parts))
    if options:
        expected, found = expected.replace(";", ""), found.replace(";", "")
    if expected != found:
        raise Violation("split: the parts do not join to the text", f"{len(parts)} parts")
    if not options and is_plain(text):
        _require_cuts(text, parts)


def is_certain(text: str) -> bool:
    """Whether a text has several statements, or blocks, and it is certain where they end."""
    if ";" not in text or not is_plain(text):
        return False
    certain = statements(text)
    return certain is not None and (len(certain) > 1 or any(map(_has_blocks, certain)))


def _has_blocks(part: Part) -> bool:
    return any(block != "(" for blocks in part.open for block in blocks)


def _require_cuts(text: str, parts: list[str]) -> None:
    """Violation when statements that certainly end somewhere are cut elsewhere."""
    certain = statements(text)
    if certain is None:
        return
    found = [words for part in parts if (words := meaning(part))]
    for expected, words in itertools.zip_longest(certain, found):
        if expected is None or words is None or expected.words == words:
            continue
        if len(words) < len(expected.words):
            blocks = " in ".join(reversed(_around(expected, len(words))))
            raise Violation(f"split: a statement is cut within {blocks}", repr(parts[:4]))
        raise Violation(f"split: no cut behind {_ending(expected)}", repr(parts[:4]))


def _around(part: Part, at: int) -> tuple[str, ...]:
    """The blocks that are open where a part was cut, innermost three, and what it begins with."""
    blocks = part.open[min(at, len(part.open) - 1)]
    return (part.words[0], *blocks[-3:])


def _ending(part: Part) -> str:
    """What a statement begins with, and which blocks are in it."""
    blocks = sorted({block for blocks in part.open for block in blocks if block != "("})
    return " with ".join((part.words[0], *blocks[:3], *_innocent(part)))


def _innocent(part: Part) -> list[str]:
    """What looks like the beginning of a block and is none: another cause than a block."""
    pairs = set(itertools.pairwise(part.words))
    looks = (("if", "exists"), ("if", "not"), ("if", "("))
    return [" ".join(pair) for pair in looks if pair in pairs]
