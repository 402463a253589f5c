"""One grammar of requests, for the mutator and for the Hypothesis strategy.

A target is taken apart at its slashes; segments, encodings, headers and the method are changed
one by one, and about half of all inputs are built from nothing.
"""

from __future__ import annotations

import random as randomness
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from targets import drawing, vocabulary
from targets.drawing import Draw
from targets.path import mounted
from targets.path import spellings as words

if TYPE_CHECKING:  # pragma: no cover
    from hypothesis.strategies import SearchStrategy

MAX_PIECES: Final = 64
ATTEMPTS: Final = 5
_FIRST_LINE: Final = re.compile(rb"(?:([A-Z]{1,16}) )?([^\n]*)")


def mutate(data: bytes, max_size: int, random: randomness.Random) -> bytes:
    """A changed `data`, or a new request, of at most `max_size` bytes."""
    draw = drawing.from_random(random)
    if not data or draw.chance(0.4):
        return _fitting(draw, max_size)
    first, newline, rest = data.partition(b"\n")
    found = _FIRST_LINE.fullmatch(first)
    method, target = (found[1] or b"GET", found[2]) if found is not None else (b"GET", first)
    headers = [line for line in rest.split(b"\n") if line] if newline else []
    for _ in range(1 + draw.integer(0, 2)):
        kind = draw.integer(0, 9)
        if kind < 7:
            target = draw.choice(CHANGES)(draw, target)
        elif kind < 9:
            headers = _change_headers(draw, headers)
        else:
            method = draw.choice(words.METHODS)
    return _request(method, target, headers)[:max_size]


def _fitting(draw: Draw, max_size: int) -> bytes:
    """A request from nothing, of at most `max_size` bytes; cut only if small ones do not come."""
    made = build(draw)
    for _ in range(ATTEMPTS):
        if len(made) <= max_size:
            break
        made = build(draw)
    return made[:max_size]


def strategy() -> SearchStrategy[bytes]:
    """The same requests as a Hypothesis strategy."""
    return drawing.strategy(build)


def build(draw: Draw) -> bytes:
    """A request from nothing."""
    method = b"HEAD" if draw.chance(0.08) else b"GET"
    if draw.chance(0.06):
        method = draw.choice(words.METHODS)
    if draw.chance(0.12):
        return _request(method, _ordinary(draw), [_header(draw)])
    if draw.chance(0.1):
        return _request(method, _ordinary(draw), _conditions(draw))
    if draw.chance(0.05):
        target = _prefix(draw) + b"/" + draw.choice(words.ENCODED)
        return _request(method, target, [b"Accept-Encoding: " + draw.choice(words.CODINGS)])
    if draw.chance(0.04):
        target = _prefix(draw) + b"/" + draw.choice(words.HOSTED)
        return _request(method, target, [b"Host: " + draw.choice(words.HOSTS)])
    headers = []
    if draw.chance(0.3):
        headers = [_header(draw) for _ in range(draw.integer(1, 2))]
    return _request(method, _target(draw), headers)


def _request(method: bytes, target: bytes, headers: list[bytes]) -> bytes:
    first = target if method == b"GET" and target.startswith(b"/") else b"%b %b" % (method, target)
    return b"\n".join([first, *headers])


def _target(draw: Draw) -> bytes:
    target = draw.choice(BUILDERS)(draw)
    if draw.chance(0.12):
        target += draw.choice(words.ODDITIES)
    if draw.chance(0.12):
        target += b"?" + draw.choice(words.QUERIES)
    return target


def _prefix(draw: Draw) -> bytes:
    """Where something is mounted: as the server says, now and then as another one would."""
    known = mounted.prefixes()
    return draw.choice(words.PREFIXES if not known or draw.chance(0.15) else known)


