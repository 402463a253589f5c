"""Fails on purpose in three known ways: proves that the farm sees, names and keeps crashes."""

from targets.kinds import Fuzz, Subject, Target

TARGET = Target(
    subjects={
        "reference": Subject(
            adapter="targets.canary.reference:Canary",
            summary="dies of EX (exception), HA (hang) and ME (memory)",
            instrument=("targets.canary.reference",),
        ),
    },
    checks={
        "sing": Fuzz(
            check="targets.canary.sing:check",
            summary="any input is sung to its end",
            max_size_bytes=64,
            timeout_s=0.5,
            memory_mib=64,
        ),
    },
    on_purpose=True,
)
