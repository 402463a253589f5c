"""A rival: Hypothesis alone, with the strategy that the target offers, on one check.

`python -m harness.bench.hypothesis_loop SPEC` runs until it is killed. It does not stop at what
fails: inputs that do are files in the spec's folder, `failed-<sha256>`, one for each type of error
and line; what ends the process is in `last-input`.
"""

from __future__ import annotations

import hashlib
import itertools
import pathlib
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

from harness.children import last_input, limits
from harness.children.loading import Loaded, load_job
from harness.children.spec import Spec, read
from targets.registry import load

ROUND = 5000
"""Examples of one round; the next one has another seed."""


class _Hang(BaseException):
    """An example took longer than the check allows."""


def main(arguments: list[str]) -> int:
    """Run the spec's check with its strategy for ever."""
    from hypothesis import HealthCheck, Phase, given, seed, settings

    limits.die_with_parent()
    spec = read(pathlib.Path(arguments[0]))
    loaded = load_job(spec, instrumented=False)
    if loaded.inputs.strategy is None:
        print(f"{spec.job} offers no strategy", file=sys.stderr)
        return 2
    strategy = load(loaded.inputs.strategy)()
    check = recording(spec, loaded)
    for number in itertools.count(spec.seed):
        running = settings(
            max_examples=ROUND,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.target),
            suppress_health_check=list(HealthCheck),
        )
        over: Any = given(strategy)
        seeded: Any = seed(number)
        seeded(running(over(check)))()
    return 0


def recording(spec: Spec, loaded: Loaded) -> Callable[[bytes], None]:
    """The check as a function that never fails: what does is kept in the spec's folder."""
    place = pathlib.Path(spec.folder)
    max_size_bytes, timeout_s = loaded.check.max_size_bytes, loaded.check.timeout_s
    memory = last_input.create(place, max_size_bytes)
    seen: set[str] = set()

    def interrupt(_number: int, _frame: object) -> None:
        raise _Hang

    signal.signal(signal.SIGVTALRM, interrupt)

    def check(data: bytes) -> None:
        data = data[:max_size_bytes]
        start = last_input.HEADER_BYTES
        memory[start : start + len(data)] = data
        memory[: last_input.COUNT_AT] = (len(data) + 1).to_bytes(8, "little")
        signal.setitimer(signal.ITIMER_VIRTUAL, timeout_s)
        try:
            loaded.run(data, loaded.adapter)
        except (Exception, _Hang) as error:  # every failure is a finding: that is the benchmark
            where = traceback.extract_tb(error.__traceback__)[-1]
            name = f"{type(error).__name__}:{where.filename}:{where.lineno}:{str(error)[:60]}"
            if name not in seen and len(seen) < 500:
                seen.add(name)
                digest = hashlib.sha256(data).hexdigest()
                (place / f"failed-{digest}").write_bytes(data)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    return check


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
