"""Adapters: msgpack in C and in Python, and ormsgpack."""

from __future__ import annotations

import contextlib
import datetime
import importlib
import io
import struct
from collections.abc import Callable
from typing import Any, Final

from targets.formats.flat import Parts, flat
from targets.formats.implementation import (
    Decode,
    Encode,
    Encoder,
    Exemption,
    Implementation,
    Partner,
    Refused,
    refusal,
)
from targets.formats.msgpack import interfaces
from targets.formats.msgpack.exemptions import CODES, DEPTH, ITS_DEPTH, TIMESTAMPS, TWINS_DEPTH
from targets.formats.msgpack.grammar import GRAMMAR, payload
from targets.formats.msgpack.reader import Ext, MsgpackError, first, read
from targets.formats.msgpack.values import UTC, Natives

_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=UTC)


def strictly(decode: Callable[[bytes], object]) -> Decode:
    """`decode`, whose `MsgpackError` is a refusal."""

    def strict(data: bytes) -> object:
        try:
            return decode(data)
        except MsgpackError as error:
            raise refusal(error) from None

    return strict


def _special(value: object) -> Parts | None:
    """Extensions of each implementation; a timestamp is its seconds and nanoseconds."""
    held: Any = value
    name = type(value).__name__
    if isinstance(value, Ext | Held) or name == "ExtType":
        return ("extension", (held.code, bytes(held.data))), ()
    if name == "Timestamp":
        return _instant(held.seconds, held.nanoseconds)
    if isinstance(value, datetime.datetime):
        since = value - _EPOCH
        return _instant(since.days * 86400 + since.seconds, since.microseconds * 1000)
    return None


def _instant(seconds: int, nanoseconds: int) -> Parts:
    """As the shortest extension that holds it."""
    if not nanoseconds and 0 <= seconds < 1 << 32:
        return ("extension", (-1, struct.pack(">I", seconds))), ()
    if 0 <= seconds < 1 << 34:
        return ("extension", (-1, struct.pack(">Q", nanoseconds << 34 | seconds))), ()
    return ("extension", (-1, struct.pack(">Iq", nanoseconds, seconds))), ()


def normal_of(value: object) -> object:
    """A value as flat items."""
    return flat(value, _special)


def _read_normal(value: object) -> object:
    """Timestamps in the shortest form, too."""

    def special(held: object) -> Parts | None:
        if isinstance(held, Ext) and held.code == -1 and len(held.data) in (4, 8, 12):
            if len(held.data) == 4:
                return _instant(int.from_bytes(held.data, "big"), 0)
            if len(held.data) == 8:
                both = int.from_bytes(held.data, "big")
                return _instant(both & (1 << 34) - 1, both >> 34)
            nanoseconds, seconds = struct.unpack(">Iq", held.data)
            return _instant(seconds, nanoseconds)
        return _special(held)

    return flat(value, special)


def _single(value: object) -> object:
    """What is kept by floats of 32 bits."""

    def special(held: object) -> Parts | None:
        if isinstance(held, float):
            try:
                return flat(struct.unpack(">f", struct.pack(">f", held))[0])[0], ()
            except OverflowError:
                raise refusal(OverflowError("a double too big")) from None
        return _special(held)

    return flat(value, special)


def _partner(*exemptions: Exemption, raw: bool = False) -> Partner:
    strict = strictly(lambda data: read(data, raw=raw))
    return Partner("the strict reader", strict, _read_normal, exemptions)


class _Stream:
    """`Unpacker`, in chunks."""

    def __init__(self, unpacker: Any, errors: tuple[type[Exception], ...]) -> None:
        self._unpacker = unpacker
        self._errors = errors
        self._fed = 0
        self._failed = False

    def feed(self, chunk: bytes) -> list[object]:
        values: list[object] = []
        if self._failed:
            return values
        self._unpacker.feed(chunk)
        self._fed += len(chunk)
        try:
            for value in self._unpacker:
                values.append(normal_of(value))
        except self._errors:
            self._failed = True
        return values

    def close(self) -> list[object]:
        if self._failed or self._fed != self._unpacker.tell():
            raise Refused("broken or unfinished")
        return []


