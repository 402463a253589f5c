"""The farm's own client of text statements, strict where a server may be hostile.

A file is sent only when the user's own statement names it, a password never in clear, and an answer
is read to its end before what was wrong with it is told. Faults named `escape-…` and `rogue-…` can
be planted.
"""

from __future__ import annotations

import hashlib
import pathlib
import re
from collections.abc import Iterator, Sequence
from typing import Final

from targets import faults
from targets.mysql.literals.reference import Writer
from targets.mysql.memory import polite
from targets.mysql.memory.peer import Peer, Refused, Session, Settings

_MARK: Final = re.compile(r"%(?:(%)|\(([^)]+)\)s|s)")
_VALUES: Final = re.compile(
    r"(?is)(\s*(?:INSERT|REPLACE)\b.+?\bVALUES\s*)(\((?:[^()'\"]|'[^']*'|\([^()]*\))*\))(.*)"
)
_LOAD: Final = re.compile(rb"(?is)\s*LOAD\s+DATA\s+LOCAL\s+INFILE\s+'([^'\\]*)'")
NATIVE: Final = b"mysql_native_password"
MORE_RESULTS: Final = 8
MAX_COLUMNS: Final = 4096


def connect(peer: Peer, settings: Settings) -> Session:
    """A connection of the reference."""
    return _Client(peer, settings)


class _Client:
    """Sends statements and reads their answers."""

    def __init__(self, peer: Peer, settings: Settings) -> None:
        self._peer = peer
        self._settings = settings
        self._longest = settings.statement_bytes or 1 << 20
        self._packets = polite.Packets()
        self._ready: list[tuple[int, bytes]] = []
        self._expected = 0
        self._broken = False
        self._stale = faults.on("rogue-stale-answer")
        greeting = self._read()
        status, salt = _greeted(greeting)
        self._writer = Writer(
            settings.charset, backslash_escapes=not status & polite.NO_BACKSLASH_ESCAPES
        )
        self._send(_response(scramble(settings.password, salt)))
        self._authenticate()

    def _authenticate(self) -> None:
        for _ in range(4):
            reply = self._read()
            if reply[:1] == b"\0":
                return
            if reply[:1] == b"\xff":
                raise self._lost("ServerError")
            plugin, _, data = reply[1:].partition(b"\0")
            clear = plugin == b"mysql_clear_password" and faults.on("rogue-clear-password")
            if reply[:1] != b"\xfe" or not (plugin == NATIVE or clear):
                raise self._lost("UnknownMethod")
            password = self._settings.password
            self._send(password.encode() + b"\0" if clear else scramble(password, data[:20]))
        raise self._lost("UnknownMethod")

    def execute(self, query: str, parameters: object) -> object:
        return self._ask(self._filled(query, parameters))

    def executemany(self, query: str, rows: Sequence[object]) -> object:
        found = _VALUES.fullmatch(query)
        if found is None or _MARK.search(found[3].replace("%%", "")):
            for row in rows:
                self.execute(query, row)
            return []
        prefix, suffix = (self._filled(found[part], ()) for part in (1, 3))
        for batch in self._batches([self._filled(found[2], row) for row in rows], len(prefix)):
            self._ask(prefix + b",".join(batch) + suffix)
        return []

    def _batches(self, rows: list[bytes], taken: int) -> Iterator[list[bytes]]:
        """Rows that fit into one statement, at least one in each."""
        batch: list[bytes] = []
        size = taken
        loses = faults.on("escape-batch-loses-row")
        for row in rows:
            if batch and size + len(row) + 1 > self._longest:
                yield batch
                batch, size = [], taken
                if loses:
                    continue
            batch.append(row)
            size += len(row) + 1
        if batch:
            yield batch

    def callproc(self, name: str, parameters: Sequence[object]) -> object:
        quoted = name if faults.on("escape-procedure") else name.replace("`", "``")
        for number, value in enumerate(parameters):
            self._ask(self._text(f"SET @`_{quoted}_{number}`=") + self._literal(value))
        variables = ",".join(f"@`_{quoted}_{number}`" for number in range(len(parameters)))
        return self._ask(self._text(f"CALL `{quoted}`({variables})"))

    def ping(self) -> None:
        self._command(b"\x0e", b"")

    def reset(self) -> None:
        self._command(b"\x1f", b"")

    def close(self) -> None:
        if not self._broken:
            self._peer.received(polite.packet(0, b"\x01"))
            self._broken = True

    def _filled(self, query: str, parameters: object) -> bytes:
        """The query with literals in the place of its marks."""
        row = iter(parameters) if isinstance(parameters, (tuple, list)) else iter(())
        names = parameters if isinstance(parameters, dict) else {}
        done: list[bytes] = []
        at = 0
        for mark in _MARK.finditer(query):
            done.append(self._text(query[at : mark.start()]))
            at = mark.end()
            if mark[1]:
                done.append(b"%")
            else:
                done.append(self._literal(names[mark[2]] if mark[2] else next(row)))
        return b"".join((*done, self._text(query[at:])))

    def _literal(self, value: object) -> bytes:
        try:
            return self._writer.write(value)
        except (TypeError, ValueError) as error:
            raise Refused(type(error).__name__, str(error)) from None

    def _text(self, text: str) -> bytes:
        try:
            return text.encode(self._writer.codec)
        except UnicodeEncodeError as error:
            raise Refused("UnicodeEncodeError", str(error)) from None

    def _ask(self, statement: bytes) -> list[list[list[str]]]:
        return self._command(b"\x03", statement)

    def _command(self, command: bytes, text: bytes) -> list[list[list[str]]]:
        """Send a command and read all results of its answer."""
        if self._broken:
            raise Refused("ConnectionLost")
        if self._ready and not self._stale:
            # Nobody asked for what is there: no telling what the next answer belongs to.
            raise self._lost("OutOfSync")
        self._expected = 0
        self._send(command + text)
        results: list[list[list[str]]] = []
        wrong: Refused | None = None
        while True:
            rows, status, refused = self._result(text)
            results.append(rows)
            wrong = wrong or refused
            if not status & MORE_RESULTS or self._stale:
                break
        if wrong is not None:
            raise wrong
        return results

    def _result(self, statement: bytes) -> tuple[list[list[str]], int, Refused | None]:
        """Rows and status of one result, read to its end; and what was wrong in it."""
        head = self._read()
        if head[:1] == b"\xff":
            return [], 0, Refused("ServerError", head[9:].decode("utf-8", "replace"))
        if head[:1] == b"\xfb":
            self._send_file(head[1:], statement)
            return self._result(b"")
        if head[:1] == b"\0":
            return [], int.from_bytes(head[3:5], "little"), None
        columns = _count(head)
        if not 0 < columns <= MAX_COLUMNS:
            raise self._lost("BadResult")
        for _ in range(columns + 1):
            self._read()
        rows: list[list[str]] = []
        wrong: Refused | None = None
        while True:
            data = self._read()
            if data[:1] == b"\xfe" and len(data) < 9:
                return rows, int.from_bytes(data[3:5], "little"), wrong
            if data[:1] == b"\xff":
                return rows, 0, wrong or Refused("ServerError")
            try:
                rows.append(_cells(data))
            except ValueError as error:
                wrong = wrong or Refused("ValueError", str(error))

    def _send_file(self, name: bytes, statement: bytes) -> None:
        """A file that the user's statement names, if files may be sent at all; else nothing."""
        named = _LOAD.match(statement)
        wanted = named is not None and named[1] == name and self._settings.local_infile
        if wanted or faults.on("rogue-infile"):
            path = pathlib.Path(name.decode("utf-8", "surrogateescape"))
            self._send(path.read_bytes())
        self._send(b"")

    def _send(self, payload: bytes) -> None:
        self._peer.received(polite.packet(self._expected, payload))
        self._expected = self._expected + 1 & 0xFF

    def _read(self) -> bytes:
        while not self._ready:
            try:
                data = self._peer.wanted()
            except TimeoutError:
                # Whatever comes later belongs to a question that nobody waits for any more.
                raise self._lost("TimedOut") from None
            if not data:
                raise self._lost("ConnectionLost")
            self._ready += self._packets.feed(data)
        sequence, payload = self._ready.pop(0)
        if sequence != self._expected and not self._stale:
            raise self._lost("OutOfSync")
        self._expected = sequence + 1 & 0xFF
        return payload

    def _lost(self, reason: str) -> Refused:
        self._broken = True
        return Refused(reason)


