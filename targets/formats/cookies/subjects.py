"""Adapters: parsers of header fields as functions from an input to items, and what writes them."""

from __future__ import annotations

import contextlib
import datetime
import functools
import http.cookies
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from targets.drawing import Draw
from targets.formats.cookies import reference
from targets.formats.cookies.field import Items, pairs, split
from targets.formats.implementation import (
    Encoder,
    Implementation,
    Partner,
    Refused,
    Silent,
    refusal,
)

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_TEXTS: Final = (
    *(
        "",
        "a",
        "a b",
        'q"q',
        "b\\c",
        "é",
        "€",
        ";",
        ",",
        "=",
        "\\",
        '"',
        "\\054",
        "%22",
        "a;b=c",
        "\t",
    ),
    *(
        "\\\\",
        '\\"',
        "'",
        "\x7f",
        "\U0001f600",
        "a\\",
        "\\101",
        '""',
        "a:b@c",
        "{}",
        "~",
        "ÿ",
        "\\400",
    ),
)
_NAMES: Final = (
    "a",
    "session",
    "x-y",
    "__Host-a",
    "expires",
    "path",
    "a.b",
    "!#$%&'*+",
    "A",
    "domain",
)


def _same(value: object) -> object:
    return value


def _grouped(value: object) -> object:
    """Items whose cookies of one name are together, as a MultiDict keeps them."""
    items: Any = value
    if not items or items[0][0] != "cookie":
        return value
    return pairs("cookie", sorted(_named("cookie", value), key=lambda pair: pair[0]))


def _implementation(name: str, decode: Callable[[bytes], object], **more: Any) -> Implementation:
    return Implementation(
        name=name,
        decode=decode,
        normal=_grouped,
        partners=(Partner("the RFC", reference.read, _grouped),),
        deep_bytes=0,
        **more,
    )


def reference_fields() -> Implementation:
    """The farm's own reader."""

    def decode(data: bytes) -> object:
        try:
            return reference.read(data)
        except Silent:
            raise Refused("not plainly a field") from None

    return _implementation("fields-reference", decode)


def http_cookies() -> Implementation:
    """`http.cookies` of the standard library."""

    def decode(data: bytes) -> object:
        name, value = split(data)
        if name not in ("cookie", "set-cookie"):
            raise Refused("not a cookie")
        jar: http.cookies.SimpleCookie = http.cookies.SimpleCookie()
        try:
            jar.load(value)
        except http.cookies.CookieError as error:
            raise refusal(error) from None
        return pairs("cookie", sorted((key, morsel.value) for key, morsel in jar.items()))

    def encode(value: object) -> bytes:
        jar = http.cookies.SimpleCookie()
        try:
            for key, text in _named("cookie", value):
                jar[key] = text
        except http.cookies.CookieError as error:
            raise refusal(error) from None
        if not jar:
            raise Refused("no cookies")
        return ("Cookie: " + jar.output([], header="", sep=";").strip()).encode(
            "latin-1", "replace"
        )

    return Implementation(
        name="http-cookies",
        decode=decode,
        normal=_same,
        encoders={"output": Encoder(encode, canonical=False)},
        build=functools.partial(_made_cookies, latin=True),
        deep_bytes=0,
    )


def _named(kind: str, value: object) -> list[tuple[str, str]]:
    """Pairs of a value of items; Refused if they are of another kind."""
    items: Any = value
    if not items or items[0][0] != kind:
        raise Refused(f"no {kind}")
    texts = [text for _, text in items]
    return list(zip(texts[::2], texts[1::2], strict=True))


def _made_cookies(draw: Draw, *, latin: bool) -> object:
    texts = [text for text in _TEXTS if text.isascii() or not latin]
    names = [draw.choice(_NAMES) for _ in range(draw.integer(1, 3))]
    return pairs("cookie", [(name, _text(draw, texts)) for name in sorted(set(names))])


def _text(draw: Draw, texts: list[str]) -> str:
    return "".join(draw.choice(texts) for _ in range(draw.choice((1, 1, 2, 3))))


def werkzeug_fields() -> Implementation:
    """The functions of `werkzeug.http` that read and write fields."""
    from werkzeug import http as package

    readers = _werkzeug_readers(package)

    def decode(data: bytes) -> object:
        name, value = split(data)
        reader = readers.get(name)
        if reader is None:
            raise Refused("no such field")
        return reader(value)

    return _implementation(
        "werkzeug-fields",
        decode,
        encoders={
            "dump_cookie": Encoder(functools.partial(_dump_cookies, package), canonical=False),
            "dump_options_header": Encoder(functools.partial(_dump_options, package)),
            "http_date": Encoder(functools.partial(_dump_date, package)),
        },
        build=_made,
    )


