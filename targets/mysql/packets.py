"""Check `packets`: whatever a server sends, only documented errors, memory by bytes received."""

from __future__ import annotations

import dataclasses
import zlib
from typing import Final

from targets import resource
from targets.mysql import codec, parameters
from targets.mysql.dialog import GROWTH, Dialog
from targets.mysql.expected import keeps_protocol
from targets.mysql.implementation import Implementation
from targets.oracles import Violation

PEAK: Final = resource.Bound(fixed=1 << 20, per_byte=400)
"""Bytes in use at once: a column or row of a few bytes becomes Python objects."""
COPIES: Final = 4
"""How often the parameters of one execution may be held at once.

The check's own server keeps all that it is sent, in a buffer with room to grow, and hands over a
copy at the end: three times what each execution of a statement sends, measured with 100 of them.
The client encodes them once more.
"""
MEASURED_BYTES: Final = 1 << 16
"""Bigger inputs are not measured: they are slow, and nothing is new in them."""


def check(data: bytes, subject: Implementation) -> None:
    """Violation for memory that was not paid for; whatever is not documented escapes as it is.

    Packets beyond 16 MiB are for `roundtrip` and `split`.
    """
    dialog = subject.read(data)
    if dialog.large or (subject.fragile and zlib.crc32(data) % 4 and not keeps_protocol(dialog)):
        return
    if subject.guide is not None:
        subject.guide.converse(dialog, ())
    if subject.name == "reference":
        codec.require(data)
    if len(data) > MEASURED_BYTES or not (resource.due() or resource.due_peak()):
        _converse(dialog, subject)
        return
    received = len(data) + sum(
        GROWTH[packet.fourth % len(GROWTH)].value for packet in dialog.packets
    )
    used = resource.peak(lambda: _converse(dialog, subject))
    allowed = PEAK.at(max(received, len(data))) + subject.reserves_bytes
    if dialog.options.command == "prepare":
        executions = 1 + len(dialog.packets)  # at most: each has a reply of a packet or more
        allowed += COPIES * executions * parameters.size_bytes(dialog.options.parameters)
    if used > allowed:
        raise Violation(
            "packets: memory not bounded by the bytes received",
            f"{used} for {len(data)} bytes; allowed {allowed}",
        )


def _converse(dialog: Dialog, subject: Implementation) -> None:
    """Undocumented errors on packets that keep to the protocol escape as they are; on others they
    are named by their class, as what is not checked in one place is not checked in the next.

    Errors that no packet is the cause of escape as they are, too. A value that is not of its
    column's type may be refused by `int` and its kind, whatever the other packets are.
    """
    try:
        subject.converse(dialog, ())
    except (Violation, MemoryError, RecursionError):
        raise
    except Exception as error:
        # Whatever is not documented is the finding: it gets a name that tells causes apart.
        expected = subject.expect(dialog) if subject.expect is not None else None
        if expected is not None and expected.settled:
            raise
        if isinstance(error, ValueError | ArithmeticError) and (
            keeps_protocol(dialog) or _converts(error, subject)
        ):
            # A value that is not of its column's type: `int` and its kind say so, as documented.
            return
        if _is_of_its_own(error, dialog, subject):
            raise
        name = type(error).__name__
        raise Violation(f"packets: {name} for malformed packets", f"{error}") from error


def _converts(error: BaseException, subject: Implementation) -> bool:
    """Whether an error comes from the reading of a row's values, not from that of other packets."""
    place = error.__traceback__
    while place is not None:
        if place.tb_frame.f_code.co_name.rpartition(".")[2] in subject.converts:
            return True
        place = place.tb_next
    return False


def _is_of_its_own(error: Exception, dialog: Dialog, subject: Implementation) -> bool:
    """Whether the client fails in the same way when its server says hello and nothing wrong."""
    options = dataclasses.replace(dialog.options, own_start=False, numbered=False)
    try:
        subject.converse(dataclasses.replace(dialog, options=options, packets=()), ())
    except Exception as own:  # any error: here only sameness matters
        return type(own) is type(error) and str(own) == str(error)
    return False
