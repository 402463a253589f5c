"""Inputs of 4 KiB that reproduce the planted crashes, the same on every machine."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

SIZE_BYTES = 4096
SEED = 20240229

_WORDS = b"alpha beta gamma delta open close value table index user key list text node".split()
_MORE = b"quick brown fox jumps over the lazy dog while rain falls on nine old roofs".split()


def _words(rng: random.Random, size_bytes: int) -> bytes:
    """Words and numbers between blanks, exactly so long."""
    text = bytearray()
    while len(text) < size_bytes:
        text += rng.choice(_WORDS + _MORE) + b" " + b"%d " % rng.randrange(1000)
        text += rng.choice((b"", b"", b"\n", b", ", b"."))
    return bytes(text[:size_bytes])


def _around(rng: random.Random, *parts: bytes) -> bytes:
    """The parts in order, with words before, between and after them."""
    free = SIZE_BYTES - sum(map(len, parts)) - 2 * len(parts)
    cuts = sorted(rng.randrange(free + 1) for _ in parts)
    sizes = [b - a for a, b in zip([0, *cuts], [*cuts, free], strict=True)]
    text = _words(rng, sizes[0])
    for part, size in zip(parts, sizes[1:], strict=True):
        text += b" " + part + b" " + _words(rng, size)
    return text


def _tokens(rng: random.Random) -> bytes:
    free = SIZE_BYTES - 16
    head, middle = free // 8, free * 3 // 4
    return b" ".join(
        (
            _words(rng, head),
            b"BEGIN#7",
            _words(rng, middle - 2),
            b"COMMIT!",
            _words(rng, free - head - middle),
        )
    )


def _nesting(rng: random.Random) -> bytes:
    """A tree of brackets and words, fourteen deep at one place."""
    pairs = (b"()", b"[]", b"{}")

    def tree(size: int, depth: int) -> bytes:
        pair = rng.choice(pairs)
        inside = size - 2
        if inside < 6 or depth == 0:
            return pair[:1] + _words(rng, inside) + pair[1:]
        first = inside // 2 + rng.randrange(-inside // 8, inside // 8 + 1)
        return pair[:1] + tree(first, depth - 1) + tree(inside - first, depth - 1) + pair[1:]

    deep = b"x"
    for _ in range(14):
        pair = rng.choice(pairs)
        deep = pair[:1] + _words(rng, 20) + deep + _words(rng, 20) + pair[1:]
    rest = SIZE_BYTES - len(deep)
    return tree(rest // 2, 5) + deep + tree(rest - rest // 2, 5)


def _sql(rng: random.Random) -> bytes:
    columns = [word.decode() for word in _WORDS]

    def statement(value: str) -> str:
        return (
            f"SELECT {rng.choice(columns)}, {rng.choice(columns)} FROM t{rng.randrange(99)} "
            f"WHERE name = '{value}' AND note <> 'it''s {rng.choice(columns)}';\n"
        )

    text = ""
    while len(text) < SIZE_BYTES // 2:
        text += statement(rng.choice(columns))
    text += statement("a -- b")
    while len(text) < SIZE_BYTES:
        text += statement(rng.choice(columns))
    text = text[:SIZE_BYTES]
    if text.count("'") % 2:  # cut in the middle of a text
        text = text[: text.rindex("'")]
    return text.ljust(SIZE_BYTES).encode()


def _json(rng: random.Random) -> bytes:
    users = [
        {
            "name": rng.choice(_MORE).decode() + str(number),
            "tags": [word.decode() for word in rng.sample(_WORDS, 3)],
            "limits": {"rate": rng.randrange(1, 100), "burst": rng.random()},
            "address": {"lines": [rng.choice(_MORE).decode()], "zip": None, "main": True},
        }
        for number in range(22)
    ]
    users[13]["limits"] = {"burst": 2.5, "rate": -17}
    document = {"version": 3, "users": users, "note": ""}
    room = SIZE_BYTES - len(json.dumps(document))
    document["note"] = _words(rng, room).decode().replace("\n", " ")
    return json.dumps(document).encode()


def _header(rng: random.Random) -> bytes:
    lines = [b"FARM/1.0"]
    while sum(map(len, lines)) + len(lines) < SIZE_BYTES:
        key = rng.choice(_WORDS).title() + b"-" + rng.choice(_MORE).title()
        lines.append(key + b": " + b"%d" % rng.randrange(10**6))
    lines.insert(len(lines) * 2 // 3, b"Retry-After: -120")
    return b"\n".join(lines)[:SIZE_BYTES]


def _number(rng: random.Random) -> bytes:
    return _around(rng, b"size=12", b"size=48151623", b"size=4096")


def _name(rng: random.Random) -> bytes:
    text, names = bytearray(), []
    for number in range(400):
        name = rng.choice(_WORDS) + b"_%d" % number
        text += b"set %s; " % name
        names.append(name)
        text += b"get %s;\n" % rng.choice(names)
        if len(text) > SIZE_BYTES * 2 // 3:
            break
    text += b"drop %s;\n" % names[20] + b"get %s;\n" % names[30] + b"get %s;\n" % names[20]
    return bytes(text) + _words(rng, SIZE_BYTES - len(text))


def _unicode(rng: random.Random) -> bytes:
    letters = "abcäöüéñçλжш漢字かな한글€„“ "
    text = "".join(rng.choice(letters) for _ in range(SIZE_BYTES))
    head = text[:500] + "Straße " + text[500:900] + "🦊"
    data = head.encode()
    for letter in text[900:]:
        if len(data) + len(letter.encode()) > SIZE_BYTES:
            break
        data += letter.encode()
    return data.ljust(SIZE_BYTES)


def _frames(rng: random.Random) -> bytes:
    def command(*words: bytes) -> bytes:
        bulks = b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
        return b"*%d\r\n%s" % (len(words), bulks)

    data = b""
    bad = command(b"EVAL", b"return redis.call('GET', KEYS[1])", b"-3", b"key", b"other")
    while len(data) < SIZE_BYTES:
        if len(data) > SIZE_BYTES // 2 and bad not in data:
            data += bad
        data += command(
            *(rng.choice(_WORDS) for _ in range(rng.randrange(1, 4))), b"%d" % rng.randrange(999)
        )
        if SIZE_BYTES - 200 < len(data) < SIZE_BYTES - 20:
            data += command(b"ECHO", _words(rng, SIZE_BYTES - len(data) - 22))
            return data.ljust(SIZE_BYTES, b"\n")
    return data


def _checksum(rng: random.Random) -> bytes:
    payload = rng.randbytes(2000) + b"@!" + rng.randbytes(SIZE_BYTES - 2003)
    return bytes([sum(payload) % 256]) + payload


def _repeats(rng: random.Random) -> bytes:
    return _around(rng, *[b"<a>"] * 55)


def _guard(rng: random.Random) -> bytes:
    records = [b"safe=0", b"T\x00\x00\x05hello", b"safe=1"]
    while sum(map(len, records)) + len(records) < SIZE_BYTES - 4:
        body = rng.randbytes(rng.randrange(4, 40)).replace(b"|", b"/")
        records.append(rng.choice((b"T\x00\x01", b"U\x00\x00", b"name=")) + body)
    records.insert(len(records) // 2, b"T\x00\x00\x00")
    return b"|".join(records)[:SIZE_BYTES]


def _hang(rng: random.Random) -> bytes:
    return _around(rng, b"[boot]", b"[run]\n", b"%WAIT", b"[halt]")


def _abort(rng: random.Random) -> bytes:
    noise = rng.randbytes(SIZE_BYTES).replace(b"\x00", b"\x01").replace(b"\xca", b"\xcb")
    data = bytearray(noise)
    data[700:702] = b"\xca\xfe"
    data[900:903] = b"\x00\x09\x00"
    data[3100:3103] = b"\x00\x07\x00"
    return bytes(data)


def _memory(rng: random.Random) -> bytes:
    return _around(rng, b"grow:7", b"grow:4096", b"shrink:12")


def _recursion(rng: random.Random) -> bytes:
    lines = []
    for number in range(300):
        word = rng.choice(_WORDS)
        other = b"&e%d" % (number - 1) if number else b""
        lines.append(b"e%d=%s %s;" % (number, word, other))
        if sum(map(len, lines)) + len(lines) > SIZE_BYTES * 3 // 4:
            break
    lines += [b"loop=text &back;", b"back=&e3 &loop;", b"use e7", b"use loop"]
    text = b"\n".join(lines) + b"\n"
    return text + _words(rng, SIZE_BYTES - len(text))


_MAKERS: dict[str, Callable[[random.Random], bytes]] = {
    "tokens": _tokens,
    "nesting": _nesting,
    "sql": _sql,
    "json": _json,
    "header": _header,
    "number": _number,
    "name": _name,
    "unicode": _unicode,
    "frames": _frames,
    "checksum": _checksum,
    "repeats": _repeats,
    "guard": _guard,
    "hang": _hang,
    "abort": _abort,
    "memory": _memory,
    "recursion": _recursion,
}


def start(name: str) -> bytes:
    """The 4,096 bytes that the planted crash `name` is minimized from."""
    return _MAKERS[name](random.Random(f"{SEED} {name}"))
