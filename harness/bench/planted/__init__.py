"""A parser with twelve planted bugs, for `fuzz bench keepgoing`."""

from targets.kinds import Fuzz, Subject, Target

TARGET = Target(
    subjects={
        "parser": Subject(
            adapter="harness.bench.planted.parser:Parser",
            summary="records with twelve bugs: nine exceptions, a hang, memory, a native death",
            instrument=("harness.bench.planted.parser",),
        ),
    },
    checks={
        "parse": Fuzz(
            check="harness.bench.planted.parse:check",
            summary="records parse",
            max_size_bytes=24,
            timeout_s=0.5,
            memory_mib=32,
        ),
    },
)
