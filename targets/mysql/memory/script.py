"""A server that follows a script: at each turn one step, which may be well-behaved or not.

An input of the check `rogue` is a byte of options (0x01 the user allows local files, 0x02 the first
statement is a LOAD DATA LOCAL) and then steps of two bytes: what the server does at its next turn,
and a variant. When the script is at its end the server behaves well, and closes when it owes
nothing. Steps that no server may take make the script unlawful: then answers are not compared.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Final

from targets.mysql.memory import polite

PLUGINS: Final = (
    *(b"mysql_native_password", b"caching_sha2_password", b"sha256_password"),
    *(b"mysql_clear_password", b"mysql_old_password", b"dialog", b"client_ed25519", b"", b"no\xff"),
    *(b"authentication_ldap_sasl_client", b"authentication_openid_connect_client"),
    *(b"authentication_kerberos_client", b"mysql_clear_password\0x"),
)
CELLS: Final = (
    *((0xFD, b"\xff\xfe"), (0x0C, b"2024-13-45 99:99:99"), (0x0A, b"0000-00-00"), (0x0B, b"x:y:z")),
    *((0x03, b"1x"), (0xF6, b"1.2.3"), (0xF5, b"{"), (0x10, b""), (0x0D, b"abcd"), (0x05, b"nan")),
    *((0x07, b"\0\0"), (0xF8, b"a,\xff"), (0xFF, b"\0\1")),
)
"""Type of a column and a text that is no value of it."""
RAW: Final = (
    *(b"", b"\0", b"\xff", b"\xfe", b"\xfb", b"\xfc", b"\xfd\xff\xff\xff", b"\xfe" + b"\xff" * 8),
    *(b"\xff\xff\xff\0", b"\xff\xff\xff\xff", b"\0\0\0\1", b"\1\0\0\0\0", bytes(64), b"\n8.0\0"),
)
QUERIED: Final = re.compile(rb"marker-\d+")
_LOAD: Final = re.compile(rb"INFILE '([^']*)'")
OPTION_FILES: Final = 1
OPTION_LOAD: Final = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Script:
    """What an input says."""

    local_infile: bool
    loads: bool
    steps: tuple[tuple[int, int], ...]


def read(data: bytes) -> Script:
    """The script of an input; every input has one."""
    options = data[0] if data else 0
    body = data[1:]
    steps = [(body[at], body[at + 1]) for at in range(0, len(body) - 1, 2)]
    return Script(bool(options & OPTION_FILES), bool(options & OPTION_LOAD), tuple(steps[:40]))


def tokens(data: bytes) -> list[bytes]:
    """The options and each step, which join to `data`."""
    pieces = [data[:1], *(data[at : at + 2] for at in range(1, len(data), 2))]
    return [piece for piece in pieces if piece]


class Scripted:
    """The peer that follows a script."""

    def __init__(self, script: Script, secret: bytes) -> None:
        self._steps = list(script.steps)
        self._secret = secret
        self._packets = polite.Packets()
        self._phase = "greeting"
        self._owes = False
        self._more = False
        self._sequence = 0
        self._closed = False
        self._late = b""
        self._file_wanted = False
        self.statement = b""
        self.lawful = True
        self.sent = bytearray()
        """All that the client wrote."""

    def received(self, data: bytes) -> None:
        """Note what the client sends: a command, or what a step asked it for."""
        self.sent += data
        for sequence, payload in self._packets.feed(data):
            self._sequence = sequence + 1
            if self._file_wanted:
                self._file_wanted = bool(payload)
                self._owes = True
            elif self._phase == "commands":
                self._owes = payload[:1] != b"\1"
                self.statement = payload[1:] if payload[:1] == b"\3" else b""
            else:
                self._owes = True

    def wanted(self) -> bytes:
        """The bytes of the next step; nothing: the connection is closed."""
        if self._closed:
            return b""
        if self._late:
            late, self._late = self._late, b""
            return late
        if self._steps:
            step, variant = self._steps.pop(0)
            return STEPS[step % len(STEPS)](self, variant)
        return self._polite(0)

    def _say(self, *payloads: bytes) -> bytes:
        data = bytearray()
        for payload in payloads:
            data += polite.packet(self._sequence, payload)
            self._sequence += 1
        return bytes(data)

    def _polite(self, _variant: int) -> bytes:
        if self._phase == "greeting":
            return self._greet(0)
        if not self._owes or self._file_wanted:
            self._closed = True
            return b""
        self._owes = False
        if self._phase == "login":
            self._phase = "commands"
            return self._say(polite.ok())
        found = _LOAD.search(self.statement)
        if found is not None and not self._more:
            self._more = True
            return self._ask_file(found[1])
        self._more = False
        if QUERIED.search(self.statement) is None:
            if self.statement.startswith(b"SELECT"):
                return self._rows([[b"1"]])
            return self._say(polite.ok())
        return self._rows([[self._marker()]])

    def _marker(self) -> bytes:
        found = QUERIED.search(self.statement)
        return found[0] if found else b"none"

    def _rows(self, rows: list[list[bytes]], status: int = 2, kind: int = 0xFD) -> bytes:
        payloads = [b"\1", polite.column(b"c", kind), polite.eof(status)]
        payloads += [b"".join(bytes([len(cell)]) + cell for cell in row) for row in rows]
        return self._say(*payloads, polite.eof(status))

    def _answers(self) -> bool:
        """Whether a statement waits for its answer; a step that answers nothing is unlawful."""
        waits = self._phase == "commands" and self._owes and QUERIED.search(self.statement)
        self.lawful = self.lawful and bool(waits)
        self._owes = False
        return bool(waits)

    def _greet(self, variant: int) -> bytes:
        self.lawful = self.lawful and self._phase == "greeting"
        self._phase = "login"
        plugin = PLUGINS[variant % len(PLUGINS)]
        more = polite.SSL if variant & 0x80 else 0
        return self._say(polite.greeting(plugin=plugin, capabilities=more))

    def _refuse(self, _variant: int) -> bytes:
        self.lawful = self.lawful and self._owes
        self._owes = False
        return self._say(polite.error(b"no"))

    def _accept(self, _variant: int) -> bytes:
        self.lawful = self.lawful and self._owes and self._phase == "login"
        self._owes = False
        if self._phase == "login":
            self._phase = "commands"
        return self._say(polite.ok())

    def _switch(self, variant: int) -> bytes:
        self.lawful = self.lawful and self._phase == "login" and self._owes
        plugin = PLUGINS[variant % len(PLUGINS)]
        self._owes = False
        return self._say(b"\xfe" + plugin + b"\0" + b"".join(polite.SALT) + b"\0")

    def _auth_more(self, variant: int) -> bytes:
        self.lawful = self.lawful and self._phase == "login"
        bodies = (b"\3", b"\4", b"\2", b"", b"Password: ", b"-----BEGIN PUBLIC KEY-----\nx")
        return self._say(b"\1" + bodies[variant % len(bodies)])

    def _ask_file(self, name: bytes) -> bytes:
        self._file_wanted = True
        return self._say(b"\xfb" + name)

    def _ask_secret(self, _variant: int) -> bytes:
        self.lawful = False
        return self._ask_file(self._secret)

    def _several(self, variant: int) -> bytes:
        if not self._answers():
            return self._rows([[b"none"]], status=2 | polite.MORE_RESULTS)
        rows = [[self._marker()]]
        first = self._rows(rows, status=2 | polite.MORE_RESULTS)
        for _ in range(variant % 3):
            first += self._rows(rows, status=2 | polite.MORE_RESULTS)
        return first + (self._rows(rows) if variant & 8 else self._say(polite.ok()))

    def _bad_cell(self, variant: int) -> bytes:
        self._answers()
        kind, text = CELLS[variant % len(CELLS)]
        return self._rows([[text], [self._marker()[:0] + b"1"]], kind=kind)

    def _bad_column(self, variant: int) -> bytes:
        """A column whose name is no text, or in an unknown charset."""
        self._answers()
        name = (b"\xff\xfe", b"c", b"")[variant % 3]
        column = polite.column(name, 0xFD, 255 + variant * 7)
        row = bytes([len(self._marker())]) + self._marker()
        return self._say(b"\1", column, polite.eof(), row, polite.eof())

    def _breaks_off(self, variant: int) -> bytes:
        """An error in the place of the columns or the rows that are left."""
        self._answers()
        marker = bytes([len(self._marker())]) + self._marker()
        payloads = [b"\1", polite.column(b"c"), polite.eof(), marker]
        return self._say(*payloads[: 4 if variant & 1 else 3], polite.error(b"gone", 1317))

    def _end(self, _variant: int) -> bytes:
        self.lawful = False
        return self._say(polite.eof())

    def _close(self, _variant: int) -> bytes:
        self._closed = True
        return b""

    def _comes_late(self, _variant: int) -> bytes:
        """The answer comes when the client, or its user, has lost patience."""
        self._late = self._polite(0)
        raise TimeoutError("timed out")

    def _cut(self, variant: int) -> bytes:
        data = self._polite(0)[:variant]
        self._closed = True
        return data

    def _twice(self, _variant: int) -> bytes:
        self.lawful = False
        data = self._polite(0)
        return data + data

    def _out_of_step(self, variant: int) -> bytes:
        self.lawful = False
        self._sequence += variant
        return self._polite(0)

    def _raw(self, variant: int) -> bytes:
        self.lawful = False
        return RAW[variant % len(RAW)] if variant & 0x80 else self._say(RAW[variant % len(RAW)])


STEPS: Final[tuple[Callable[[Scripted, int], bytes], ...]] = (
    *(Scripted._polite, Scripted._refuse, Scripted._accept, Scripted._switch),
    *(Scripted._auth_more, Scripted._ask_secret, Scripted._several, Scripted._bad_cell),
    *(Scripted._breaks_off, Scripted._end, Scripted._close, Scripted._cut, Scripted._twice),
    *(Scripted._out_of_step, Scripted._raw, Scripted._greet, Scripted._bad_column),
    Scripted._comes_late,
)
"""Steps by their number, which is the first byte of a step; numbers go around."""
