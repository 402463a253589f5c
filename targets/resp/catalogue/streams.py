"""Replies about streams: entries, groups, consumers, and what is pending."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

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
    older,
    pairs,
    plain,
    some,
    table,
    texts,
)
from targets.resp.frames import NULL, Array, Bulk, Frame, Integer

GROUP: Final = ("g", "c")


def _identity(draw: Draw) -> bytes:
    """A stream entry's name."""
    return b"%d-%d" % (draw.integer(0, 2**48), draw.integer(0, 3))


def _fields(draw: Draw) -> Array:
    return flat((Bulk(field), bulk(draw)) for field in (b"f%b" % name(draw), *names(draw, 2)))


def _entry(draw: Draw, gone: float = 0.0) -> Frame:
    """An entry; where it was deleted since, its fields are null."""
    fields: Frame = NULL if draw.chance(gone) else _fields(draw)
    return Array((Bulk(_identity(draw)), fields))


def _entries(draw: Draw, gone: float = 0.0) -> Array:
    return Array(some(draw, lambda draw: _entry(draw, gone)))


def _range(method: str) -> Command:
    return lambda draw: Exchange(method, _entries(draw), ("s",), kinds=(list,))


def _read(method: str, *arguments: object, gone: float) -> Command:
    """Streams by name in RESP3, pairs of a name and entries in RESP2, null where time is up."""

    def build(draw: Draw) -> Exchange:
        if draw.chance(0.15):
            return Exchange(method, NULL, arguments)
        options: Mapping[str, Any] = {}
        streams = [(stream, _entries(draw, gone)) for stream in (b"s", *names(draw, 2))]
        streams = list(dict(streams).items())
        old = pairs((Bulk(stream), entries) for stream, entries in streams)
        return Exchange(method, table(streams), arguments, options, older=old)

    return build


def _read_claimed(draw: Draw) -> Exchange:
    """Since 8.4 entries that were claimed say for how long and how often they were delivered."""

    def claimed(draw: Draw) -> Frame:
        parts = (Bulk(_identity(draw)), _fields(draw), Integer(count(draw)), Integer(count(draw)))
        return Array(parts)

    entries = Array(some(draw, claimed))
    return Exchange(
        "xreadgroup",
        table([(b"s", entries)]),
        (*GROUP, {"s": ">"}),
        {"claim_min_idle_time": 10},
        older=pairs([(Bulk(b"s"), entries)]),
    )


def _claim(draw: Draw) -> Exchange:
    arguments = ("s", *GROUP, 10, ["1-0"])
    if draw.chance(0.3):
        reply = texts(*(_identity(draw) for _ in range(draw.integer(0, 3))))
        return Exchange("xclaim", reply, arguments, {"justid": True}, kinds=(list,))
    # Before 7.0 an entry that was deleted since is null.
    reply = Array(some(draw, lambda draw: maybe(draw, _entry(draw))))
    return Exchange("xclaim", reply, arguments, kinds=(list,))


def _autoclaim(draw: Draw) -> Exchange:
    arguments = ("s", *GROUP, 10)
    deleted = (texts(*names(draw)),) if draw.chance(0.6) else ()  # since 7.0
    if draw.chance(0.3):
        claimed = texts(*(_identity(draw) for _ in range(draw.integer(0, 3))))
        reply = Array((Bulk(b"0-0"), claimed, *deleted))
        kept = tuple(item.data for item in claimed.items if isinstance(item, Bulk))
        return Exchange("xautoclaim", reply, arguments, {"justid": True}, kept=kept)
    entries = Array(some(draw, lambda draw: maybe(draw, _entry(draw))))
    return Exchange("xautoclaim", Array((Bulk(b"0-0"), entries, *deleted)), arguments)


def _pending(draw: Draw) -> Exchange:
    if draw.chance(0.3):
        reply = Array((Integer(0), NULL, NULL, NULL))
        return Exchange("xpending", reply, ("s", "g"), kinds=(dict,))
    consumers = [(Bulk(consumer), Bulk(b"%d" % count(draw))) for consumer in names(draw)]
    ends = (Bulk(_identity(draw)), Bulk(_identity(draw)))
    reply = Array((Integer(count(draw)), *ends, pairs(consumers)))
    return Exchange("xpending", reply, ("s", "g"), kinds=(dict,))


def _pending_range(draw: Draw) -> Exchange:
    def item(draw: Draw) -> Frame:
        numbers = (Integer(count(draw)), Integer(count(draw)))
        return Array((Bulk(_identity(draw)), bulk(draw), *numbers))

    reply = Array(some(draw, item))
    return Exchange("xpending_range", reply, ("s", "g", "-", "+", 3), kept=None, kinds=(list,))


