"""Replies about the server, its clients, users, modules and functions."""

from __future__ import annotations

from typing import Final

from targets.drawing import Draw
from targets.resp.catalogue.exchange import (
    PLAIN,
    Command,
    Exchange,
    bulk,
    count,
    flat,
    maybe,
    name,
    names,
    number,
    plain,
    some,
    table,
    texts,
)
from targets.resp.frames import NULL, Array, Bulk, Double, Frame, Integer, Set, Simple, Verbatim

FLAGS: Final = (b"readonly", b"fast", b"write", b"denyoom", b"movablekeys")
CLIENT_NAMES: Final = (*PLAIN, b"", b"a=b", b"x=1,y=2", b"=")
"""A client's name may hold any sign from ! to ~."""
ADDRESSES: Final = (
    *(b"127.0.0.1:50188", b"[::1]:50188", b"/tmp/redis.sock:0", b"/tmp/redis sock/redis.sock:0"),
    b"/tmp/a=b/redis.sock:0",
)


def text(data: bytes) -> Verbatim:
    """A text as RESP3 says it."""
    return Verbatim(b"txt", data)


def client_line(draw: Draw) -> tuple[bytes, tuple[bytes, ...]]:
    """A line that says all of a client, and what its value must hold."""
    address, called = draw.choice(ADDRESSES), draw.choice(CLIENT_NAMES)
    said = [
        b"id=%d" % count(draw),
        b"addr=" + address,
        b"laddr=" + address,
        b"fd=%d" % draw.integer(-1, 1000),
        b"name=" + called,
        b"age=%d" % count(draw),
        b"idle=%d" % count(draw),
        b"flags=" + draw.choice((b"N", b"S", b"M", b"x", b"ub")),
        b"db=%d" % draw.integer(0, 15),
        b"sub=0 psub=0 ssub=0 multi=%d" % draw.integer(-1, 3),
        b"qbuf=26 qbuf-free=32742 argv-mem=10 multi-mem=0 obl=0 oll=0 omem=0 tot-mem=61466",
        b"events=" + draw.choice((b"r", b"rw", b"")),
        b"cmd=" + draw.choice((b"client|list", b"get", b"NULL", b"config|set")),
        b"user=" + draw.choice((b"default", b"alice", b"(superuser)", b"a=b")),
    ]
    if draw.chance(0.6):
        said.append(b"redir=-1 resp=%d" % draw.integer(2, 3))
    if draw.chance(0.5):
        said.append(b"lib-name=" + draw.choice(CLIENT_NAMES))
        said.append(b"lib-ver=" + draw.choice((b"", b"5.0.1", b"1=2")))
    if draw.chance(0.3):
        said.append(b"io-thread=0 tot-net-in=%d" % count(draw))
    return b" ".join(said), (address, called)


def _clients(draw: Draw) -> Exchange:
    lines = [client_line(draw) for _ in range(draw.integer(0, 3))]
    kept = tuple(word for _, words in lines for word in words)
    said = b"".join(line + b"\n" for line, _ in lines)
    return Exchange("client_list", text(said), kept=kept, kinds=(list,), size=len(lines))


def _client(draw: Draw) -> Exchange:
    line, kept = client_line(draw)
    return Exchange("client_info", text(line + b"\n"), kept=kept, kinds=(dict,))


def _info_value(draw: Draw) -> tuple[bytes, tuple[object, ...]]:
    """A value of INFO, and what of it must be in the value."""
    way = draw.integer(0, 6)
    if way == 0:
        value = number(draw)
        return b"%d" % value, (value,)
    if way == 1:
        return b"%.2f" % (count(draw) / 4), ()
    if way == 2:
        word = plain(draw)
        return word, (word,)
    if way == 3:
        keys, expires = count(draw), count(draw)
        return b"keys=%d,expires=%d,avg_ttl=0" % (keys, expires), (keys, expires)
    if way == 4:
        delay = draw.choice((b"p50=1.003,p99=2.007,p99.9=2.007", b"count=3", b"calls=1,usec=2"))
        return delay, ()
    if way == 5:
        return draw.choice(
            (b"/etc/redis/redis=1.conf", b"/a,b=c/redis.conf", b"Linux 6.1 x86_64", b"", b"a:b:c")
        ), ()
    address = draw.choice((b"127.0.0.1", b"::1", b"host.example"))
    return b"ip=%b,port=6380,state=online,offset=%d,lag=1" % (address, count(draw)), (address,)


