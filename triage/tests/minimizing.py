"""Subjects that fail in one way each, for reductions in real processes."""

from __future__ import annotations

import pathlib
import sys
import tempfile
from collections.abc import Iterator

import pytest

from harness.home import open_home
from harness.plan import Job, make_jobs
from harness.tests.farm import Example, write_project
from targets.registry import discover
from triage.minimize.jobs import Options, Result, minimize_job

EXAMPLES = {
    "two": Example(
        """
        def make():
            def one(data):
                raise ValueError(data[:10])

            def other(data):
                raise ValueError(data[:10])

            def subject(data):
                if b"A" in data and b"B" in data:
                    one(data)
                if b"A" in data:
                    other(data)
                if b"C" in data:
                    raise KeyError("third")
            return subject
        """
    ),
    "says": Example(
        """
        def make():
            def fail(what):
                raise ValueError(what)

            def subject(data):
                if b"A" in data:
                    fail("the first thing went wrong")
                if b"B" in data:
                    fail("something else was not right")
            return subject
        """
    ),
    "leaky": Example(
        """
        calls = []

        def make():
            def subject(data):
                calls.append(data)
                if b"A" in data or len(calls) > 30:
                    raise ValueError("state")
            return subject
        """
    ),
    "endless": Example(
        """
        def make():
            def subject(data):
                while b"A" in data:
                    pass
            return subject
        """
    ),
    "slow": Example(
        """
        import time

        def make():
            def subject(data):
                end_s = time.process_time() + 0.01 * data.count(b"A")
                while time.process_time() < end_s:
                    for _ in range(2000):
                        pass
            return subject
        """
    ),
    "asleep": Example(
        """
        import threading

        def make():
            def subject(data):
                if b"A" in data:
                    threading.Event().wait()
            return subject
        """
    ),
    "stuck": Example(
        """
        import collections
        import itertools

        def make():
            def subject(data):
                if b"A" in data:
                    collections.deque(itertools.repeat(0), maxlen=0)
            return subject
        """
    ),
    "hoards": Example(
        """
        def make():
            def subject(data):
                hoard = []
                while b"A" in data:
                    hoard.append(bytearray(1 << 20))
            return subject
        """
    ),
    "unchecked": Example(
        """
        import ctypes

        def make():
            library = ctypes.CDLL(None)
            library.calloc.restype = ctypes.c_void_p
            library.calloc.argtypes = [ctypes.c_size_t, ctypes.c_size_t]

            def fall(data):
                ctypes.string_at(0)

            def subject(data):
                if b"A" in data and not library.calloc(1, 3 << 30):
                    fall(data)
                if b"B" in data:
                    fall(data)
            return subject
        """
    ),
    "dies": Example(
        """
        import os

        def make():
            def subject(data):
                if b"A" in data:
                    os._exit(3)
                if b"B" in data:
                    os.abort()
            return subject
        """
    ),
    "threaded": Example(
        """
        import queue
        import threading

        asked, answers = queue.Queue(), queue.Queue()

        def answer():
            while True:
                answers.put(b"A" in asked.get())

        threading.Thread(target=answer, daemon=True).start()

        def make():
            def subject(data):
                asked.put(data)
                if answers.get(timeout=10):
                    raise ValueError("thread")
            return subject
        """
    ),
    "noisy": Example(
        """
        import sys

        def make():
            def subject(data):
                print("noise " * 1000)
                sys.stderr.write("noise " * 1000)
                if data.count(b"A") > 3:
                    raise ValueError("noise")
            return subject
        """
    ),
    "exact": Example(
        """
        def make():
            def subject(data):
                if sum(data[at] != data[at - 1] for at in range(1, len(data))) >= 40:
                    raise ValueError("exact")
            return subject
        """
    ),
    "tardy": Example(
        """
        def make():
            def subject(data):
                for _ in range(200_000):
                    pass
                if sum(data[at] != data[at - 1] for at in range(1, len(data))) >= 40:
                    raise ValueError("tardy")
            return subject
        """
    ),
    "never": Example(
        """
        def make():
            def subject(data):
                if data == b"never":
                    raise ValueError("never")
            return subject
        """
    ),
}


def job_of(selection: str, home: pathlib.Path) -> Job:
    """The one job of a selection, on what is installed."""
    (job,), _ = make_jobs([selection], discover(), open_home(home), [], 1)
    return job


def minimized(job: Job, data: bytes, options: Options | None = None, mark: str = "") -> Result:
    """The reduction of `data`; nothing of it is left behind."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name, "work")
        return minimize_job(job, data, folder, mark or None, options or Options(seconds=30))


def project_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pathlib.Path]:
    """A user's project whose targets are the examples; this process forgets it afterwards."""
    path = list(sys.path)
    yield write_project(tmp_path_factory.mktemp("minimizing"), EXAMPLES)
    sys.path[:] = path
    for name in [name for name in sys.modules if name.partition(".")[0] == "examples"]:
        del sys.modules[name]
