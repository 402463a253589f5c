"""A child process seen from outside: start, pause, resume, ask, wait, kill; its pipes and its end.

Every child leads its own process group, so that whatever it starts is stopped with it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

import harness
from harness.children.spec import Spec
from harness.failure import Failure, from_death

READ_BYTES = 1 << 16
NUDGE_S = 2.0
"""Wall seconds that a nudged child has to react."""
READS = 64
"""At most so many reads at a time: a child that writes without end must not hold up the rest."""
MAX_LINE_BYTES = 16 << 20
"""A child that writes a longer line than this is broken; the line is dropped."""


class Pipe:
    """The reading end of a child's pipe: whole lines, never blocking."""

    def __init__(self) -> None:
        self.fd, self.child_fd = os.pipe()
        os.set_blocking(self.fd, False)
        self._rest = b""
        self._dropping = False

    def lines(self) -> list[bytes]:
        """Lines that arrived since the last call."""
        chunks = [self._rest]
        with contextlib.suppress(BlockingIOError):
            for _ in range(READS):
                chunk = os.read(self.fd, READ_BYTES)
                if not chunk:
                    break
                chunks.append(chunk)
        *lines, self._rest = b"".join(chunks).split(b"\n")
        if lines and self._dropping:
            del lines[0]  # the end of a line whose beginning was dropped
            self._dropping = False
        if self._dropping or len(self._rest) > MAX_LINE_BYTES:
            self._dropping = True
            self._rest = b""
        return lines

    def close_child(self) -> None:
        """After the child was started, its end belongs to it alone."""
        os.close(self.child_fd)

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self.fd)


class Worker:
    """One running child, `python -m harness.children.<engine>`."""

    def __init__(
        self, engine: str, python: pathlib.Path, spec: Spec, *, requests: bool = False
    ) -> None:
        self.folder = pathlib.Path(spec.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._messages, self._stats = Pipe(), Pipe()
        spec = dataclasses.replace(
            spec, event_fd=self._messages.child_fd, stats_fd=self._stats.child_fd
        )
        self._roots = spec.sys_path
        path = self.folder / "spec.json"
        spec.write(path)
        with (self.folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                [str(python), "-P", "-m", f"harness.children.{engine}", str(path)],
                stdin=subprocess.PIPE if requests else subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(self._messages.child_fd, self._stats.child_fd),
                process_group=0,
                env=_environment(python),
            )
        for pipe in (self._messages, self._stats):
            pipe.close_child()
        self.paused = False
        self.heard_s = time.monotonic()
        """When the child last said something, later by the time that it was paused since."""
        self._paused_s = self.heard_s
        self._nudged_s: float | None = None
        self._hung = False
        self._fork: int | None = None

    @property
    def pid(self) -> int:
        """Process id, also the id of its process group."""
        return self._process.pid

    @property
    def fds(self) -> tuple[int, int]:
        """Descriptors to wait on."""
        return self._messages.fd, self._stats.fd

    def request(self, record: dict[str, Any]) -> None:
        """Send one line to a child started with `requests`; one that died hears nothing."""
        self.request_bytes((json.dumps(record) + "\n").encode())

    def request_bytes(self, data: bytes) -> None:
        """As `request`, in a form of the child's own."""
        stdin = self._process.stdin
        if stdin is None:
            raise ValueError("this child takes no requests")
        with contextlib.suppress(BrokenPipeError):
            stdin.write(data)
            stdin.flush()

    def messages(self) -> list[dict[str, Any]]:
        """What the child said since the last call."""
        heard = [message for line in self._messages.lines() for message in _message(line)]
        for message in heard:
            if message["kind"] == "begun":
                self._fork = message["pid"]
        if heard:
            self.heard_s = time.monotonic()
            self._nudged_s = None
        return heard

    def stats(self) -> list[str]:
        """libFuzzer's lines since the last call."""
        return [line.decode("utf-8", "replace") for line in self._stats.lines()]

    def ended(self) -> int | None:
        """Exit code, negative for a signal; None while it runs. Never blocks."""
        return self._process.poll()

    def send(self, number: signal.Signals) -> None:
        """Signal the process that executes: the child, or the fork that it named last."""
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._fork or self.pid, number)

    def pause(self) -> None:
        """Stop the whole process group where it stands."""
        self._send_group(signal.SIGSTOP)
        self.paused = True
        self._paused_s = time.monotonic()

    def resume(self) -> None:
        """Go on from there."""
        self._send_group(signal.SIGCONT)
        self.paused = False
        # A pause neither adds to a silence nor ends it: hangs are noticed over many short turns.
        now_s = time.monotonic()
        self.heard_s = min(self.heard_s + now_s - self._paused_s, now_s)
        if self._nudged_s is not None:
            self._nudged_s += now_s - self._paused_s

    def ask_to_stop(self) -> None:
        """SIGTERM, also to a paused child."""
        self._send_group(signal.SIGTERM)
        self._send_group(signal.SIGCONT)

    def wait(self, timeout_s: float) -> bool:
        """Whether the child ended within the time."""
        try:
            self._process.wait(max(timeout_s, 0.0))
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """SIGKILL to the whole group, and wait for the child."""
        self._send_group(signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """Kill what is left of the group and close the pipes; call once, after the last reading."""
        self.kill()
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        self._messages.close()
        self._stats.close()

    def nudge_if_silent(self, limit_s: float) -> None:
        """End an execution that neither uses CPU time nor ends.

        First SIGUSR1, which Python code that sleeps turns into a hang and goes on; if the child
        stays silent, SIGABRT, which ends it with its stack written (it hangs inside C code).
        """
        now = time.monotonic()
        if self.paused or now - self.heard_s < limit_s:
            return
        if self._nudged_s is None:
            self._nudged_s = now
            self.send(signal.SIGUSR1)
        elif now - self._nudged_s > NUDGE_S and not self._hung:
            self._hung = True
            self.send(signal.SIGABRT)
        elif now - self._nudged_s > 2 * NUDGE_S:
            self._send_group(signal.SIGKILL)

    def death(self, code: int) -> Failure:
        """The failure that the child's end stands for."""
        failure = from_death(cause_of(code), self._fault_text(), self._roots)
        if not self._hung:
            return failure
        self._hung, self._nudged_s = False, None
        return dataclasses.replace(failure, kind="hang", type="harness.failure.Hang")

    def _fault_text(self) -> str:
        """What faulthandler wrote when the process died; empty when nothing."""
        try:
            return (self.folder / "fault.txt").read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def _send_group(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)


def _message(line: bytes) -> list[dict[str, Any]]:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return []  # code under test can write to any descriptor: noise must not end the run
    return [said] if isinstance(said, dict) and "kind" in said else []


def cause_of(code: int) -> str:
    """`SIGSEGV` or `exit 3`, for an exit code as `Worker.ended` gives it."""
    if code >= 0:
        return f"exit {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _environment(python: pathlib.Path) -> Mapping[str, str]:
    """The parent's environment, made the same for every child so that replays agree."""
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONUNBUFFERED": "1"}
    environment.pop("PYTHONPATH", None)
    if str(python) == sys.executable:
        # The farm's own interpreter finds the rooms where this process found them.
        environment["PYTHONPATH"] = str(pathlib.Path(harness.__file__).parent.parent)
    return environment


def starved_s(pid: int) -> float:
    """Seconds that a process was ready to run while others had the processors; 0 if unknown."""
    try:
        text = pathlib.Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii")
        return int(text.split()[1]) / 1e9
    except (OSError, IndexError, ValueError):  # it has ended, or the kernel does not count
        return 0.0