def _module_line(draw: Draw) -> tuple[bytes, tuple[object, ...]]:
    word = b"mod%d" % draw.integer(0, 99)
    line = b"module:name=%b,ver=%d,api=1,filters=0,usedby=[%b],using=[],options=[%b]"
    used = draw.choice((b"", b"a", b"a|b"))
    options = draw.choice((b"", b"handle-io-errors", b"handle-io-errors|no-implicit-signal"))
    return line % (word, draw.integer(1, 99999), used, options), (word,)


def _info(draw: Draw) -> Exchange:
    """Sections of lines; keys as servers have them, each once, but for modules."""
    keys = (
        *(b"redis_version", b"redis_git_sha1", b"executable", b"config_file", b"db0", b"slave0"),
        *(b"cmdstat_config|set", b"cmdstat_host:", b"errorstat_ERR", b"used_memory_human"),
        *(b"latency_percentiles_usec_get", b"master0", b"unheard_of", b"io_thread_0", b"os"),
    )
    lines, kept = [b"# Server"], list[object]()
    for key in dict.fromkeys(draw.choice(keys) for _ in range(draw.integer(0, 5))):
        if key == b"cmdstat_host:":
            lines.append(key + b"calls=1,usec=2")
            continue
        value, words = _info_value(draw)
        lines.append(b"%b:%b" % (key, value))
        kept += [key, *words]
        if draw.chance(0.2):
            lines += [b"", b"# Modules"]
    for _ in range(draw.integer(0, 2)):
        line, words = _module_line(draw)
        lines.append(line)
        kept += words
    said = b"".join(line + b"\r\n" for line in lines)
    return Exchange("info", text(said), kept=tuple(kept), kinds=(dict,))


def _slow_log(draw: Draw) -> Exchange:
    kept: list[object] = []
    decoded = [b"GET", b"a b", b"", b"caf\xc3\xa9", b"... (3 more bytes)"]

    def entry(draw: Draw) -> Frame:
        words = [draw.choice(decoded) for _ in range(draw.integer(1, 3))]
        numbers = [count(draw) for _ in range(3)]
        parts: list[Frame] = [Integer(value) for value in numbers]
        if draw.chance(0.2):  # Redis Enterprise says how complex it was
            parts.append(Bulk(b"N=%d" % draw.integer(0, 9)))
        parts.append(texts(*words))
        kept.extend([*numbers, b" ".join(words)])
        if draw.chance(0.7):  # since 4.0
            address, called = draw.choice(ADDRESSES), draw.choice(CLIENT_NAMES)
            parts += [Bulk(address), Bulk(called)]
            kept.extend([address, called])
        return Array(tuple(parts))

    reply = Array(some(draw, entry))
    return Exchange(
        "slowlog_get", reply, kept=tuple(kept), kinds=(list,), size=len(reply.items), decodes=False
    )


def _memory(draw: Draw) -> Exchange:
    said: list[tuple[bytes, Frame]] = [
        (b"peak.allocated", Integer(count(draw))),
        (b"total.allocated", Integer(count(draw))),
        (b"replication.backlog", Integer(0)),
        (b"dataset.percentage", Double(draw.integer(0, 800) / 8)),
        (b"fragmentation.bytes", Integer(number(draw))),
        (b"allocator-fragmentation.ratio", Double(1.25)),
    ]
    for at in range(draw.integer(0, 2)):
        inside = [(b"overhead.hashtable.main", Integer(count(draw)))]
        inside.append((b"overhead.hashtable.expires", Integer(count(draw))))
        said.append((b"db.%d" % at, table(inside)))
    if draw.chance(0.3):
        said.append((b"db.dict.rehashing.count", Integer(0)))
    return Exchange("memory_stats", table(said), kinds=(dict,))


def _patterns(draw: Draw, sign: bytes) -> bytes:
    return b" ".join(sign + plain(draw) for _ in range(draw.integer(0, 2)))


