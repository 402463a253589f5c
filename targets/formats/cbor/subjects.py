"""Adapters: the farm's reference, and cbor2 in its native and its pure form."""

from __future__ import annotations

import datetime
import decimal
import functools
import importlib
import io
from collections.abc import Callable, Mapping
from email.message import Message
from typing import Any, Final

from targets.drawing import Draw
from targets.formats.cbor import reference as own
from targets.formats.cbor.grammar import GRAMMAR, payload
from targets.formats.cbor.meaning import plain
from targets.formats.cbor.model import CborError, parts
from targets.formats.cbor.values import Natives, model
from targets.formats.cbor.wellformed import require
from targets.formats.cbor.writing import require_one_writing
from targets.formats.flat import Parts, Text, flat
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

Errors = tuple[type[Exception], ...]
UTC: Final = datetime.UTC
FIRST: Final = bytes.fromhex("83d81c8161616161d81d00")
"""A document before another one: what it shares must be forgotten."""
_FAR: Final = datetime.datetime(2200, 1, 1, tzinfo=UTC)


def _strict(decode: Callable[[bytes], object]) -> Decode:
    def strict(data: bytes) -> object:
        try:
            return decode(data)
        except CborError as error:
            raise refusal(error) from None

    return strict


class _ReferenceStream:
    """The reference, in chunks."""

    def __init__(self) -> None:
        self._decoder = own.Decoder()

    def feed(self, chunk: bytes) -> list[object]:
        try:
            return [flat(value, parts) for value in self._decoder.feed(chunk)]
        except CborError as error:
            raise refusal(error) from None

    def close(self) -> list[object]:
        try:
            self._decoder.close()
        except CborError as error:
            raise refusal(error) from None
        return []


def reference() -> Implementation:
    """The farm's own decoder, against a second reading of the same document."""
    return Implementation(
        name="reference",
        decode=_strict(lambda data: own.Decoder().decode(data)),
        normal=lambda value: flat(value, parts),
        partners=(Partner("the grammar", _strict(require), flat, verdict_only=True),),
        encoders={
            "preferred": Encoder(own.encode),
            "indefinite": Encoder(lambda value: own.encode(value, indefinite=True)),
        },
        build=model,
        reusable=lambda: _strict(own.Decoder().decode),
        stream=_ReferenceStream,
        cuts=GRAMMAR.cuts,
        payload=payload,
        deep_bytes=8 * 1024,
    )


def _special(value: object) -> Parts | None:
    """The classes of cbor2, which has several of each."""
    held: Any = value
    match type(value).__name__:
        case "CBORTag":
            return ("tag", held.tag), (held.value,)
        case "CBORSimpleValue":
            return ("simple", held.value), ()
        case "undefined_type" | "UndefinedType" | "undefined":
            return ("simple", 23), ()
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        try:
            return ("instant", value.astimezone(UTC)), ()
        except OverflowError:
            return None
    if isinstance(value, decimal.Decimal) and value.is_zero():
        return ("decimal", value.as_tuple()[1:]), ()  # a mantissa of zero has no sign
    if isinstance(value, Message):
        return ("mime", value.get_payload()), ()
    return None


def _normal(value: object) -> object:
    return flat(value, _special)


def _unordered(value: object) -> object:
    """Like `_normal`, for encoders that sort. Refused: maps in maps too deep for the stack."""

    def text(held: object) -> Text:
        return Text(repr(flat(held, special)))

    def special(held: object) -> Parts | None:
        if isinstance(held, Mapping):
            return ("map", tuple(sorted((text(k), text(v)) for k, v in held.items()))), ()
        return _special(held)

    try:
        return flat(value, special)
    except RecursionError:
        raise Refused("maps nested too deep to be sorted here") from None


def _within_years(value: object) -> object:
    """Seconds as a double keep microseconds for some centuries only.

    A moment near the ends of years 1 to 9999 may lie outside of them in UTC: its seconds, which
    have no zone, are right, and are then no `datetime` of Python any more.
    """
    items = _normal(value)
    assert isinstance(items, tuple)
    for kind, held in items:
        if kind == "instant" and not 1900 <= held.year < _FAR.year:
            raise Refused("a moment too far away for microseconds in a double")
        if kind == "datetime" and held[1] is not None:
            raise Refused("a moment that Python cannot tell in UTC")
        if kind == "set":
            raise Refused("members of sets are not looked into")
    return items


