"""Replies about sorted sets and about places: scores and coordinates, alone and in pairs."""

from __future__ import annotations

from typing import Any, Final

from targets.drawing import Draw
from targets.resp.catalogue.exchange import (
    Command,
    Exchange,
    bulk,
    count,
    flat,
    maybe,
    names,
    pairs,
    plain,
    score,
    scored,
    some,
    spelled,
    texts,
)
from targets.resp.frames import NULL, Array, Bulk, Double, Frame, Integer

WHOLE: Final = (0.0, 1.0, -3.0, 2.0**53, 1.7732526297292595e18, 1e21)
"""Scores that are whole numbers, the largest written with an exponent."""
UNCAST: Final = ("zdiff", "zinter")
"""Methods that take no function to make numbers of scores."""


def _range(method: str, *arguments: object) -> Command:
    """A command that says members, with scores if it was asked to."""

    def build(draw: Draw) -> Exchange:
        members = names(draw)
        if draw.chance(0.2):
            return Exchange(method, texts(*members), arguments, kinds=(list,))
        options: dict[str, Any] = {"withscores": True}
        entries = scored(draw, members)
        if draw.chance(0.15) and method not in UNCAST:
            options["score_cast_func"] = int
            entries = tuple((member, Double(draw.choice(WHOLE))) for member, _ in entries)
        return Exchange(
            method, pairs(entries), arguments, options, older=flat(entries), kinds=(list,)
        )

    return build


def _random(draw: Draw) -> Exchange:
    entries = scored(draw, names(draw))
    if draw.chance(0.3):
        return Exchange("zrandmember", texts(*names(draw)), ("k", 3))
    return Exchange(
        "zrandmember", pairs(entries), ("k", 3), {"withscores": True}, older=flat(entries)
    )


def _pop(method: str) -> Command:
    """Without a count RESP3 says one pair flat, with a count pairs."""

    def build(draw: Draw) -> Exchange:
        entries = scored(draw, names(draw))
        if draw.chance(0.5):
            reply = pairs(entries)
            return Exchange(method, reply, ("k",), {"count": 3}, older=flat(entries))
        return Exchange(method, flat(entries[:1]), ("k",))

    return build


def _blocking_pop(method: str) -> Command:
    def build(draw: Draw) -> Exchange:
        reply = maybe(draw, Array((bulk(draw), bulk(draw), Double(score(draw)))))
        return Exchange(method, reply, (["k"],), {"timeout": 1})

    return build


def _multiple_pop(method: str, *arguments: object) -> Command:
    def build(draw: Draw) -> Exchange:
        entries = scored(draw, (b"one", *names(draw)))
        reply = maybe(draw, Array((bulk(draw), pairs(entries))))
        return Exchange(method, reply, arguments, {"min": True, "count": 3})

    return build


def _score(method: str, *arguments: object, **options: object) -> Command:
    def build(draw: Draw) -> Exchange:
        reply = maybe(draw, Double(score(draw)))
        return Exchange(method, reply, arguments, options, kinds=(float, type(None)))

    return build


def _rank(method: str) -> Command:
    def build(draw: Draw) -> Exchange:
        if draw.chance(0.3):
            return Exchange(method, maybe(draw, Integer(count(draw))), ("k", "m"))
        reply = maybe(draw, Array((Integer(count(draw)), Double(score(draw)))))
        return Exchange(method, reply, ("k", "m"), {"withscore": True})

    return build


def _scores(draw: Draw) -> Exchange:
    reply = Array(some(draw, lambda draw: maybe(draw, Double(score(draw)))))
    return Exchange("zmscore", reply, ("k", ["a"]), kinds=(list,))


def _scan(draw: Draw) -> Exchange:
    """The scores of a scan are texts in both protocols."""
    entries: list[tuple[Frame, Frame]] = []
    kept: list[object] = []
    for member in names(draw):
        value = score(draw)
        entries.append((Bulk(member), Bulk(spelled(value))))
        kept += [member, value]
    reply = Array((Bulk(b"%d" % count(draw)), flat(entries)))
    return Exchange("zscan", reply, ("k",), kept=tuple(kept), kinds=(tuple,))


def _degrees(draw: Draw) -> Frame:
    return Double(draw.integer(-180 * 2**20, 180 * 2**20) / 2**20)


