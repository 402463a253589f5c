"""Adapters: json of the standard library, orjson, ujson, simplejson and python-rapidjson."""

from __future__ import annotations

import dataclasses
import importlib
import io
import json as second
import math
import re
import zlib
from collections.abc import Callable, Iterable
from typing import Any, Final

from targets.formats.flat import Parts, flat, leaf
from targets.formats.implementation import (
    Decode,
    Encode,
    Encoder,
    Exemption,
    Implementation,
    Outcome,
    Partner,
    Refused,
    refusal,
)
from targets.formats.json.entry_points import entry_points
from targets.formats.json.grammar import GRAMMAR
from targets.formats.json.reader import JsonError, read
from targets.formats.json.values import Hooked, Rules, build, expected

Errors = tuple[type[BaseException], ...]
_INFINITIES: Final = (leaf(math.inf)[1], leaf(-math.inf)[1])
_SELDOM: Final = {-1: 500, -70_000: 500, 70_000: 20}
"""Indents of which one is tried on one of so many values: some releases die of each of them."""
_MOST_BLANKS: Final = 2_000_000
"""Indents are not tried on values of which they would make more bytes than these."""
SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_CONSTANT: Final = re.compile(rb"NaN|Inf")
_LONG: Final = re.compile(rb"[0-9]{19}")


def strict(data: bytes) -> object:
    """The farm's own reader."""
    try:
        return read(data)
    except JsonError as error:
        raise refusal(error) from None


def _no_constant(_name: str) -> object:
    raise ValueError("a constant that JSON has not")


