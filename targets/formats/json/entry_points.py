"""The same reader by another entry (text, buffers, files), which says what the usual one says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from targets.formats.implementation import (
    Decode,
    Exemption,
    Implementation,
    Normal,
    Partner,
    Refused,
    Silent,
    refusal,
)


def entry_points(
    name: str,
    usual: tuple[Decode, Normal],
    errors: tuple[type[BaseException], ...],
    ways: Mapping[str, Callable[[Any], object]],
    *,
    text: tuple[str, ...] = (),
    exemptions: tuple[Exemption, ...] = (),
) -> tuple[Implementation, ...]:
    """A variant for each of `ways`; those named in `text` are given str, the others bytes."""
    decode, normal = usual
    partner = Partner(f"{name} itself", _of_text(decode), normal, exemptions)
    return tuple(
        Implementation(
            name=f"{name} by {way}",
            decode=_decode(read, errors, as_text=way in text),
            normal=normal,
            partners=(partner,),
            deep_bytes=0,
        )
        for way, read in ways.items()
    )


def _of_text(decode: Decode) -> Decode:
    """Of bytes that are no UTF-8 nothing is said: as text there are none."""

    def read(data: bytes) -> object:
        _text_of(data, Silent())
        return decode(data)

    return read


def _decode(
    read: Callable[[Any], object], errors: tuple[type[BaseException], ...], *, as_text: bool
) -> Decode:
    def decode(data: bytes) -> object:
        given = _text_of(data, Refused("not UTF-8")) if as_text else data
        try:
            return read(given)
        except errors as error:
            raise refusal(error) from None

    return decode


def _text_of(data: bytes, otherwise: Exception) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise otherwise from None
