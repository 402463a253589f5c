"""Parsers of byte formats: CBOR, JSON, TOML, MessagePack, ASN.1, multipart, HTTP/1, cookies."""

from __future__ import annotations

from types import MappingProxyType

from targets.formats.cookies import entries as cookies
from targets.formats.faults import FAULTS
from targets.formats.http1 import entries as http1
from targets.formats.multipart import entries as multipart
from targets.kinds import Fuzz, Inputs, Subject, Target

CBOR = Inputs(
    name="cbor",
    mutate="targets.formats.cbor.grammar:mutate",
    strategy="targets.formats.cbor.grammar:strategy",
    tokens="targets.formats.cbor.grammar:tokens",
    seeds="cbor",
    dictionary="cbor.txt",
)

JSON = Inputs(
    name="json",
    mutate="targets.formats.json.grammar:mutate",
    strategy="targets.formats.json.grammar:strategy",
    tokens="targets.formats.json.grammar:tokens",
    seeds="json",
    dictionary="json.txt",
)
TOML = Inputs(
    name="toml",
    mutate="targets.formats.toml.grammar:mutate",
    strategy="targets.formats.toml.grammar:strategy",
    tokens="targets.formats.toml.grammar:tokens",
    seeds="toml",
    dictionary="toml.txt",
)

MSGPACK = Inputs(
    name="msgpack",
    mutate="targets.formats.msgpack.grammar:mutate",
    strategy="targets.formats.msgpack.grammar:strategy",
    tokens="targets.formats.msgpack.grammar:tokens",
    seeds="msgpack",
    dictionary="msgpack.txt",
)

ASN1 = Inputs(
    name="asn1",
    mutate="targets.formats.asn1.grammar:mutate",
    strategy="targets.formats.asn1.grammar:strategy",
    tokens="targets.formats.asn1.grammar:tokens",
    seeds="asn1",
    dictionary="asn1.txt",
)

