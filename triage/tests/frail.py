"""A package in two versions, broken and mended, a user's project that tests it, and what a run
would have kept of each of its bugs.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import subprocess
import sys
import textwrap

from harness.crash import Sighting
from harness.failure import Failure, Frame

BROKEN = """
    '''Reads what its first letter says.'''

    import ctypes

    KINDS = {b"E": "error", b"O": "odd", b"H": "hang", b"M": "memory", b"D": "death", b"C": "cost"}

    def read(data):
        kind = KINDS.get(data[:1])
        if kind == "error":
            return [][len(data)]
        if kind == "odd":
            return data + b"!"
        if kind == "hang":
            while True:
                pass
        if kind == "memory":
            kept = []
            while True:
                kept.append(bytearray(1 << 20))
        if kind == "death":
            ctypes.string_at(0)
        if kind == "cost":
            for _ in range(1000):
                for _ in range(10):
                    pass
        if kind is None:
            raise ValueError("as documented")
        return data
"""
MENDED = """
    '''Reads anything.'''

    def read(data):
        if data[:1] == b"D":
            raise LookupError("dies no longer, but another bug came instead")
        return data
"""
INIT = """
    '''A frail reader.'''

    from targets.kinds import Fuzz, Subject, Target

    TARGET = Target(
        subjects={
            "frail": Subject(
                adapter="probes.frail.subjects:reader",
                summary="frail.read",
                package="frail",
                instrument=("frail",),
            ),
        },
        checks={
            "read": Fuzz(
                check="probes.frail.read:check",
                summary="what is read comes back",
                timeout_s=0.3,
                memory_mib=64,
            ),
            "cost": Fuzz(check="probes.frail.cost:check", summary="reading costs little"),
        },
    )
"""
SUBJECTS = """
    '''Adapters.'''

    def reader():
        '''The reader; its documented error is an answer.'''
        import frail

        def answer(data):
            try:
                return frail.read(data)
            except ValueError:
                return None

        return answer
"""
READ = """
    '''Check `read`.'''

    from targets.oracles import Violation


    def check(data, subject):
        '''Raises when something else comes back.'''
        back = subject(data)
        if back not in (None, data):
            raise Violation("read: other bytes", f"{back!r} for {data!r}")
"""
COST = """
    '''Check `cost`.'''

    from targets import resource
    from targets.oracles import Violation

    def check(data, subject):
        if resource.due():
            used = resource.measure(lambda: subject(data), ("frail",))
            if used.lines > 1000:
                raise Violation("cost: too many lines", str(used.lines))
"""
BARE = """
    import sys

    class Absent:
        '''The farm cannot be imported here.'''

        def find_spec(self, name, path=None, target=None):
            if name.partition(".")[0] in ("targets", "harness", "triage", "reports", "probes"):
                raise ModuleNotFoundError(f"no module named {name!r}", name=name)

    sys.meta_path.insert(0, Absent())
"""

KINDS = {
    "error": Failure("exception", "IndexError", "list index out of range"),
    "odd": Failure("oracle", "targets.oracles.Violation", "read: other bytes", "read: other bytes"),
    "hang": Failure("hang", "harness.failure.Hang"),
    "memory": Failure("memory", "MemoryError"),
    "death": Failure("death", "SIGSEGV"),
    "cost": Failure("oracle", "targets.oracles.Violation", "cost: many", "cost: too many lines"),
}


def write_files(folder: pathlib.Path, files: dict[str, str]) -> pathlib.Path:
    """Write `files`, indented as in a test, below `folder`; returns the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return folder


def write_project(folder: pathlib.Path) -> pathlib.Path:
    """The project, and beside it `broken/`, `mended/` and `bare/`; returns the folder."""
    return write_files(
        folder,
        {
            "pyproject.toml": '[tool.fuzzfarm]\ntargets = ["probes"]\n',
            "probes/__init__.py": "",
            "probes/frail/__init__.py": INIT,
            "probes/frail/subjects.py": SUBJECTS,
            "probes/frail/read.py": READ,
            "probes/frail/cost.py": COST,
            "broken/frail.py": BROKEN,
            "mended/frail.py": MENDED,
            "bare/sitecustomize.py": BARE,
        },
    )


def sighting(kind: str) -> Sighting:
    """What a run keeps of the bug called `kind`."""
    failure = dataclasses.replace(
        KINDS[kind],
        frames=(Frame("probes.frail.read", "check", 7), Frame("frail", kind, 11, "frail.py")),
        text=f"Traceback (most recent call last):\n  {kind}\n",
    )
    return Sighting(
        target="frail",
        check="cost" if kind == "cost" else "read",
        subject="frail",
        package="frail",
        subject_version="1.0",
        failure=failure,
        own=("frail",),
        data=kind[:1].upper().encode(),
        run="run-1",
        time_s=1_700_000_000.0,
    )


def run_pytest(
    tests: list[pathlib.Path], version: pathlib.Path, bare: pathlib.Path | None
) -> dict[str, str]:
    """Name of each test → `PASSED`, `FAILED` or `SKIPPED`; see `pytest_output`."""
    output = pytest_output(tests, version, bare)
    words = ("PASSED", "FAILED", "ERROR", "SKIPPED")
    lines = [line.split() for line in output.splitlines() if line.startswith(words)]
    ended = {line[1].rpartition("::")[2]: line[0] for line in lines}
    assert len(ended) == len(tests), output
    return ended


def pytest_output(
    tests: list[pathlib.Path], version: pathlib.Path, bare: pathlib.Path | None
) -> str:
    """What pytest prints with one version of the package; without the farm, if `bare` is given."""
    places = [version] if bare is None else [bare, version]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pytest", "-rA", "-q", "-p", "no:cacheprovider", *tests],
        cwd=version,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(map(str, places))},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr
