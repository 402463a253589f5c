"""Checks whose speed is measured by `fuzz bench overhead`."""

from targets.kinds import Fuzz, Subject, Target

TARGET = Target(
    subjects={
        "sqlparse": Subject(
            adapter="harness.bench.formats.subjects:sqlparse_format",
            summary="sqlparse.format",
            package="sqlparse",
            instrument=("sqlparse",),
            requires=("sqlparse>=0.5",),
        ),
        "none": Subject(adapter="harness.bench.formats.subjects:nothing", summary="no parser"),
    },
    checks={
        "format": Fuzz(
            check="harness.bench.formats.subjects:check",
            summary="any text formats",
            subjects=("sqlparse",),
            max_size_bytes=256,
        ),
        "nothing": Fuzz(
            check="harness.bench.formats.subjects:check",
            summary="nothing is done",
            subjects=("none",),
            max_size_bytes=256,
        ),
    },
)
