"""Runs inputs without coverage, each in a clean process of its own, with a worker's limits.

This process imports the subject and never runs an input itself: for every request it forks, and
the fork runs one input and ends. Requests are JSON lines on stdin (`input`, `folder`, `limited`:
whether memory is), answers go to the channel: `began` with the fork's pid, `outcome` unless it
died, then `ended` with its code. A subject that starts threads when imported cannot be forked:
then this process runs one input itself and ends.
"""

from __future__ import annotations

import faulthandler
import json
import os
import pathlib
import sys
import threading
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from harness.children import last_input, limits
from harness.children.channel import Channel
from harness.children.keeper import let_go
from harness.children.loading import Loaded, load_job
from harness.children.spec import read
from harness.children.watch import Watch
from harness.failure import from_exception, to_record
from harness.fingerprint import fingerprint
from targets import resource
from targets.errors import FarmError

if TYPE_CHECKING:
    from harness.children.choices.cases import Tells

BROKE = 70
PROGRAM = "program.txt"
"""What a test case of Hypothesis did, in the folder of its execution."""


def execute_one(loaded: Loaded, channel: Channel, request: dict[str, Any]) -> None:
    """Run one input in this process, which must be clean, and say how it ended."""
    folder = pathlib.Path(request["folder"])
    data = pathlib.Path(request["input"]).read_bytes()
    if request["limited"]:
        limits.limit_memory(loaded.check.memory_mib)
    memory = last_input.create(folder, len(data))
    run = loaded.run if loaded.case is None else telling(loaded.case, folder / PROGRAM)
    runs = 0

    def execute(data: bytes) -> BaseException | None:
        nonlocal runs
        runs += 1
        memory[last_input.HEADER_BYTES : last_input.HEADER_BYTES + len(data)] = data
        memory[: last_input.COUNT_AT] = (len(data) + 1).to_bytes(8, "little")
        try:
            run(data, loaded.adapter)
        except BaseException as error:  # every escape is the outcome that was asked for
            return error
        return None

    code: Any = execute.__code__
    Watch(loaded.check.timeout_s, lambda: runs, code, lambda: None).start()
    with (folder / "fault.txt").open("w", encoding="utf-8") as fault:
        faulthandler.enable(fault, all_threads=False)
        error = execute(data)
    if error is not None:
        let_go(error)
    failure = None if error is None else from_exception(error)
    channel.say(
        "outcome",
        failure=None if failure is None else to_record(failure),
        fingerprint=None if failure is None else fingerprint(failure, loaded.own),
    )


def telling(case: Tells, path: pathlib.Path) -> Callable[[bytes, Any], None]:
    """Runs a test case and writes what it does to `path`, line by line: it may be the last."""

    def run(data: bytes, _subject: object) -> None:
        with path.open("w", encoding="utf-8", errors="backslashreplace", buffering=1) as program:
            case.tell(data, lambda line: print(line, file=program))

    return run


def serve(loaded: Loaded, channel: Channel) -> None:
    """Answer requests until stdin ends."""
    forks = threading.active_count() == 1
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork() if forks else 0
        if pid == 0:
            _run_and_leave(loaded, channel, request, forks)
        channel.say("began", pid=pid)
        _, status = os.waitpid(pid, 0)
        channel.say("ended", code=os.waitstatus_to_exitcode(status))


def _run_and_leave(loaded: Loaded, channel: Channel, request: dict[str, Any], forked: bool) -> None:
    code = 0
    try:
        if forked:
            limits.die_with_parent()
        else:
            channel.say("began", pid=os.getpid())
        execute_one(loaded, channel, request)
    except BaseException:  # our own bug: told apart from the subject's death
        channel.say("broke", text=traceback.format_exc())
        code = BROKE
    if not forked:
        channel.say("ended", code=code)
    os._exit(code)


def main(arguments: list[str]) -> int:
    """Replay for the job in the spec file named by the only argument."""
    limits.die_with_parent()
    limits.no_core_file()
    spec = read(pathlib.Path(arguments[0]))
    channel = Channel(spec.event_fd)
    resource.every = 1  # the verdict of a replay is a function of the input alone
    # Before the subject: one that handles signals itself, as engines of WebAssembly do, comes
    # first then, and its traps are no deaths. Enabling it again only changes the file.
    faulthandler.enable(all_threads=False)
    try:
        loaded = load_job(spec, instrumented=False)
    except FarmError as error:
        channel.say("refused", message=str(error), exit_code=error.exit_code)
        return 0
    channel.say("ready")
    serve(loaded, channel)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
