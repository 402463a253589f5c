"""Target cron: text is read as a cron expression, or refused with the documented error."""

from targets.kinds import Fuzz, Subject, Target

TARGET = Target(
    subjects={
        "croniter": Subject(
            adapter="historic_targets.cron.read:reader",
            summary="croniter.croniter",
            package="croniter",
            instrument=("croniter",),
            requires=("croniter",),
            pins={"<0.3": ("pytz",)},
        ),
    },
    checks={
        "read": Fuzz(
            check="historic_targets.cron.read:check",
            summary="any expression is read or refused",
            max_size_bytes=64,
        ),
    },
)
