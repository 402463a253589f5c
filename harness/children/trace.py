"""Runs the inputs of one job under coverage.py, each once: what of the subject do they reach?

`python -m harness.children.trace SPEC DATA-FILE`: the spec's `inputs` are files. What an input
raises is not our business here; one that does not end is interrupted.
"""

from __future__ import annotations

import json
import pathlib
import signal
import sys

from harness.children import limits
from harness.children.loading import load_job
from harness.children.spec import Spec, read
from targets.errors import FarmError
from targets.kinds import spelled
from targets.registry import open_target


class _TooLongError(BaseException):
    """An input took the time that the check allows; no `except Exception` keeps it."""


def _interrupt(_number: int, _frame: object) -> None:
    raise _TooLongError


def main(arguments: list[str]) -> int:
    """Trace the job; a line of JSON on stdout says how many inputs ran, or why none did."""
    import coverage

    limits.die_with_parent()
    limits.no_core_file()
    spec = read(pathlib.Path(arguments[0]))
    sys.path.extend(path for path in spec.sys_path if path not in sys.path)
    subject = open_target(spec.package).target.subjects[spelled(spec.subject).name]
    tracer = coverage.Coverage(
        data_file=arguments[1],
        branch=True,
        source_pkgs=list(subject.instrument),
        config_file=False,
        messages=False,
    )
    tracer.set_option("run:disable_warnings", ["module-not-imported", "no-data-collected"])
    tracer.start()
    try:
        said: dict[str, object] = {"inputs": _run(spec)}
    except FarmError as error:
        said = {"refused": str(error), "exit_code": error.exit_code}
    finally:
        tracer.stop()
        tracer.save()
    print(json.dumps(said), file=sys.__stdout__)
    return 0


def _run(spec: Spec) -> int:
    loaded = load_job(spec, instrumented=False)
    signal.signal(signal.SIGVTALRM, _interrupt)
    for path in spec.inputs:
        data = pathlib.Path(path).read_bytes()
        signal.setitimer(signal.ITIMER_VIRTUAL, 3 * loaded.check.timeout_s)
        try:
            loaded.run(data, loaded.adapter)
        except BaseException:  # a crash is for runs to find; here it covers as well
            continue
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return len(spec.inputs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
