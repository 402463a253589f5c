"""Target jsonpath: text is read as a JSON path, or refused with the documented error."""

from targets.kinds import Fuzz, Subject, Target

TARGET = Target(
    subjects={
        "sqlglot": Subject(
            adapter="historic_targets.jsonpath.read:parser",
            summary="sqlglot.jsonpath.parse",
            package="sqlglot",
            instrument=("sqlglot.jsonpath",),
            requires=("sqlglot",),
        ),
    },
    checks={
        "read": Fuzz(
            check="historic_targets.jsonpath.read:check",
            summary="any text is read or refused",
            max_size_bytes=256,
        ),
    },
)