def _user(draw: Draw) -> Exchange:
    """Key patterns are a list before 7.0, and one text since."""
    if draw.chance(0.15):
        return Exchange("acl_getuser", NULL, ("alice",))
    commands = b" ".join(
        draw.choice((b"-@all", b"+@read", b"+get", b"-config|set", b"+@all"))
        for _ in range(draw.integer(1, 3))
    )
    kept = commands.split(b" ")
    passwords = texts(*(b"%064x" % count(draw) for _ in range(draw.integer(0, 2))))
    kept += [item.data for item in passwords.items if isinstance(item, Bulk)]
    flags = (b"on" if draw.chance(0.5) else b"off", *draw.choice(((), (b"nopass",))))
    kept += flags
    keys, channels = _patterns(draw, b"~"), _patterns(draw, b"&")
    kept += keys.split()
    new = draw.chance(0.7)
    said: list[tuple[bytes, Frame]] = [
        (b"flags", Set(tuple(map(Bulk, flags)))),
        (b"passwords", passwords),
        (b"commands", Bulk(commands)),
        (b"keys", Bulk(keys) if new else texts(*keys.split())),
    ]
    if new or draw.chance(0.5):
        said.append((b"channels", Bulk(channels) if new else texts(*channels.split())))
        kept += channels.split()
    if new:
        said.append((b"selectors", Array(some(draw, _selector, 2))))
    return Exchange("acl_getuser", table(said), ("alice",), kept=tuple(kept), kinds=(dict,))


def _selector(draw: Draw) -> Frame:
    said = [(b"commands", Bulk(b"-@all +get")), (b"keys", Bulk(_patterns(draw, b"~")))]
    return table([*said, (b"channels", Bulk(_patterns(draw, b"&")))])


def _log(draw: Draw) -> Exchange:
    kept: list[object] = []

    def entry(draw: Draw) -> Frame:
        line, _ = client_line(draw)
        times, what, age = draw.integer(1, 9), plain(draw), draw.integer(0, 9000) / 8
        kept.extend([times, what, age])
        said: list[tuple[bytes, Frame]] = [
            (b"count", Integer(times)),
            (b"reason", Bulk(draw.choice((b"auth", b"command", b"key", b"channel")))),
            (b"context", Bulk(draw.choice((b"toplevel", b"multi", b"lua", b"module")))),
            (b"object", Bulk(what)),
            (b"username", Bulk(b"alice")),
            (b"age-seconds", Double(age)),
            (b"client-info", Bulk(line)),
        ]
        if draw.chance(0.6):  # since 7.2
            said.append((b"entry-id", Integer(count(draw))))
            said.append((b"timestamp-created", Integer(count(draw))))
        return table(said)

    reply = Array(some(draw, entry, 2))
    return Exchange("acl_log", reply, kept=tuple(kept), kinds=(list,), size=len(reply.items))


def _lines(method: str, *words: bytes) -> Command:
    return lambda draw: Exchange(
        method, Array(some(draw, lambda draw: Bulk(draw.choice(words)))), kinds=(list,)
    )


def _tracking(draw: Draw) -> Exchange:
    said: list[tuple[bytes, Frame]] = [
        (b"flags", Set((Bulk(draw.choice((b"on", b"off"))), Bulk(b"bcast")))),
        (b"redirect", Integer(draw.integer(-1, 9))),
        (b"prefixes", texts(*(plain(draw) for _ in range(draw.integer(0, 2))))),
    ]
    return Exchange("client_trackinginfo", table(said))


def _functions(draw: Draw) -> Exchange:
    def function(draw: Draw) -> Frame:
        flags = tuple(map(Bulk, draw.choice(((), (b"no-writes",), (b"allow-oom", b"no-writes")))))
        said: list[tuple[bytes, Frame]] = [
            (b"name", Bulk(plain(draw))),
            (b"description", maybe(draw, Bulk(plain(draw)))),
            (b"flags", Set(flags)),
        ]
        return table(said)

    def library(draw: Draw) -> Frame:
        said: list[tuple[bytes, Frame]] = [
            (b"library_name", Bulk(plain(draw))),
            (b"engine", Bulk(b"LUA")),
            (b"functions", Array(some(draw, function, 2))),
        ]
        if draw.chance(0.5):
            said.append((b"library_code", Bulk(b"#!lua name=lib\n return 1")))
        return table(said)

    return Exchange("function_list", Array(some(draw, library, 2)), kinds=(list,))


def _modules(draw: Draw) -> Exchange:
    def module(draw: Draw) -> Frame:
        said: list[tuple[bytes, Frame]] = [
            (b"name", Bulk(plain(draw))),
            (b"ver", Integer(count(draw))),
        ]
        if draw.chance(0.5):
            said += [(b"path", Bulk(b"/m.so")), (b"args", texts(*names(draw, 2)))]
        return table(said)

    return Exchange("module_list", Array(some(draw, module)), kinds=(list,))


