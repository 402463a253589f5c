"""Replies about keys, strings, hashes, lists and sets."""

from __future__ import annotations

from typing import Final

from targets.drawing import Draw
from targets.resp.catalogue.exchange import (
    Command,
    Exchange,
    bulk,
    count,
    flat,
    maybe,
    name,
    names,
    number,
    pairs,
    plain,
    score,
    some,
    spelled,
    table,
    texts,
)
from targets.resp.frames import NULL, Array, Bulk, Frame, Integer, Set, Simple

OK: Final = Simple("OK")


def _flag(method: str, *arguments: object) -> Command:
    """A command that says 1 or 0, which is True or False."""

    def build(draw: Draw) -> Exchange:
        said = draw.chance(0.5)
        return Exchange(method, Integer(int(said)), arguments, kept=(said,), kinds=(bool,))

    return build


def _done(method: str, *arguments: object) -> Command:
    """A command that says OK, which is True."""
    return lambda _draw: Exchange(method, OK, arguments, kept=(True,), kinds=(bool,))


def _number(method: str, *arguments: object) -> Command:
    """A command that says a number."""
    return lambda draw: Exchange(method, Integer(number(draw)), arguments, kinds=(int,))


def _value(method: str, *arguments: object) -> Command:
    """A command that says a value, or null."""
    return lambda draw: Exchange(method, maybe(draw, bulk(draw)), arguments)


def _list(method: str, *arguments: object, most: int = 3) -> Command:
    """A command that says a list of values."""
    return lambda draw: Exchange(method, Array(some(draw, bulk, most)), arguments, kinds=(list,))


def _gaps(method: str, *arguments: object) -> Command:
    """A command that says a list of values with nulls among them."""
    return lambda draw: Exchange(
        method, Array(some(draw, lambda draw: maybe(draw, bulk(draw)))), arguments, kinds=(list,)
    )


def _set(method: str, *arguments: object) -> Command:
    """A command that says a set."""
    return lambda draw: Exchange(method, Set(tuple(map(Bulk, names(draw)))), arguments)


def _float(method: str, *arguments: object) -> Command:
    """A command that says a number with a point as text."""

    def build(draw: Draw) -> Exchange:
        value = score(draw)
        return Exchange(method, Bulk(spelled(value)), arguments, kept=(value,), kinds=(float,))

    return build


def _set_value(draw: Draw) -> Exchange:
    if draw.chance(0.5):
        return Exchange("set", maybe(draw, bulk(draw)), ("k", "v"), {"get": True})
    if draw.chance(0.5):
        return Exchange("set", NULL, ("k", "v"), {"nx": True}, kept=())
    return Exchange("set", OK, ("k", "v"), kept=(True,), kinds=(bool,))


def _lcs(draw: Draw) -> Exchange:
    if draw.chance(0.3):
        return Exchange("lcs", Bulk(name(draw)), ("a", "b"))
    if draw.chance(0.3):
        return Exchange("lcs", Integer(count(draw)), ("a", "b"), {"len": True}, kinds=(int,))
    matches = _matches(draw, last=draw.chance(0.5))
    reply = table([(b"matches", matches), (b"len", Integer(count(draw)))])
    return Exchange("lcs", reply, ("a", "b"), {"idx": True})


def _matches(draw: Draw, last: bool) -> Array:
    def match(draw: Draw) -> Frame:
        ranges = [Array((Integer(count(draw)), Integer(count(draw)))) for _ in range(2)]
        return Array((*ranges, *((Integer(count(draw)),) if last else ())))

    return Array(some(draw, match))


def _stralgo(draw: Draw) -> Exchange:
    arguments = ("LCS", "a", "b")
    way = draw.integer(0, 2)
    if way == 0:
        return Exchange("stralgo", Bulk(b"text" + plain(draw)), arguments)
    if way == 1:
        return Exchange("stralgo", Integer(count(draw)), arguments, {"len": True}, kinds=(int,))
    last = draw.chance(0.5)
    reply = table([(b"matches", _matches(draw, last)), (b"len", Integer(count(draw)))])
    return Exchange("stralgo", reply, arguments, {"idx": True, "withmatchlen": last}, kinds=(dict,))


def _time(draw: Draw) -> Exchange:
    seconds, micros = count(draw), draw.integer(0, 999999)
    reply = texts(b"%d" % seconds, b"%d" % micros)
    return Exchange("time", reply, kept=(seconds, micros), kinds=(tuple,))


def _lastsave(draw: Draw) -> Exchange:
    return Exchange("lastsave", Integer(draw.integer(1, 2**32)), kept=())


def _sort(draw: Draw) -> Exchange:
    width = draw.integer(2, 3)
    rows = draw.integer(0, 3)
    items = tuple(maybe(draw, bulk(draw)) for _ in range(rows * width))
    patterns = [f"w{at}_*" for at in range(width)]
    return Exchange("sort", Array(items), ("k",), {"get": patterns, "groups": True}, kinds=(list,))


def _scan(method: str, *arguments: object) -> Command:
    def build(draw: Draw) -> Exchange:
        reply = Array((Bulk(b"%d" % count(draw)), Array(some(draw, bulk))))
        return Exchange(method, reply, arguments, kinds=(tuple,))

    return build


def _hgetall(draw: Draw) -> Exchange:
    reply = table((field, bulk(draw)) for field in names(draw))
    return Exchange("hgetall", reply, ("k",), kinds=(dict,))


