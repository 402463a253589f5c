"""Structure-aware mutations: takes a stream apart into frames, changes frames, writes it again.

Streams are cut leniently into tokens (a line, with its payload where the length says so), because
most interesting streams are broken somewhere. The end of a frame is found by counting.
"""

from __future__ import annotations

import random as randomness
from collections.abc import Callable
from typing import Final

LONG_BYTES: Final = 2048
"""Longer streams are slow to check: every second mutation of one starts from its beginning only."""
MAX_TOKENS: Final = 256
"""Tokens that one mutation looks at; what follows is kept as it is."""

AGGREGATES: Final = b"*%~>|"
PAYLOADS: Final = b"$!="
KINDS: Final = b"+-:$*_,#(!=%~>|"
LENGTHS: Final = (
    *(b"0", b"1", b"2", b"-1", b"-2", b"-5", b"+1", b"01", b"00", b"-0", b"", b" 1", b"1 "),
    *(b"1_0", b"0x1", b"1e1", b"\xef\xbc\x91", b"\xff", b"abc", b"?", b"1\n", b"\r1"),
    *(b"1048576", b"1048577", b"536870912", b"536870913", b"65536", b"2147483648"),
    *(b"4294967295", b"4294967296", b"9223372036854775807", b"9223372036854775808"),
    *(b"-9223372036854775808", b"-9223372036854775809", b"18446744073709551615"),
    *(b"5555555555555554359", b"9" * 20, b"0" * 30 + b"1", b"1" * 400),
)
FRAMES: Final = (
    *(b"+OK\r\n", b"-ERR no\r\n", b":1\r\n", b"$1\r\na\r\n", b"$0\r\n\r\n", b"$-1\r\n", b"*0\r\n"),
    *(
        b"*-1\r\n",
        b"*1\r\n:1\r\n",
        b"*1\r\n*0\r\n",
        b"_\r\n",
        b",1.5\r\n",
        b",inf\r\n",
        b",nan\r\n",
    ),
    *(b"#t\r\n", b"#f\r\n", b"(1\r\n", b"!3\r\nERR\r\n", b"=5\r\ntxt:a\r\n", b"%0\r\n", b"~0\r\n"),
    *(
        b"%1\r\n+k\r\n:1\r\n",
        b"~1\r\n:1\r\n",
        b">1\r\n+m\r\n",
        b">0\r\n",
        b"|1\r\n+a\r\n:1\r\n:2\r\n",
    ),
    *(b"+PING\r\n", b"+a\nb\r\n", b"+a\rb\r\n", b"+\xff\r\n", b"$3\r\nabcXX", b"$2\r\n\r\n\r\n"),
    *(
        b"*1\r\n$4\r\nPING\r\n",
        b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n",
        b"-LOADING\r\n",
        b">1\r\n$1\r\n\xff\r\n",
    ),
)
BYTES: Final = (
    *(b"\r\n", b"\r", b"\n", b"\0", b"\xff", b" ", b"*1\r\n", b"%1\r\n", b"$3\r\n", b"-1\r\n"),
    *(b"\xc3", b"\xe2\x80\xa8", b"PING\r\n", b"x", b"!", b"invalidate", b"\r\n+OK\r\n", b"\n\n"),
)

Tokens = list[bytes]


def mutate(data: bytes, max_size: int, random: randomness.Random) -> bytes:
    """A changed `data` of at most `max_size` bytes; the same arguments give the same bytes."""
    draw = random.random
    if draw() < 0.06:
        return _raw(data, draw)[:max_size]
    if len(data) > LONG_BYTES and draw() < 0.5:
        data = data[: int(draw() * LONG_BYTES)]
    tokens, rest = tokenize(data)
    rounds = 1 if draw() < 0.7 else 1 + int(draw() * 4)
    for _ in range(rounds):
        if not tokens:
            tokens.append(_pick(FRAMES, draw))
        MUTATIONS[int(draw() * len(MUTATIONS))](tokens, draw)
    changed = b"".join(tokens) + rest
    if draw() < 0.04:
        changed = changed[: int(draw() * (len(changed) + 1))]
    return changed[:max_size]


