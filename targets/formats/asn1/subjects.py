"""Adapter: pyasn1, its decoders and encoders of BER, CER and DER."""

from __future__ import annotations

import importlib
from typing import Any, Final

from targets.formats.asn1.grammar import GRAMMAR, payload
from targets.formats.asn1.reader import Asn1Error, Element, first
from targets.formats.asn1.values import Natives
from targets.formats.flat import Parts, flat
from targets.formats.implementation import (
    Encode,
    Encoder,
    Exemption,
    Implementation,
    Normal,
    Partner,
    Refused,
    Silent,
    refusal,
)

_KNOWN: Final = frozenset(
    (1, 2, 3, 4, 5, 6, 10, 12, 16, 17, 18, 19, 20, 22, 23, 24, 26, 27, 28, 30)
)
"""Universal types that pyasn1 reads without a schema, in every release."""


def _strict(data: bytes) -> object:
    """Well-formed elements of universal types; what else there may be needs a schema."""
    try:
        element, _end = first(data)
    except Asn1Error as error:
        raise refusal(error) from None
    waiting = [element]
    while waiting:
        current = waiting.pop()
        if current.tag_class or current.number not in _KNOWN:
            raise Silent("a type that needs a schema")
        if current.number in (28, 30) or _is_foreign(current):
            raise Silent("a text whose encoding depends on its type")
        if isinstance(current.content, tuple) and current.number in (16, 17):
            waiting.extend(part for part in current.content if isinstance(part, Element))
    return element


def _is_foreign(element: Element) -> bool:
    held = element.content
    return element.number >= 12 and isinstance(held, bytes) and not held.isascii()


def _own(value: object) -> Parts | None:
    if isinstance(value, Element):
        if value.number in (16, 17):
            assert isinstance(value.content, tuple)
            return ("container", value.number), list(value.content)
        return ("value", (value.number, value.content, False)), ()
    return None


LIMITS: Final = Exemption(
    "pyasn1 limits",
    "documented since 0.6.2: depth, and bytes of a length and of an arc, are limited",
    lambda _data, mine, _theirs: "exceeds" in (mine.refused or ""),
)


class _Values:
    """Values of pyasn1 as flat items."""

    def __init__(self, univ: Any) -> None:
        self._univ = univ

    def normal(self, value: object) -> object:
        return flat(value, self._special)

    def kept(self, value: object) -> object:
        """For what is written again: not what was read from a string in pieces."""
        items = self.normal(value)
        assert isinstance(items, tuple)
        if any(item[0] == "value" and item[1][2] for item in items):
            raise Refused("read without a schema, a value keeps the form of its tag")
        return items

    def _special(self, value: object) -> Parts | None:
        held: Any = value
        tags = getattr(held, "tagSet", None)
        if tags is None:
            return None
        labels = tuple((tag.tagClass, tag.tagId) for tag in tags.superTags)
        number = labels[0][1] if len(labels) == 1 and labels[0][0] == 0 else labels
        univ = self._univ
        if isinstance(value, univ.SequenceOf | univ.SetOf | univ.Sequence | univ.Set):
            inside = [held.getComponentByPosition(at) for at in range(len(held))]
            return ("container", number), inside
        in_pieces = bool(tags.superTags) and tags.superTags[0].tagFormat == 32
        return ("value", (number, self._scalar(held), in_pieces)), ()

    def _scalar(self, held: Any) -> object:
        univ = self._univ
        if isinstance(held, univ.Real):
            return str(float(held)) if held.isInf else _reduced(*held)
        if isinstance(held, univ.BitString):
            return (len(held), held.asInteger())
        if isinstance(held, univ.ObjectIdentifier):
            return tuple(held)
        if isinstance(held, univ.Null):
            return b""
        if isinstance(held, univ.Integer):
            return int(held)
        if isinstance(held, univ.OctetString):
            return bytes(held.asOctets())
        return str(held)


def _reduced(mantissa: int, base: int, exponent: int) -> object:
    """A real number with the smallest mantissa."""
    while mantissa and mantissa % base == 0:
        mantissa, exponent = mantissa // base, exponent + 1
    return (mantissa, base, exponent) if mantissa else 0


class _Codec:
    """One of the encoding rules."""

    def __init__(self, rules: str, errors: tuple[type[Exception], ...]) -> None:
        self.rules = rules
        self.decoder = importlib.import_module(f"pyasn1.codec.{rules}.decoder")
        self._encoder = importlib.import_module(f"pyasn1.codec.{rules}.encoder")
        self._errors = errors

    def decode(self, data: bytes) -> object:
        try:
            value, _rest = self.decoder.decode(data)
        except self._errors as error:
            raise refusal(error) from None
        return value

    def encode(self, **options: Any) -> Encode:
        def encode(value: object) -> bytes:
            try:
                return bytes(self._encoder.encode(value, **options))
            except self._errors as error:
                raise refusal(error) from None

        return encode


def pyasn1() -> Implementation:
    """BER first; DER, CER and the native codec as modes of their own."""
    errors: tuple[type[Exception], ...] = (
        importlib.import_module("pyasn1.error").PyAsn1Error,
        # Texts are decoded when they are asked for; that is Python's error.
        UnicodeDecodeError,
    )
    univ, char, useful, tag = (
        importlib.import_module(f"pyasn1.type.{name}") for name in ("univ", "char", "useful", "tag")
    )
    values = _Values(univ)
    natives = Natives(univ, char, useful, tag)
    ber, cer, der = (_Codec(rules, errors) for rules in ("ber", "cer", "der"))
    to_python = importlib.import_module("pyasn1.codec.native.encoder").encode

    def printed(data: bytes) -> object:
        """What users do with a value: print it, and turn it into Python's types."""
        value: Any = ber.decode(data)
        if value is None:  # an empty container since 0.5, which `agree` finds
            return value
        try:
            value.prettyPrint()
            to_python(value)
        except errors as error:
            raise refusal(error) from None
        return value

    sort, sort_kept = _in_any_order(values.normal), _in_any_order(values.kept)
    return Implementation(
        name="pyasn1",
        decode=ber.decode,
        normal=values.normal,
        partners=(
            Partner("the strict reader", _strict, lambda value: flat(value, _own), (LIMITS,)),
        ),
        encoders={
            "BER": Encoder(ber.encode(), keeps=values.kept, canonical=False),
            "BER, indefinite": Encoder(
                ber.encode(defMode=False), keeps=values.kept, canonical=False
            ),
            "CER": Encoder(cer.encode(), sort, sort_kept, cer.decode, canonical=False),
            "DER": Encoder(der.encode(), sort, sort_kept, der.decode, canonical=False),
        },
        build=natives.value,
        cuts=GRAMMAR.cuts,
        payload=payload,
        deep_bytes=8 * 1024,
        variants=(
            Implementation("pyasn1 DER", der.decode, values.normal),
            Implementation("pyasn1 CER", cer.decode, values.normal),
            Implementation("pyasn1 printed", printed, values.normal),
        ),
    )


def _in_any_order(normal: Normal) -> Normal:
    """CER and DER sort sets."""

    def ordered(value: object) -> object:
        items = normal(value)
        assert isinstance(items, tuple)
        sets = any(item[0] == "container" and "17" in str(item[1])[:40] for item in items)
        return tuple(sorted(items, key=repr)) if sets else items

    return ordered
