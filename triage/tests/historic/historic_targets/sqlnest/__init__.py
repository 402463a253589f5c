"""Target sqlnest: SQL of any depth is parsed, or refused with the documented error."""

from targets.kinds import Fuzz, Subject, Target

TARGET = Target(
    subjects={
        "sqlparse": Subject(
            adapter="historic_targets.sqlnest.read:parser",
            summary="sqlparse.parse",
            package="sqlparse",
            instrument=("sqlparse",),
            requires=("sqlparse",),
        ),
    },
    checks={
        "read": Fuzz(
            check="historic_targets.sqlnest.read:check",
            summary="any text is parsed or refused",
            max_size_bytes=1 << 15,
            timeout_s=20,
        ),
    },
)