def _werkzeug_readers(package: Any) -> Mapping[str, Callable[[str], Items]]:
    def cookie(value: str) -> Items:
        # Before 2.3 a str was taken for what WSGI gives, since then it is text.
        return pairs("cookie", list(package.parse_cookie(value).items(multi=True)))

    def options(value: str) -> Items:
        media, found = package.parse_options_header(value)
        named = [(key, text) for key, text in found.items() if text is not None]
        return (("media type", media.lower()), *pairs("parameter", sorted(named)))

    def weights(value: str) -> Items:
        found = package.parse_accept_header(value)
        return pairs("choice", sorted((name.lower(), str(float(weight))) for name, weight in found))

    def ranges(value: str) -> Items:
        found = package.parse_range_header(value)
        if found is None or len(found.ranges) != 1:
            raise Refused("no single range")
        start, end = found.ranges[0]
        return (("start", start), ("end", end))

    def date(value: str) -> Items:
        moment = package.parse_date(value)
        if moment is None:
            raise Refused("no date")
        with contextlib.suppress(OverflowError):  # the first and the last day there are
            moment = moment.astimezone(datetime.UTC)
        return (("moment", moment.isoformat()),)

    def tags(value: str) -> Items:
        found = package.parse_etags(value)
        strong = [("strong", tag) for tag in found.as_set()]
        return pairs("tag", sorted({*strong, *(("weak", tag) for tag in found._weak)}, key=str))

    def other(parse: Callable[[str], object]) -> Callable[[str], Items]:
        return lambda value: (("kind", type(parse(value)).__name__),)

    readers: dict[str, Callable[[str], Items]] = {
        "cookie": cookie,
        "content-type": options,
        "content-disposition": options,
        "accept-encoding": weights,
        "accept": other(package.parse_accept_header),
        "range": ranges,
        "date": date,
        "if-none-match": tags,
        "cache-control": other(package.parse_cache_control_header),
        "content-range": other(package.parse_content_range_header),
        "if-range": other(package.parse_if_range_header),
        "allow": other(package.parse_set_header),
        "connection": other(package.parse_list_header),
        "prefer": other(package.parse_dict_header),
        "age": other(package.parse_age),
        "content-security-policy": other(package.parse_csp_header),
    }
    credentials, challenge = _werkzeug_authentication(package)
    return {**readers, "authorization": other(credentials), "www-authenticate": other(challenge)}


def _werkzeug_authentication(package: Any) -> tuple[Callable[..., object], Callable[..., object]]:
    """Readers of both sides of HTTP authentication, wherever the release has them."""
    from werkzeug import datastructures

    if hasattr(datastructures.Authorization, "from_header"):
        return (
            datastructures.Authorization.from_header,
            datastructures.WWWAuthenticate.from_header,
        )
    return package.parse_authorization_header, package.parse_www_authenticate_header


def _dump_cookies(package: Any, value: object) -> bytes:
    found = _named("cookie", value)
    if any(_TOKEN.fullmatch(name) is None for name, _ in found):
        raise Refused("odd name")
    written = [package.dump_cookie(name, text, path=None) for name, text in found]
    return ("Cookie: " + "; ".join(written)).encode("latin-1")


def _dump_options(package: Any, value: object) -> bytes:
    items: Any = value
    if not items or items[0][0] != "media type" or not items[0][1] or "*" in str(items):
        raise Refused("no parameters")
    found = dict(_named("parameter", items[1:])) if items[1:] else {}
    if not all(map(_TOKEN.fullmatch, found)) or ";" in items[0][1]:
        raise Refused("odd name")
    written: str = package.dump_options_header(items[0][1], found)
    try:
        return f"Content-Type: {written}".encode("latin-1")
    except UnicodeEncodeError:
        raise Refused("beyond Latin-1") from None


def _dump_date(package: Any, value: object) -> bytes:
    items: Any = value
    if not items or items[0][0] != "moment" or items[0][1] < "1900":
        raise Refused("no moment of our times")
    written: str = package.http_date(datetime.datetime.fromisoformat(items[0][1]))
    return f"Date: {written}".encode()


def _made(draw: Draw) -> object:
    if draw.chance(0.4):
        return _made_cookies(draw, latin=False)
    # Documented: %22 stands for a quote, and a path of an old browser for its last part.
    texts = [text for text in _TEXTS if text.isascii() and text.isprintable() and "%" not in text]
    names = dict.fromkeys(draw.choice(("a", "b", "charset", "x-y")) for _ in range(2))
    found = [(name, _text(draw, texts)) for name in names]
    return (("media type", "text/plain"), *pairs("parameter", sorted(found)))


def aiohttp_cookies() -> Implementation:
    """The readers of Cookie and Set-Cookie of aiohttp."""
    from aiohttp import _cookie_helpers

    # Every refused cookie is logged.
    logging.getLogger("aiohttp").addHandler(logging.NullHandler())

    def decode(data: bytes) -> object:
        name, value = split(data)
        if name == "cookie":
            found = _cookie_helpers.parse_cookie_header(value)
        elif name == "set-cookie":
            found = _cookie_helpers.parse_set_cookie_headers([value])
        else:
            raise Refused("not a cookie")
        return pairs("cookie", [(key, morsel.value) for key, morsel in found])

    return Implementation(
        name="aiohttp-cookies",
        decode=decode,
        normal=_same,
        partners=(Partner("the RFC", reference.read_cookies, _same),),
        deep_bytes=0,
    )
