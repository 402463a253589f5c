"""Waits for the end of a fork, and ends it when it neither goes on nor ends by itself.

Python code that uses up its CPU time is interrupted by the fork's own watch. What is left are code
that sleeps, which a signal turns into a hang, and C code, which only dies.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import select
import signal

BUSY = 0
"""Place in the shared numbers: candidate that is being run, counted from 1; 0: none."""
LOOK_S = 0.25
"""Wall seconds between two looks."""
ASLEEP = 4
"""Looks in a row at a fork that sleeps over one candidate: then it is woken."""
BEYOND_S = 0.3
"""CPU seconds beyond the limit that a fork may use: its watch did not get to say a word."""


class Vigil:
    """Over one fork. `numbers` is shared with it; a change at `BUSY` is a sign of life.

    `limit_s` are the CPU seconds of one candidate. With `memory_bytes` the fork is ended when it
    uses more: for one whose address space is not limited.
    """

    def __init__(
        self, pid: int, numbers: memoryview, limit_s: float, memory_bytes: int = 0
    ) -> None:
        self._pid = pid
        self._numbers = numbers
        self._limit_s = limit_s
        self._memory_bytes = memory_bytes
        self._busy = 0
        self._began_s = 0.0
        self._looks = 0
        self._asked: list[signal.Signals] = []

    def wait(self) -> tuple[int, bool]:
        """Its exit code (negative: a signal), and whether it was ended because it hung."""
        fd = os.pidfd_open(self._pid)
        ended = select.poll()
        ended.register(fd, select.POLLIN)
        look_s = 0.02 if self._memory_bytes else LOOK_S
        try:
            while not ended.poll(look_s * 1000):
                self._look()
        finally:
            os.close(fd)
        _, status = os.waitpid(self._pid, 0)
        return os.waitstatus_to_exitcode(status), signal.SIGABRT in self._asked

    def _look(self) -> None:
        with contextlib.suppress(OSError, IndexError):  # it may have ended meanwhile
            if self._memory_bytes:
                self._end_if_too_big()
            state, used_s = self._state()
            busy = self._numbers[BUSY]
            if busy == 0 or busy != self._busy:
                self._busy, self._began_s, self._looks = busy, used_s, 0
                return
            self._looks = self._looks + 1 if state in "SD" else 0
            if used_s - self._began_s > self._limit_s + BEYOND_S:
                self._ask(signal.SIGABRT)
                self._began_s = used_s  # it has as much time again until it is killed
            elif self._looks >= ASLEEP:
                self._ask(signal.SIGUSR1)
                self._looks = 0

    def _ask(self, kindly: signal.Signals) -> None:
        """Signal it, harder each time."""
        steps = [signal.SIGUSR1, signal.SIGABRT, signal.SIGKILL]
        last = steps.index(self._asked[-1]) + 1 if self._asked else 0
        self._asked.append(steps[min(max(last, steps.index(kindly)), 2)])
        os.kill(self._pid, self._asked[-1])

    def _state(self) -> tuple[str, float]:
        """One letter, as `ps` shows it, and CPU seconds used."""
        text = pathlib.Path(f"/proc/{self._pid}/stat").read_text(encoding="utf-8")
        fields = text.rpartition(")")[2].split()
        return fields[0], (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _end_if_too_big(self) -> None:
        statm = pathlib.Path(f"/proc/{self._pid}/statm").read_text(encoding="ascii")
        if int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE") > self._memory_bytes:
            os.kill(self._pid, signal.SIGKILL)