def _without_dates(value: object) -> object:
    items = _normal(value)
    assert isinstance(items, tuple)
    if any(kind == "date" or "datetime.date(" in repr(held) for kind, held in items):
        raise Refused("a date is documented to become a datetime")
    return items


def _reference_partner() -> Partner:
    def decode(data: bytes) -> object:
        try:
            value, _end = own.Decoder().first(data)
        except CborError as error:
            raise refusal(error) from None
        return plain(value)

    return Partner("the reference", decode, lambda value: flat(value, parts))


def _is_deep(_data: bytes, mine: Outcome, _theirs: Outcome) -> bool:
    return mine.refused is not None and "nesting" in mine.refused


MAX_DEPTH: Final = 400
"""Levels that cbor2 takes by default, since 5.9."""
_DEPTH: Final = Exemption(
    "cbor2 max_depth", f"documented: a limit, {MAX_DEPTH} by default, since 5.9", _is_deep
)


class _Codec:
    """One of the implementations that a release of cbor2 has."""

    def __init__(self, name: str, modules: tuple[Any, ...], package: Any) -> None:
        def find(what: str) -> Any:
            for module in (*modules, package):
                if hasattr(module, what):
                    return getattr(module, what)
            raise ModuleNotFoundError(f"cbor2 has no {what}", name="cbor2")

        self.name = name
        self._loads, self._dumps = find("loads"), find("dumps")
        self._decoder = find("CBORDecoder")
        self._natives = Natives(find("CBORTag"), find("CBORSimpleValue"), find("undefined"))
        # The native and the pure implementation may each have classes of their own.
        self._decode_errors: Errors = (package.CBORDecodeError, find("CBORDecodeError"))
        self._encode_errors: Errors = (package.CBOREncodeError, find("CBOREncodeError"))

    def decode(self, data: bytes, **options: Any) -> object:
        try:
            return self._loads(data, **options)
        except self._decode_errors as error:
            raise refusal(error) from None

    def _decode_shared(self, data: bytes) -> object:
        """With room for the tags that sharing writes: they count as levels of nesting, too."""
        try:
            return self.decode(data)
        except Refused as refused:
            if "nesting" not in str(refused):
                raise
        return self.decode(data, max_depth=2 * MAX_DEPTH + 2)

    def hooked(self, data: bytes) -> object:
        """With every hook in use, and errors of text replaced."""
        return self.decode(
            data,
            tag_hook=lambda *given: given[-1] if len(given) == 1 else given[1],
            object_hook=lambda *given: given[1] if not isinstance(given[0], dict) else given[0],
            str_errors="replace",
        )

    def entries(self) -> dict[str, Decode]:
        """The same value through other interfaces of the decoder."""

        def from_bytes(data: bytes) -> object:
            return self._decoder(io.BytesIO()).decode_from_bytes(data)

        def behind_another(data: bytes) -> object:
            decoder = self._decoder(io.BytesIO(FIRST + data))
            decoder.decode()
            return decoder.decode()

        def quietly(read: Decode) -> Decode:
            def decode(data: bytes) -> object:
                try:
                    return read(data)
                except self._decode_errors as error:
                    raise refusal(error) from None

            return decode

        found = {
            "decode_from_bytes": quietly(from_bytes),
            "a second decode": quietly(behind_another),
        }
        return {
            name: decode
            for name, decode in found.items()
            if name != "decode_from_bytes" or hasattr(self._decoder, "decode_from_bytes")
        }

    def reusable(self) -> Decode:
        decoder = self._decoder(io.BytesIO())

        def decode(data: bytes) -> object:
            decoder.fp = io.BytesIO(data)
            try:
                return decoder.decode()
            except self._decode_errors as error:
                raise refusal(error) from None

        return decode

    def encoders(self) -> dict[str, Encoder]:
        """The options of this release, each alone and some together."""
        found = {"default": Encoder(self._encode(), canonical=False)}
        keeps = {"date_as_datetime": _without_dates, "datetime_as_timestamp": _within_years}
        for option in (
            *("canonical", "value_sharing", "string_referencing", "datetime_as_timestamp"),
            *("date_as_datetime", "indefinite_containers"),
        ):
            try:
                self._dumps(0, **{option: True})
            except TypeError:
                continue
            normal = _unordered if option == "canonical" else None
            decode = self._decode_shared if option == "value_sharing" else None
            found[option] = Encoder(
                self._encode(**{option: True}), normal, keeps.get(option), decode, canonical=False
            )
        if "string_referencing" in found:
            both = self._encode(string_referencing=True, value_sharing=True)
            found["sharing both"] = Encoder(both, decode=self._decode_shared, canonical=False)
        return found

    def _encode(self, **options: Any) -> Encode:
        def encode(value: object) -> bytes:
            try:
                written: bytes = self._dumps(value, timezone=UTC, **options)
            except self._encode_errors as error:
                raise refusal(error) from None
            return written

        return encode

    def build(self, draw: Draw) -> object:
        """A value that the encoder takes, with classes of this implementation."""
        return self._natives.value(draw)

    def write(self, value: object, **options: Any) -> bytes | None:
        """Its bytes; None: it is refused, or this release has no such option."""
        refused: Errors = (*self._encode_errors, TypeError)
        try:
            return bytes(self._dumps(value, timezone=UTC, **options))
        except refused:
            return None

    def implementation(self, twin: _Codec | None, *, native: bool) -> Implementation:
        partners: tuple[Partner, ...] = (_reference_partner(),)
        if twin is not None:
            partners += (Partner(twin.name, twin.decode, _normal),)
        partners = tuple(Partner(one.name, one.decode, one.normal, (_DEPTH,)) for one in partners)
        hooked = Implementation(f"{self.name} with hooks", self.hooked, _normal)
        itself = Partner(f"{self.name} itself", self.decode, _normal)
        entries = tuple(
            Implementation(f"{self.name} by {name}", decode, _normal, (itself,), deep_bytes=0)
            for name, decode in self.entries().items()
        )
        compare = functools.partial(require_one_writing, (self, *([twin] if twin else [])))
        return Implementation(
            name=self.name,
            decode=self.decode,
            normal=_normal,
            partners=partners,
            encoders=self.encoders(),
            build=self.build,
            reusable=self.reusable,
            cuts=GRAMMAR.cuts,
            payload=payload,
            deep_bytes=512 * 1024 if native else 8 * 1024,
            variants=(hooked, *entries),
            compare=compare,
            guide=_strict(own.decode) if native else None,
        )


