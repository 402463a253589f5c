"""RESP2 and RESP3 parsers: the farm's reference, redis-py, hiredis and fakeredis."""

from __future__ import annotations

from targets.kinds import Fault, Fuzz, Subject, Target

MAX_SIZE_BYTES = 64 * 1024
STRATEGY = "targets.resp.stream:strategy"
MUTATE = "targets.resp.grammar:mutate"
PARSERS = (
    *("reference", "redis-py", "redis-py-resp3", "redis-py-async", "redis-py-hiredis"),
    *("hiredis", "fakeredis"),
)
TOKENS = "targets.resp.tokens:tokens"

FAULTS = {
    "claimed-capacity": Fault("reserves as many slots as an array header claims", ("parse",)),
    "deeper": Fault("parses one level of nesting too many", ("parse",)),
    "recopy": Fault("copies the rest of its input for every element", ("parse",)),
    "torn-line-end": Fault("misses a line end that two chunks share", ("chunks",)),
    "one-null": Fault("takes only -1 for null, and refuses other negative lengths", ("parse",)),
    "echo": Fault("repeats a bad integer in its error text as it came", ("parse",)),
    "one-more": Fault("accepts an array of one element more than allowed", ("parse",)),
    "strict-trailer": Fault("refuses a bulk that is not followed by a line end", ("parse",)),
    "wide-integers": Fault("accepts integers of more than 64 bits", ("parse",)),
    "strict-text": Fault("fails on text that is not UTF-8", ("parse",)),
    "late-frame": Fault("gives a frame only when the next chunk comes", ("chunks", "roundtrip")),
    "lost-sign": Fault("forgets the sign of a negative integer", ("roundtrip", "parse")),
}
"""Each is a class in `faulty.py`."""

TARGET = Target(
    subjects={
        "reference": Subject(
            adapter="targets.resp.subjects:reference",
            summary="the farm's own incremental parser, RESP2 and RESP3",
            instrument=("targets.resp.reference",),
        ),
        "redis-py": Subject(
            adapter="targets.resp.subjects:redis_py",
            summary="the RESP2 parser of redis-py written in Python",
            package="redis",
            # `redis.connection` held the parser before 5.0.
            instrument=("redis._parsers", "redis.connection"),
            requires=("redis>=4.4",),
        ),
        "redis-py-resp3": Subject(
            adapter="targets.resp.subjects:redis_py_resp3",
            summary="the RESP3 parser of redis-py written in Python",
            package="redis",
            instrument=("redis._parsers",),
            requires=("redis>=5",),
        ),
        "redis-py-async": Subject(
            adapter="targets.resp.wrapped:redis_py_async",
            summary="the parsers of redis-py for asyncio, RESP2 and RESP3",
            package="redis",
            instrument=("redis._parsers",),
            requires=("redis>=5",),
        ),
        "redis-py-hiredis": Subject(
            adapter="targets.resp.wrapped:redis_py_hiredis",
            summary="what redis-py puts around hiredis, without and with asyncio",
            package="redis",
            instrument=("redis._parsers", "targets.resp.reference"),
            requires=("redis>=5", "hiredis>=3"),
            pins={">=5": ("hiredis>=3",)},
        ),
        "hiredis": Subject(
            adapter="targets.resp.subjects:hiredis",
            summary="the C parser of hiredis, RESP2 and RESP3",
            package="hiredis",
            # C code gives no coverage: the reference reads the same bytes beside it (`guide`),
            # and what is new to the reference guides the search.
            instrument=("targets.resp.reference",),
            requires=("hiredis>=3",),
        ),
        "fakeredis": Subject(
            adapter="targets.resp.subjects:fakeredis",
            summary="the command parser behind the TCP server of fakeredis",
            package="fakeredis",
            # Only the modules that parse: the commands themselves are not this target's business.
            instrument=(
                "fakeredis._socket._base",
                "fakeredis._basefakesocket",
                "fakeredis._tcp_server",
                "fakeredis._clients._tcp_server",
            ),
            requires=("fakeredis>=2.30",),
        ),
        "redis-py-asyncio": Subject(
            adapter="targets.resp.asynchronous:redis_asyncio",
            summary="the asyncio client of redis-py, whole",
            package="redis",
            instrument=("redis.asyncio.client", "redis.asyncio.connection"),
            requires=("redis>=4.2",),
            pins={"<5": ("async-timeout>=4",)},
        ),
        "redis-py-clients": Subject(
            adapter="targets.resp.clients:Clients",
            summary="the clients of redis-py, plain and asyncio, on its own parsers and on hiredis",
            package="redis",
            # Before 5.0 `redis.connection` held the parser, and `redis.client` what it calls.
            instrument=("redis._parsers", "redis.connection", "redis.client"),
            requires=("redis>=4.4",),
            # They read with the parser in C, too.
            pins={"<5": ("async-timeout>=4",), ">=5": ("hiredis>=3",)},
        ),
    },
    faults=FAULTS,
    checks={
        "parse": Fuzz(
            check="targets.resp.parse:check",
            summary="only the documented error, exact limits, linear work and memory",
            mutate=MUTATE,
            strategy=STRATEGY,
            tokens=TOKENS,
            subjects=PARSERS,
            max_size_bytes=MAX_SIZE_BYTES,
            timeout_s=10.0,
            weight=2.0,
        ),
        "chunks": Fuzz(
            check="targets.resp.chunks:check",
            summary="any chunking gives the same frames and the same verdict",
            mutate=MUTATE,
            strategy=STRATEGY,
            tokens=TOKENS,
            subjects=PARSERS,
            max_size_bytes=MAX_SIZE_BYTES,
        ),
        "roundtrip": Fuzz(
            check="targets.resp.roundtrip:check",
            summary="what is encoded is read back the same",
            mutate=MUTATE,
            strategy=STRATEGY,
            tokens=TOKENS,
            subjects=PARSERS,
            max_size_bytes=MAX_SIZE_BYTES,
        ),
        "serve": Fuzz(
            check="targets.resp.serve:check",
            summary="one well-formed reply to each command, and values come back as sent",
            mutate=MUTATE,
            strategy=STRATEGY,
            tokens=TOKENS,
            subjects=("reference", "fakeredis"),
            max_size_bytes=MAX_SIZE_BYTES,
        ),
        "differential": Fuzz(
            check="targets.resp.differential:check",
            summary="pairs of implementations read and refuse the same",
            mutate=MUTATE,
            strategy=STRATEGY,
            tokens=TOKENS,
            subjects=PARSERS,
            max_size_bytes=MAX_SIZE_BYTES,
        ),
        "replies": Fuzz(
            check="targets.resp.replies:check",
            summary="well-formed replies are read whole, and the same however they come",
            mutate="targets.resp.asked:mutate",
            strategy="targets.resp.asked:strategy",
            tokens="targets.resp.asked:tokens",
            subjects=("redis-py-clients",),
            seeds="replies",
            dictionary=None,
            max_size_bytes=512,
            weight=3.0,
        ),
        "cancel": Fuzz(
            check="targets.resp.cancel:check",
            summary="a request that was given up never leaves its reply to the next one",
            subjects=("redis-py-asyncio",),
            seeds="cancel",
            dictionary=None,
            max_size_bytes=32,
            weight=0.5,
        ),
    },
)
