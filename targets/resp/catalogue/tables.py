"""The reply of COMMAND, and what a client reads out of it: positions of keys, policies."""

from __future__ import annotations

import importlib
from typing import Any, Final

from targets.drawing import Draw
from targets.resp.catalogue.exchange import Command, Exchange, plain, some, table, texts
from targets.resp.frames import Array, Bulk, Frame, Integer, Set, Simple

COMMANDS: Final = (b"get", b"mset", b"json.set", b"memory", b"object", b"xread", b"ft.search")
FLAGS: Final = ("readonly", "write", "fast", "denyoom", "loading")
CATEGORIES: Final = ("@read", "@string", "@fast", "@slow")
TIPS: Final = (
    *(b"nondeterministic_output", b"request_policy:all_shards", b"request_policy:multi_shard"),
    *(b"request_policy:all_nodes", b"response_policy:agg_sum", b"response_policy:special"),
    *(b"response_policy:all_succeeded", b"response_policy:agg_logical_or"),
)


def _simple(draw: Draw, words: tuple[str, ...], always: tuple[str, ...] = ()) -> Set:
    chosen = dict.fromkeys((*always, *(draw.choice(words) for _ in range(draw.integer(0, 3)))))
    return Set(tuple(map(Simple, chosen)))


def _positions(draw: Draw) -> tuple[int, int, int]:
    """First and last key, and the step between keys; all 0: there are none."""
    way = draw.integer(0, 4)
    first = draw.integer(1, 2)
    if way == 0:
        return 0, 0, 0
    if way == 1:
        return first, first, 1
    if way == 2:
        return first, first + draw.integer(0, 2), 1
    return (first, -1, draw.integer(1, 2)) if way == 3 else (first, -2, 1)


def _entry(
    draw: Draw, called: bytes, positions: tuple[int, int, int], flags: tuple[str, ...] = ()
) -> Array:
    """A command as the server tells it; older ones tell less."""
    parts: list[Frame] = [Bulk(called), Integer(draw.integer(-5, 5)), _simple(draw, FLAGS, flags)]
    parts += map(Integer, positions)
    age = 3 if b"|" in called else draw.integer(1, 2)
    parts.append(_simple(draw, CATEGORIES))  # since 6.0, as RESP3 is
    if age >= 2:  # since 7.0
        tips = tuple(dict.fromkeys(draw.choice(TIPS) for _ in range(draw.integer(0, 2))))
        parts.append(texts(*tips))
        parts.append(Array(some(draw, _key_specification, 1)))
        below: tuple[Frame, ...] = ()
        if b"|" not in called and draw.chance(0.4):
            below = (_entry(draw, called + b"|usage", _positions(draw)),)
        parts.append(Array(below))
    return Array(tuple(parts))


def _key_specification(draw: Draw) -> Frame:
    index = table([(b"index", Integer(draw.integer(1, 2)))])
    keys = table([(b"lastkey", Integer(-1)), (b"keystep", Integer(1)), (b"limit", Integer(0))])
    return table(
        [
            (b"notes", Bulk(plain(draw))),
            (b"flags", _simple(draw, ("RO", "RW", "access"))),
            (b"begin_search", table([(b"type", Bulk(b"index")), (b"spec", index)])),
            (b"find_keys", table([(b"type", Bulk(b"range")), (b"spec", keys)])),
        ]
    )


def _called(draw: Draw) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(draw.choice(COMMANDS) for _ in range(draw.integer(0, 3))))


def _command(draw: Draw) -> Exchange:
    called = _called(draw)
    reply = Array(tuple(_entry(draw, word, _positions(draw)) for word in called))
    return Exchange("command", reply, kept=called, kinds=(dict,), size=len(called))