class _Package:
    """One implementation of msgpack: its three names and its errors."""

    def __init__(self, name: str, unpackb: Any, unpacker: Any, packer: Any) -> None:
        self.name = name
        self._unpackb, self._unpacker, self._packer = unpackb, unpacker, packer
        exceptions = importlib.import_module("msgpack.exceptions")
        # "Other exceptions can be raised during unpacking": of text, of limits, of key types.
        self._errors: tuple[type[Exception], ...] = (exceptions.UnpackException, ValueError)
        self._refused: tuple[type[Exception], ...] = (ValueError, TypeError, OverflowError)
        if packer.__module__ == "msgpack.fallback":
            # Its own limit of 1024 levels is a ValueError; the interpreter's comes before it.
            self._refused = (*self._refused, RecursionError)

    def decoder(self, of: Callable[[bytes], object] = bytes, **options: Any) -> Decode:
        given = {"strict_map_key": False, "raw": False, **options}

        def decode(data: bytes) -> object:
            try:
                return self._unpackb(of(data), **given)
            except self._errors as error:
                raise refusal(error) from None
            except OverflowError as error:
                if not options.get("timestamp"):  # a moment that the type asked for has not
                    raise
                raise refusal(error) from None
            except TypeError as error:
                if "unhashable" not in str(error):
                    raise
                raise refusal(error) from None

        return decode

    def _by(self, read: Callable[[Any, bytes], object]) -> Decode:
        """Through another interface of the unpacker."""

        def decode(data: bytes) -> object:
            try:
                return read(self._unpacker, data)
            except self._errors as error:
                raise refusal(error) from None
            except TypeError as error:
                if "unhashable" not in str(error):
                    raise
                raise refusal(error) from None

        return decode

    def _in_pieces(self) -> Encoder:
        packer = self._packer(autoreset=False, datetime=True)

        def encode(value: object) -> bytes:
            packer.reset()
            try:
                return interfaces.in_pieces(packer, value)
            except self._refused as error:
                raise refusal(error) from None

        return Encoder(encode, canonical=False)

    def _compare(self, data: bytes) -> None:
        interfaces.require_bytes_as_fed(self._unpacker, data)
        interfaces.require_same_moments(importlib.import_module("msgpack").Timestamp, data)

    def _from_file(self, data: bytes) -> object:
        """Read in small steps from a file."""
        unpacker = self._unpacker(
            io.BytesIO(data), read_size=7, max_buffer_size=1 << 20, strict_map_key=False
        )
        try:
            value = unpacker.unpack()
            if unpacker.tell() != len(data):
                raise ValueError("more behind the value")
            return value
        except self._errors as error:
            raise refusal(error) from None
        except TypeError as error:
            if "unhashable" not in str(error):
                raise
            raise refusal(error) from None

    def _skipped(self, data: bytes) -> object:
        """Where the value ends, by skipping it."""
        unpacker = self._unpacker(strict_map_key=False)
        unpacker.feed(data)
        try:
            unpacker.skip()
        except self._errors as error:
            raise refusal(error) from None
        return unpacker.tell()

    def _stream(self) -> _Stream:
        return _Stream(self._unpacker(strict_map_key=True), self._errors)

    def encoders(self) -> dict[str, Encoder]:
        refused = self._refused
        keeps: dict[str, Callable[[object], object]] = {"use_single_float": _single}
        found = {}
        for name, options in (
            ("default", {}),
            ("use_single_float", {"use_single_float": True}),
            ("strict_types", {"strict_types": True}),
            ("no autoreset", {"autoreset": False}),
        ):
            found[name] = Encoder(
                self._encode(refused, {"datetime": True, **options}),
                keeps=keeps.get(name),
                canonical=False,
            )
        with contextlib.suppress(TypeError):  # a release without `datetime`
            found["in pieces"] = self._in_pieces()
        return found

    def _encode(self, refused: tuple[type[Exception], ...], options: dict[str, Any]) -> Encode:
        try:
            packer = self._packer(**options)
        except TypeError:  # a release without `datetime`
            packer = self._packer(**{k: v for k, v in options.items() if k != "datetime"})

        def encode(value: object) -> bytes:
            """With a packer that has failed before, and whose failure must leave no trace."""
            with contextlib.suppress(TypeError):
                packer.pack([1, "x", object()])
            if not options.get("autoreset", True):
                packer.reset()
            try:
                packed = packer.pack(value)
            except refused as error:
                raise refusal(error) from None
            return bytes(packed if packed is not None else packer.bytes())

        return encode

    def _interfaces(self, module: Any, twin: _Package | None) -> list[Implementation]:
        """The same values by other interfaces, and under limits as the twin has them."""
        variants: list[Implementation] = []
        itself = Partner(f"{self.name} itself", self.decoder(), normal_of, (DEPTH, ITS_DEPTH))
        for name, decode in {
            "hooks": self.decoder(**interfaces.hooks(module)),
            "headers": self._by(interfaces.by_hand),
            "bites": self._by(interfaces.in_bites),
            "memoryview": self.decoder(of=memoryview),
        }.items():
            variants.append(
                Implementation(f"{self.name} by {name}", decode, normal_of, (itself,), deep_bytes=0)
            )
        limits: dict[str, Any] = {
            "max_str_len": 9,
            "max_bin_len": 9,
            "max_array_len": 5,
            "max_map_len": 4,
        }
        limits["max_ext_len"] = 8
        if twin is not None:
            depths = (DEPTH, TWINS_DEPTH)
            twins = Partner(f"{twin.name} with limits", twin.decoder(**limits), normal_of, depths)
            variants.append(
                Implementation(
                    f"{self.name} with limits", self.decoder(**limits), normal_of, (twins,)
                )
            )
        return variants

    def implementation(self, twin: _Package | None, *, native: bool) -> Implementation:
        module = importlib.import_module("msgpack")
        natives = Natives(module.ExtType, getattr(module, "Timestamp", None), odd_keys=True)
        partners = [_partner(DEPTH, TIMESTAMPS, CODES)]
        if twin is not None:
            partners.append(Partner(twin.name, twin.decoder(), normal_of, (DEPTH, TWINS_DEPTH)))
        ends = strictly(lambda data: first(data, raw=True)[1])
        variants = [
            Implementation(
                f"{self.name} raw",
                self.decoder(raw=True),
                normal_of,
                (_partner(DEPTH, TIMESTAMPS, CODES, raw=True),),
            ),
            Implementation(
                f"{self.name} strict keys",
                self.decoder(strict_map_key=True, use_list=False),
                normal_of,
            ),
            Implementation(f"{self.name} file", self._from_file, normal_of),
            Implementation(
                f"{self.name} skip", self._skipped, flat, (Partner("ends", ends, flat, (DEPTH,)),)
            ),
        ]
        variants += self._interfaces(module, twin)
        for number in (1, 2, 3):
            variants.append(
                Implementation(
                    f"{self.name} timestamp={number}", self.decoder(timestamp=number), normal_of
                )
            )
        return Implementation(
            name=self.name,
            decode=self.decoder(),
            normal=normal_of,
            partners=tuple(partners),
            compare=self._compare,
            encoders=self.encoders(),
            build=natives.value,
            stream=self._stream,
            cuts=GRAMMAR.cuts,
            payload=payload,
            deep_bytes=512 * 1024 if native else 8 * 1024,
            variants=tuple(variants),
            guide=strictly(read) if native else None,
        )


def _native() -> _Package:
    try:
        module = importlib.import_module("msgpack._cmsgpack")
    except ModuleNotFoundError:
        module = importlib.import_module("msgpack._unpacker")
    return _Package("msgpack-c", module.unpackb, module.Unpacker, module.Packer)


def _pure() -> _Package:
    module = importlib.import_module("msgpack.fallback")
    return _Package("msgpack-pure", module.unpackb, module.Unpacker, module.Packer)


def msgpack_c() -> Implementation:
    """The native implementation, beside the pure one."""
    return _native().implementation(_pure(), native=True)


def msgpack_pure() -> Implementation:
    """The implementation in Python."""
    return _pure().implementation(None, native=False)


class Held:
    """An extension as ormsgpack's hook gets it; no class that it would write."""

    __slots__ = ("code", "data")

    def __init__(self, code: int, data: bytes) -> None:
        self.code = code
        self.data = data
