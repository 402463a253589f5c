"""Time that a process did not get."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from harness.tests.farm import pause
from harness.worker import starved_s

SPIN = "import os; os.sched_setaffinity(0, {int(os.environ['CPU'])})\nwhile True: pass"
SLEEP = "import time; print(flush=True); time.sleep(60)"


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two that want the same processor all the time, and one that wants none."""
    environment = {**os.environ, "CPU": str(min(os.sched_getaffinity(0)))}
    several = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE)
        for code in (SPIN, SPIN, SLEEP)
    ]
    yield several
    for process in several:
        process.kill()
        process.communicate()


def test_waiting_for_a_processor_is_told_from_silence(
    processes: list[subprocess.Popen[bytes]],
) -> None:
    """Of two that share a processor each goes without it half of the time; who sleeps never."""
    spinning, _, sleeping = processes
    assert sleeping.stdout is not None
    sleeping.stdout.readline()  # its start is over
    before_s = (starved_s(spinning.pid), starved_s(sleeping.pid))
    end_s = time.monotonic() + 20.0
    while starved_s(spinning.pid) < before_s[0] + 0.3:
        assert time.monotonic() < end_s
        pause(0.02)
    assert starved_s(sleeping.pid) < before_s[1] + 0.1


def test_who_has_ended_waits_for_nothing() -> None:
    """A process may be gone by the time that one looks."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert starved_s(process.pid) == 0.0
