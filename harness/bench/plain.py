"""The usual way, for comparison: plain atheris on one check, ending at its first crash.

`python -m harness.bench.plain SPEC` reads the same spec as our worker and uses the same
instrumentation; everything else is what a hand-written atheris script does.
"""

from __future__ import annotations

import pathlib
import sys

from harness.children.loading import load_job
from harness.children.spec import read


def main(arguments: list[str]) -> int:
    """Fuzz the spec's check; the exit code is libFuzzer's."""
    import atheris

    spec = read(pathlib.Path(arguments[0]))
    loaded = load_job(spec, instrumented=True)
    run, subject = loaded.run, loaded.adapter

    def test_one_input(data: bytes) -> None:
        run(data, subject)

    flags = [
        "plain",
        f"-seed={spec.seed}",
        f"-max_len={loaded.check.max_size_bytes}",
        f"-runs={spec.executions}",
        f"-timeout={max(int(loaded.check.timeout_s), 1)}",
        f"-rss_limit_mb={256 + loaded.check.memory_mib}",
        f"-artifact_prefix={spec.folder}/",
    ]
    atheris.Setup([*flags, spec.corpus, *spec.seeds], test_one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
