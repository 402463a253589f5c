"""The life of a worker: it loads its job, forks, fuzzes, and forks again when the fork has died."""

from __future__ import annotations

import dataclasses
import faulthandler
import gc
import json
import os
import pathlib
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any, Protocol

from harness.children import limits, words
from harness.children.channel import Channel
from harness.children.loading import Loaded, load_job
from harness.children.spec import Spec, read
from targets import vocabulary
from targets.errors import FarmError

BROKE = 70


class Engine(Protocol):
    """What runs executions in this process."""

    def fuzz(self) -> None:
        """Until SIGTERM, or until `executions` are done."""


Make = Callable[[Spec, Channel, Loaded], Engine]


def work(make: Make, spec: Spec, channel: Channel, loaded: Loaded) -> int:
    """Fuzz in this process, which ends with it; returns an exit code when fuzzing cannot be."""
    channel.say("begun", pid=os.getpid())
    with (pathlib.Path(spec.folder) / "fault.txt").open("w", encoding="utf-8") as fault:
        faulthandler.enable(fault, all_threads=False)
        try:
            engine = make(spec, channel, loaded)
            gc.freeze()
            channel.say("ready")
            engine.fuzz()
        except FarmError as error:
            hint = f": correct {loaded.inputs.mutate}" if loaded.inputs.mutate else ""
            channel.say("refused", message=f"{error}{hint}", exit_code=error.exit_code)
        except Exception:  # our own bug: told apart from the subject's death
            channel.say("broke", text=traceback.format_exc())
            return BROKE
    return 0


def work_in_forks(make: Make, spec: Spec, channel: Channel, loaded: Loaded) -> int:
    """Fuzz in a fork, and in a new one whenever it died and stdin says how to go on.

    Native deaths are frequent where there is one; importing and instrumenting the subject again
    for each would take most of the time.
    """
    while True:
        pid = os.fork()
        if pid == 0:
            limits.die_with_parent()
            os._exit(work(make, spec, channel, loaded))
        # It may want to end in order, and then this process ends as well.
        leave = signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _, status = os.waitpid(pid, 0)
        signal.signal(signal.SIGTERM, leave)
        code = os.waitstatus_to_exitcode(status)
        if code in (0, BROKE):
            return code
        channel.say("died", code=code, pid=pid)
        line = sys.stdin.readline()
        if not line:
            return 0
        spec = dataclasses.replace(
            spec, **{name: _frozen(value) for name, value in json.loads(line).items()}
        )


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def main(arguments: list[str], make: Make) -> int:
    """Run the job in the spec file named by the only argument."""
    limits.die_with_parent()
    limits.no_core_file()
    spec = read(pathlib.Path(arguments[0]))
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    channel = Channel(spec.event_fd)
    with (pathlib.Path(spec.folder) / "fault.txt").open("w", encoding="utf-8") as fault:
        faulthandler.enable(fault, all_threads=False)
        try:
            loaded = load_job(spec, instrumented=True)
            modules = loaded.suite.modules() if loaded.suite else loaded.subject.instrument
            vocabulary.set_words(words.words_of(modules))
        except FarmError as error:
            channel.say("refused", message=str(error), exit_code=error.exit_code)
            return 0
        # A subject that starts threads when imported cannot be forked.
        forks = spec.forks and threading.active_count() == 1
        return (work_in_forks if forks else work)(make, spec, channel, loaded)
