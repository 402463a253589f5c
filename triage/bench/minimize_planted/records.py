"""Readers of binary records with planted bugs; see `texts` for why some have several."""

from __future__ import annotations

from triage.bench.minimize_planted.plant import plant


def frames(data: bytes, _subject: object) -> None:
    """Commands as RESP: `EVAL` with a negative key count; a broken frame is another bug."""
    at = 0
    while at < len(data):
        if data[at] != 0x2A:
            return
        count, at = _length(data, at)
        words = []
        for _ in range(count):
            if data[at : at + 1] != b"$":
                return
            size, at = _length(data, at)
            if data[at + size : at + size + 2] != b"\r\n":
                _torn()
            words.append(data[at : at + size])
            at += size + 2
        if len(words) >= 3 and words[0] == b"EVAL" and words[2][:1] == b"-":
            plant("frames")
            raise ArithmeticError("negative key count")


def _length(data: bytes, at: int) -> tuple[int, int]:
    end = data.find(b"\r\n", at)
    digits = data[at + 1 : end] if end >= 0 else b""
    if not digits.isdigit() or len(digits) > 4:
        return 0, len(data)
    return int(digits), end + 2


def _torn() -> None:
    plant("frames: torn")
    raise ArithmeticError("bulk does not end")


def checksum(data: bytes, _subject: object) -> None:
    """The first byte is the sum of the others, and `@!` is among them."""
    if data and sum(data[1:]) % 256 == data[0] and b"@!" in data[1:]:
        plant("checksum")
        raise RuntimeError("payload")


def repeats(data: bytes, _subject: object) -> None:
    """`<a>` at least forty times."""
    if data.count(b"<a>") >= 40:
        plant("repeats")
        raise OverflowError("too many")


def guard(data: bytes, _subject: object) -> None:
    """A record `T` with a size of zero while `safe` is on; switched off, another bug shows."""
    safe = False
    for record in data.split(b"|"):
        if record in (b"safe=1", b"safe=0"):
            safe = record == b"safe=1"
        elif record[:2] == b"T\x00" and record[2:4] == b"\x00\x00":
            _empty(safe)


def _empty(safe: bool) -> None:
    if not safe:
        plant("guard: unsafe")
        raise ZeroDivisionError("unsafe")
    _safely()


def _safely() -> None:
    plant("guard")
    raise ZeroDivisionError("safe")
