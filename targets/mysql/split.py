"""Check `split`: however the stream is cut into pieces, the conversation is the same."""

from __future__ import annotations

import zlib
from typing import Final

from targets.mysql.dialog import GROWTH, Dialog
from targets.mysql.expected import keeps_protocol
from targets.mysql.implementation import Implementation, Outcome
from targets.oracles import Violation

MAX_BYTEWISE: Final = 2048
"""Longer inputs are not fed byte by byte."""
PLANS: Final[tuple[tuple[str, tuple[int, ...]], ...]] = (
    ("byte by byte", (1,)),
    ("header apart", (4, 1 << 20)),
    ("within the header", (3, 2, 1, 5)),
    ("after the header", (5, 7)),
    ("at a buffer's size", (8192,)),
    ("past a buffer's size", (8193, 8191)),
    ("16 KiB", (16384, 1)),
    ("64 KiB", (65536,)),
)


def check(data: bytes, subject: Implementation) -> None:
    """Violation when cutting the stream changes events, error or what the subject sends."""
    dialog = subject.read(data)
    if not _plans(data, dialog) or (subject.fragile and not keeps_protocol(dialog)):
        return
    whole = _attempt(dialog, (), subject)
    for name, sizes in _plans(data, dialog):
        pieces = _attempt(dialog, sizes, subject)
        if isinstance(whole, type) and isinstance(pieces, type):
            continue
        if _looks_ahead(dialog, subject, whole, pieces):
            continue
        if pieces != whole and repr(pieces) != repr(whole):
            raise Violation(
                f"split: {_what(whole, pieces)} differ when cut {name}",
                f"{_shown(whole)} in one piece; {_shown(pieces)} in pieces",
            )


def _plans(data: bytes, dialog: Dialog) -> list[tuple[str, tuple[int, ...]]]:
    """Two plans, chosen by the input; sizes of big pieces only where there are that many bytes."""
    choice = zlib.crc32(data)
    big = any(0 < packet.fourth < len(GROWTH) and packet.fourth >= 10 for packet in dialog.packets)
    odd = (1 + choice % 13, 1 + (choice >> 8) % 40, 1 + (choice >> 16) % 5)
    plans: list[tuple[str, tuple[int, ...]]] = [("anywhere", odd)]
    if dialog.large:
        return [PLANS[7]] if choice % 4 == 0 else []
    if big:
        return [PLANS[4 + choice % 4], ("anywhere", (odd[0] + 60, odd[1] + 1400))]
    if len(data) <= MAX_BYTEWISE:
        plans.append(PLANS[choice % 4])
    return plans


def _attempt(dialog: Dialog, sizes: tuple[int, ...], subject: Implementation) -> object:
    """The outcome, or the class of what escaped: that is for check `packets` to report."""
    try:
        return subject.converse(dialog, sizes)
    except Violation:
        raise
    except Exception as error:  # any error of the subject: here only sameness matters
        return type(error)


def _looks_ahead(dialog: Dialog, subject: Implementation, whole: object, pieces: object) -> bool:
    """Whether they differ only in that a value which no server sends was refused.

    A user who leaves rows unread may be told of such a value in one of them or not: a client that
    reads ahead sees those rows that came along with the first.
    """
    if dialog.options.command != "early" or not keeps_protocol(dialog):
        return False
    expected = subject.expect(dialog) if subject.expect is not None else None
    refusals = (found for found in (whole, pieces) if isinstance(found, type))
    return (
        expected is not None
        and not expected.settled
        and any(issubclass(found, ValueError | ArithmeticError) for found in refusals)
    )


def _what(whole: object, pieces: object) -> str:
    if not isinstance(whole, Outcome) or not isinstance(pieces, Outcome):
        return "undocumented errors"
    if whole.error != pieces.error:
        return "errors"
    return "what is sent" if repr(whole.events) == repr(pieces.events) else "answers"


def _shown(outcome: object) -> str:
    return outcome.__name__ if isinstance(outcome, type) else repr(outcome)[:300]