def tokenize(data: bytes) -> tuple[Tokens, bytes]:
    """Tokens of `data` up to `MAX_TOKENS`, and the bytes behind them."""
    tokens: Tokens = []
    at, size = 0, len(data)
    find = data.find
    while at < size and len(tokens) < MAX_TOKENS:
        end = find(b"\r\n", at) + 2
        if end < 2:
            break
        if data[at] in PAYLOADS:
            digits = data[at + 1 : end - 2]
            if digits.isdigit() and len(digits) < 6:
                end = min(size, end + int(digits) + 2)
        tokens.append(data[at:end])
        at = end
    return tokens, data[at:]


def frame_end(tokens: Tokens, start: int) -> int:
    """Index behind the frame that starts at token `start`; the last one when it is unfinished."""
    need = 1
    at = start
    while need > 0 and at < len(tokens):
        token = tokens[at]
        need -= 1
        if token[0] in AGGREGATES:
            digits = token[1:-2]
            if digits.isdigit() and len(digits) < 8:
                count = int(digits)
                if token[0] == 37:
                    count *= 2
                elif token[0] == 124:
                    count = 2 * count + 1
                need += count
        at += 1
    return at


Draw = Callable[[], float]


def _pick(options: tuple[bytes, ...], draw: Draw) -> bytes:
    return options[int(draw() * len(options))]


def _index(tokens: Tokens, draw: Draw) -> int:
    return int(draw() * len(tokens))


def _insert_frame(tokens: Tokens, draw: Draw) -> None:
    at = int(draw() * (len(tokens) + 1))
    tokens.insert(at, _pick(FRAMES, draw))


def _replace_frame(tokens: Tokens, draw: Draw) -> None:
    at = _index(tokens, draw)
    tokens[at : frame_end(tokens, at)] = [_pick(FRAMES, draw)]


def _remove_frame(tokens: Tokens, draw: Draw) -> None:
    at = _index(tokens, draw)
    del tokens[at : frame_end(tokens, at)]


def _splice(tokens: Tokens, draw: Draw) -> None:
    """Put one frame of the stream in the place of another."""
    start = _index(tokens, draw)
    piece = tokens[start : frame_end(tokens, start)]
    at = _index(tokens, draw)
    tokens[at : frame_end(tokens, at)] = piece


def _swap(tokens: Tokens, draw: Draw) -> None:
    one, two = _index(tokens, draw), _index(tokens, draw)
    tokens[one], tokens[two] = tokens[two], tokens[one]


