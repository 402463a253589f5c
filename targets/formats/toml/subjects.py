"""Adapters: tomlkit, tomllib of the standard library, tomli and rtoml."""

from __future__ import annotations

import dataclasses
import importlib
import re
import tomllib as second
from collections.abc import Callable
from typing import Any, Final

from targets.formats.flat import Parts, flat
from targets.formats.implementation import (
    Decode,
    Encoder,
    Exemption,
    Implementation,
    Outcome,
    Partner,
    Refused,
    refusal,
)
from targets.formats.toml import edits
from targets.formats.toml.edits import line_ends
from targets.formats.toml.grammar import GRAMMAR
from targets.formats.toml.values import document

Errors = tuple[type[BaseException], ...]
_NEWER: Final = re.compile(rb"\\[xe]|[0-9]:[0-9]{2}(?!:)|\{[^}]*(\n|,[ \t]*\})")
_LONG: Final = re.compile(rb"[0-9a-fA-F_]{15}")


def _reader(loads: Callable[[str], Any], errors: Errors) -> Decode:
    def decode(data: bytes) -> object:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            raise Refused("not UTF-8") from None
        try:
            return loads(text)
        except errors as error:
            raise refusal(error) from None
        except ValueError as error:
            if "Exceeds the limit" in str(error):
                raise Refused("an integer of more digits than Python converts") from None
            raise

    return decode


_second = _reader(second.loads, (ValueError, RecursionError))


def _normal(value: object) -> object:
    return flat(value, line_ends)


def _unordered(value: object) -> object:
    """Order of keys means nothing in TOML, and rtoml keeps another one."""

    def special(held: object) -> Parts | None:
        if isinstance(held, dict):
            pairs = sorted(held.items())
            return ("map", len(pairs)), [part for pair in pairs for part in pair]
        return line_ends(held)

    return flat(value, special)


def _at_a_limit(_data: bytes, mine: Outcome, theirs: Outcome) -> bool:
    return any("Recursion" in (one.refused or "") for one in (mine, theirs))


def _beyond(levels: int, *words: str) -> Callable[[bytes, Outcome, Outcome], bool]:
    """Whether the subject named its limit, and what the other one read is indeed as deep."""

    def applies(_data: bytes, mine: Outcome, theirs: Outcome) -> bool:
        if not any(word in (mine.refused or "") for word in words):
            return False
        waiting: list[tuple[object, int]] = [(theirs.value, 1)]
        while waiting:
            value, depth = waiting.pop()
            if depth > levels:
                return True
            if isinstance(value, dict | list):
                held = value.values() if isinstance(value, dict) else value
                waiting.extend((part, depth + 1) for part in held)
        return False

    return applies


def _big_integer(data: bytes, mine: Outcome, theirs: Outcome) -> bool:
    return mine.accepted != theirs.accepted and _LONG.search(data) is not None


DEPTH: Final = Exemption("TOML depth", "the second parser recurses, with a limit", _at_a_limit)
LEVELS: Final = Exemption(
    "tomlkit levels",
    "tomlkit refuses what nests more than 100 levels by design (`Parser.MAX_NESTING_DEPTH`), and "
    "TOML names no depth that a parser must take",
    _beyond(100, "levels deep"),
)
RTOML_LEVELS: Final = Exemption(
    "rtoml levels",
    "rtoml refuses what nests more than 80 levels, which the Rust crate `toml` has for a limit of "
    "recursion by design, and TOML names no depth that a parser must take",
    _beyond(80, "recurse further", "recursion limit"),
)
INTEGERS: Final = Exemption(
    "TOML integers",
    "TOML demands 64 bits, and lets a parser refuse what it cannot represent",
    _big_integer,
)
FLOATS: Final = Exemption(
    "TOML floats",
    "TOML demands binary64, and says nothing of what is beyond its range",
    lambda _data, mine, _theirs: "overflow" in (mine.refused or ""),
)


def _partners(loads: Callable[[str], Any]) -> tuple[Partner, ...]:
    """tomllib; or, beside what reads TOML 1.1, tomli, if that is there and does, too."""
    try:
        loads("a = {\n}")
    except ValueError:
        return (Partner("tomllib", _second, _normal, (DEPTH, LEVELS, INTEGERS, FLOATS)),)
    newer = Exemption(
        "TOML 1.1",
        "tomllib reads TOML 1.0; this release reads 1.1",
        lambda data, mine, _theirs: mine.accepted and _NEWER.search(data) is not None,
    )
    try:
        other: Any = importlib.import_module("tomli")
        other.loads("a = {\n}")
    except (ImportError, ValueError):
        return (Partner("tomllib", _second, _normal, (DEPTH, LEVELS, INTEGERS, FLOATS, newer)),)
    partner = _reader(other.loads, (ValueError, RecursionError))
    return (Partner("tomli", partner, _normal, (DEPTH, LEVELS, INTEGERS, FLOATS)),)


