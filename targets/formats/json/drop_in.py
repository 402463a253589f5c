"""Adapters of what stands in for the standard library's json: simplejson and python-rapidjson."""

from __future__ import annotations

import importlib
import io
import types
from collections.abc import Callable
from typing import Any

from targets.formats.flat import flat
from targets.formats.implementation import Exemption, Implementation
from targets.formats.json.entry_points import entry_points
from targets.formats.json.grammar import GRAMMAR
from targets.formats.json.subjects import (
    CONSTANTS,
    DEPTH,
    LONG_INTEGERS,
    MARK,
    OVERFLOW,
    SURROGATE,
    Errors,
    by_name,
    decoder,
    encoders,
    partner,
    refuses,
    strict,
    text_decoder,
)
from targets.formats.json.values import Rules, build


def _toggled(module: Any, *, enabled: bool) -> Any:
    """simplejson with its native parts on or off during each call."""

    def during(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(value: Any, **options: Any) -> Any:
            module._toggle_speedups(enabled)
            try:
                # With an option of its default value no cached coder is used.
                return function(value, **options)
            finally:
                module._toggle_speedups(True)

        return call

    # A coder made beforehand keeps the parts that it was made with: hooks make new ones.
    return types.SimpleNamespace(
        loads=during(lambda text: module.loads(text, cls=module.JSONDecoder, strict=True)),
        dumps=during(
            lambda value, **options: module.dumps(value, **{"cls": _fresh(module)} | options)
        ),
    )


def _fresh(module: Any) -> Any:
    return type("Encoder", (module.JSONEncoder,), {})


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
        {"sort_keys": True},
        {"bigint_as_string": True},
        {"int_as_string_bitcount": 31},
        {"skipkeys": True, "indent": "\t", "ensure_ascii": False},
        {"check_circular": False, "default": by_name},
    )
    rules = Rules()
    decode = text_decoder(module.loads, (*errors, ValueError))
    pure = _toggled(module, enabled=False)
    written_pure = encoders(pure, refused, given, rules)
    return Implementation(
        name="simplejson",
        decode=decode,
        normal=flat,
        variants=(
            *entry_points(
                "simplejson",
                (decode, flat),
                (*errors, ValueError),
                {
                    "file": lambda text: module.load(io.StringIO(text)),
                    "pairs": lambda text: module.loads(text, object_pairs_hook=dict),
                    "Python": pure.loads,
                },
                text=("file", "pairs", "Python"),
                exemptions=(DEPTH,),
            ),
            Implementation(
                "simplejson in Python", decode, flat, encoders=written_pure, build=build(rules)
            ),
        ),
        partners=partner(MARK, CONSTANTS, DEPTH, LONG_INTEGERS),
        encoders=encoders(module, refused, given, rules),
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
        {"number_mode": module.NM_DECIMAL},
        {"bytes_mode": getattr(module, "BM_UTF8", 1)},
        {"write_mode": getattr(module, "WM_SINGLE_LINE_ARRAY", 2)},
        {"write_mode": getattr(module, "WM_PRETTY", 1), "indent": 3},
        {"write_mode": 0, "indent": 4},
        {"indent": "\t", "sort_keys": True},
        {"default": by_name},
    )
    coerce = getattr(module, "MM_COERCE_KEYS_TO_STRINGS", 0)
    any_keys = (
        {"mapping_mode": coerce},
        {"mapping_mode": coerce, "sort_keys": True},
        {"mapping_mode": coerce, "indent": 2},
    )
    surrogates = Exemption(
        "RapidJSON surrogates", "documented: a lone surrogate is an error", refuses(SURROGATE)
    )
    rules = Rules(keys=False, surrogates=False)
    decode = decoder(module.loads, errors)
    relaxed = Implementation(
        "rapidjson with comments",
        decoder(module.loads, errors, parse_mode=module.PM_COMMENTS | module.PM_TRAILING_COMMAS),
        flat,
    )
    return Implementation(
        name="rapidjson",
        decode=decode,
        normal=flat,
        partners=partner(surrogates, CONSTANTS, OVERFLOW, DEPTH, LONG_INTEGERS),
        encoders=encoders(module, refused, given, rules),
        build=build(rules),
        cuts=GRAMMAR.cuts,
        variants=(
            relaxed,
            *entry_points(
                "rapidjson",
                (decode, flat),
                errors,
                {
                    "text": module.loads,
                    "file": lambda data: module.load(io.BytesIO(data), chunk_size=4),
                    "Decoder": module.Decoder(),
                },
                text=("text",),
            ),
            *_rapidjson_any_keys(module, refused, any_keys if coerce else ()),
        ),
        guide=strict,
    )


def _rapidjson_any_keys(
    module: Any, refused: Errors, given: tuple[dict[str, Any], ...]
) -> tuple[Implementation, ...]:
    """Keys of other types, which a mode turns into text."""
    rules = Rules(keys=True, surrogates=False, names=str)
    written = encoders(module, refused, given, rules)
    name = "rapidjson with any keys"
    return (Implementation(name, strict, flat, encoders=written, build=build(rules)),) * bool(given)
