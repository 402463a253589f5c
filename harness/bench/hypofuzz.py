"""A rival: HypoFuzz, with the strategy that the target offers, on one check.

`python -m harness.bench.hypofuzz SPEC` runs until it is killed: HypoFuzz collects this very file by
pytest and finds `test_check`. Failing inputs are kept as by `hypothesis_loop`.
"""

from __future__ import annotations

import os
import pathlib
import sys
from typing import Any

from harness.bench.hypothesis_loop import recording
from harness.children import limits
from harness.children.loading import load_job
from harness.children.spec import read
from targets.registry import load

SPEC = "FUZZ_BENCH_SPEC"
"""Environment variable by which its worker processes find the spec."""


def main(arguments: list[str]) -> int:
    """Hand this file to HypoFuzz."""
    from hypothesis.extra import cli

    limits.die_with_parent()
    os.environ[SPEC] = str(pathlib.Path(arguments[0]).absolute())
    sys.argv = ["hypothesis", "fuzz", "--no-dashboard", "-n", "1", "--", __file__]
    run: Any = cli.main
    run()
    return 0


def _made() -> Any:
    """The test of the spec."""
    from hypothesis import HealthCheck, given, settings

    spec = read(pathlib.Path(os.environ[SPEC]))
    loaded = load_job(spec, instrumented=False)
    record = recording(spec, loaded)

    def test_check(data: bytes) -> None:
        record(data)

    over: Any = given(data=load(loaded.inputs.strategy or "")())
    checks = [item for item in HealthCheck if item is not HealthCheck.nested_given]
    return settings(deadline=None, suppress_health_check=checks)(over(test_check))


if SPEC in os.environ and __name__ != "__main__":
    test_check = _made()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