def scramble(password: str, salt: bytes) -> bytes:
    """The proof of `mysql_native_password`."""
    if not password:
        return b""
    one = hashlib.sha1(password.encode()).digest()
    two = hashlib.sha1(salt + hashlib.sha1(one).digest()).digest()
    return bytes(first ^ second for first, second in zip(one, two, strict=True))


def _response(proof: bytes) -> bytes:
    flags = sum(polite.CAPABILITIES) & ~polite.CONNECT_WITH_DB
    head = flags.to_bytes(4, "little") + (1 << 24).to_bytes(4, "little") + b"\x2d" + bytes(23)
    return head + b"root\0" + bytes([len(proof)]) + proof + NATIVE + b"\0"


def _greeted(greeting: bytes) -> tuple[int, bytes]:
    """Status and salt; Refused where the greeting is none."""
    end = greeting.find(b"\0", 1)
    if greeting[:1] != b"\x0a" or end < 0 or len(greeting) < end + 44:
        raise Refused("BadGreeting")
    body = greeting[end + 1 :]
    return int.from_bytes(body[16:18], "little"), body[4:12] + body[31:43]


def _count(head: bytes) -> int:
    """Number of columns; 0: there is none."""
    if head[:1] == b"\xfc" and len(head) == 3:
        return int.from_bytes(head[1:3], "little")
    return head[0] if head and head[0] < 251 else 0


def _cells(data: bytes) -> list[str]:
    """Texts below 251 bytes each; ValueError."""
    cells = []
    at = 0
    while at < len(data):
        size = data[at]
        if size == 251:
            cells.append("")
            at += 1
            continue
        if size > 251 or at + 1 + size > len(data):
            raise ValueError("a cell that does not end")
        cells.append(data[at + 1 : at + 1 + size].decode())
        at += 1 + size
    return cells