def _hscan(draw: Draw) -> Exchange:
    cursor = Bulk(b"%d" % count(draw))
    fields = names(draw)
    if draw.chance(0.3):
        reply = Array((cursor, texts(*fields)))
        return Exchange("hscan", reply, ("k",), {"no_values": True}, kinds=(tuple,))
    reply = Array((cursor, flat((Bulk(field), bulk(draw)) for field in fields)))
    return Exchange("hscan", reply, ("k",), kinds=(tuple,))


def _hrandfield(draw: Draw) -> Exchange:
    fields = names(draw)
    if draw.chance(0.3):
        return Exchange("hrandfield", texts(*fields), ("k", 3))
    entries = [(Bulk(field), bulk(draw)) for field in fields]
    return Exchange(
        "hrandfield", pairs(entries), ("k", 3), {"withvalues": True}, older=flat(entries)
    )


def _blpop(method: str) -> Command:
    return lambda draw: Exchange(
        method, maybe(draw, Array((bulk(draw), bulk(draw)))), (["k"],), {"timeout": 1}
    )


def _lmpop(draw: Draw) -> Exchange:
    reply = maybe(draw, Array((bulk(draw), Array((bulk(draw), *some(draw, bulk, 2))))))
    return Exchange("lmpop", reply, (1, "k"), {"direction": "LEFT", "count": 3})


def _lpos(draw: Draw) -> Exchange:
    if draw.chance(0.5):
        return Exchange("lpos", maybe(draw, Integer(count(draw))), ("k", "v"))
    return Exchange(
        "lpos", Array(some(draw, lambda draw: Integer(count(draw)))), ("k", "v"), {"count": 3}
    )


def _bools(method: str, key: str) -> Command:
    def build(draw: Draw) -> Exchange:
        said = [draw.chance(0.5) for _ in range(draw.integer(1, 3))]
        reply = Array(tuple(Integer(int(flag)) for flag in said))
        return Exchange(method, reply, (key, "a"), kept=tuple(said), kinds=(list,))

    return build


def _spop(draw: Draw) -> Exchange:
    return Exchange("spop", Set(tuple(map(Bulk, names(draw)))), ("k", 3))


def _config(draw: Draw) -> Exchange:
    reply = table((plain(draw) + b"%d" % at, Bulk(plain(draw))) for at in range(draw.integer(0, 3)))
    return Exchange("config_get", reply, kinds=(dict,))


VALUES: Final[dict[bytes, Command]] = {
    b"APPEND": _number("append", "k", "v"),
    b"BLMPOP": lambda draw: Exchange(
        "blmpop", _lmpop(draw).reply, (1, 1, "k"), {"direction": "LEFT"}
    ),
    b"BLPOP": _blpop("blpop"),
    b"BRPOP": _blpop("brpop"),
    b"CONFIG GET": _config,
    b"CONFIG SET": _done("config_set", "a", "b"),
    b"COPY": _flag("copy", "a", "b"),
    b"DECRBY": _number("decrby", "k", 3),
    b"DUMP": lambda draw: Exchange("dump", maybe(draw, bulk(draw)), ("k",), decodes=False),
    b"EXISTS": _number("exists", "k"),
    b"EXPIRE": _flag("expire", "k", 3),
    b"EXPIRETIME": _number("expiretime", "k"),
    b"FLUSHALL": _done("flushall"),
    b"GET": _value("get", "k"),
    b"GETDEL": _value("getdel", "k"),
    b"HEXISTS": _flag("hexists", "k", "f"),
    b"HGET": _value("hget", "k", "f"),
    b"HGETALL": _hgetall,
    b"HINCRBYFLOAT": _float("hincrbyfloat", "k", "f", 1.5),
    b"HKEYS": _list("hkeys", "k"),
    b"HMGET": _gaps("hmget", "k", ["f"]),
    b"HRANDFIELD": _hrandfield,
    b"HSCAN": _hscan,
    b"HVALS": _list("hvals", "k"),
    b"INCRBYFLOAT": _float("incrbyfloat", "k", 1.5),
    b"KEYS": _list("keys"),
    b"LASTSAVE": _lastsave,
    b"LCS": _lcs,
    b"LMPOP": _lmpop,
    b"LPOS": _lpos,
    b"LRANGE": _list("lrange", "k", 0, -1),
    b"LSET": _done("lset", "k", 0, "v"),
    b"MGET": _gaps("mget", ["k"]),
    b"MSETNX": _flag("msetnx", {"a": "b"}),
    b"OBJECT ENCODING": lambda draw: Exchange("object", Bulk(plain(draw)), ("ENCODING", "k")),
    b"PERSIST": _flag("persist", "k"),
    b"RANDOMKEY": _value("randomkey"),
    b"RENAME": _done("rename", "a", "b"),
    b"SCAN": _scan("scan"),
    b"SCRIPT EXISTS": _bools("script_exists", "a"),
    b"SDIFF": _set("sdiff", "a"),
    b"SET": _set_value,
    b"SINTER": _set("sinter", "a"),
    b"SMEMBERS": _set("smembers", "a"),
    b"SMISMEMBER": _bools("smismember", "k"),
    b"SORT": _sort,
    b"SPOP": _spop,
    b"SRANDMEMBER": _list("srandmember", "k", 3),
    b"SSCAN": _scan("sscan", "k"),
    b"STRALGO": _stralgo,
    b"SUNION": _set("sunion", "a"),
    b"TIME": _time,
    b"TTL": _number("ttl", "k"),
}