def _object(draw: Draw) -> Exchange:
    said = b"Value at:0x7f%06x refcount:%d encoding:%b serializedlength:%d lru:%d" % (
        *(draw.integer(0, 2**24 - 1), draw.integer(1, 2**31 - 1)),
        *(draw.choice((b"int", b"embstr", b"quicklist")), count(draw), count(draw)),
    )
    said += b" lru_seconds_idle:%d" % count(draw)
    if draw.chance(0.3):
        said += b" ql_nodes:1 ql_avg_node:3.00 ql_listpack_max:-2 ql_compressed:0"
    return Exchange("debug_object", Simple(said.decode()), ("k",), kept=())


def _killed(draw: Draw) -> Exchange:
    if draw.chance(0.5):
        return Exchange("client_kill", Simple("OK"), ("127.0.0.1:1",), kept=(True,))
    return Exchange("client_kill_filter", Integer(count(draw)), ("3",), kinds=(int,))


def _channels(draw: Draw) -> Exchange:
    entries = [(Bulk(channel), Integer(count(draw))) for channel in names(draw)]
    return Exchange("pubsub_numsub", flat(entries), kinds=(list,), size=len(entries))


def _started(method: str, said: str) -> Command:
    return lambda _draw: Exchange(method, Simple(said), kept=())


def _role(draw: Draw) -> Exchange:
    replicas = some(draw, lambda draw: texts(b"127.0.0.1", b"6380", b"%d" % count(draw)), 2)
    return Exchange("role", Array((Bulk(b"master"), Integer(count(draw)), Array(replicas))))


SERVERS: Final[dict[bytes, Command]] = {
    b"ACL CAT": _lines("acl_cat", b"read", b"write", b"keyspace"),
    b"ACL GENPASS": lambda draw: Exchange("acl_genpass", Bulk(b"%064x" % count(draw))),
    b"ACL GETUSER": _user,
    b"ACL LIST": _lines("acl_list", b"user default on nopass sanitize-payload ~* &* +@all"),
    b"ACL LOG": _log,
    b"ACL USERS": _lines("acl_users", b"default", b"alice", b"caf\xc3\xa9"),
    b"ACL WHOAMI": lambda draw: Exchange("acl_whoami", Bulk(plain(draw))),
    b"BGREWRITEAOF": _started("bgrewriteaof", "Background append only file rewriting started"),
    b"BGSAVE": _started("bgsave", "Background saving started"),
    b"CLIENT GETNAME": lambda draw: Exchange(
        "client_getname", maybe(draw, Bulk(draw.choice(CLIENT_NAMES)))
    ),
    b"CLIENT ID": lambda draw: Exchange("client_id", Integer(count(draw)), kinds=(int,)),
    b"CLIENT INFO": _client,
    b"CLIENT KILL": _killed,
    b"CLIENT LIST": _clients,
    b"CLIENT TRACKINGINFO": _tracking,
    b"DEBUG OBJECT": _object,
    b"ECHO": lambda draw: Exchange("echo", bulk(draw), ("x",)),
    b"FUNCTION LIST": _functions,
    b"INFO": _info,
    b"MEMORY STATS": _memory,
    b"MODULE LIST": _modules,
    b"PING": lambda _draw: Exchange("ping", Simple("PONG"), kept=(True,), kinds=(bool,)),
    b"PUBSUB CHANNELS": lambda draw: Exchange(
        "pubsub_channels", texts(*names(draw)), kinds=(list,)
    ),
    b"PUBSUB NUMSUB": _channels,
    b"ROLE": _role,
    b"SCRIPT LOAD": lambda draw: Exchange("script_load", Bulk(b"%040x" % count(draw)), ("x",)),
    b"SLOWLOG GET": _slow_log,
    b"TYPE": lambda draw: Exchange("type", Simple(draw.choice(("none", "hash", "zset"))), ("k",)),
    b"XGROUP CREATE": lambda _draw: Exchange(
        "xgroup_create", Simple("OK"), ("s", "g"), kept=(True,), kinds=(bool,)
    ),
    b"UNLINK": lambda draw: Exchange("unlink", Integer(count(draw)), ("k",), kinds=(int,)),
    b"MOVE": lambda draw: Exchange("move", Integer(draw.integer(0, 1)), ("k", 1), kinds=(bool,)),
    b"EVAL": lambda draw: Exchange("eval", Array((bulk(draw), Bulk(name(draw)))), ("return", 0)),
}
