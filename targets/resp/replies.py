"""Check: what a client makes of well-formed replies, however they reach it.

A reply as a server documents it raises nothing; nothing of it is lost; its value does not depend
on the parser, on asyncio, on a pipeline, on pushes before it, nor on decoding but for the texts.
Protocols give the same value where the release promises it: `legacy_responses=False` is said to
make the value independent of the protocol, and the default to have that of RESP2.

Malformed replies are not given: redis-py promises nothing of its callbacks there.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterator
from typing import Any, Final

from targets.oracles import Violation
from targets.resp import asked
from targets.resp.catalogue.exchange import Exchange, leaves, older
from targets.resp.clients import Clients, Way
from targets.resp.frames import NULL, Array, Bulk, Frame, Integer, Push, Simple, encode

WAYS: Final = (Way(2), Way(3), Way(None), Way(2, unified=True), Way(3, unified=True))
PAIRS: Final = (
    (Way(2, unified=True), Way(3, unified=True), "RESP3 has another unified value than RESP2"),
    (Way(2), Way(None), "the default has another value than RESP2"),
)
UNIFIED: Final = frozenset(
    (
        *(b"ZDIFF", b"ZINTER", b"ZRANGE", b"ZRANGEBYSCORE", b"ZREVRANGE", b"ZREVRANGEBYSCORE"),
        *(b"ZUNION", b"ZPOPMAX", b"ZPOPMIN", b"BZPOPMAX", b"BZPOPMIN", b"ZRANK", b"ZREVRANK"),
        *(b"ZSCAN", b"ZRANDMEMBER", b"HRANDFIELD", b"BLPOP", b"BRPOP", b"ZMPOP", b"BZMPOP"),
        *(b"XREAD", b"XREADGROUP", b"XREADGROUP CLAIM", b"LCS", b"STRALGO", b"ACL CAT"),
        *(b"CLIENT TRACKINGINFO", b"COMMAND", b"ACL GETUSER", b"ACL LOG", b"CLUSTER LINKS"),
        *(b"SENTINEL MASTER", b"SENTINEL MASTERS", b"SENTINEL SENTINELS", b"SENTINEL SLAVES"),
        *(b"GEOPOS", b"GEOSEARCH", b"GEORADIUS", b"GEORADIUSBYMEMBER", b"FUNCTION LIST"),
        *(b"MEMORY STATS", b"ACL LIST", b"ACL USERS", b"ACL GENPASS", b"ACL WHOAMI"),
        *(b"CLIENT GETNAME", b"GEOHASH"),
    )
)
"""What the tables of redis-py's page "Migrate to Unified Responses" name."""
STEPS: Final = {
    "decode": "decode_responses",
    "asynchronous": "asyncio",
    "hiredis": "the parser in C",
    "pipelined": "a transaction",
}
CHANGES: Final[tuple[tuple[str, ...], ...]] = (
    *(("decode",), ("asynchronous",), ("hiredis",), ("pipelined",), ("asynchronous", "hiredis")),
    *(("decode", "hiredis"), ("decode", "asynchronous"), ("asynchronous", "pipelined")),
)
"""Taken one step after the other, so that the step that matters is named."""
ERRORS: Final = (
    *("ERR unknown command 'x'", "ERR", "WRONGTYPE Operation against a key", "NOAUTH x.", "OOM x"),
    *("MOVED 3999 127.0.0.1:6381", "MOVED 3999 :6381", "MOVED 3999 ::1:6381", "NOPERM x", "BUSY"),
    *("ASK 3999 127.0.0.1:6381", "ASK 3999 host.example:6381", "NOSCRIPT No matching script."),
    *("LOADING Redis is loading the dataset in memory", "READONLY You can't write.", "EXECABORT x"),
    *("MASTERDOWN Link with MASTER is down", "CLUSTERDOWN Hash slot not served", "TRYAGAIN x"),
    *("CROSSSLOT Keys in request don't hash to the same slot", "WRONGPASS invalid", "UNHEARD x"),
    *("ERR max number of clients reached", "ERR invalid password", "NOREPLICAS x", "MISCONF x"),
)
PUSHES: Final = (
    Push((Bulk(b"invalidate"), Array((Bulk(b"k"),)))),
    Push((Bulk(b"invalidate"), NULL)),
    Push((Bulk(b"message"), Bulk(b"c"), Bulk(b"\xff"))),
    Push((Bulk(b"pmessage"), Bulk(b"*"), Bulk(b"c"), Bulk(b"m"))),
    Push((Bulk(b"smessage"), Bulk(b"c"), Bulk(b"m"))),
    Push((Bulk(b"subscribe"), Bulk(b"c"), Integer(1))),
    Push((Bulk(b"MIGRATING"), Integer(1), Integer(10), Array((Bulk(b"1"),)))),
    Push((Bulk(b"MIGRATED"), Integer(2), Array((Bulk(b"1"),)))),
    Push((Bulk(b"FAILING_OVER"), Integer(3), Integer(10), Array((Bulk(b"1"),)))),
    Push((Bulk(b"FAILED_OVER"), Integer(4), Array((Bulk(b"1"),)))),
    Push((Bulk(b"unheard-of"), Bulk(b"x"))),
)
"""Some tell of maintenance; the connection that had one is not used again."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Case:
    """What is asked, and around it."""

    name: str
    exchange: Exchange
    error: str
    pushes: tuple[Frame, ...]
    text: bool
    """All of the reply is UTF-8, so that it can be decoded."""


def check(data: bytes, clients: Clients) -> None:
    """Violation when a promise is broken; anything undocumented that the client raises escapes."""
    said = asked.read(data)
    if said is None:
        return
    name, command, draw = said
    base, change = draw.integer(0, len(WAYS) - 1), draw.choice(CHANGES)
    error = draw.choice(ERRORS) if draw.chance(0.08) else ""
    pushes = (draw.choice(PUSHES),) if draw.chance(0.15) else ()
    exchange = command(draw)
    if not clients.supports(exchange):
        return
    case = _Case(name.decode(), exchange, error, pushes, _is_text(exchange))
    if error:
        _require_error(clients, case, WAYS[base])
        return
    values = {way: _value(clients, case, way) for way in WAYS if clients.can(way)}
    for value in values.values():
        _require_whole(case, value)
    for left, right, what in PAIRS:
        if left in values and right in values and (name in UNIFIED or not left.unified):
            _require_equal(case, values[left], values[right], what)
    if WAYS[base] in values:
        _require_change(clients, case, (WAYS[base], values[WAYS[base]]), change)


def _require_change(
    clients: Clients, case: _Case, seen: tuple[Way, Any], change: tuple[str, ...]
) -> None:
    """The value is the same read in other ways, and behind a push."""
    way, value = before = seen
    for step in change:
        other = dataclasses.replace(before[0], **{step: True})
        undecodable = step == "decode" and not case.text
        if not clients.can(other) or undecodable or (other.pipelined and case.exchange.read):
            break
        changed = _value(clients, case, other)
        expected = _decoded(before[1]) if step == "decode" else before[1]
        _require_equal(case, expected, changed, f"it depends on {STEPS[step]}")
        before = other, changed
    if case.pushes and way.protocol == 3:
        behind = _value(clients, case, way, case.pushes)
        clients.forget(way)
        _require_equal(case, value, behind, "it depends on a push before it")


def _value(clients: Clients, case: _Case, way: Way, pushes: tuple[Frame, ...] = ()) -> Any:
    """What the client makes of the reply; Violation where it says that it is none."""
    try:
        return _ask(clients, case, way, pushes)
    except clients.errors.RedisError as error:
        raise Violation(
            f"replies: {case.name}: refuses a well-formed reply: {type(error).__name__}",
            f"{way}: {error}",
        ) from error


def _ask(clients: Clients, case: _Case, way: Way, pushes: tuple[Frame, ...] = ()) -> Any:
    exchange = case.exchange
    resp2 = way.protocol == 2 or (way.protocol is None and not clients.unifies)
    null = b"$-1\r\n" if resp2 else b"_\r\n"

    def wire(frame: Frame) -> bytes:
        return encode(frame, null)

    def call(client: Any) -> Any:
        if exchange.read is not None:
            return exchange.read(client)
        return getattr(client, exchange.method)(*exchange.arguments, **exchange.options)

    frame: Frame = exchange.reply
    if resp2:
        frame = older(exchange.older or frame)
    said = b"-%b\r\n" % case.error.encode() if case.error else wire(frame)
    before = b"".join(map(wire, pushes))
    replies = [before + said, *(wire(older(part) if resp2 else part) for part in exchange.more)]
    if way.pipelined:
        queued = [wire(Simple("OK")), wire(Simple("QUEUED"))]
        # A transaction is sent in one go: the answers come one after the other.
        replies = [*queued, b"*1\r\n" + said]
    return clients.ask(way, call, replies)


def _require_error(clients: Clients, case: _Case, way: Way) -> None:
    """An error reply is raised as one of the documented errors, with what it says."""
    if not clients.can(way):
        return
    try:
        value = _ask(clients, case, way)
    except clients.errors.RedisError as error:
        slot = getattr(error, "slot_id", None)
        if slot is not None and (slot, getattr(error, "port", None)) != (3999, 6381):
            raise Violation(
                "replies: an error tells another node", f"{case.error}: {error}"
            ) from error
        return
    raise Violation("replies: an error is not raised", f"{case.name}: {case.error}: {value!r}")


def _require_whole(case: _Case, value: Any) -> None:
    """The value is of the documented type and holds all that the reply says."""
    exchange = case.exchange
    if exchange.kinds and type(value) not in exchange.kinds and value is not None:
        found = type(value).__name__
        raise Violation(f"replies: {case.name}: a {found} is not documented", repr(value)[:200])
    if exchange.size is not None and (value is None or len(value) != exchange.size):
        raise Violation(
            f"replies: {case.name}: another number of entries",
            f"{exchange.size} in {repr(value)[:200]}",
        )
    kept = leaves(exchange.reply) if exchange.kept is None else exchange.kept
    missing = collections.Counter(map(_plain, kept))
    missing.subtract(map(_plain, _parts(value)))
    lost = [word for word, times in missing.items() if times > 0]
    if lost:
        raise Violation(
            f"replies: {case.name}: loses a part of the reply", f"{lost[:3]} of {repr(value)[:200]}"
        )


def _require_equal(case: _Case, left: Any, right: Any, what: str) -> None:
    if not _same(left, right):
        raise Violation(
            f"replies: {case.name}: {what}", f"{repr(right)[:200]} for {repr(left)[:200]}"
        )


def _same(left: Any, right: Any) -> bool:
    """Equal, and of the same types all the way down."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        if list(map(repr, left)) != list(map(repr, right)):
            return bool(left == right)
        return all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right)


def _decoded(value: Any) -> Any:
    """`value` with its bytes as text."""
    match value:
        case bytes():
            return value.decode()
        case dict():
            return {_decoded(key): _decoded(part) for key, part in value.items()}
        case list() | tuple() | set() | frozenset():
            return type(value)(map(_decoded, value))
        case _:
            return value


def _parts(value: Any) -> Iterator[object]:
    """Every text and number in `value`, keys too."""
    match value:
        case dict():
            for key, part in value.items():
                yield key
                yield from _parts(part)
        case list() | tuple() | set() | frozenset():
            for part in value:
                yield from _parts(part)
        case bytes() | str() | int() | float():
            yield value


def _plain(value: object) -> object:
    """A number where it reads as one, else text: protocols differ in how they say numbers."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        for kind in (int, float):
            try:
                value = kind(value)
                break
            except ValueError:
                continue
    if isinstance(value, float):
        return int(value) if value.is_integer() else repr(value)
    return value


def _is_text(exchange: Exchange) -> bool:
    if not exchange.decodes:
        return False
    try:
        for part in leaves(exchange.reply):
            if isinstance(part, bytes):
                part.decode()
    except UnicodeDecodeError:
        return False
    return True
