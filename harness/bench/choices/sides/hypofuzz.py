"""HypoFuzz, as its documentation says: it collects this very file by pytest, and finds `test_case`.

It takes no seed. What its worker process spends from the first test case on is what counts.
"""

from __future__ import annotations

import os
import pathlib
import sys
from typing import Any, Final

from harness.bench.choices import referee
from harness.children import limits

SPEC: Final = "FUZZ_BENCH_CHOICES_SPEC"
"""Environment variable by which its worker process finds the spec."""


def main(arguments: list[str]) -> int:
    """Run until whoever started this process ends it."""
    from hypothesis.extra import cli

    limits.die_with_parent()
    os.environ[SPEC] = str(pathlib.Path(arguments[0]).absolute())
    sys.argv = ["hypothesis", "fuzz", "--no-dashboard", "-n", "1", "--", __file__]
    run: Any = cli.main
    run()
    return 0


def _made() -> Any:
    from hypothesis import HealthCheck

    checks = [item for item in HealthCheck if item is not HealthCheck.nested_given]
    watcher = referee.Referee(referee.read(os.environ[SPEC]))
    return watcher.test(suppress_health_check=checks)


if SPEC in os.environ and __name__ != "__main__":
    test_case = _made()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