def _written(data: bytes) -> object:
    """What an encoder wrote: by the standard library, which is fast, then by the strict reader."""
    try:
        return second.loads(data.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return strict(data)


def partner(*exemptions: Exemption) -> tuple[Partner, ...]:
    """The strict reader, with what a subject documents to do otherwise."""
    return (Partner("the strict reader", strict, flat, exemptions),)


def _accepts(pattern: re.Pattern[bytes]) -> Callable[[bytes, Outcome, Outcome], bool]:
    def applies(data: bytes, mine: Outcome, theirs: Outcome) -> bool:
        return mine.accepted and not theirs.accepted and pattern.search(data) is not None

    return applies


def refuses(pattern: re.Pattern[bytes]) -> Callable[[bytes, Outcome, Outcome], bool]:
    """Of an `Exemption`: the subject alone refuses inputs in which the pattern is found."""

    def applies(data: bytes, mine: Outcome, theirs: Outcome) -> bool:
        return theirs.accepted and not mine.accepted and pattern.search(data) is not None

    return applies


def _because(*words: str) -> Callable[[bytes, Outcome, Outcome], bool]:
    def applies(_data: bytes, mine: Outcome, _theirs: Outcome) -> bool:
        return mine.refused is not None and any(word in mine.refused.lower() for word in words)

    return applies


def _reader_is_at_its_limit(_data: bytes, _mine: Outcome, theirs: Outcome) -> bool:
    return theirs.refused is not None and theirs.refused.startswith("LongInteger")


CONSTANTS: Final = Exemption(
    "JSON constants", "documented: NaN and the infinities are read", _accepts(_CONSTANT)
)


def _is_infinite(value: object) -> bool:
    """Whether it holds a number beyond a double."""
    return any(
        (kind == "float" and held in _INFINITIES)
        or (isinstance(held, int) and held.bit_length() >= 1024)
        for kind, held in flat(value)
    )


MARK: Final = Exemption(
    "JSON byte order mark",
    "RFC 8259 section 8.1 lets parsers ignore a byte order mark",
    lambda data, mine, _theirs: mine.accepted and data.startswith(b"\xef\xbb\xbf"),
)
DEPTH: Final = Exemption(
    "JSON depth", "documented: nesting is limited", _because("recursion", "depth limit")
)
OVERFLOW: Final = Exemption(
    "JSON overflow",
    "RFC 8259 section 6 allows limits of range: numbers beyond a double are refused",
    lambda _data, mine, theirs: mine.refused is not None and _is_infinite(theirs.value),
)
LONG_INTEGERS: Final = Exemption(
    "JSON long integers",
    "Python's limit of digits holds for one of the two",
    _reader_is_at_its_limit,
)


def decoder(loads: Callable[..., Any], errors: Errors, **options: Any) -> Decode:
    """`loads` with options; its documented errors are refusals."""

    def decode(data: bytes) -> object:
        try:
            return loads(data, **options)
        except errors as error:
            raise refusal(error) from None

    return decode


def text_decoder(loads: Callable[..., Any], errors: Errors, **options: Any) -> Decode:
    """For functions that take bytes in encodings which RFC 8259 has not."""
    return decoder(lambda data, **given: loads(data.decode(), **given), errors, **options)


def _encode(dumps: Callable[..., Any], errors: Errors, options: dict[str, Any]) -> Encode:
    indent = options.get("indent")
    wide = indent if isinstance(indent, int) and indent >= 1000 else 0
    rarity = next((one_of for limit, one_of in _SELDOM.items() if indent == limit), 1)

    def encode(value: object) -> bytes:
        if wide and wide * len(flat(value, _opaque)) ** 2 > _MOST_BLANKS:
            raise Refused("written with this indent it would fill the memory")
        if rarity > 1 and zlib.crc32(repr(flat(value, _opaque)).encode()) % rarity:
            raise Refused("not tried on each value")
        try:
            written = dumps(value, **options)
            return written if isinstance(written, bytes) else written.encode()
        except errors as error:
            raise refusal(error) from None

    return encode


def _told(option: tuple[str, Any]) -> str:
    """An option in the name of a crash, the same in every process."""
    name, value = option
    return name if callable(value) else f"{name}={value!r}"


def _opaque(value: object) -> Parts | None:
    """Objects that say themselves what they are are not asked: they may fail."""
    return (("object", ()), ()) if isinstance(value, Hooked) else None


def encoders(
    module: Any,
    errors: Errors,
    options: Iterable[dict[str, Any]],
    rules: Rules,
) -> dict[str, Encoder]:
    """An encoder for each of `options` that this release has; it must write strict JSON."""
    dumps, sorting = module.dumps, getattr(module, "OPT_SORT_KEYS", 0)
    in_order = expected(Rules(), is_sorted=True)
    found = {}
    for given in options:
        try:
            dumps("", **given)
        except (TypeError, ValueError):  # of another release
            continue
        name = ", ".join(map(_told, given.items())) or "default"
        is_sorted = bool(given.get("sort_keys") or given.get("option", 0) & sorting)
        bits = given.get("int_as_string_bitcount") or (53 if "bigint_as_string" in given else None)
        own = dataclasses.replace(rules, text_from_bits=bits) if bits else rules
        normal, keeps = in_order if is_sorted else None, expected(own, is_sorted=is_sorted)
        encode = _encode(dumps, errors, given)
        found[name] = Encoder(encode, normal, keeps, decode=_written, canonical=False)
    return found


def json() -> Implementation:
    """The standard library; RecursionError is its answer to deep nesting."""
    module = importlib.import_module("json")
    errors: Errors = (ValueError, RecursionError)
    given: tuple[dict[str, Any], ...] = (
        {},
        {"ensure_ascii": False},
        {"indent": 2},
        {"indent": "\t", "ensure_ascii": False},
        {"separators": (",", ":")},
    )
    rules = Rules()
    return Implementation(
        name="json",
        decode=text_decoder(module.loads, errors),
        normal=flat,
        partners=partner(CONSTANTS, DEPTH, LONG_INTEGERS),
        encoders=encoders(module, (ValueError, TypeError, RecursionError), given, rules),
        build=build(rules),
        cuts=GRAMMAR.cuts,
        deep_bytes=64 * 1024,
        guide=strict,
    )


def orjson() -> Implementation:
    """orjson, with the options that change what is written."""
    module = importlib.import_module("orjson")
    flags = ("OPT_INDENT_2", "OPT_SORT_KEYS", "OPT_APPEND_NEWLINE", "OPT_STRICT_INTEGER")
    extra = getattr(module, "OPT_NON_STR_KEYS", 0)
    given: list[dict[str, Any]] = [{}, {"option": extra}]
    for flag in flags:
        value = getattr(module, flag, 0)
        given += [{"option": value}, {"option": value | extra}]
    given.append({"option": module.OPT_INDENT_2 | module.OPT_SORT_KEYS})
    rules = Rules(nan=None, extras=True, surrogates=False, integer_bits=64)
    surrogates = Exemption(
        "orjson surrogates", "documented: strict UTF-8, no lone surrogates", refuses(SURROGATE)
    )
    long = Exemption(
        "orjson long integers",
        "documented: integers beyond 64 bits become floats",
        lambda data, mine, _theirs: mine.accepted and _LONG.search(data) is not None,
    )
    decode = decoder(module.loads, (module.JSONDecodeError,))
    return Implementation(
        name="orjson",
        decode=decode,
        normal=flat,
        variants=entry_points(
            "orjson",
            (decode, flat),
            (module.JSONDecodeError,),
            {
                "text": module.loads,
                "bytearray": lambda data: module.loads(bytearray(data)),
                "memoryview": lambda data: module.loads(memoryview(data)),
            },
            text=("text",),
        ),
        partners=partner(surrogates, long, OVERFLOW, DEPTH, LONG_INTEGERS),
        encoders=encoders(module, (module.JSONEncodeError,), given, rules),
        build=build(rules),
        cuts=GRAMMAR.cuts,
        guide=strict,
    )


def by_name(value: object) -> object:
    """For encoders that ask what to write of an object that they do not know."""
    return [type(value).__name__, {"é": 1.5}]


def ujson() -> Implementation:
    """ujson; ValueError is what its decoder documents."""
    module = importlib.import_module("ujson")
    errors: Errors = (ValueError,)
    refused: Errors = (ValueError, TypeError, OverflowError)
    given: tuple[dict[str, Any], ...] = (
        {},
        {"ensure_ascii": False},
        {"indent": 1},
        {"indent": 4, "ensure_ascii": False},
        {"indent": 3, "escape_forward_slashes": False},
        {"indent": 1000},
        {"indent": 70_000},
        {"indent": -1},
        {"indent": -70_000},
        {"sort_keys": True},
        {"default": by_name},
        {"escape_forward_slashes": False},
        {"encode_html_chars": True},
        {"encode_html_chars": True, "ensure_ascii": False, "indent": 2},
        {"separators": (" , ", " : ")},
        {"separators": (",", ":"), "indent": 2},
        {"reject_bytes": False},
        {"allow_nan": False},
    )
    rules = Rules(keys=True, decimals=True, hooks=True)
    decode = decoder(module.loads, errors)
    return Implementation(
        name="ujson",
        decode=decode,
        normal=flat,
        variants=entry_points(
            "ujson",
            (decode, flat),
            errors,
            {"text": module.loads, "file": lambda text: module.load(io.StringIO(text))},
            text=("text", "file"),
        ),
        partners=partner(CONSTANTS, DEPTH, LONG_INTEGERS),
        encoders=encoders(module, refused, given, rules),
        build=build(rules),
        cuts=GRAMMAR.cuts,
        guide=strict,
    )
