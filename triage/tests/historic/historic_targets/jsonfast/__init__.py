"""Target jsonfast: bytes are read as JSON, or refused with the documented error."""

from targets.kinds import Fuzz, Subject, Target

TARGET = Target(
    subjects={
        "orjson": Subject(
            adapter="historic_targets.jsonfast.read:decoder",
            summary="orjson.loads",
            package="orjson",
            instrument=("orjson",),
            requires=("orjson",),
        ),
    },
    checks={
        "read": Fuzz(
            check="historic_targets.jsonfast.read:check",
            summary="any bytes are read or refused",
            max_size_bytes=1 << 19,
        ),
    },
)
