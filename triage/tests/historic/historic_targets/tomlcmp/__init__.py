"""Target tomlcmp: what the standard library refuses as TOML is refused."""

from targets.kinds import Fuzz, Subject, Target

TARGET = Target(
    subjects={
        "tomlkit": Subject(
            adapter="historic_targets.tomlcmp.compare:parser",
            summary="tomlkit.parse",
            package="tomlkit",
            instrument=("tomlkit",),
            requires=("tomlkit",),
        ),
    },
    checks={
        "compare": Fuzz(
            check="historic_targets.tomlcmp.compare:check",
            summary="what tomllib refuses is refused",
            max_size_bytes=512,
        ),
    },
)
