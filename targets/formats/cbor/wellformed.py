"""A second reading of RFC 8949: whether bytes are one well-formed, valid data item; no values.

Shares no code with the reference: positions and counters, in the order of appendix C.
"""

from __future__ import annotations

import codecs
from typing import Final

from targets.formats.cbor.model import CborError

_OPEN_ENDED: Final = -1


def require(data: bytes) -> None:
    """CborError unless `data` is one data item and nothing else."""
    at = 0
    # For each open item: how many more it wants, and whether a map is between key and value.
    wanted: list[int] = [1]
    kinds: list[int] = [0]
    while wanted:
        while wanted and wanted[-1] == 0:
            wanted.pop()
            kinds.pop()
        if not wanted:
            break
        if at >= len(data):
            raise CborError("it ends early")
        initial = data[at]
        at += 1
        if initial == 0xFF:
            if wanted[-1] >= 0 or (kinds[-1] == 5 and wanted[-1] % 2 == 0):
                raise CborError("a break in a wrong place")
            wanted.pop()
            kinds.pop()
            continue
        wanted[-1] -= 1
        at = _item(data, initial, at, (wanted, kinds))
    if at != len(data):
        raise CborError("bytes are left over")


def _item(data: bytes, initial: int, at: int, opened: tuple[list[int], list[int]]) -> int:
    """Read what follows an initial byte; the position behind it. Pushes what it opens."""
    kind, low = divmod(initial, 32)
    if low == 31:
        return _open_ended(data, kind, at, opened)
    if low > 27:
        raise CborError("a reserved additional information")
    size = 0 if low < 24 else 2 ** (low - 24)
    argument = int.from_bytes(data[at : at + size], "big") if size else low
    if at + size > len(data):
        raise CborError("it ends early")
    at += size
    if kind in (2, 3):
        return _string(data, at, argument, is_text=kind == 3)
    if kind == 7 and low == 24 and argument < 32:
        raise CborError("a simple value in two bytes that belongs in one")
    if kind >= 4 and kind < 7:
        opened[0].append((argument, 2 * argument, 1)[kind - 4])
        opened[1].append(kind)
    return at


def _string(data: bytes, at: int, size: int, *, is_text: bool) -> int:
    if at + size > len(data):
        raise CborError("it ends early")
    if is_text:
        try:
            codecs.utf_8_decode(data[at : at + size], "strict", True)
        except UnicodeDecodeError:
            raise CborError("a text is not UTF-8") from None
    return at + size


def _open_ended(data: bytes, kind: int, at: int, opened: tuple[list[int], list[int]]) -> int:
    if kind in (4, 5):
        opened[0].append(_OPEN_ENDED)
        opened[1].append(kind)
        return at
    if kind not in (2, 3):
        raise CborError("this kind has no indefinite length")
    while True:
        if at >= len(data):
            raise CborError("it ends early")
        initial = data[at]
        if initial == 0xFF:
            return at + 1
        if initial // 32 != kind or initial % 32 > 27:
            raise CborError("a wrong chunk")
        low = initial % 32
        size = 0 if low < 24 else 2 ** (low - 24)
        if at + 1 + size > len(data):
            raise CborError("it ends early")
        argument = int.from_bytes(data[at + 1 : at + 1 + size], "big") if size else low
        at = _string(data, at + 1 + size, argument, is_text=kind == 3)