def _keys(draw: Draw) -> Exchange:
    """The keys of a call are those between the positions that COMMAND says."""
    others = [word for word in _called(draw) if word != b"mset"]
    first, last, step = positions = _positions(draw)
    flags = ("movablekeys",) if draw.chance(0.2) else ()
    entries = [
        _entry(draw, b"mset", positions, flags),
        *(_entry(draw, w, (1, 1, 1)) for w in others),
    ]
    words = [draw.choice(("mset", "MSET")), *(f"k{at}" for at in range(draw.integer(5, 7)))]
    end = len(words) + last if last < 0 else last
    keys = words[first : end + 1 : step] if step else []
    more: tuple[Frame, ...] = ()
    if flags:
        keys = ["k1", "k3"]
        more = (texts(b"k1", b"k3"),)
    return Exchange(
        "command",
        Array(tuple(entries)),
        kept=tuple(keys),
        needs="redis._parsers.commands:CommandsParser.get_keys",
        read=lambda client: _read_keys(client, words),
        more=more,
        size=len(keys) if keys else None,
    )


def _keys_of_others(draw: Draw) -> Exchange:
    """Keys that COMMAND tells of a part of a command, and channels, which it does not tell."""
    words, keys = draw.choice(
        (
            (["MEMORY USAGE", "k"], ["k"]),
            (["MEMORY", "USAGE", "k"], ["k"]),
            (["memory doctor", "x"], []),
            (["SUBSCRIBE", "a", "b"], ["a", "b"]),
            (["PUBLISH", "a", "m"], ["a"]),
            (["PUBSUB NUMSUB", "a", "b"], ["a", "b"]),
            (["PUBSUB", "CHANNELS", "a*"], ["a*"]),
            (["GET"], []),
        )
    )
    none = (0, 0, 0)
    below = Array((_entry(draw, b"memory|usage", (2, 2, 1)), _entry(draw, b"memory|doctor", none)))
    memory = _entry(draw, b"memory", none).items[:7]
    reply = Array(
        (
            Array((*memory, Array(()), Array(()), below)),
            _entry(draw, b"subscribe", none, ("pubsub",)),
            _entry(draw, b"publish", none, ("pubsub",)),
            _entry(draw, b"pubsub", none),
        )
    )
    return Exchange(
        "command",
        reply,
        kept=tuple(keys),
        needs="redis._parsers.commands:CommandsParser.get_keys",
        read=lambda client: _read_keys(client, words),
        size=len(keys) if keys else None,
    )


def _read_keys(client: Any, words: list[str]) -> Any:
    parsers = importlib.import_module("redis._parsers.commands")
    if not _asynchronous(client):
        return parsers.CommandsParser(client).get_keys(client, *words)

    async def read() -> Any:
        parser = parsers.AsyncCommandsParser()
        await parser.initialize(client)
        return await parser.get_keys(*words)

    return read()


def _policies(draw: Draw) -> Exchange:
    """Which nodes of a cluster a command is for, and how their replies are made one."""
    called = _called(draw)
    reply = Array(tuple(_entry(draw, word, _positions(draw)) for word in called))
    kept = tuple(word.rpartition(b".")[2] for word in called)
    needs = "redis._parsers.commands:AsyncCommandsParser.get_command_policies"
    return Exchange("command", reply, kept=kept, needs=needs, read=_read_policies)


def _read_policies(client: Any) -> Any:
    parsers = importlib.import_module("redis._parsers.commands")

    def plain_values(found: Any) -> Any:
        return {
            module: {
                word: (policies.request_policy.value, policies.response_policy.value)
                for word, policies in commands.items()
            }
            for module, commands in found.items()
        }

    if not _asynchronous(client):
        return plain_values(parsers.CommandsParser(client).get_command_policies())

    async def read() -> Any:
        parser = parsers.AsyncCommandsParser()
        await parser.initialize(client)
        return plain_values(await parser.get_command_policies())

    return read()


def _asynchronous(client: Any) -> bool:
    return type(client).__module__.startswith("redis.asyncio")


TABLES: Final[dict[bytes, Command]] = {
    b"COMMAND": _command,
    b"COMMAND KEYS": _keys,
    b"COMMAND KEYS OTHERS": _keys_of_others,
    b"COMMAND POLICIES": _policies,
}