def _repeat(tokens: Tokens, draw: Draw) -> None:
    """Repeat a frame; where it is counted, count it."""
    at = _index(tokens, draw)
    piece = tokens[at : frame_end(tokens, at)]
    times = 1 + int(2 ** (draw() * 7))
    if draw() < 0.1:
        times *= 16
    size = sum(map(len, piece))
    times = min(times, 1 + (1024 if draw() < 0.9 else 16384) // size)
    if draw() < 0.5:
        tokens[at : at + len(piece)] = [b"%c%d\r\n" % (AGGREGATES[int(draw() * 5)], times)]
        at += 1
        tokens[at:at] = piece * times
    else:
        tokens[at:at] = piece * (times - 1)


def _nest(tokens: Tokens, draw: Draw) -> None:
    """Put a frame inside aggregates of one element."""
    at = _index(tokens, draw)
    chance = draw()
    if chance < 0.5:
        depth = 1
    elif chance < 0.8:
        depth = 30 + int(draw() * 5)
    elif chance < 0.97:
        depth = 1 + int(draw() * 60)
    else:
        depth = 500 + int(draw() * 2000)
    kind = b"*1\r\n" if draw() < 0.7 else (b"~1\r\n", b">1\r\n", b"%1\r\n+k\r\n")[int(draw() * 3)]
    tokens[at:at] = [kind] * depth


def _make_key(tokens: Tokens, draw: Draw) -> None:
    """Make a frame the key of a map."""
    at = _index(tokens, draw)
    end = frame_end(tokens, at)
    tokens.insert(end, _pick(FRAMES, draw))
    tokens.insert(at, b"%1\r\n" if draw() < 0.8 else b"|1\r\n")


def _repeat_key(tokens: Tokens, draw: Draw) -> None:
    """A map that has the same frame as two keys."""
    at = _index(tokens, draw)
    end = frame_end(tokens, at)
    piece = tokens[at:end]
    tokens[at:end] = [b"%2\r\n", *piece, _pick(FRAMES, draw), *piece, _pick(FRAMES, draw)]


def _change_kind(tokens: Tokens, draw: Draw) -> None:
    at = _index(tokens, draw)
    tokens[at] = b"%c%b" % (KINDS[int(draw() * len(KINDS))], tokens[at][1:])


def _change_aggregate(tokens: Tokens, draw: Draw) -> None:
    """Another kind of aggregate over the same frames, if that token is one."""
    start = _index(tokens, draw)
    for at in range(start, min(start + 8, len(tokens))):
        if tokens[at][0] in AGGREGATES:
            tokens[at] = b"%c%b" % (AGGREGATES[int(draw() * 5)], tokens[at][1:])
            return
    _change_kind(tokens, draw)


def _step_length(tokens: Tokens, draw: Draw) -> None:
    """A length or number that is off by one, doubled or halved."""
    at = _index(tokens, draw)
    token = tokens[at]
    end = token.find(b"\r\n")
    digits = token[1:end]
    if end < 0 or not digits.lstrip(b"-").isdigit() or len(digits) > 20:
        _change_length(tokens, draw)
        return
    number = int(digits.replace(b"-", b"")) * (-1 if digits[:1] == b"-" else 1)
    step = int(draw() * 4)
    number = (number + 1, number - 1, number * 2, number // 2)[step]
    tokens[at] = b"%c%d%b" % (token[0], number, token[end:])


def _change_length(tokens: Tokens, draw: Draw) -> None:
    at = _index(tokens, draw)
    token = tokens[at]
    end = token.find(b"\r\n")
    tokens[at] = b"%c%b%b" % (token[0], _pick(LENGTHS, draw), token[end:] if end >= 0 else b"\r\n")


def _change_bytes(tokens: Tokens, draw: Draw) -> None:
    """Insert, overwrite or remove within one token."""
    at = _index(tokens, draw)
    token = tokens[at]
    place = int(draw() * (len(token) + 1))
    chance = draw()
    if chance < 0.4:
        tokens[at] = token[:place] + _pick(BYTES, draw) + token[place:]
    elif chance < 0.7:
        tokens[at] = b"%b%c%b" % (token[:place], int(draw() * 256), token[place + 1 :])
    else:
        tokens[at] = token[:place] + token[place + 1 + int(draw() * 4) :]
    if not tokens[at]:
        del tokens[at]


def _change_payload(tokens: Tokens, draw: Draw) -> None:
    """A payload of another content whose length is right."""
    at = _index(tokens, draw)
    token = tokens[at]
    end = token.find(b"\r\n") + 2
    if token[0] not in PAYLOADS or end < 2:
        tokens[at] = b"$%d\r\n%b\r\n" % (len(token), token)
        return
    payload = token[end:-2]
    place = int(draw() * (len(payload) + 1))
    payload = payload[:place] + _pick(BYTES, draw) * (1 + int(draw() * 3)) + payload[place:]
    tokens[at] = b"%c%d\r\n%b\r\n" % (token[0], len(payload), payload)


def _raw(data: bytes, draw: Draw) -> bytes:
    """Changes that know nothing of frames: cut off, cut out, or insert."""
    place = int(draw() * (len(data) + 1))
    chance = draw()
    if chance < 0.4:
        return data[:place]
    if chance < 0.6:
        return data[:place] + data[place + 1 + int(draw() * 8) :]
    return data[:place] + _pick(BYTES, draw) + data[place:]


MUTATIONS: Final[tuple[Callable[[Tokens, Draw], None], ...]] = (
    *(_insert_frame, _replace_frame, _remove_frame, _splice, _swap, _repeat, _nest, _make_key),
    *(_repeat_key, _change_kind, _change_aggregate, _step_length, _change_length, _change_bytes),
    *(_change_payload, _insert_frame, _change_bytes, _change_length),
)
