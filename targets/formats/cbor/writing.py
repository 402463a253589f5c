"""Whether two encoders write one value alike, and one encoder one value in one canonical form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from targets.drawing import Draw
from targets.formats.choices import from_bytes
from targets.oracles import Violation


class Writer(Protocol):
    """An implementation that makes values of its own classes, and writes them."""

    name: str

    def build(self, draw: Draw) -> object:
        """A value that the encoder takes."""

    def write(self, value: object, **options: Any) -> bytes | None:
        """Its bytes; None: it is refused."""


def require_one_writing(codecs: Sequence[Writer], data: bytes) -> None:
    """Violation when two implementations write one value otherwise, or when the canonical form of
    a mapping depends on the order in which it was filled."""
    for options in ({}, {"canonical": True}, {"value_sharing": True}, {"string_referencing": True}):
        given: dict[str, Any] = dict(options)
        written = [codec.write(codec.build(from_bytes(data)), **given) for codec in codecs]
        what = next(iter(options), "default")
        if None not in written and len(set(written)) > 1:
            raise Violation(
                f"agree: {codecs[0].name} writes other bytes than {codecs[1].name} ({what})",
                " for ".join(one.hex() for one in written if one is not None)[:300],
            )
        if not options.get("canonical") or written[0] is None:
            continue
        turned = codecs[0].write(_turned(codecs[0].build(from_bytes(data))), canonical=True)
        if turned != written[0]:
            raise Violation(
                f"agree: {codecs[0].name} has two canonical forms of one value",
                f"{written[0].hex()[:150]} and {(turned or b'').hex()[:150]}",
            )


def _turned(value: object) -> object:
    """The same value, with mappings filled the other way round."""
    if type(value) is dict:
        return {key: _turned(held) for key, held in reversed(value.items())}
    if type(value) is list:
        return [_turned(held) for held in value]
    return value
