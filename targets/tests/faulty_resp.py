"""Parsers with one planted fault each, for the tests of the checks."""

from __future__ import annotations

from targets.resp.frames import NULL, Array, Bulk, Frame, Integer, ProtocolError, Simple
from targets.resp.reference import CONTRACT, Decoder, Limits, parse


class Copying:
    """Cuts every element off the front of its buffer, so each copies all that follows."""

    def __init__(self) -> None:
        self.buffer = b""
        self.open: list[tuple[int, list[Frame]]] = []

    def feed(self, chunk: bytes) -> list[Frame]:
        self.buffer = self.buffer + chunk
        frames: list[Frame] = []
        while (end := self.buffer.find(b"\r\n")) >= 0:
            kind, text = self.buffer[:1], self.buffer[1:end]
            frame: Frame
            if kind == b"$" and (size := int(text)) >= 0:
                if len(self.buffer) < end + 4 + size:
                    break
                frame = Bulk(self.buffer[end + 2 : end + 2 + size])
                self.buffer = self.buffer[end + 4 + size :]
            elif kind == b"*" and text not in (b"0", b"-1"):
                self.buffer = self.buffer[end + 2 :]
                self.open.append((int(text), []))
                continue
            else:
                self.buffer = self.buffer[end + 2 :]
                frame = (
                    Integer(int(text)) if kind == b":" else Simple(text.decode("utf-8", "replace"))
                )
            while self.open:
                need, items = self.open[-1]
                items.append(frame)
                if len(items) < need:
                    break
                self.open.pop()
                frame = Array(tuple(items))
            else:
                frames.append(frame)
        return frames


class Rescanning(Decoder):
    """Looks for a line end from the start of what it has, at every chunk, byte by byte."""

    def feed(self, chunk: bytes) -> list[Frame]:
        self._buffer += chunk
        at = self._pos
        while at + 1 < len(self._buffer):
            if self._buffer[at] == 13 and self._buffer[at + 1] == 10 and self._payload is None:
                break
            at += 1
        return super().feed(b"")


class Restarting:
    """Keeps the bytes of an unfinished frame and parses them again at every chunk."""

    def __init__(self) -> None:
        self.buffer = b""

    def feed(self, chunk: bytes) -> list[Frame]:
        self.buffer += chunk
        frames: list[Frame] = []
        try:
            while (found := parse(self.buffer)) is not None:
                frames.append(found[0])
                self.buffer = self.buffer[found[1] :]
        except ProtocolError as error:
            raise ProtocolError(str(error), tuple(frames)) from None
        return frames


class Reserving(Decoder):
    """Reserves a slot for every element that a count line claims."""

    def _open_aggregate(self, kind: int, line: bytes) -> Frame | None:
        frame = super()._open_aggregate(kind, line)
        if frame is None:
            self.slots = [None] * self._open[-1].need
        return frame


class Forgetting(Decoder):
    """Loses what it has of an array when bytes run out, as redis-py did before 4.4.1."""

    def feed(self, chunk: bytes) -> list[Frame]:
        frames = super().feed(chunk)
        self._open.clear()
        return frames


class Strict(Decoder):
    """Takes only -1 for null."""

    def _open_payload(self, kind: int, line: bytes) -> Frame | None:
        if line[:1] == b"-" and line != b"-1":
            raise ProtocolError("invalid bulk length")
        return super()._open_payload(kind, line)


class Lenient(Decoder):
    """Reads integers as Python does."""

    def _line(self, kind: int, line: bytes) -> Frame | None:
        if kind == 58:
            try:
                return Integer(int(line))
            except ValueError:
                raise ProtocolError("invalid integer: ?") from None
        return super()._line(kind, line)


class Escaping(Decoder):
    """Lets Python's own error out."""

    def _line(self, kind: int, line: bytes) -> Frame | None:
        return Integer(int(line)) if kind == 58 else super()._line(kind, line)


class Echoing(Decoder):
    """Repeats a bad line as it came."""

    def _line(self, kind: int, line: bytes) -> Frame | None:
        try:
            return super()._line(kind, line)
        except ProtocolError:
            raise ProtocolError(f"invalid integer: {line.decode('utf-8', 'replace')}") from None


class Stripping(Decoder):
    """Strips blanks from bulks, as fakeredis did before 2.33."""

    def _take_payload(self, kind: int, length: int) -> Frame | None:
        frame = super()._take_payload(kind, length)
        return Bulk(frame.data.strip()) if isinstance(frame, Bulk) else frame


class Unsigned(Decoder):
    """Loses the sign of integers: no error, another value."""

    def _line(self, kind: int, line: bytes) -> Frame | None:
        frame = super()._line(kind, line)
        return Integer(abs(frame.value)) if isinstance(frame, Integer) else frame


class EmptyForNull(Decoder):
    """Gives an empty bulk where there is none."""

    def _open_payload(self, kind: int, line: bytes) -> Frame | None:
        frame = super()._open_payload(kind, line)
        return Bulk(b"") if frame == NULL else frame


def limited(bulk: int = 0, array: int = 0, depth: int = 0) -> Decoder:
    """A parser whose limits are off by so much."""
    return Decoder(
        limits=Limits(CONTRACT.bulk + bulk, CONTRACT.array + array, CONTRACT.depth + depth)
    )