def _consumer(draw: Draw) -> Frame:
    said: list[tuple[bytes, Frame]] = [
        (b"name", bulk(draw)),
        (b"pending", Integer(count(draw))),
        (b"idle", Integer(number(draw))),
    ]
    if draw.chance(0.5):
        said.append((b"inactive", Integer(number(draw))))  # since 7.2
    return table(said)


def _consumers(draw: Draw) -> Exchange:
    return Exchange("xinfo_consumers", Array(some(draw, _consumer)), ("s", "g"), kinds=(list,))


def _group(draw: Draw) -> Frame:
    said: list[tuple[bytes, Frame]] = [
        (b"name", bulk(draw)),
        (b"consumers", Integer(count(draw))),
        (b"pending", Integer(count(draw))),
        (b"last-delivered-id", Bulk(_identity(draw))),
    ]
    if draw.chance(0.5):
        said.append((b"entries-read", maybe(draw, Integer(count(draw)))))  # since 7.0
        said.append((b"lag", maybe(draw, Integer(count(draw)))))
    return table(said)


def _groups(draw: Draw) -> Exchange:
    return Exchange("xinfo_groups", Array(some(draw, _group)), ("s",), kinds=(list,))


def _head(draw: Draw) -> list[tuple[bytes, Frame]]:
    said: list[tuple[bytes, Frame]] = [
        (b"length", Integer(count(draw))),
        (b"radix-tree-keys", Integer(count(draw))),
        (b"radix-tree-nodes", Integer(count(draw))),
        (b"last-generated-id", Bulk(_identity(draw))),
    ]
    if draw.chance(0.5):  # since 7.0
        said.append((b"max-deleted-entry-id", Bulk(_identity(draw))))
        said.append((b"entries-added", Integer(count(draw))))
        said.append((b"recorded-first-entry-id", Bulk(_identity(draw))))
    if draw.chance(0.2):
        said.append((b"unheard-of", Bulk(plain(draw))))
    return said


def _stream(draw: Draw) -> Exchange:
    said = [*_head(draw), (b"groups", Integer(count(draw)))]
    empty = draw.chance(0.3)
    for place in (b"first-entry", b"last-entry"):
        said.append((place, NULL if empty else _entry(draw)))
    return Exchange("xinfo_stream", table(said), ("s",), kinds=(dict,))


def _stream_full(draw: Draw) -> Exchange:
    """Groups, and consumers in them, with what is pending."""

    def consumer(draw: Draw) -> Frame:
        waiting = Array(some(draw, lambda draw: Array((Bulk(_identity(draw)), *_numbers(draw))), 2))
        return table(
            [
                (b"name", bulk(draw)),
                (b"seen-time", Integer(count(draw))),
                (b"pel-count", Integer(len(waiting.items))),
                (b"pel", waiting),
            ]
        )

    def group(draw: Draw) -> Frame:
        return table(
            [
                (b"name", bulk(draw)),
                (b"last-delivered-id", Bulk(_identity(draw))),
                (b"pel-count", Integer(0)),
                (b"pel", Array(())),
                (b"consumers", Array(some(draw, consumer, 2))),
            ]
        )

    seen: dict[object, Frame] = {}
    for frame in _entries(draw).items:
        assert isinstance(frame, Array)
        seen.setdefault(frame.items[0], frame)
    entries = Array(tuple(seen.values()))
    said = [*_head(draw), (b"entries", entries), (b"groups", Array(some(draw, group, 2)))]
    reply = table(said)
    return Exchange("xinfo_stream", reply, ("s",), {"full": True}, older=older(reply))


def _numbers(draw: Draw) -> tuple[Frame, Frame]:
    return Integer(count(draw)), Integer(count(draw))


STREAMS: Final[dict[bytes, Command]] = {
    b"XADD": lambda draw: Exchange("xadd", maybe(draw, Bulk(_identity(draw))), ("s", {"a": "b"})),
    b"XAUTOCLAIM": _autoclaim,
    b"XCLAIM": _claim,
    b"XINFO CONSUMERS": _consumers,
    b"XINFO GROUPS": _groups,
    b"XINFO STREAM": _stream,
    b"XINFO STREAM FULL": _stream_full,
    b"XLEN": lambda draw: Exchange("xlen", Integer(count(draw)), ("s",), kinds=(int,)),
    b"XPENDING": _pending,
    b"XPENDING RANGE": _pending_range,
    b"XRANGE": _range("xrange"),
    b"XREAD": _read("xread", {"s": "0"}, gone=0.0),
    b"XREADGROUP": _read("xreadgroup", *GROUP, {"s": "0"}, gone=0.2),
    b"XREADGROUP CLAIM": _read_claimed,
    b"XREVRANGE": _range("xrevrange"),
}
