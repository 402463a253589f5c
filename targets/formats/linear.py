"""Check: time grows no faster than the input, however a part of it is repeated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from targets import growth
from targets.formats.implementation import Decode, Implementation, modes, outcome

LONGEST_BYTES: Final = 2048
"""Longer inputs have the same parts and take longer to measure."""
SHARE: Final = 0.7
"""Part of the time that measuring takes: nothing else is this check's business."""


def check(data: bytes, subject: Implementation) -> None:
    """Violation when time grows faster than the input; undocumented errors escape."""
    for variant in modes(subject, data):
        decode = variant.run or variant.decode

        def run(grown: bytes, decode: Decode = decode) -> object:
            return outcome(decode, grown)

        held = variant.payload(data) if variant.payload is not None else None
        if held is not None and len(data) <= LONGEST_BYTES:
            _require_linear_payload(variant.decode, *held)
        run(data)
        if len(data) > LONGEST_BYTES:
            continue
        cuts = variant.cuts(data) if variant.cuts is not None else None
        growth.require_linear("linear", run, data, cuts=cuts, share=SHARE)


def _require_linear_payload(
    decode: Decode, payload: bytes, whole: Callable[[bytes], bytes]
) -> None:
    # A number whose every byte says that more follow is another matter than many numbers.
    endless = all(byte & 128 for byte in payload)
    oracle = "linear in a number that does not end" if endless else "linear in a payload"
    growth.require_linear(oracle, lambda grown: outcome(decode, whole(grown)), payload, share=SHARE)
