"""Adapter: ormsgpack, written in Rust."""

from __future__ import annotations

import importlib
import re
from typing import Final

from targets.formats.implementation import Encoder, Exemption, Implementation, Partner, refusal
from targets.formats.msgpack.exemptions import DEPTH, TIMESTAMPS
from targets.formats.msgpack.grammar import GRAMMAR, payload
from targets.formats.msgpack.reader import first, read
from targets.formats.msgpack.subjects import Held, normal_of, strictly
from targets.formats.msgpack.values import Natives

_EXTENSION: Final = re.compile(rb"[\xc7-\xc9\xd4-\xd8]")
KEYS: Final = Exemption(
    "ormsgpack keys",
    "documented: keys are of the types that OPT_NON_STR_KEYS names",
    lambda data, mine, _theirs: (
        "invalid type" in (mine.refused or "")
        or ("invalid value" in (mine.refused or "") and _EXTENSION.search(data) is not None)
    ),
)


def ormsgpack() -> Implementation:
    """ormsgpack, with keys of any type and extensions kept."""
    module = importlib.import_module("ormsgpack")
    exemptions = (DEPTH, TIMESTAMPS, KEYS)
    errors: tuple[type[Exception], ...] = (module.MsgpackDecodeError,)
    options = {"ext_hook": Held, "option": module.OPT_NON_STR_KEYS}

    def decode(data: bytes) -> object:
        try:
            return module.unpackb(data, **options)
        except errors as error:
            raise refusal(error) from None

    def by_rules(data: bytes) -> object:
        return first(data)[0]

    def encoder(option: int) -> Encoder:
        def encode(value: object) -> bytes:
            try:
                packed: bytes = module.packb(value, option=option or None)
            except module.MsgpackEncodeError as error:
                raise refusal(error) from None
            return packed

        return Encoder(encode, canonical=False)

    return Implementation(
        name="ormsgpack",
        decode=decode,
        normal=normal_of,
        partners=(Partner("the strict reader", strictly(by_rules), normal_of, exemptions),),
        encoders={"default": encoder(0), "odd keys": encoder(module.OPT_NON_STR_KEYS)},
        build=Natives(None, None, odd_keys=True).value,
        cuts=GRAMMAR.cuts,
        payload=payload,
        guide=strictly(read),
    )
