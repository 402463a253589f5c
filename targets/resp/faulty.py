"""Planted bugs of the reference parser: each is one small change that a real parser once had."""

from __future__ import annotations

import dataclasses
from typing import Final

from targets import faults
from targets.resp.frames import Frame, Integer, ProtocolError
from targets.resp.reference import CONTRACT, ERROR, INTEGER, SIMPLE, Decoder, Limits


def decoder() -> type[Decoder]:
    """The class with the fault that is planted in this process, or the reference itself."""
    return next((kind for name, kind in _KINDS.items() if faults.on(name)), Decoder)


class _ClaimedCapacity(Decoder):
    def _open_aggregate(self, kind: int, line: bytes) -> Frame | None:
        frame = super()._open_aggregate(kind, line)
        if frame is None:
            self._slots = [None] * self._open[-1].need
        return frame


class _Limited(Decoder):
    beyond: Limits

    def __init__(
        self, *, resp3: bool = False, limits: Limits = CONTRACT, single: bool = False
    ) -> None:
        more = {
            field.name: getattr(limits, field.name) + getattr(self.beyond, field.name)
            for field in dataclasses.fields(Limits)
        }
        super().__init__(resp3=resp3, limits=Limits(**more), single=single)


class _Deeper(_Limited):
    beyond = Limits(bulk=0, array=0, depth=1)


class _OneMore(_Limited):
    beyond = Limits(bulk=0, array=1, depth=0)


class _Recopy(Decoder):
    def _settle(self, frame: Frame) -> Frame | None:
        self._rest = bytes(self._buffer[self._pos :])
        return super()._settle(frame)


class _TornLineEnd(Decoder):
    def feed(self, chunk: bytes) -> list[Frame]:
        frames = super().feed(chunk)
        if self._payload is None and self._buffer[-1:] == b"\r":
            self._scan = len(self._buffer)
        return frames


class _OneNull(Decoder):
    def _line(self, kind: int, line: bytes) -> Frame | None:
        if kind not in (SIMPLE, ERROR, INTEGER) and line[:1] == b"-" and line != b"-1":
            raise ProtocolError("invalid bulk length")
        return super()._line(kind, line)


class _Echo(Decoder):
    def _line(self, kind: int, line: bytes) -> Frame | None:
        try:
            return super()._line(kind, line)
        except ProtocolError as error:
            if str(error).startswith("invalid integer"):
                raise ProtocolError(f"invalid integer: {line.decode()}") from error
            raise


class _StrictTrailer(Decoder):
    def _take_payload(self, kind: int, length: int) -> Frame | None:
        at = self._pos + length
        if len(self._buffer) >= at + 2 and self._buffer[at : at + 2] != b"\r\n":
            raise ProtocolError("a bulk without its line end")
        return super()._take_payload(kind, length)


class _WideIntegers(Decoder):
    def _line(self, kind: int, line: bytes) -> Frame | None:
        if kind == INTEGER and line.isdigit():
            return Integer(int(line))
        return super()._line(kind, line)


class _StrictText(Decoder):
    def _line(self, kind: int, line: bytes) -> Frame | None:
        if kind in (SIMPLE, ERROR):
            line.decode("utf-8")
        return super()._line(kind, line)


class _LateFrame(Decoder):
    late: list[Frame] | None = None

    def feed(self, chunk: bytes) -> list[Frame]:
        frames = super().feed(chunk)
        ready, self.late = self.late or [], frames if len(chunk) < 3 else None
        return ready if self.late is not None else [*ready, *frames]


class _LostSign(Decoder):
    def _line(self, kind: int, line: bytes) -> Frame | None:
        frame = super()._line(kind, line)
        return Integer(abs(frame.value)) if isinstance(frame, Integer) else frame


_KINDS: Final[dict[str, type[Decoder]]] = {
    "claimed-capacity": _ClaimedCapacity,
    "deeper": _Deeper,
    "recopy": _Recopy,
    "torn-line-end": _TornLineEnd,
    "one-null": _OneNull,
    "echo": _Echo,
    "one-more": _OneMore,
    "strict-trailer": _StrictTrailer,
    "wide-integers": _WideIntegers,
    "strict-text": _StrictText,
    "late-frame": _LateFrame,
    "lost-sign": _LostSign,
}
