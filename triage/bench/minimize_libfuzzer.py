"""The usual way, for comparison: `-minimize_crash=1` of libFuzzer, through plain atheris.

It starts a process for each step and takes any crash for the same one. It ends when a step finds
nothing in its time, 600 s by default; here each step may take all the time that there is. The
inputs that it keeps on the way stay on disk, and tell when it had them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import signal
import subprocess
import sys
import time

import triage
from harness.children.loading import load_job
from harness.children.spec import Spec, read
from triage.bench.minimize_starts import SIZE_BYTES
from triage.bench.minimize_truth import PACKAGE, shows


@dataclasses.dataclass(frozen=True, slots=True)
class Usual:
    """What it came to: its last input that shows the right bug, and what became of it later."""

    kept: tuple[tuple[int, float], ...]
    """Size and second of each input that it kept, before the first that shows another bug."""
    final_bytes: int
    slips: int
    """Kept inputs that show another bug, or none."""
    steps: int
    last_s: float
    """When it kept its last input; when it ended if it kept none."""
    total_s: float
    finished: bool
    """Whether it ended by itself."""

    @property
    def size_bytes(self) -> int:
        """Of the smallest input while it was the same bug."""
        return min((size for size, _ in self.kept), default=SIZE_BYTES)

    def reached_s(self, size_bytes: int) -> float | None:
        """When it had an input of at most this size that shows the right bug, if it ever had."""
        return next((second for size, second in self.kept if size <= size_bytes), None)


class Running:
    """A process at work on the planted crash `name`; `end` it in any case."""

    def __init__(
        self, name: str, data: bytes, folder: pathlib.Path, seconds: float, seed: int = 1
    ) -> None:
        self._name, self._seconds = name, seconds
        Spec("usual", PACKAGE, name, "planted", str(folder)).write(folder / "spec.json")
        script = folder / "plain.py"  # libFuzzer starts its first argument again, for each step
        script.write_text(
            f"#!{sys.executable}\nimport sys\nfrom {__name__} import main\n"
            "sys.exit(main(sys.argv))\n",
            encoding="utf-8",
        )
        script.chmod(0o700)
        start = folder / "start"
        start.write_bytes(data)
        self._kept = folder / "kept"
        self._kept.mkdir()
        flags = [f"-max_total_time={int(seconds)}", f"-artifact_prefix={self._kept}/"]
        flags += ["-timeout=1", "-rss_limit_mb=512", f"-seed={seed}"]
        self._began_s, self._began = time.monotonic(), time.time()
        self._child = subprocess.Popen(
            [script, "-minimize_crash=1", *flags, start],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(pathlib.Path(triage.__file__).parent.parent)},
            process_group=0,
        )

    def end(self) -> Usual:
        """Wait until it ends or its time is over, and judge what it kept."""
        finished = True
        left_s = max(self._began_s + self._seconds - time.monotonic(), 0.0)
        try:
            self._child.wait(left_s)
        except subprocess.TimeoutExpired:
            finished = False
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()
        return self._told(min(time.monotonic() - self._began_s, self._seconds), finished)

    def _told(self, total_s: float, finished: bool) -> Usual:
        paths = [path for path in self._kept.iterdir() if path.name.startswith("minimized-from-")]
        inputs = sorted((path.stat().st_mtime, path.read_bytes()) for path in paths)
        right = [shows(self._name, case) == self._name for _, case in inputs]
        before = right.index(False) if False in right else len(right)
        return Usual(
            kept=tuple((len(case), time_s - self._began) for time_s, case in inputs[:before]),
            final_bytes=len(inputs[-1][1]) if inputs else SIZE_BYTES,
            slips=right.count(False),
            steps=len(inputs),
            last_s=inputs[-1][0] - self._began if inputs else total_s,
            total_s=total_s,
            finished=finished,
        )


def main(arguments: list[str]) -> int:
    """What a hand-written atheris script does; libFuzzer starts it again for each step."""
    import atheris

    loaded = load_job(read(pathlib.Path(arguments[0]).parent / "spec.json"), instrumented=True)
    run, subject = loaded.run, loaded.adapter
    atheris.Setup(arguments, lambda data: run(data, subject))
    atheris.Fuzz()
    return 0
