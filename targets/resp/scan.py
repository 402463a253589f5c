"""A second, small reading of the contract: which bytes must be accepted, refused, or waited for.

It reads a whole stream at once, knows no frames, and shares no code with the reference parser, so
that both would have to be wrong in the same way for an error to stay unseen.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from targets.resp.reference import CONTRACT, Limits

LINES2: Final = b"+-:"
LINES3: Final = b"+-:_,#("
PAYLOADS2: Final = b"$"
PAYLOADS3: Final = b"$!="
AGGREGATES2: Final = b"*"
AGGREGATES3: Final = b"*%~>|"
PAIRED: Final = b"%|"
NOT_A_NUMBER: Final = "invalid integer"
_DOUBLE_CHARACTERS: Final = frozenset(b"0123456789+-.eE")


class Token(NamedTuple):
    """One frame's first line, and its payload if it has one."""

    kind: int
    line: bytes | None
    """None: the line end is missing; `payload` then holds what there is of the line."""
    depth: int
    """Aggregates around it."""
    owner: int
    """Where the aggregate around it starts; -1: none."""
    key: bool
    """It stands where a map wants a key."""
    inside: int
    """Kind of the aggregate around it; 0: none."""
    payload: bytes | None


class Unit(NamedTuple):
    """One frame at the outermost level, complete or not."""

    start: int
    end: int
    complete: bool
    refusal: str
    """Why it must be refused: how the error text begins; empty: nothing wrong so far."""
    tokens: list[Token]


class Refused(Exception):
    """The contract refuses the frame."""


def scan(data: bytes, *, resp3: bool = False, limits: Limits = CONTRACT) -> list[Unit]:
    """The outermost frames of `data`; only the last one may be incomplete or refused."""
    units: list[Unit] = []
    at = 0
    while at < len(data):
        tokens: list[Token] = []
        try:
            end = _frame(data, at, tokens, resp3=resp3, limits=limits)
        except Refused as refused:
            units.append(Unit(at, len(data), False, str(refused), tokens))
            break
        if end < 0:
            units.append(Unit(at, len(data), False, "", tokens))
            break
        units.append(Unit(at, end, True, "", tokens))
        at = end
    return units


def _frame(data: bytes, at: int, tokens: list[Token], *, resp3: bool, limits: Limits) -> int:
    """Where the frame that starts at `at` ends; -1: bytes are missing."""
    lines = LINES3 if resp3 else LINES2
    payloads = PAYLOADS3 if resp3 else PAYLOADS2
    aggregates = AGGREGATES3 if resp3 else AGGREGATES2
    left = [1]
    kinds = [0]
    starts = [-1]
    while left:
        if not left[-1]:
            left.pop()
            kinds.pop()
            starts.pop()
            continue
        if at >= len(data):
            return -1
        kind = data[at]
        depth, inside, owner = len(left) - 1, kinds[-1], starts[-1]
        key = inside in PAIRED and left[-1] % 2 == (inside == 124) and left[-1] > 1
        end = data.find(b"\r\n", at + 1)
        line = data[at + 1 : end] if end >= 0 else None
        payload = None if line is not None else data[at + 1 :]
        left[-1] -= 1
        begin, at = at, end + 2
        if kind in lines:
            tokens.append(Token(kind, line, depth, owner, key, inside, payload))
            if line is None:
                return -1
            _require_line(kind, line)
        elif kind in payloads:
            tokens.append(Token(kind, line, depth, owner, key, inside, payload))
            length = _length(kind, line, limits.bulk)
            if length == -2 or (length >= 0 and at + length + 2 > len(data)):
                return -1
            if length >= 0:
                payload = data[at : at + length]
                tokens[-1] = tokens[-1]._replace(payload=payload)
                _require_payload(kind, payload)
                at += length + 2
        elif kind in aggregates:
            tokens.append(Token(kind, line, depth, owner, key, inside, payload))
            count = _count(kind, line, depth, limits)
            if count == -2:
                return -1
            if count >= 0:
                need = count if kind not in PAIRED else 2 * count + (kind == 124)
                left.append(need)
                kinds.append(kind)
                starts.append(begin)
        else:
            tokens.append(Token(kind, line, depth, owner, key, inside, payload))
            raise Refused(f"unexpected type byte: 0x{kind:02x}")
    return at


def _count(kind: int, line: bytes | None, depth: int, limits: Limits) -> int:
    """As `_length`, for an aggregate inside `depth` others: too deep before its line is read."""
    if depth >= limits.depth:
        raise Refused(f"array nesting deeper than {limits.depth} levels")
    return _length(kind, line, limits.array)


def _length(kind: int, line: bytes | None, limit: int) -> int:
    """A length or count; -1: null; -2: the line end is missing."""
    if line is None:
        return -2
    value = number(line)
    if value is None:
        raise Refused("non-UTF-8 integer line" if not _is_utf8(line) else NOT_A_NUMBER)
    if value > limit:
        raise Refused("invalid bulk length" if kind in PAYLOADS3 else "invalid multibulk length")
    return max(value, -1)


def number(line: bytes) -> int | None:
    """The 64-bit number that the contract reads from `line`; None: it is refused."""
    digits = line[1:] if line[:1] in (b"+", b"-") else line
    if not digits.isdigit():
        return None
    digits = digits.lstrip(b"0") or b"0"
    if len(digits) > 19:
        return None
    value = int(digits) * (-1 if line[:1] == b"-" else 1)
    return value if -(2**63) <= value < 2**63 else None


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _require_line(kind: int, line: bytes) -> None:
    if kind == 58 and number(line) is None:
        raise Refused(NOT_A_NUMBER if _is_utf8(line) else "non-UTF-8 integer line")
    if kind == 95 and line:
        raise Refused("invalid null")
    if kind == 35 and line not in (b"t", b"f"):
        raise Refused("invalid boolean")
    if kind == 40 and not line[line[:1] in (b"+", b"-") :].isdigit():
        raise Refused("invalid big number")
    if kind == 44 and not _is_double(line):
        raise Refused("invalid double")


def _is_double(line: bytes) -> bool:
    if line in (b"inf", b"+inf", b"-inf", b"nan"):
        return True
    unsigned = line[line[:1] in (b"+", b"-") :]
    if not unsigned[:1].isdigit() or not _DOUBLE_CHARACTERS.issuperset(line):
        return False
    try:
        float(line)
    except ValueError:
        return False
    return True


def _require_payload(kind: int, payload: bytes) -> None:
    if kind == 61 and (len(payload) < 4 or payload[3:4] != b":"):
        raise Refused("invalid verbatim string")


def is_broken(unit: Unit) -> bool:
    """Whether the RESP specification, stricter than the contract, forbids what is there."""
    for token in unit.tokens:
        line = token.line if token.line is not None else (token.payload or b"")[:-1]
        if b"\r" in line or b"\n" in line:
            return True
        if token.kind in b"$*!=%~>|" and line[:1] == b"-" and line not in (b"-", b"-1"):
            return True
    return bool(unit.refusal)
