"""The test of a crash that would take pytest with it: in a process of its own, with limits."""

from __future__ import annotations

import dataclasses
import math
import textwrap
from typing import Final

from harness.crash import Crash
from targets.kinds import Check

_ENDING: Final = frozenset({"SystemExit", "KeyboardInterrupt", "GeneratorExit"})
"""Exceptions that would end pytest."""
_PROMISE: Final = {
    "death": "The test fails as long as the process dies; an exception is another bug.",
    "hang": "The test fails as long as there is no end; an exception is another bug.",
    "memory": "The test fails as long as memory runs out; an exception is another bug.",
}
MODULES: Final = ["faulthandler", "os", "resource", "subprocess", "sys"]
NAMES: Final = frozenset(
    {"PASSED", "OTHER", "Hang", "main", "stop", "subject", "signal", "time", "traceback", "pathlib"}
)
"""Names of the test's own that copied code must not have."""
GRACE_S: Final = 60
"""Wall seconds that a busy machine gets beyond five times the check's CPU seconds."""


@dataclasses.dataclass(frozen=True, slots=True)
class Calls:
    """How a test reaches what it calls: lines to run first, and two expressions."""

    imports: tuple[str, ...]
    """Empty: everything is in the file's own namespace."""
    subject: str
    check: str


def is_wanted(crash: Crash) -> bool:
    """Whether the crash would end or block pytest itself."""
    return crash.kind in ("death", "hang", "memory") or crash.example.failure.type in _ENDING


def promise(crash: Crash) -> str:
    """What the test tells, in a sentence."""
    return _PROMISE.get(crash.kind, "The test fails as long as the bug is there.")


def modules(kind: str) -> list[str]:
    """What the test imports."""
    more = {"hang": ["signal", "time", "traceback"], "memory": ["pathlib", "traceback"]}
    return [*MODULES, *more.get(kind, ["traceback"] if kind == "death" else [])]


def source(kind: str, check: Check, calls: Calls) -> list[str]:
    """The body of the test, and the top-level statements that it needs."""
    other = kind in _CAUGHT
    limit_s = math.ceil(5 * check.timeout_s) + GRACE_S
    expected = "in (PASSED, OTHER)" if other else "== PASSED"
    codes = "PASSED, OTHER = 42, 43" if other else "PASSED = 42"
    hang = [_HANG.format(timeout_s=check.timeout_s)] if kind == "hang" else []
    return [
        _BODY.format(limit_s=limit_s, expected=expected),
        f"{codes}  # exit codes; 0 may be the subject's own",
        *hang,
        _main(kind, check, calls),
    ]


def _main(kind: str, check: Check, calls: Calls) -> str:
    call = f"{calls.check}(DATA, subject)"
    if kind in _CAUGHT:
        first, caught = _CAUGHT[kind]
        call = f"try:\n    {call}\n{first}{_OTHER.format(caught=caught)}"
    lines = [*calls.imports, f"subject = {calls.subject}"]
    if calls.imports:
        lines.insert(len(calls.imports), "")
    if kind in _LIMIT:
        lines.append(_LIMIT[kind].format(timeout_s=check.timeout_s, memory_mib=check.memory_mib))
    body = "\n".join([*lines, call])
    if calls.imports:
        body = "with embedded():\n" + textwrap.indent(body, "    ")
    head = "faulthandler.enable()\nresource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
    whole = textwrap.indent(f"{head}{body}\nos._exit(PASSED)", "    ")
    return (
        f'def main() -> None:\n    """Run the check on DATA, in a process of its own."""\n{whole}'
    )


_BODY: Final = """\
done = subprocess.run(
    [sys.executable, __file__],
    stdin=subprocess.DEVNULL,
    capture_output=True,
    text=True,
    errors="backslashreplace",
    timeout={limit_s},
    env={{**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}},
    check=False,
)
said = f"ended with {{done.returncode}}\\n{{done.stdout}}\\n{{done.stderr}}"
assert done.returncode {expected}, said"""
_OTHER: Final = """\
except {caught}:
    traceback.print_exc()
    os._exit(OTHER)"""
_CAUGHT: Final[dict[str, tuple[str, str]]] = {
    "death": ("", "BaseException"),  # the panic of a Rust extension is one, too
    "hang": ("", "Exception"),
    "memory": ("except MemoryError:\n    raise\n", "Exception"),
}
"""Kind → clauses for what it is about, and what else counts as another bug."""
_LIMIT: Final = {
    "hang": """\
signal.signal(signal.SIGVTALRM, stop)
signal.setitimer(signal.ITIMER_VIRTUAL, {timeout_s}, 1.0)
# Code written in C may never look at a signal, but it cannot outlive this.
cpu_s = int(time.process_time() + {timeout_s}) + 3
resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))""",
    "memory": """\
pages = int(pathlib.Path("/proc/self/statm").read_text().split()[0])
limit = pages * resource.getpagesize() + {memory_mib} * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))""",
}
_HANG: Final = '''\
class Hang(BaseException):
    """The check used more CPU time than it may."""


def stop(*_: object) -> None:
    """Raise where the code hangs."""
    raise Hang("no end after {timeout_s} s of CPU time")'''
