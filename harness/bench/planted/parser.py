"""A record format whose reader has twelve bugs of different kinds and depths.

A record is a line: a tag byte, then the body. Before a bug shows, its number is appended
to the file named by `PLANTED_LOG`, so that any fuzzer's finds are counted in the same way.
"""

from __future__ import annotations

import ctypes
import os

BUGS = 12


class Parser:
    """Reads records; see the methods for the bugs."""

    def __init__(self) -> None:
        log = os.environ.get("PLANTED_LOG")
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT) if log else -1
        self._hit: set[int] = set()

    def parse(self, data: bytes) -> int:
        """Read all records; returns how many there are."""
        records = data.split(b"\n")
        for record in records:
            if record:
                self._record(record[0], record[1:])
        return len(records)

    def _record(self, tag: int, body: bytes) -> None:
        if tag == 0x41:
            self._address(body)
        elif tag == 0x42:
            self._blob(body)
        elif tag == 0x43:
            self._count(body)
        elif tag == 0x44:
            self._date(body)
        elif tag == 0x45:
            self._escape(body)

    def _plant(self, number: int) -> None:
        """Say which bug is about to show, once per process."""
        if self._log >= 0 and number not in self._hit:
            self._hit.add(number)
            os.write(self._log, b"%d\n" % number)

    def _address(self, body: bytes) -> None:
        if len(body) == 1:
            self._plant(1)
            raise IndexError("address of one byte")
        if body[:1] == b"6" and len(body) > 3:
            self._plant(2)
            raise KeyError("no family 6")
        if body[:1] == b"h" and body[1:2] == b"t":
            self._plant(3)
            self._host(body, 0)

    def _host(self, body: bytes, depth: int) -> int:
        return self._host(body, depth + 1)

    def _blob(self, body: bytes) -> None:
        if len(body) >= 2 and body[0] == 0x7B:
            if body[1] == 0x7D:
                self._plant(4)
                raise TypeError("empty object")
            if body[1] == 0x22:
                self._plant(5)
                self._hoard()

    def _hoard(self) -> None:
        kept = []
        while True:
            kept.append(bytearray(1 << 20))

    def _count(self, body: bytes) -> None:
        if body[:1] == b"0":
            self._plant(6)
            raise ZeroDivisionError("count of zero")
        if body[:1] == b"-" and body[1:2] == b"1":
            self._plant(7)
            self._wait()
        if body[:1] == b"9" and body[1:2] == b"9":
            self._plant(8)
            raise OverflowError("count too large")

    def _wait(self) -> None:
        turns = 0
        while turns >= 0:
            turns += 1

    def _date(self, body: bytes) -> None:
        if len(body) < 2:
            return
        if body[0] == 0x31 and body[1] == 0x33:
            self._plant(9)
            raise ValueError("month 13")
        if body[0] == 0x30 and body[1] == 0x32:
            self._plant(10)
            raise ArithmeticError("30 February")

    def _escape(self, body: bytes) -> None:
        if body[:1] == b"\\" and body[1:2] == b"x":
            self._plant(11)
            raise UnicodeError("escape cut short")
        if body[:1] == b"\\" and body[1:2] == b"0":
            self._plant(12)
            ctypes.string_at(0)
