"""Planted bugs of the reference decoder: each names the checks that must find it."""

from __future__ import annotations

from targets.kinds import Fault

FAULTS = {
    "cbor-break-anywhere": Fault("a break ends a definite array, too", ("agree",)),
    "cbor-mixed-chunks": Fault("chunks of text and bytes may be mixed", ("agree",)),
    "cbor-lenient-text": Fault("text that is not UTF-8 is repaired", ("agree",)),
    "cbor-half-subnormal": Fault("the smallest half floats are half as big", ("roundtrip",)),
    "cbor-negative-edge": Fault("negative integers below -2^63 are off by one", ("roundtrip",)),
    "cbor-reserves-claims": Fault("memory is reserved for the length claimed", ("total",)),
    "cbor-recurses": Fault("nested arrays and tags are walked by recursion", ("total",)),
    "cbor-looks-back": Fault(
        "each item is compared with all before it in its container", ("linear",)
    ),
    "cbor-state-after-error": Fault("a decoder keeps what an error left unfinished", ("reuse",)),
    "cbor-loses-head": Fault("a byte that is alone at the end of a chunk is lost", ("reuse",)),
}