def _positions(draw: Draw) -> Exchange:
    reply = Array(some(draw, lambda draw: maybe(draw, Array((_degrees(draw), _degrees(draw))))))
    return Exchange("geopos", reply, ("k", "a"), kinds=(list,))


def _distance(draw: Draw) -> Exchange:
    if draw.chance(0.2):
        return Exchange("geodist", NULL, ("k", "a", "b"))
    metres = draw.integer(0, 2 * 10**9) / 100
    return Exchange(
        "geodist", Bulk(b"%.4f" % metres), ("k", "a", "b"), kept=(metres,), kinds=(float,)
    )


def _hashes(draw: Draw) -> Exchange:
    reply = Array(some(draw, lambda draw: maybe(draw, Bulk(b"sqc8b49rny%d" % count(draw)))))
    return Exchange("geohash", reply, ("k", "a"), kinds=(list,))


def _search(method: str, *arguments: object, **fixed: object) -> Command:
    """Places with as much of distance, hash and coordinates as was asked for, in this order."""

    def build(draw: Draw) -> Exchange:
        options: dict[str, object] = dict(fixed)
        wanted = [word for word in ("withdist", "withhash", "withcoord") if draw.chance(0.6)]
        options.update(dict.fromkeys(wanted, True))
        kept: list[object] = []

        def place(member: bytes) -> Frame:
            kept.append(member)
            parts: list[Frame] = [Bulk(member)]
            for word in wanted:
                if word == "withdist":
                    metres = draw.integer(0, 2 * 10**9) / 100
                    parts.append(Bulk(b"%.4f" % metres))
                    kept.append(metres)
                elif word == "withhash":
                    value = draw.integer(0, 2**52)
                    parts.append(Integer(value))
                    kept.append(value)
                else:
                    one, two = _degrees(draw), _degrees(draw)
                    parts.append(Array((one, two)))
                    kept.extend(part.value for part in (one, two) if isinstance(part, Double))
            return Array(tuple(parts)) if wanted else Bulk(member)

        reply = Array(tuple(map(place, names(draw))))
        return Exchange(method, reply, arguments, options, kept=tuple(kept), kinds=(list,))

    return build


def _stored(draw: Draw) -> Exchange:
    reply = Integer(count(draw))
    options = {"store": plain(draw).decode()}
    return Exchange("georadius", reply, ("k", 1.5, 2.5, 3), options, kinds=(int,))


SORTED_SETS: Final[dict[bytes, Command]] = {
    b"BZMPOP": _multiple_pop("bzmpop", 1, 1, ["k"]),
    b"BZPOPMAX": _blocking_pop("bzpopmax"),
    b"BZPOPMIN": _blocking_pop("bzpopmin"),
    b"GEODIST": _distance,
    b"GEOHASH": _hashes,
    b"GEOPOS": _positions,
    b"GEORADIUS": _search("georadius", "k", 1.5, 2.5, 3),
    b"GEORADIUS STORE": _stored,
    b"GEORADIUSBYMEMBER": _search("georadiusbymember", "k", "m", 3),
    b"GEOSEARCH": _search("geosearch", "k", member="m", radius=3),
    b"ZADD": lambda draw: Exchange("zadd", Integer(count(draw)), ("k", {"a": 1}), kinds=(int,)),
    b"ZADD INCR": _score("zadd", "k", {"a": 1}, incr=True),
    b"ZDIFF": _range("zdiff", ["k"]),
    b"ZINCRBY": _score("zincrby", "k", 1.5, "m"),
    b"ZINTER": _range("zinter", ["k"]),
    b"ZMPOP": _multiple_pop("zmpop", 1, ["k"]),
    b"ZMSCORE": _scores,
    b"ZPOPMAX": _pop("zpopmax"),
    b"ZPOPMIN": _pop("zpopmin"),
    b"ZRANDMEMBER": _random,
    b"ZRANGE": _range("zrange", "k", 0, -1),
    b"ZRANGEBYSCORE": _range("zrangebyscore", "k", "-inf", "+inf"),
    b"ZRANK": _rank("zrank"),
    b"ZREVRANGE": _range("zrevrange", "k", 0, -1),
    b"ZREVRANGEBYSCORE": _range("zrevrangebyscore", "k", "+inf", "-inf"),
    b"ZREVRANK": _rank("zrevrank"),
    b"ZSCAN": _scan,
    b"ZSCORE": _score("zscore", "k", "m"),
    b"ZUNION": _range("zunion", ["k"]),
}
