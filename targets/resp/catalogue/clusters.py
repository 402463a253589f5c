"""Replies about clusters and of sentinels."""

from __future__ import annotations

from typing import Final

from targets.drawing import Draw
from targets.resp.catalogue.exchange import (
    Command,
    Exchange,
    count,
    maybe,
    names,
    plain,
    some,
    table,
    texts,
)
from targets.resp.catalogue.servers import text
from targets.resp.frames import Array, Bulk, Frame, Integer

HOSTS: Final = (b"127.0.0.1", b"::1", b"10.0.0.9", b"")
ROLES: Final = (b"master", b"slave", b"sentinel")
STATES: Final = (b"s_down", b"o_down", b"disconnected", b"master_down", b"failover_in_progress")


def _identity(draw: Draw) -> bytes:
    return b"%040x" % draw.integer(0, 2**160 - 1)


def _node(draw: Draw, at: int) -> tuple[bytes, list[object]]:
    """A line about a node, and what of it must be in the value; `at` makes its address its own."""
    identity, address = _identity(draw), b"%b:%d" % (draw.choice(HOSTS), 30000 + at)
    bus = draw.choice((b"", b"@%d" % (40000 + at)))  # since 4.0
    host = b""
    if bus and draw.chance(0.5):
        host = draw.choice((b",", b",node.example"))  # since 7.0
        if draw.chance(0.5):
            host += b",shard-id=" + _identity(draw)
    flags = draw.choice((b"myself,master", b"master", b"slave", b"master,fail?", b"handshake"))
    master = _identity(draw) if flags == b"slave" else b"-"
    epoch = draw.integer(0, 99)
    link = draw.choice((b"connected", b"disconnected"))
    words = [identity, address + bus + host, flags, master, b"0", b"1426238317239"]
    words += [b"%d" % epoch, link]
    kept: list[object] = [identity, address, flags, master]
    if b",node" in host:
        kept.append(host.split(b",")[1])
    for _ in range(draw.integer(0, 3)):
        slot, other = draw.integer(0, 16383), _identity(draw)
        way = draw.integer(0, 3)
        if way == 0:
            words.append(b"%d" % slot)
            kept.append(slot)
        elif way == 1:
            words.append(b"%d-16383" % slot)
            kept += [slot, 16383]
        else:
            words.append((b"[%d->-%b]" if way == 2 else b"[%d-<-%b]") % (slot, other))
            kept += [slot, other]
    return b" ".join(words), kept


def _nodes(draw: Draw) -> Exchange:
    lines = [_node(draw, at) for at in range(draw.integer(1, 3))]
    said = text(b"".join(line + b"\n" for line, _ in lines))
    kept = tuple(word for _, words in lines for word in words)
    return Exchange("cluster", said, ("NODES",), kept=kept, kinds=(dict,), size=len(lines))


def _replicas(draw: Draw) -> Exchange:
    lines = [_node(draw, at) for at in range(draw.integer(0, 2))]
    reply = texts(*(line for line, _ in lines))
    kept = tuple(word for _, words in lines for word in words)
    return Exchange("cluster", reply, ("REPLICAS", "x"), kept=kept, kinds=(dict,), size=len(lines))


def _state(draw: Draw) -> Exchange:
    known = draw.integer(1, 99)
    lines = [b"cluster_enabled:1", b"cluster_state:ok", b"cluster_known_nodes:%d" % known]
    if draw.chance(0.5):
        lines.append(b"cluster_stats_messages_ping_sent:%d" % count(draw))
    said = text(b"".join(line + b"\r\n" for line in lines))
    return Exchange("cluster", said, ("INFO",), kept=(known, "ok"), kinds=(dict,))


def _links(draw: Draw) -> Exchange:
    def link(draw: Draw) -> Frame:
        said: list[tuple[bytes, Frame]] = [
            (b"direction", Bulk(draw.choice((b"to", b"from")))),
            (b"node", Bulk(_identity(draw))),
            (b"create-time", Integer(count(draw))),
            (b"events", Bulk(draw.choice((b"rw", b"r", b"")))),
            (b"send-buffer-allocated", Integer(count(draw))),
            (b"send-buffer-used", Integer(0)),
        ]
        return table(said)

    return Exchange("cluster", Array(some(draw, link)), ("LINKS",), kinds=(list,))


def _keys_in_slot(draw: Draw) -> Exchange:
    reply = texts(*(plain(draw) for _ in range(draw.integer(0, 3))))
    return Exchange("cluster", reply, ("GETKEYSINSLOT", 1, 3), kinds=(list,))


def _instance(draw: Draw, called: bytes) -> tuple[Frame, list[object]]:
    """What a sentinel says of a server: texts all of it."""
    flags = [draw.choice(ROLES), *(word for word in STATES if draw.chance(0.2))]
    quorum, port = draw.integer(1, 9), draw.integer(1, 65535)
    said: list[tuple[bytes, Frame]] = [
        (b"name", Bulk(called)),
        (b"ip", Bulk(draw.choice(HOSTS))),
        (b"port", Bulk(b"%d" % port)),
        (b"runid", Bulk(_identity(draw))),
        (b"flags", Bulk(b",".join(flags))),
        (b"link-pending-commands", Bulk(b"0")),
        (b"last-ping-sent", Bulk(b"%d" % count(draw))),
        (b"role-reported", Bulk(b"master")),
        (b"quorum", Bulk(b"%d" % quorum)),
    ]
    if draw.chance(0.4):
        said.append((b"master-link-status", Bulk(b"ok")))
        said.append((b"slave-priority", Bulk(draw.choice((b"100", b"?")))))
        said.append((b"unheard-of", Bulk(plain(draw))))
    return table(said), [called, port, quorum]


def _master(draw: Draw) -> Exchange:
    reply, kept = _instance(draw, b"mymaster")
    return Exchange("sentinel_master", reply, ("m",), kept=tuple(kept), kinds=(dict,))


def _instances(method: str, *arguments: object) -> Command:
    def build(draw: Draw) -> Exchange:
        made = [_instance(draw, b"m%d" % at) for at in range(draw.integer(0, 2))]
        kept = tuple(word for _, words in made for word in words)
        reply = Array(tuple(frame for frame, _ in made))
        return Exchange(method, reply, arguments, kept=kept, size=len(made))

    return build


def _address(draw: Draw) -> Exchange:
    reply = maybe(draw, texts(draw.choice(HOSTS[:3]), b"%d" % draw.integer(1, 65535)))
    return Exchange("sentinel_get_master_addr_by_name", reply, ("m",))


CLUSTERS: Final[dict[bytes, Command]] = {
    b"CLUSTER GETKEYSINSLOT": _keys_in_slot,
    b"CLUSTER INFO": _state,
    b"CLUSTER LINKS": _links,
    b"CLUSTER NODES": _nodes,
    b"CLUSTER REPLICAS": _replicas,
    b"COMMAND GETKEYS": lambda draw: Exchange(
        "command_getkeys", texts(*names(draw)), ("GET", "k"), kinds=(list,)
    ),
    b"SENTINEL GET-MASTER-ADDR-BY-NAME": _address,
    b"SENTINEL MASTER": _master,
    b"SENTINEL MASTERS": _instances("sentinel_masters"),
    b"SENTINEL SENTINELS": _instances("sentinel_sentinels", "m"),
    b"SENTINEL SLAVES": _instances("sentinel_slaves", "m"),
}