SUBJECTS: dict[str, Subject] = {
    "reference": Subject(
        adapter="targets.formats.cbor.subjects:reference",
        summary="the farm's own strict decoder and encoder of CBOR",
        instrument=("targets.formats.cbor.reference",),
        inputs=CBOR,
    ),
    "cbor2-c": Subject(
        adapter="targets.formats.cbor.subjects:cbor2_c",
        summary="cbor2 in C, in Rust since 6.0; every option of its encoder",
        package="cbor2",
        # Native code gives no coverage: the reference reads the same bytes beside it (`guide`).
        instrument=("targets.formats.cbor.reference", "cbor2"),
        requires=("cbor2>=5",),
        inputs=CBOR,
    ),
    "cbor2-pure": Subject(
        adapter="targets.formats.cbor.subjects:cbor2_pure",
        summary="cbor2 in Python; since 6.0, which has no such thing, cbor2 on files",
        package="cbor2",
        instrument=("cbor2", "targets.formats.cbor.reference"),
        requires=("cbor2>=5",),
        inputs=CBOR,
    ),
    "json": Subject(
        adapter="targets.formats.json.subjects:json",
        summary="json of the standard library",
        instrument=("targets.formats.json.reader",),
        inputs=JSON,
    ),
    "orjson": Subject(
        adapter="targets.formats.json.subjects:orjson",
        summary="orjson, and the options that change what it writes",
        package="orjson",
        instrument=("targets.formats.json.reader",),
        requires=("orjson>=3",),
        inputs=JSON,
    ),
    "ujson": Subject(
        adapter="targets.formats.json.subjects:ujson",
        summary="ujson, and every option of its encoder",
        package="ujson",
        instrument=("targets.formats.json.reader",),
        requires=("ujson>=1.35",),
        inputs=JSON,
    ),
    "simplejson": Subject(
        adapter="targets.formats.json.drop_in:simplejson",
        summary="simplejson with its native parts",
        package="simplejson",
        instrument=("targets.formats.json.reader", "simplejson"),
        requires=("simplejson>=3.10",),
        inputs=JSON,
    ),
    "python-rapidjson": Subject(
        adapter="targets.formats.json.drop_in:rapidjson",
        summary="RapidJSON behind python-rapidjson",
        package="python-rapidjson",
        instrument=("targets.formats.json.reader",),
        requires=("python-rapidjson>=1",),
        inputs=JSON,
    ),
    "tomlkit": Subject(
        adapter="targets.formats.toml.subjects:tomlkit",
        summary="tomlkit: reading, writing unchanged, and editing",
        package="tomlkit",
        instrument=("tomlkit",),
        requires=("tomlkit>=0.5",),
        pins={">=0.14": ("tomli>=2.4,<3",)},  # the second parser of TOML 1.1
        inputs=TOML,
    ),
    "tomllib": Subject(
        adapter="targets.formats.toml.subjects:tomllib",
        summary="tomllib of the standard library",
        instrument=("tomllib",),
        inputs=TOML,
    ),
    "tomli": Subject(
        adapter="targets.formats.toml.subjects:tomli",
        summary="tomli, compiled where there is a wheel",
        package="tomli",
        instrument=("tomllib", "tomli"),
        requires=("tomli>=1",),
        inputs=TOML,
    ),
    "rtoml": Subject(
        adapter="targets.formats.toml.subjects:rtoml",
        summary="rtoml, in Rust",
        package="rtoml",
        instrument=("tomllib",),
        requires=("rtoml>=0.7",),
        pins={">=0.13": ("tomli>=2.4,<3",)},  # the second parser of TOML 1.1
        inputs=TOML,
    ),
    "msgpack-c": Subject(
        adapter="targets.formats.msgpack.subjects:msgpack_c",
        summary="msgpack in C: unpackb, Unpacker, Packer, and their options",
        package="msgpack",
        instrument=("targets.formats.msgpack.reader", "msgpack.fallback"),
        requires=("msgpack>=1",),
        inputs=MSGPACK,
    ),
    "msgpack-pure": Subject(
        adapter="targets.formats.msgpack.subjects:msgpack_pure",
        summary="msgpack in Python",
        package="msgpack",
        instrument=("msgpack.fallback",),
        requires=("msgpack>=1",),
        inputs=MSGPACK,
    ),
    "ormsgpack": Subject(
        adapter="targets.formats.msgpack.rust:ormsgpack",
        summary="ormsgpack, in Rust",
        package="ormsgpack",
        instrument=("targets.formats.msgpack.reader",),
        requires=("ormsgpack>=1",),
        inputs=MSGPACK,
    ),
    "pyasn1": Subject(
        adapter="targets.formats.asn1.subjects:pyasn1",
        summary="pyasn1: BER, CER and DER without a schema, and its native codec",
        package="pyasn1",
        instrument=("pyasn1",),
        requires=("pyasn1>=0.4.6",),
        inputs=ASN1,
    ),
}

_READ_ONLY = ("tomllib", "tomli")
_WITH_STATE = ("reference", "cbor2-c", "cbor2-pure", "msgpack-c", "msgpack-pure")

TARGET = Target(
    subjects=MappingProxyType(
        {**SUBJECTS, **http1.SUBJECTS, **multipart.SUBJECTS, **cookies.SUBJECTS}
    ),
    checks={
        "total": Fuzz(
            check="targets.formats.total:check",
            summary="documented refusals only, memory in proportion, deep nesting survived",
            max_size_bytes=16 * 1024,
        ),
        "agree": Fuzz(
            check="targets.formats.agree:check",
            summary="accepted iff a second parser or a strict grammar accepts, as the same value",
            max_size_bytes=16 * 1024,
            weight=1.5,
        ),
        "roundtrip": Fuzz(
            check="targets.formats.roundtrip:check",
            summary="what is written is read back the same, under every option of the encoder",
            subjects=(
                *(name for name in SUBJECTS if name not in _READ_ONLY),
                "http-cookies",
                "werkzeug-fields",
            ),
            max_size_bytes=16 * 1024,
            weight=1.5,
        ),
        "linear": Fuzz(
            check="targets.formats.linear:check",
            summary="time grows no faster than the input, whichever part is repeated",
            max_size_bytes=4096,
            timeout_s=10.0,
            weight=1.5,
        ),
        "reuse": Fuzz(
            check="targets.formats.reuse:check",
            summary="a decoder used before equals a fresh one, chunks equal the whole",
            subjects=(*_WITH_STATE, *http1.SUBJECTS, *multipart.SUBJECTS),
            max_size_bytes=16 * 1024,
        ),
    },
    faults=FAULTS,
)