def _ordinary(draw: Draw) -> bytes:
    """A name inside a root, now and then encoded more than it needs."""
    name = draw.choice(words.INSIDE)
    if draw.chance(0.2):
        name = _encode(draw, name)
    if draw.chance(0.06):
        name += b"/"
    return _prefix(draw) + b"/" + name


def _climb(draw: Draw) -> bytes:
    """Up from a mount and down to something beside the root, in one style or in many."""
    prefix = _prefix(draw)
    dots, separator = draw.choice(words.DOTS), draw.choice(words.SEPARATORS)
    if draw.chance(0.5):
        dots = draw.choice(words.DOTS[:5])
    if draw.chance(0.5):
        separator = b"/"
    start = draw.choice(
        (b"/", b"/", b"/", b"/docs/", b"/link-dir/", b"/bare/", b"//", b"", separator)
    )
    levels = 1 if draw.chance(0.6) else draw.integer(2, 8)
    up = separator.join([dots] * levels)
    down = draw.choice(words.OUTSIDE)
    if separator != b"/" and draw.chance(0.5):
        down = down.replace(b"/", separator)
    join = b"/" if draw.chance(0.2) else separator
    return prefix + start + up + join + down


def _absolute(draw: Draw) -> bytes:
    """A place on disk by its whole name, which a careless join takes instead of the root."""
    place = words.ABSOLUTE[draw.integer(0, 1)] if draw.chance(0.6) else draw.choice(words.ABSOLUTE)
    join = b"/" if draw.chance(0.7) else draw.choice(words.SEPARATORS)
    encoded = b"%}" in place and draw.chance(0.7)
    down = draw.choice(words.BACK if draw.chance(0.5) else words.OUTSIDE)
    slash = b"%2f" if encoded else b"/"
    return _prefix(draw) + join + place + slash + down.replace(b"/", slash)


def _directory(draw: Draw) -> bytes:
    """A directory without its slash, where servers redirect, and more behind it."""
    slashes = b"//" if draw.chance(0.2) else b"/"
    path = _prefix(draw) + slashes + draw.choice(words.DIRECTORIES)
    more = draw.choice(words.ODDITIES) if draw.chance(0.4) else b"?" + draw.choice(words.QUERIES)
    return path + more if draw.chance(0.7) else path


def _elsewhere(draw: Draw) -> bytes:
    """A path that reads like the address of another host, ending where servers redirect."""
    start = draw.choice(words.HOSTILE)
    path = _prefix(draw) if draw.chance(0.6) else b""
    ends = (b"/docs", b"", b"/..", b"/%2e%2e", b"/../docs", b"/..%2fdocs", b"/.", b"/%2f..", b"/x")
    if draw.chance(0.4):
        return path + start + draw.choice(ends)
    climb = b"/.." * draw.integer(0, 4) if draw.chance(0.4) else b""
    return start + climb + path + draw.choice(ends)


def _around(draw: Draw) -> bytes:
    """A mount's own name, changed: beside it, behind it, in other letters."""
    prefix = _prefix(draw)
    glue = draw.choice(
        (b"", b"..", b"../", b"_private", b"%2f", b";", b"//", b"/.", b"%00", b"\\", b"?")
    )
    tail = draw.choice(words.OUTSIDE) if draw.chance(0.5) else draw.choice(words.INSIDE)
    return prefix + glue + (b"/" if draw.chance(0.7) else b"") + tail


def _segments(draw: Draw) -> bytes:
    """Any pieces in any order."""
    sources = (words.INSIDE, words.OUTSIDE, words.DOTS, words.ODDITIES, words.ABSOLUTE)
    pieces = [draw.choice(draw.choice(sources)) for _ in range(draw.integer(1, 5))]
    separator = draw.choice(words.SEPARATORS) if draw.chance(0.3) else b"/"
    return _prefix(draw) + b"/" + separator.join(pieces)


def _whole(draw: Draw) -> bytes:
    return draw.choice(words.WHOLE)


