"""RESP2 and RESP3 parsers: the farm's reference, redis-py, hiredis and fakeredis."""

from __future__ import annotations

from targets.kinds import Fuzz, Subject, Target

MAX_SIZE_BYTES = 64 * 1024
MUTATE = "targets.resp.grammar:mutate"
TOKENS = "targets.resp.tokens:tokens"

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
            ),
            requires=("fakeredis>=2.30",),
        ),
    },
    checks={
        "parse": Fuzz(
            check="targets.resp.parse:check",
            summary="only the documented error, exact limits, linear work and memory",
            mutate=MUTATE,
            tokens=TOKENS,
            max_size_bytes=MAX_SIZE_BYTES,
            timeout_s=10.0,
            weight=2.0,
        ),
        "chunks": Fuzz(
            check="targets.resp.chunks:check",
            summary="any chunking gives the same frames and the same verdict",
            mutate=MUTATE,
            tokens=TOKENS,
            max_size_bytes=MAX_SIZE_BYTES,
        ),
        "roundtrip": Fuzz(
            check="targets.resp.roundtrip:check",
            summary="what is encoded is read back the same",
            mutate=MUTATE,
            tokens=TOKENS,
            max_size_bytes=MAX_SIZE_BYTES,
        ),
        "differential": Fuzz(
            check="targets.resp.differential:check",
            summary="pairs of implementations read and refuse the same",
            mutate=MUTATE,
            tokens=TOKENS,
            max_size_bytes=MAX_SIZE_BYTES,
        ),
    },
)
