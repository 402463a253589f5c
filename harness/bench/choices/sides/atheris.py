"""Atheris through `fuzz_one_input`, as its documentation and that of Hypothesis say.

The instrumentation is ours, which covers the same modules as on our side: atheris' own covers
whole top-level packages.
"""

from __future__ import annotations

import sys

from harness.bench.choices import referee
from harness.children import instrument, limits


def main(arguments: list[str]) -> int:
    """Run until the referee ends it."""
    import atheris
    from hypothesis import HealthCheck

    limits.die_with_parent()
    told = referee.read(arguments[0])
    watcher = referee.Referee(told)
    instrument.install(watcher.case.instrument)
    test = watcher.test(database=None, suppress_health_check=list(HealthCheck))
    watcher.start()
    atheris.Setup(["atheris", f"-seed={told.seed}"], test.hypothesis.fuzz_one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
