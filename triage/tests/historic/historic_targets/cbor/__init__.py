"""Target cbor: bytes are read as CBOR, or refused with the documented error."""

from targets.kinds import Fuzz, Subject, Target

TARGET = Target(
    subjects={
        "cbor2": Subject(
            adapter="historic_targets.cbor.read:decoder",
            summary="cbor2.loads",
            package="cbor2",
            instrument=("cbor2",),
            requires=("cbor2",),
        ),
    },
    checks={
        "read": Fuzz(
            check="historic_targets.cbor.read:check",
            summary="any bytes are read or refused",
            max_size_bytes=256,
        ),
    },
)
