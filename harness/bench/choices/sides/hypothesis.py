"""Plain Hypothesis: its own engine, round after round with new seeds."""

from __future__ import annotations

import itertools
import sys
from typing import Any

from harness.bench.choices import referee
from harness.bench.hypothesis_loop import ROUND
from harness.children import limits


def main(arguments: list[str]) -> int:
    """Run until the referee ends it."""
    from hypothesis import HealthCheck, Phase, seed

    limits.die_with_parent()
    told = referee.read(arguments[0])
    watcher = referee.Referee(told)
    test = watcher.test(
        max_examples=ROUND,
        database=None,
        phases=(Phase.generate, Phase.target),
        suppress_health_check=list(HealthCheck),
    )
    watcher.start()
    for number in itertools.count(1000003 * told.seed):
        seeded: Any = seed(number)
        seeded(test)()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
