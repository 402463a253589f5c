"""Readers whose planted bugs are no plain exceptions: a hang, a native death, memory, recursion."""

from __future__ import annotations

import os
import re

from triage.bench.minimize_planted.plant import plant


def hang(data: bytes, _subject: object) -> None:
    """`%WAIT` below a section in brackets loops for ever."""
    section = data.find(b"[run]")
    if section >= 0 and data.find(b"%WAIT", section) >= 0:
        plant("hang")
        turns = 0
        while turns >= 0:
            turns += 1


def abort(data: bytes, _subject: object) -> None:
    """A record of type 7 below a mark of two bytes ends the process; of type 9, another way."""
    mark = data.find(b"\xca\xfe")
    if mark < 0:
        return
    if b"\x00\x07\x00" in data[mark:]:
        plant("abort")
        os.abort()
    if b"\x00\x09\x00" in data:
        _refuse()


def _refuse() -> None:
    plant("abort: refuse")
    raise ValueError("type 9")


def memory(data: bytes, _subject: object) -> None:
    """`grow:` and a number of two digits or more keeps all memory there is."""
    if re.search(rb"grow:[1-9]\d", data):
        plant("memory")
        kept = []
        while True:
            kept.append(bytearray(1 << 22))


def recursion(data: bytes, _subject: object) -> None:
    """An entity that is used and defined by itself, over any number of others."""
    found = re.findall(rb"([a-z0-9]+)=([^;\n]*);", data)
    entities = {name: re.findall(rb"&([a-z0-9]+)", value) for name, value in found}
    for used in re.findall(rb"^use ([a-z0-9]+)$", data, re.MULTILINE):
        _expand(entities, used, 0)


def _expand(entities: dict[bytes, list[bytes]], name: bytes, depth: int) -> None:
    if depth == len(entities) + 1:  # more than any definition that ends can need
        plant("recursion")
    for other in entities.get(name, []):
        _expand(entities, other, depth + 1)
