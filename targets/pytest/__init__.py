"""Your own Hypothesis tests, as pytest collects them; `fuzz run --pytest tests/test_x.py`."""

from targets.kinds import Subject, Target, Tests

TARGET = Target(
    subjects={
        "suite": Subject(
            adapter="targets.pytest.suite:suite",
            summary="tests that pytest collects from a path, a test's id, and further options",
            requires=("pytest>=7", "hypothesis>=6.140"),
            argument="PATH",
        ),
    },
    checks={
        "tests": Tests(
            summary="each @given test and state machine holds, in turns, for all it can draw"
        ),
    },
)