def _native() -> _Codec:
    package = importlib.import_module("cbor2")
    try:
        module = importlib.import_module("_cbor2")
    except ModuleNotFoundError:
        module = importlib.import_module("cbor2._cbor2")
    return _Codec("cbor2-c", (module,), package)


def _pure() -> _Codec:
    package = importlib.import_module("cbor2")
    modules = []
    for name in ("decoder", "encoder", "types"):
        try:
            modules.append(importlib.import_module(f"cbor2._{name}"))
        except ModuleNotFoundError:
            modules.append(importlib.import_module(f"cbor2.{name}"))
    return _Codec("cbor2-pure", tuple(modules), package)


def _from_files() -> _Codec:
    """The native implementation, given files instead of bytes, which it reads in steps."""
    package = importlib.import_module("cbor2")

    class Files:
        """The functions of cbor2 that take files."""

        @staticmethod
        def loads(data: bytes, **options: Any) -> object:
            return package.load(io.BytesIO(data), **options)

        @staticmethod
        def dumps(value: object, **options: Any) -> bytes:
            written = io.BytesIO()
            package.dump(value, written, **options)
            return written.getvalue()

    return _Codec("cbor2-pure", (Files,), package)


def _or_none(make: Callable[[], _Codec]) -> _Codec | None:
    try:
        return make()
    except ModuleNotFoundError:
        return None


def cbor2_c() -> Implementation:
    """The native implementation: C before 6.0, Rust since."""
    return _native().implementation(_or_none(_pure), native=True)


def cbor2_pure() -> Implementation:
    """The implementation in Python, up to 5.9; since 6.0 the native one, on files."""
    try:
        _pure()
    except ModuleNotFoundError:
        return _from_files().implementation(None, native=True)
    # Not beside its native twin, whose crashes would end the process: that one looks at this.
    return _pure().implementation(None, native=False)