def _plain(value: object) -> Parts | None:
    """tomlkit's items are subclasses of Python's types, but for booleans and null."""
    if isinstance(value, str):
        return line_ends(value)
    if type(value).__name__ in ("Bool", "Null"):
        unwrapped: Any = value
        return flat(unwrapped.unwrap() if hasattr(unwrapped, "unwrap") else bool(unwrapped))[0], ()
    return None


def tomlkit() -> Implementation:
    """tomlkit: reads, keeps style, and is edited."""
    module = importlib.import_module("tomlkit")
    errors: Errors = (importlib.import_module("tomlkit.exceptions").ParseError,)
    # Documented in `tomlkit.exceptions` as errors of parsing, but not all derive from ParseError.
    errors += (importlib.import_module("tomlkit.exceptions").TOMLKitError,)
    decode = _reader(module.parse, errors)

    def unwrap(value: Any) -> object:
        return flat(value.unwrap() if hasattr(value, "unwrap") else value, _plain)

    def write(value: Any) -> bytes:
        written: str = module.dumps(value)
        return written.encode()

    def write_read(value: Any) -> bytes:
        if type(value) is dict:
            raise Refused("made, not read")
        return write(value)

    def write_plain(value: Any) -> bytes:
        if not hasattr(value, "unwrap"):
            if type(value) is not dict:
                raise Refused("a release without unwrap")
            return write(value)
        return write(value.unwrap())

    def edit(data: bytes) -> None:
        outcome = _accepted(data)
        if outcome is None:
            return
        try:
            module.parse(outcome)
        except errors:
            return
        edits.check(outcome, module.parse, second.loads, (ValueError,))

    return Implementation(
        name="tomlkit",
        decode=decode,
        normal=unwrap,
        partners=_partners(module.parse),
        encoders={
            "as read": Encoder(write_read),
            "plain values": Encoder(
                write_plain, normal=_in_any_order(), decode=_second, canonical=False
            ),
        },
        build=document,
        edit=edit,
        cuts=GRAMMAR.cuts,
        deep_bytes=8 * 1024,
    )


def _in_any_order() -> Callable[[object], object]:
    """Tables may be moved behind plain values."""

    def ordered(value: object) -> object:
        held: Any = value
        return flat(edits.in_order(held.unwrap() if hasattr(held, "unwrap") else held), line_ends)

    return ordered


def _accepted(data: bytes) -> str | None:
    """The text, if the second parser accepts it."""
    try:
        _second(data)
    except Refused:
        return None
    return data.decode()


def tomllib() -> Implementation:
    """The standard library; ValueError (TOMLDecodeError), and RecursionError for deep nesting."""
    return Implementation(
        name="tomllib",
        decode=_reader(second.loads, (second.TOMLDecodeError, RecursionError)),
        normal=flat,
        cuts=GRAMMAR.cuts,
        deep_bytes=8 * 1024,
    )


def tomli() -> Implementation:
    """tomli, which tomllib came from."""
    module = importlib.import_module("tomli")
    return Implementation(
        name="tomli",
        decode=_reader(module.loads, (module.TOMLDecodeError, RecursionError)),
        normal=_normal,
        partners=_partners(module.loads),
        cuts=GRAMMAR.cuts,
        deep_bytes=8 * 1024,
    )


def rtoml() -> Implementation:
    """rtoml, in Rust."""
    module = importlib.import_module("rtoml")
    errors: Errors = (module.TomlParsingError,)

    def encoder(**options: Any) -> Encoder:
        def write(value: object) -> bytes:
            try:
                written: str = module.dumps(value, **options)
            except module.TomlSerializationError as error:
                raise refusal(error) from None
            return written.encode()

        normal = _in_any_order()
        return Encoder(write, normal=normal, decode=_second, canonical=False)

    return Implementation(
        name="rtoml",
        decode=_reader(module.loads, errors),
        normal=_unordered,
        partners=tuple(
            dataclasses.replace(
                partner, normal=_unordered, exemptions=(*partner.exemptions, RTOML_LEVELS)
            )
            for partner in _partners(module.loads)
        ),
        encoders={"default": encoder(), "pretty": encoder(pretty=True)},
        build=document,
        cuts=GRAMMAR.cuts,
        guide=_second,
    )
