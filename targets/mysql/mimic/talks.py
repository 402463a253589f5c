"""A talk of a client with a server: its packets, drawn, and what each must be answered with."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Final

from targets.mysql.binlog.choices import Choices
from targets.mysql.memory.polite import packet
from targets.mysql.mimic.values import draw_value, parameter

PROTOCOL_41: Final = 0x200
CONNECT_WITH_DB: Final = 8
SECURE_CONNECTION: Final = 0x8000
PLUGIN_AUTH: Final = 0x80000
CONNECT_ATTRS: Final = 0x100000
LENENC_AUTH: Final = 0x200000
DEPRECATE_EOF: Final = 0x1000000
QUERY_ATTRIBUTES: Final = 0x8000000
OPTIONAL: Final = (DEPRECATE_EOF, QUERY_ATTRIBUTES, LENENC_AUTH, CONNECT_ATTRS, CONNECT_WITH_DB)
CHANGE_USER: Final = 0x11
SIMPLE: Final = (("ping", 0x0E), ("reset", 0x1F), ("debug", 0x0D), ("user", CHANGE_USER))
Rows = tuple[tuple[object, ...], ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Turn:
    """A command and its answer: `kind` is `ok`, `rows`, `prepared`, `none`, `open`, `fetched`,
    or `any`."""

    name: str
    payload: bytes
    kind: str
    statement: str | None = None
    """What the session must be given; for a prepared one, with marks for its parameters."""
    parameters: tuple[object, ...] = ()
    rows: Rows | None = None
    binary: bool = False
    last: bool = False
    """Of rows that are fetched: there are no more behind them."""


@dataclasses.dataclass(frozen=True, slots=True)
class Talk:
    """A login and turns."""

    flags: int
    login: bytes
    turns: tuple[Turn, ...]

    def packets(self) -> list[bytes]:
        """All that the client sends."""
        return [packet(1, self.login), *(packet(0, turn.payload) for turn in self.turns)]


def draw_talk(choices: Choices) -> Talk:
    """A talk of a few turns; a ping is the last, to see that the server is still there."""
    flags = PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH
    flags |= sum(flag for flag in OPTIONAL if choices.chance(0.4))
    turns: list[Turn] = []
    prepared = 0
    for _ in range(choices.integer(1, 5)):
        match choices.integer(0, 7):
            case 0 | 1:
                turns.append(_query(choices, flags))
            case 2 | 3:
                turns += _prepared(choices, flags, prepared)
                prepared += 1
            case 4:
                name, code = choices.choice(SIMPLE)
                simple = Turn(name, bytes([code]), "ok")
                turns.append(simple if code != CHANGE_USER else _change_user(choices, flags))
            case 5:
                turns.append(Turn("use", b"\2" + choices.text(64).encode() + b"d", "ok"))
            case 6:
                code = choices.choice((0x08, 0x09, 0x1B, 0x12, 0x40, 0xFF))
                turns.append(Turn("unknown command", bytes([code]), "any"))
            case _:
                # A ping tells whether there was an answer to what may have none.
                turns += (_broken(choices), Turn("ping", b"\x0e", "ok"))
    turns.append(Turn("ping", b"\x0e", "ok"))
    return Talk(flags, _login(choices, flags), tuple(turns))


def _login(choices: Choices, flags: int) -> bytes:
    head = flags.to_bytes(4, "little") + (1 << 24).to_bytes(4, "little") + b"\x2d" + bytes(23)
    login = head + choices.text(32).encode() + b"u\0" + b"\0"
    if flags & CONNECT_WITH_DB:
        login += choices.text(64).encode() + b"d\0"
    login += b"mysql_native_password\0"
    if flags & CONNECT_ATTRS:
        attributes = b"\x03_os\x05Linux" if choices.chance(0.7) else b""
        login += bytes([len(attributes)]) + attributes
    return login


def _rows(choices: Choices) -> Rows | None:
    if choices.chance(0.2):
        return None
    width = choices.choice((1, 2, 3, 8, 9))
    first = tuple(draw_value(choices) for _ in range(width))
    again = choices.choice((0, 1, 3))
    # The type of a column is that of its first value.
    return (first, *(first for _ in range(again)))


def _query(choices: Choices, flags: int) -> Turn:
    statement = "SELECT 'é' /* " + choices.text(66000) + " */"
    rows = _rows(choices)
    head = b"\3" + (b"\0\1" if flags & QUERY_ATTRIBUTES else b"")
    payload = head + statement.encode()
    return Turn("query", payload, "rows" if rows else "ok", statement, (), rows)


def _prepared(choices: Choices, flags: int, number: int) -> list[Turn]:
    """Prepare, perhaps send a long parameter by parts, execute, perhaps once more, close."""
    count = choices.choice((1, 0, 2, 3, 8, 9))
    statement = "SELECT " + ", ".join("?" * count) if count else "SELECT 1"
    turns = [Turn("prepare", b"\x16" + statement.encode(), "prepared", parameters=(None,) * count)]
    mark = number.to_bytes(4, "little")
    for _ in range(choices.choice((1, 1, 2))):
        values = tuple(draw_value(choices, binary=False) for _ in range(count))
        long = choices.chance(0.2) and count > 0 and isinstance(values[0], str)
        if long:
            data = str(values[0]).encode()
            half = len(data) // 2
            turns += [
                Turn("long data", b"\x18" + mark + b"\0\0" + part, "none")
                for part in (data[:half], data[half:])
            ]
        rows = _rows(choices)
        cursor = rows is not None and choices.chance(0.15)
        payload = _execute(mark, values, flags, long=long, cursor=cursor)
        kind = ("open" if cursor else "rows") if rows else "ok"
        turns.append(Turn("execute", payload, kind, statement, values, rows, binary=True))
        if cursor and rows is not None:
            turns += _fetches(choices, mark, rows)
        if choices.chance(0.15):
            turns.append(Turn("reset of a statement", b"\x1a" + mark, "ok"))
    turns.append(Turn("close", b"\x19" + mark, "none"))
    return turns


def _fetches(choices: Choices, mark: bytes, rows: Rows) -> list[Turn]:
    """Fetch the rows of a cursor, some at a time, and perhaps not all."""
    turns: list[Turn] = []
    left = rows
    for _ in range(choices.choice((1, 2, 3))):
        count = choices.choice((1, 2, 10))
        some, left = left[:count], left[count:]
        payload = b"\x1c" + mark + count.to_bytes(4, "little")
        turns.append(
            Turn("fetch", payload, "fetched", rows=some, binary=True, last=len(some) < count)
        )
        if len(some) < count:
            break
    return turns


def _change_user(choices: Choices, flags: int) -> Turn:
    """Another user, of the same connection."""
    payload = b"\x11" + choices.text(32).encode() + b"v\0" + b"\0"
    payload += choices.text(64).encode() + b"d\0" + b"\x2d\0" + b"mysql_native_password\0"
    if flags & CONNECT_ATTRS:
        payload += b"\x0a\x03_os\x05Linux" if choices.chance(0.7) else b"\0"
    return Turn("change of user", payload, "ok")


def _execute(
    mark: bytes, values: Sequence[object], flags: int, *, long: bool, cursor: bool
) -> bytes:
    data = b"\x17" + mark + (b"\1" if cursor else b"\0") + b"\1\0\0\0"
    if not values:
        return data
    attributes = flags & QUERY_ATTRIBUTES
    if attributes:
        data += bytes([len(values)])
    nulls = bytearray((len(values) + 7) // 8)
    types = b""
    bodies = b""
    for at, value in enumerate(values):
        kind, body = parameter(value)
        types += bytes([kind, 0]) + (b"\0" if attributes else b"")
        if value is None:
            nulls[at // 8] |= 1 << at % 8
        elif not (long and at == 0):
            bodies += body
    return data + bytes(nulls) + b"\1" + types + bodies


def _broken(choices: Choices) -> Turn:
    """A command whose body is cut or wrong: an error, and no more than that."""
    code = choices.choice((0x17, 0x18, 0x19, 0x1A, 0x1C))
    if choices.chance(0.004):
        # Rare, as a server that hangs here would take all the time there is.
        return Turn("field list", b"\4" + choices.binary(0, 3), "any")
    silent = code in (0x18, 0x19)
    body = choices.binary(0, 12)
    return Turn("broken command", bytes([code]) + body, "maybe" if silent else "any")
