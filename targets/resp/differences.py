"""Where two implementations may differ: named, with a reason, and counted when they fire.

A comparison stops before the first outermost frame that one of these applies to. `defect` marks
a known fault of an implementation: it is passed over where that implementation is only the
partner of a comparison, and found where it is the subject.
"""

from __future__ import annotations

import collections
import dataclasses
import re
from collections.abc import Callable
from typing import Final

from targets.resp.implementation import Implementation
from targets.resp.scan import Token, Unit

REDIS2: Final = frozenset({"redis-py", "redis-py-async"})
REDIS3: Final = frozenset({"redis-py-resp3", "redis-py-async-resp3"})
REDIS: Final = REDIS2 | REDIS3
WRAPPED: Final = frozenset({"redis-py-hiredis", "redis-py-hiredis-async"})
HIREDIS: Final = frozenset({"hiredis"}) | WRAPPED
FAKEREDIS: Final = frozenset({"fakeredis"})
REAL: Final = REDIS | HIREDIS | FAKEREDIS

fired: collections.Counter[str] = collections.Counter()
"""How often each difference ended a comparison in this process."""

_CANONICAL = re.compile(rb"0|-?[1-9][0-9]{0,18}")
_CANONICAL_BIG = re.compile(rb"0|-?[1-9][0-9]*")
_PLAIN_DOUBLE = re.compile(rb"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?|-?inf|nan")
_RAISED = re.compile(
    rb"(LOADING|NOAUTH|WRONGPASS)( .*)?|ERR ("
    rb"max number of clients reached|invalid password|problem with LDAP service"
    rb"|wrong number of arguments for '(auth|AUTH)' command"
    rb"|Client sent AUTH, but no password is set|AUTH <password> called without any password.*)",
    re.DOTALL,
)
_MAINTENANCE: Final = (
    *(b"MOVING", b"MIGRATING", b"MIGRATED", b"FAILING_OVER", b"FAILED_OVER"),
    *(b"SMIGRATING", b"SMIGRATED"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """One way in which the implementations `of` may differ from others."""

    name: str
    of: frozenset[str]
    reason: str
    applies: Callable[[Unit], bool]
    defect: bool = False
    when: Callable[[Implementation, Implementation], bool] | None = None
    """Says which pairs it is about, in place of `of`."""


def _any(test: Callable[[Token], bool]) -> Callable[[Unit], bool]:
    return lambda unit: any(test(token) for token in unit.tokens)


def _text(token: Token) -> bytes:
    """The line, or what there is of it."""
    return token.line if token.line is not None else token.payload or b""


def _is_length(token: Token) -> bool:
    return token.kind in b"$!=*%~>|"


def _is_negative(token: Token) -> bool:
    return _is_length(token) and _text(token)[:1] == b"-"


def _odd_number(token: Token) -> bool:
    return (
        token.line is not None
        and (token.kind == 58 or _is_length(token))
        and not _CANONICAL.fullmatch(token.line)
    )


def _beyond_limits(unit: Unit) -> bool:
    return unit.refusal.startswith(
        ("array nesting", "invalid bulk length", "invalid multibulk length")
    )


def _unfinished_bad_kind(unit: Unit) -> bool:
    return unit.refusal.startswith("unexpected type byte") and unit.tokens[-1].line is None


def not_a_command(unit: Unit) -> bool:
    """Whether it is no array of bulk strings, all a server reads: nulls are none of them."""
    first = unit.tokens[0]
    if first.kind != 42 or first.inside:
        return True
    return any(_is_negative(token) or token.kind != 36 for token in unit.tokens[1:]) or (
        _is_negative(first)
    )


def _raised_error(token: Token) -> bool:
    text = token.payload if token.kind == 33 else token.line
    return token.kind in b"-!" and text is not None and bool(_RAISED.fullmatch(text))


def repeated_keys(unit: Unit) -> bool:
    """Whether a map has keys that Python takes for one, or that look like it."""
    seen: set[tuple[int, object]] = set()
    for token in unit.tokens:
        if not token.key:
            continue
        for value in _key_values(token):
            if (token.owner, value) in seen:
                return True
            seen.add((token.owner, value))
    return False


def _key_values(token: Token) -> set[object]:
    """What a dictionary key of Python may be equal to, generously."""
    if token.kind == 95 or _is_negative(token):
        return {None}
    text = token.payload if token.payload is not None else token.line
    if text is None or token.kind in b"*%~>|-!":
        return set()
    if token.kind == 35:
        return {float(text == b"t")}
    values: set[object] = set()
    if token.kind in b":(,":
        try:
            values.add(float(text))
        except ValueError:
            values.add("not a number")
    if token.kind not in b":,":
        body = text[4:] if token.kind == 61 else text
        values.add(body.decode("utf-8", "replace"))
    return values


def _replaced_key(token: Token) -> bool:
    return (
        token.key
        and token.kind == 43
        and "\ufffd" in (token.line or b"").decode("utf-8", "replace")
    )


def _unhashable_key(token: Token) -> bool:
    return token.key and token.kind in b"*%~>|" and not _is_negative(token)


DIFFERENCES: Final = (
    Difference(
        "types of RESP3",
        frozenset(),
        "one of the two reads RESP2 only",
        _any(lambda token: token.kind not in b"+-:$*"),
        when=lambda left, right: left.resp3 != right.resp3,
    ),
    Difference(
        "beyond the contract",
        frozenset(),
        "neither follows the contract to the byte, so nothing is said on what it refuses",
        lambda unit: bool(unit.refusal),
        when=lambda left, right: left.limits is None and right.limits is None,
    ),
    Difference(
        "limits",
        REAL,
        "limits of counts, lengths and depth are each implementation's own",
        _beyond_limits,
    ),
    Difference(
        "CR or LF inside a line",
        REAL,
        "the RESP specification forbids them in lines; the contract passes them on",
        _any(
            lambda token: (
                b"\n" in (text := _text(token))
                or b"\r" in text[: None if token.line is not None else -1]
            )
        ),
    ),
    Difference(
        "line read before its type",
        REDIS,
        "a client that blocks reads the whole line before it looks at the type byte",
        _unfinished_bad_kind,
    ),
    Difference(
        "errors of the connection are raised",
        REDIS | WRAPPED,
        "documented at the place: replies that mean a lost connection are raised, not returned",
        _any(_raised_error),
    ),
    Difference(
        "strict numbers",
        HIREDIS,
        "string2ll is documented to take only what prints back the same: no plus, no leading zero",
        _any(_odd_number),
    ),
    Difference(
        "negative lengths",
        HIREDIS,
        "the RESP specification knows only -1; the contract takes any negative length as null",
        _any(lambda token: _is_negative(token) and token.line != b"-1"),
    ),
    Difference(
        "negative lengths, read with and without asyncio",
        frozenset(),
        "the RESP specification knows only -1, and redis-py does not say what it does with others",
        _any(lambda token: _is_negative(token) and token.line != b"-1"),
        when=lambda left, right: {left.name, right.name} <= REDIS,
    ),
    Difference(
        "doubles as strtod reads them",
        HIREDIS,
        "sign, bare fraction, overflow and length follow strtod with a buffer of 326 bytes",
        _any(
            lambda token: (
                token.kind == 44
                and token.line is not None
                and not (_PLAIN_DOUBLE.fullmatch(token.line) and len(token.line) < 200)
            )
        ),
    ),
    Difference(
        "keys whose text was replaced",
        HIREDIS | REDIS3,
        "the contract replaces what is not UTF-8 in a line, so two keys may look like one",
        lambda unit: repeated_keys(unit) and any(map(_replaced_key, unit.tokens)),
    ),
    Difference(
        "repeated keys lose their values",
        HIREDIS,
        "of equal keys, as 1, 1.0 and true are, the last wins; here the value may go to another",
        repeated_keys,
        defect=True,
    ),
    Difference(
        "commands only",
        FAKEREDIS,
        "a server reads arrays of bulk strings from its clients, and nothing else",
        not_a_command,
    ),
    Difference(
        "no attributes",
        REDIS3,
        "a server sends attributes only when asked to, and this client never asks",
        _any(lambda token: token.kind == 124),
    ),
    Difference(
        "push inside another frame",
        REDIS3,
        "the RESP3 specification allows push frames between replies only",
        _any(lambda token: token.kind == 62 and token.depth > 0),
    ),
    Difference(
        "push messages for the client itself",
        REDIS3 | WRAPPED,
        "maintenance notices go to a handler of the client and no further",
        lambda unit: (
            unit.tokens[0].kind == 62
            and len(unit.tokens) > 1
            and any(
                word in ((unit.tokens[1].payload or b""), unit.tokens[1].line)
                for word in _MAINTENANCE
            )
        ),
    ),
    Difference(
        "no bulk errors",
        HIREDIS,
        "it refuses the type `!`",
        _any(lambda token: token.kind == 33),
        defect=True,
    ),
    Difference(
        "attributes are replies",
        HIREDIS,
        "it hands an attribute over as an element of its own",
        _any(lambda token: token.kind == 124),
        defect=True,
    ),
    Difference(
        "big numbers are not checked",
        HIREDIS,
        "it takes an empty one, refuses a plus, and keeps leading zeros",
        _any(
            lambda token: (
                token.kind == 40
                and token.line is not None
                and not _CANONICAL_BIG.fullmatch(token.line)
            )
        ),
        defect=True,
    ),
    Difference(
        "other booleans",
        HIREDIS,
        "it takes `#T`, `#F` and a NUL byte",
        _any(lambda token: token.kind == 35 and token.line in (b"T", b"F", b"\0")),
        defect=True,
    ),
    Difference(
        "keys that a dictionary cannot hold",
        HIREDIS,
        "refused by TypeError on purpose: that was the mending of a segmentation fault in 3.1.1",
        _any(_unhashable_key),
    ),
    Difference(
        "null lengths of RESP2",
        REDIS3,
        "it takes `$-1` and `*-1` for lengths and loses its place",
        _any(_is_negative),
        defect=True,
    ),
)


def comparable(units: list[Unit], left: Implementation, right: Implementation) -> int:
    """How many leading units must be equal; counts the difference that ends the comparison."""
    active = [each for each in DIFFERENCES if _holds(each, left, right)]
    for index, unit in enumerate(units):
        for difference in active:
            if difference.applies(unit):
                fired[difference.name] += 1
                return index
    return len(units)


def _holds(difference: Difference, left: Implementation, right: Implementation) -> bool:
    if difference.when is not None:
        return difference.when(left, right)
    if right.name in difference.of:
        return True
    return left.name in difference.of and not difference.defect


_CLAIM: Final = re.compile(rb"[*~>%|]\+?0*([0-9]{7,})\r\n")
_MOST_CLAIMED: Final = 1 << 20
CLAIMS: Final = "hiredis: claimed counts that only memory refuses"


def claims_too_many(data: bytes) -> bool:
    """Whether a line of `data` claims more elements than the contract allows.

    hiredis reserves memory for all of them before one arrives. Below, the resource oracle finds
    that; above, what happens is a matter of the machine's memory and not of the stream:
    MemoryError, SystemError, or a null pointer followed (`>4294967295` with 3.2.0).
    """
    if any(int(found[1][:20]) > _MOST_CLAIMED for found in _CLAIM.finditer(data)):
        fired[CLAIMS] += 1
        return True
    return False


def silent() -> tuple[str, ...]:
    """Names of declared differences that have not fired in this process."""
    names = (*(each.name for each in DIFFERENCES), CLAIMS)
    return tuple(name for name in names if not fired[name])
