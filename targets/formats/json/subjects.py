"""Adapters: json of the standard library, orjson, ujson, simplejson and python-rapidjson."""

from __future__ import annotations

import importlib
import json as second
import math
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from targets.formats.flat import flat, leaf
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
from targets.formats.json.grammar import GRAMMAR
from targets.formats.json.reader import JsonError, read
from targets.formats.json.values import Rules, build, expected

Errors = tuple[type[BaseException], ...]
_INFINITIES: Final = (leaf(math.inf)[1], leaf(-math.inf)[1])
_WIDE: Final = 1000
"""Spaces of an indent that is not tried"""
_FEW: Final = 150
"""on more values than these."""
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
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


def _partner(*exemptions: Exemption) -> tuple[Partner, ...]:
    return (Partner("the strict reader", strict, flat, exemptions),)


def _accepts(pattern: re.Pattern[bytes]) -> Callable[[bytes, Outcome, Outcome], bool]:
    def applies(data: bytes, mine: Outcome, theirs: Outcome) -> bool:
        return mine.accepted and not theirs.accepted and pattern.search(data) is not None

    return applies


def _refuses(pattern: re.Pattern[bytes]) -> Callable[[bytes, Outcome, Outcome], bool]:
    def applies(data: bytes, mine: Outcome, theirs: Outcome) -> bool:
        return theirs.accepted and not mine.accepted and pattern.search(data) is not None

    return applies


def _because(words: str) -> Callable[[bytes, Outcome, Outcome], bool]:
    def applies(_data: bytes, mine: Outcome, _theirs: Outcome) -> bool:
        return mine.refused is not None and words in mine.refused.lower()

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
DEPTH: Final = Exemption("JSON depth", "documented: nesting is limited", _because("recursion"))
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


def _decoder(loads: Callable[..., Any], errors: Errors, **options: Any) -> Decode:
    def decode(data: bytes) -> object:
        try:
            return loads(data, **options)
        except errors as error:
            raise refusal(error) from None

    return decode


def _text_decoder(loads: Callable[..., Any], errors: Errors, **options: Any) -> Decode:
    """For functions that take bytes in encodings which RFC 8259 has not."""
    return _decoder(lambda data, **given: loads(data.decode(), **given), errors, **options)


def _encode(dumps: Callable[..., Any], errors: Errors, options: dict[str, Any]) -> Encode:
    wide = isinstance(options.get("indent"), int) and options["indent"] >= _WIDE

    def encode(value: object) -> bytes:
        if wide and len(flat(value)) > _FEW:
            raise Refused("written with this indent it would fill the memory")
        try:
            written = dumps(value, **options)
            return written if isinstance(written, bytes) else written.encode()
        except errors as error:
            raise refusal(error) from None

    return encode


def _encoders(
    module: Any, errors: Errors, options: Iterable[dict[str, Any]], rules: Rules
) -> dict[str, Encoder]:
    """An encoder for each of `options` that this release has; it must write strict JSON."""
    dumps, sorting = module.dumps, getattr(module, "OPT_SORT_KEYS", 0)
    by_name = expected(Rules(), is_sorted=True)
    as_given, in_order = expected(rules), expected(rules, is_sorted=True)
    found = {}
    for given in options:
        try:
            dumps("", **given)
        except TypeError:
            continue
        name = ", ".join(f"{key}={value!r}" for key, value in given.items()) or "default"
        is_sorted = bool(given.get("sort_keys") or given.get("option", 0) & sorting)
        normal, keeps = (by_name, in_order) if is_sorted else (None, as_given)
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
        decode=_text_decoder(module.loads, errors),
        normal=flat,
        partners=_partner(CONSTANTS, DEPTH, LONG_INTEGERS),
        encoders=_encoders(module, (ValueError, TypeError, RecursionError), given, rules),
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
        "orjson surrogates", "documented: strict UTF-8, no lone surrogates", _refuses(_SURROGATE)
    )
    long = Exemption(
        "orjson long integers",
        "documented: integers beyond 64 bits become floats",
        lambda data, mine, _theirs: mine.accepted and _LONG.search(data) is not None,
    )
    return Implementation(
        name="orjson",
        decode=_decoder(module.loads, (module.JSONDecodeError,)),
        normal=flat,
        partners=_partner(surrogates, long, OVERFLOW, DEPTH, LONG_INTEGERS),
        encoders=_encoders(module, (module.JSONEncodeError,), given, rules),
        build=build(rules),
        cuts=GRAMMAR.cuts,
        guide=strict,
    )


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
        {"escape_forward_slashes": False},
        {"encode_html_chars": True},
        {"encode_html_chars": True, "ensure_ascii": False, "indent": 2},
        {"separators": (" , ", " : ")},
        {"separators": (",", ":"), "indent": 2},
        {"reject_bytes": False},
        {"allow_nan": False},
    )
    rules = Rules(keys=True, decimals=True)
    return Implementation(
        name="ujson",
        decode=_decoder(module.loads, errors),
        normal=flat,
        partners=_partner(CONSTANTS, DEPTH, LONG_INTEGERS),
        encoders=_encoders(module, refused, given, rules),
        build=build(rules),
        cuts=GRAMMAR.cuts,
        guide=strict,
    )


def simplejson() -> Implementation:
    """simplejson, which has most options of all."""
    module = importlib.import_module("simplejson")
    errors: Errors = (module.JSONDecodeError, RecursionError)
    refused: Errors = (ValueError, TypeError, RecursionError)
    given: tuple[dict[str, Any], ...] = (
        {},
        {"ensure_ascii": False},
        {"indent": "  "},
        {"for_json": True, "iterable_as_array": True},
        {"ignore_nan": True},
        {"separators": (",", ":"), "use_decimal": False},
        {"tuple_as_array": True, "namedtuple_as_object": False},
    )
    rules = Rules()
    return Implementation(
        name="simplejson",
        decode=_text_decoder(module.loads, (*errors, ValueError)),
        normal=flat,
        partners=_partner(MARK, CONSTANTS, DEPTH, LONG_INTEGERS),
        encoders=_encoders(module, refused, given, rules),
        build=build(rules),
        cuts=GRAMMAR.cuts,
        deep_bytes=64 * 1024,
        guide=strict,
    )


def rapidjson() -> Implementation:
    """python-rapidjson, without the extensions that its modes allow."""
    module = importlib.import_module("rapidjson")
    errors: Errors = (module.JSONDecodeError, ValueError, RecursionError)
    refused: Errors = (ValueError, TypeError, OverflowError, RecursionError)
    given: tuple[dict[str, Any], ...] = (
        {},
        {"ensure_ascii": False},
        {"indent": 2},
        {"sort_keys": True},
        {"number_mode": module.NM_NATIVE},
        {"bytes_mode": getattr(module, "BM_UTF8", 1)},
    )
    surrogates = Exemption(
        "RapidJSON surrogates", "documented: a lone surrogate is an error", _refuses(_SURROGATE)
    )
    rules = Rules(keys=False, surrogates=False)
    decode = _decoder(module.loads, errors)
    relaxed = Implementation(
        "rapidjson with comments",
        _decoder(module.loads, errors, parse_mode=module.PM_COMMENTS | module.PM_TRAILING_COMMAS),
        flat,
    )
    return Implementation(
        name="rapidjson",
        decode=decode,
        normal=flat,
        partners=_partner(surrogates, CONSTANTS, OVERFLOW, DEPTH, LONG_INTEGERS),
        encoders=_encoders(module, refused, given, rules),
        build=build(rules),
        cuts=GRAMMAR.cuts,
        variants=(relaxed,),
        guide=strict,
    )
