"""An execution that takes too long is interrupted, and nothing else is."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

import pytest

from harness.children.watch import SUSPECT_S, TICK_S, Watch
from harness.failure import Hang


class Watched:
    """A watch around `execute`, in this process."""

    def __init__(self, timeout_s: float, known_hangs: set[str], *outside: CodeType) -> None:
        self.executions = 0
        self.ticks = 0
        code: Any = self.execute
        self.watch = Watch(
            timeout_s,
            lambda: self.executions,
            code.__func__.__code__,
            self.tick,
            known_hangs,
            outside,
        )
        self.watch.start()

    def tick(self) -> None:
        self.ticks += 1

    def execute(self, run: Callable[[], object]) -> object:
        self.executions += 1
        return run()


WatchIn = Callable[..., Watched]


@pytest.fixture
def watch_in() -> Iterator[WatchIn]:
    """Starts a watch; afterwards the signals are as before."""
    before = {number: signal.getsignal(number) for number in (signal.SIGVTALRM, signal.SIGUSR1)}

    def begin(timeout_s: float, *outside: CodeType, known: set[str] | None = None) -> Watched:
        return Watched(timeout_s, known or set(), *outside)

    yield begin
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    for number, handler in before.items():
        signal.signal(number, handler)


def burn(cpu_s: float = 60.0) -> None:
    """Use so many CPU seconds of this process."""
    end_s = time.process_time() + cpu_s
    while time.process_time() < end_s:
        pass


def test_an_endless_loop_is_interrupted(watch_in: WatchIn) -> None:
    """Where it hangs, after its CPU seconds; the next execution runs as if nothing was."""
    watched = watch_in(0.2)
    with pytest.raises(Hang, match=r"0\.2 s") as caught:
        watched.execute(burn)
    assert "burn" in [entry.name for entry in caught.traceback]
    assert 0.2 - TICK_S <= watched.watch.slowest_s <= 0.2 + TICK_S
    assert watched.ticks >= 0.2 / TICK_S
    assert watched.execute(lambda: 7) == 7


def test_a_known_path_is_cut_short(watch_in: WatchIn) -> None:
    """Who hangs where another worker hung already is not waited for; elsewhere it is."""
    first = watch_in(0.3)
    with pytest.raises(Hang):
        first.execute(burn)
    known = first.watch.known_hangs
    assert len(known) == 1
    second = watch_in(30.0, known=known)
    began_s = time.process_time()
    with pytest.raises(Hang):
        second.execute(burn)
    assert SUSPECT_S - TICK_S <= time.process_time() - began_s < 1.0
    second.execute(lambda: burn(3 * SUSPECT_S))


def test_sleeping_is_no_hang_until_it_is_said(watch_in: WatchIn) -> None:
    """Waiting uses no CPU time; SIGUSR1, which a silent worker gets, ends it."""
    watched = watch_in(0.1)
    watched.execute(lambda: threading.Event().wait(0.3))
    timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1))
    timer.start()
    with pytest.raises(Hang, match="waits or sleeps"):
        watched.execute(lambda: threading.Event().wait(20))
    timer.join()
    os.kill(os.getpid(), signal.SIGUSR1)  # outside of an execution it means nothing


def test_a_swallowed_hang_is_raised_again(watch_in: WatchIn) -> None:
    """Code that catches everything once does not get away."""

    def stubborn() -> None:
        with contextlib.suppress(BaseException):
            burn()
        burn()

    watched = watch_in(0.2)
    began_s = time.process_time()
    with pytest.raises(Hang):
        watched.execute(stubborn)
    assert time.process_time() - began_s < 1.0


def test_slow_code_elsewhere_is_no_hang(watch_in: WatchIn) -> None:
    """Neither between executions, nor in what an execution calls to keep a failure."""
    watched = watch_in(0.1, burn.__code__)
    burn(0.3)
    watched.execute(lambda: burn(0.3))
    assert watched.watch.known_hangs == set()


def test_an_execution_inside_of_another_is_watched(watch_in: WatchIn) -> None:
    """Measuring a corpus executes from within an execution."""

    def measuring() -> None:
        watched.execute(burn)

    watched = watch_in(0.1, measuring.__code__)
    with pytest.raises(Hang):
        watched.execute(measuring)


def test_many_quick_executions_are_no_hang(watch_in: WatchIn) -> None:
    """It is the time of one execution that counts."""
    watched = watch_in(0.1)
    end_s = time.process_time() + 0.4
    while time.process_time() < end_s:
        watched.execute(lambda: None)
    assert watched.watch.slowest_s <= 0.1