def _long(draw: Draw) -> bytes:
    """Names and paths about as long as file systems allow, and longer."""
    piece = draw.choice(
        (b"a", b"a/", b"../", b"./", b"/", b"%2e", b"\xc3\xbc", b"%C3%BC", b"..%2f")
    )
    size = draw.choice((250, 255, 256, 1000, 3000, 4000))
    tail = draw.choice(words.INSIDE) if draw.chance(0.5) else draw.choice(words.OUTSIDE)
    return _prefix(draw) + b"/" + piece * (size // len(piece)) + tail


def _header(draw: Draw) -> bytes:
    kind = draw.integer(0, 10)
    if kind < 4:
        return b"Range: " + _range(draw)
    if kind == 4:
        name = draw.choice((b"If-Modified-Since", b"If-Unmodified-Since", b"If-Range"))
        return name + b": " + draw.choice(words.DATES)
    if kind == 5:
        name = draw.choice((b"If-None-Match", b"If-Match", b"If-Range"))
        return name + b": " + draw.choice(words.ETAGS)
    if kind == 6:
        return b"Accept-Encoding: " + draw.choice(words.CODINGS)
    if kind in (7, 8):
        return b"Host: " + draw.choice(words.HOSTS)
    return b"%b: %b" % draw.choice(words.OTHERS)


def _conditions(draw: Draw) -> list[bytes]:
    """Proper conditions, and a proper range: headers that a browser or a cache would send."""
    headers = []
    if draw.chance(0.6):
        name = draw.choice((b"If-None-Match", b"If-None-Match", b"If-Range", b"If-Match"))
        headers.append(name + b": " + draw.choice(words.TAGS))
    if not headers or draw.chance(0.4):
        name = draw.choice((b"If-Modified-Since", b"If-Unmodified-Since", b"If-Range"))
        headers.append(name + b": " + draw.choice(words.SINCE))
    if draw.chance(0.6):
        count = draw.integer(2, 4) if draw.chance(0.3) else 1
        spans = [draw.choice(words.SPANS) for _ in range(count)]
        headers.append(b"Range: bytes=" + b",".join(spans))
    return headers


def _many_ranges(draw: Draw) -> bytes:
    """Hundreds of ranges: rising and apart, all the same, or all of the rest."""
    count = draw.choice((20, 120, 300, 450))
    match draw.integer(0, 3):
        case 0:
            parts = [b"0-"] * count
        case 1:
            parts = [b"-%d" % (at + 1) for at in range(count)]
        case _:
            parts = [b"%d-%d" % (at, at) for at in range(0, 2 * count, 2)]
    return b"bytes=" + b",".join(parts)


def _range(draw: Draw) -> bytes:
    if draw.chance(0.03):
        return _many_ranges(draw)
    if draw.chance(0.3):
        return b"bytes=" + draw.choice(words.SPANS)
    unit = b"bytes=" if draw.chance(0.85) else draw.choice(words.UNITS)
    count = draw.integer(2, 6) if draw.chance(0.3) else 1
    parts = []
    for _ in range(count):
        low, high = draw.choice(words.NUMBERS[:14]), draw.choice(words.NUMBERS[:14])
        if draw.chance(0.2):
            low = draw.choice(words.NUMBERS)
        if draw.chance(0.2):
            high = draw.choice(words.NUMBERS)
        dash = b"-" if draw.chance(0.95) else draw.choice((b"", b"--", b" - ", b"/"))
        parts.append(low + dash + high)
    comma = b"," if draw.chance(0.8) else draw.choice((b", ", b",,", b";", b" "))
    return unit + comma.join(parts)


def _change_headers(draw: Draw, headers: list[bytes]) -> list[bytes]:
    if headers and draw.chance(0.3):
        at = draw.integer(0, len(headers) - 1)
        return headers[:at] + headers[at + 1 :]
    if headers and draw.chance(0.3):
        at = draw.integer(0, len(headers) - 1)
        return [*headers[:at], _header(draw), *headers[at + 1 :]]
    return [*headers, _header(draw)]


def _encode(draw: Draw, text: bytes) -> bytes:
    """One byte of the text, or all of one kind, as an escape; an escape of an escape too."""
    if not text:
        return b""
    byte = text[draw.integer(0, len(text) - 1)]
    plain, escape = bytes([byte]), b"%%%02x" % byte
    if draw.chance(0.3):
        escape = escape.upper()
    if draw.chance(0.15):
        escape = escape.replace(b"%", b"%25")
    return text.replace(plain, escape) if draw.chance(0.5) else text.replace(plain, escape, 1)


def _pieces(target: bytes) -> list[bytes]:
    return target.split(b"/", MAX_PIECES)


def _insert_piece(draw: Draw, target: bytes) -> bytes:
    pieces = _pieces(target)
    sources = (words.DOTS, words.INSIDE, words.OUTSIDE, words.ODDITIES, words.ABSOLUTE, (b"", b"."))
    pieces.insert(draw.integer(0, len(pieces)), draw.choice(draw.choice(sources)))
    return b"/".join(pieces)


def _replace_piece(draw: Draw, target: bytes) -> bytes:
    pieces = _pieces(target)
    sources = (words.DOTS[:8], words.INSIDE, words.OUTSIDE, words.ODDITIES)
    pieces[draw.integer(0, len(pieces) - 1)] = draw.choice(draw.choice(sources))
    return b"/".join(pieces)


def _remove_piece(draw: Draw, target: bytes) -> bytes:
    pieces = _pieces(target)
    del pieces[draw.integer(0, len(pieces) - 1)]
    return b"/".join(pieces) or b"/"


def _swap_prefix(draw: Draw, target: bytes) -> bytes:
    pieces = _pieces(target)
    return _prefix(draw) + b"/" + b"/".join(pieces[2:])


def _change_separator(draw: Draw, target: bytes) -> bytes:
    pieces = _pieces(target)
    at = draw.integer(0, max(0, len(pieces) - 2))
    left, right = b"/".join(pieces[: at + 1]), b"/".join(pieces[at + 1 :])
    return left + draw.choice(words.SEPARATORS) + right


def _encode_piece(draw: Draw, target: bytes) -> bytes:
    pieces = _pieces(target)
    at = draw.integer(0, len(pieces) - 1)
    pieces[at] = _encode(draw, pieces[at])
    return b"/".join(pieces)


def _insert_oddity(draw: Draw, target: bytes) -> bytes:
    at = draw.integer(0, len(target))
    known = vocabulary.words()
    word = draw.choice(words.ODDITIES) if not known or draw.chance(0.8) else draw.choice(known)
    return target[:at] + word.replace(b"\n", b"%0a") + target[at:]


def _append(draw: Draw, target: bytes) -> bytes:
    return target + draw.choice(words.ODDITIES)


def _put_elsewhere(draw: Draw, target: bytes) -> bytes:
    return draw.choice(words.HOSTILE) + target


def _ask(draw: Draw, target: bytes) -> bytes:
    return target.partition(b"?")[0] + b"?" + draw.choice(words.QUERIES)


def _anew(draw: Draw, _old: bytes) -> bytes:
    return _target(draw)


BUILDERS: Final[tuple[Callable[[Draw], bytes], ...]] = (
    *(_ordinary, _climb, _absolute, _elsewhere, _around, _segments, _whole, _long),
    _directory,
    *(_ordinary, _ordinary, _climb, _climb, _elsewhere),
)
CHANGES: Final[tuple[Callable[[Draw, bytes], bytes], ...]] = (
    *(_insert_piece, _replace_piece, _remove_piece, _swap_prefix, _change_separator),
    *(_encode_piece, _insert_oddity, _append, _put_elsewhere, _ask, _anew, _encode_piece),
)
