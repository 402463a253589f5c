"""Tracebacks read back from text, made by real interpreters that really failed."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness import outcome
from harness.fingerprint import fingerprint
from triage.cli import triage
from triage.traceback_files import MAX_BYTES
from triage.traceback_text import read

BUGS = {
    "plain": """
def parse(text):
    return int(text)

def load(text):
    return parse(text)

load("x")
""",
    "elsewhere": """
def parse(text):
    return int("1")

def load(text):
    return parse(text) + int(text)

load("x")
""",
    "silent": """
class Odd:
    class Error(Exception): pass

def parse():
    raise Odd.Error

parse()
""",
    "many lines": """
def parse():
    raise KeyError if not TEXT else LookupError(TEXT)

TEXT = "first: 1\\n\\nOther: 2\\n  third"
parse()
""",
    "chained": """
def low():
    raise ValueError("low")

def middle():
    try:
        low()
    except ValueError as error:
        raise KeyError("middle") from error

def high():
    try:
        middle()
    except KeyError:
        1 / 0

high()
""",
    "never raised": """
def parse():
    raise KeyError("a") from ValueError("b")

parse()
""",
    "group": """
def low():
    raise ValueError("two\\nlines")

def middle():
    try:
        low()
    except ValueError as error:
        raise KeyError("middle") from error

def gather():
    errors = []
    for task in (middle, low):
        try:
            task()
        except Exception as error:
            errors.append(error)
    raise ExceptionGroup("several", errors)

gather()
""",
    "group in a group": """
def gather():
    raise ExceptionGroup("outer", [ExceptionGroup("inner", [OSError()]), TypeError()])

def handle():
    try:
        gather()
    except ExceptionGroup:
        1 / 0

handle()
""",
    "recursion": """
def deeper(depth):
    return deeper(depth + 1)

deeper(0)
""",
    "syntax": """
def build(source):
    compile(source, "made.py", "exec")

build("x = = 1")
""",
    "native": """
import ctypes
import faulthandler
import resource

resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
faulthandler.enable()

def touch():
    ctypes.string_at(0)

touch()
""",
}
NAMES = {
    "plain": "v2|exception|ValueError|bug.parse|int(_)",
    "elsewhere": "v2|exception|ValueError|bug|int(_) in parse(_) + int(_)",
    "silent": "v2|exception|Odd.Error|bug.parse|raise",
    "many lines": "v2|exception|LookupError|bug.parse|raise",
    "chained": "v2|exception|ZeroDivisionError|bug.high|0 / 0",
    "never raised": "v2|exception|KeyError|bug|raise a",
    "group": "v2|exception|ValueError|bug|raise two",
    "group in a group": "v2|exception|ZeroDivisionError|bug.handle|0 / 0",
    "recursion": "v2|exception|RecursionError|recursion in bug",
    "syntax": "v2|exception|SyntaxError|bug.build|compile(_, '', '')",
    "native": "v2|death|SIGSEGV|bug.touch",
}
SHAPES = (
    "2024-01-02T03:04:{at:02}.123Z {text}",
    "web_1  | {text}",
    "ERROR    root[{at}]: {text}",
    "    {text}",
)


def name(text: str) -> str:
    """The fingerprint of what the text holds."""
    failure = read(text)
    return fingerprint(failure, ()) if failure else "none"


def failed(folder: Path, source: str) -> str:
    """What a fresh interpreter says when it runs the source."""
    script = folder / "bug.py"
    script.write_text(source, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-I", "-S", script], capture_output=True, text=True, check=False
    )
    assert ended.returncode
    return ended.stderr


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Bug → its traceback."""
    folder = tmp_path_factory.mktemp("bugs")
    return {bug: failed(folder, source) for bug, source in BUGS.items()}


@pytest.mark.parametrize("bug", BUGS)
def test_a_real_traceback_is_named(told: dict[str, str], bug: str) -> None:
    """Each form that an interpreter prints is read with its type, functions and chain."""
    assert name(told[bug]) == NAMES[bug]


@pytest.mark.parametrize("bug", ["plain", "chained", "group", "native"])
def test_shifted_lines_change_nothing(told: dict[str, str], tmp_path: Path, bug: str) -> None:
    """The same bug further down in its file has the same name."""
    assert name(failed(tmp_path, "# a comment\n" * 30 + BUGS[bug])) == name(told[bug])


def test_different_bugs_differ(told: dict[str, str]) -> None:
    """No two of the planted bugs share a name."""
    assert len({name(text) for text in told.values()}) == len(BUGS)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("bug", BUGS)
def test_marks_of_a_log_change_nothing(told: dict[str, str], bug: str, shape: str) -> None:
    """What a log puts before each line, and other entries around, are not part of the failure."""
    lines = ["starting", "", *told[bug].splitlines(), "going on", "Done: all"]
    logged = "\n".join(shape.format(at=at % 60, text=text) for at, text in enumerate(lines))
    assert name(logged) == NAMES[bug]


@pytest.mark.parametrize("bug", BUGS)
def test_the_last_complete_one_counts(told: dict[str, str], bug: str) -> None:
    """Earlier failures and one that was cut off do not hide the last complete one."""
    begun = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n'
    assert name(f"{told['silent']}\nlog\n{told['plain']}\n{told[bug]}\n{begun}") == NAMES[bug]


def test_a_mark_on_the_first_line_only(told: dict[str, str]) -> None:
    """A message of a log call may share its line with the traceback's first line."""
    assert name("ERROR: boom " + told["plain"]) == NAMES["plain"]


THREADS = """Timeout (0:00:01)!
Thread 0x00007f01 (most recent call first):
  File "/usr/lib/python3.12/threading.py", line 355 in wait
  File "/app/drive.py", line 9 in wait_for_it

Thread 0x00007f02 (most recent call first):
  File "/e/lib/python3.12/site-packages/rows/reader.py", line 7 in skip
  File "/e/lib/python3.12/site-packages/rows/reader.py", line 5 in read
  File "/e/lib/python3.12/site-packages/rows/__init__.py", line 3 in load
  File "/app/drive.py", line 5 in work

Thread 0x00007f03 (most recent call first):
  File "/usr/lib/python3.12/threading.py", line 1149 in join
  File "/app/drive.py", line 12 in <module>
"""
SANITIZED = """==77==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602 at pc 0x55
READ of size 1 at 0x602 thread T0
    #0 0x7f1c in __interceptor_memcpy /src/asan.cpp:12:3
    #1 0x55d0 in scan_row /src/rows/scan.c:120:9
    #2 0x55d1 in scan_all (/e/site-packages/rows/_scan.cpython-312.so+0x55)
    #3 0x55d2 in main /src/main.c:7
0x602 is located 0 bytes to the right of
    #0 0x7f in malloc (/lib/libc.so.6+0x1)
"""
DEBUGGED = """Thread 1 "python" received signal SIGSEGV, Segmentation fault.
#0  0x00007f01 in __strlen_avx2 () from /lib/x86_64-linux-gnu/libc.so.6
#1  0x00007f02 in scan_row (row=0x0) at rows/scan.c:99
#2  0x00007f03 in _PyEval_EvalFrameDefault () from /lib/libpython3.12.so.1.0
"""
NATIVE_ONLY = """Fatal Python error: Segmentation fault

Current thread 0x00007f02 [python] (most recent call first):
  <no Python frame>

Current thread's C stack trace (most recent call first):
  Binary file "/usr/lib/libpython3.14.so", at _Py_DumpStack+0x2d [0x7f]
  Binary file "/e/site-packages/rows/_scan.cpython-314.so", at scan_row+0x1 [0x7f]
"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (THREADS, "v2|hang|harness.failure.Hang|reader"),
        (SANITIZED, "v2|death|AddressSanitizer heap-buffer-overflow|native scan.scan_row"),
        (DEBUGGED, "v2|death|SIGSEGV|native scan.scan_row"),
        (NATIVE_ONLY, "v2|death|SIGSEGV|native _scan.scan_row"),
    ],
)
def test_native_stacks_are_read(text: str, line: str) -> None:
    """The thread that works, and native frames where there are no others."""
    assert name(text) == line


LATE = """Traceback (most recent call last):
  File "/app/drive.py", line 20, in <module>
    rows.load(data)
  File "/e/site-packages/rows/reader.py", line 5, in load
    self.read(at)
  File "/e/site-packages/rows/reader.py", line 9, in read
    while self.skip(at):
  File "/e/site-packages/rows/lexer.py", line 3, in skip
    return at
{last}"""
TICK = """  File "/app/drive.py", line 9, in tick
    raise {error}("no end")
{error}: no end
"""


@pytest.mark.parametrize("error", ["TimeoutError", "Hang", "TimedOut", "drive.AlarmError"])
def test_a_timer_of_the_driver_tells_of_a_hang(error: str) -> None:
    """Where it hit is luck; a time-out that the subject itself raises is an error as any other."""
    line = "v2|hang|harness.failure.Hang|reader"
    assert name(LATE.format(last=TICK.format(error=error))) == line
    assert name(LATE.format(last="KeyboardInterrupt\n")) == line
    own = name(LATE.format(last=f"{error}: no end\n"))
    assert own == f"v2|exception|{error}|lexer.skip|_"


def test_a_child_that_died_names_what_its_parent_says(told: dict[str, str]) -> None:
    """A driver's own traceback after a native death only tells of it."""
    parent = """Traceback (most recent call last):
  File "/app/drive.py", line 9, in <module>
    pool.submit(work).result()
  File "/usr/lib/python3.12/concurrent/futures/_base.py", line 456, in result
    return self.__get_result()
concurrent.futures.process.BrokenProcessPool: terminated abruptly
"""
    assert name(told["native"] + parent) == NAMES["native"]
    assert name(told["native"] + parent + told["plain"]) == NAMES["plain"]


def test_folders_may_be_named_like_our_rooms() -> None:
    """In a text, what lies below a folder `reports` is not the farm."""
    text = """Traceback (most recent call last):
  File "/app/reports/rows/reader.py", line 5, in read
    return self.rows[at]
IndexError: no
"""
    assert name(text) == "v2|exception|IndexError|reader|.rows[_]"


def test_repeats_are_bounded() -> None:
    """A count that no stack can have costs nothing."""
    frame = '  File "bug.py", line 1, in f\n'
    text = f"{frame}  [Previous line repeated {'9' * 5000} more times]\nRecursionError: deep\n"
    found = read(f"Traceback (most recent call last):\n{text}")
    assert found is not None
    assert 10 < len(found.frames) < 50


def test_a_long_chain_keeps_both_ends() -> None:
    """Of very many causes the nearest and the furthest are kept, in a moment."""
    header = 'Traceback (most recent call last):\n  File "bug.py", line 1, in f\n'
    between = "\n\nDuring handling of the above exception, another exception occurred:\n\n"
    found = read(between.join(f"{header}E{number}" for number in range(20_000)))
    assert found is not None
    kept = [found.type, *(link.type for link in found.chain)]
    assert kept == [f"E{number}" for number in (*range(19_999, 19_994, -1), 3, 2, 1, 0)]


def test_the_command_names_every_file(
    told: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line for each file in the order given; a failure at the end of a huge log is found."""
    huge, clean = tmp_path / "huge.log", tmp_path / "clean.txt"
    huge.write_text("INFO nothing\n" * (MAX_BYTES // 12) + told["plain"], encoding="utf-8")
    clean.write_text(told["native"], encoding="utf-8")
    code = outcome.run(triage, ["fingerprint", str(huge), str(clean)])
    assert capsys.readouterr().out.splitlines() == [
        f"{huge}\t{NAMES['plain']}",
        f"{clean}\t{NAMES['native']}",
    ]
    assert code == 0


def test_files_without_a_failure_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Garbage, prose, nothing and a missing file get `none` and a reason; the exit code is 2."""
    contents = {"garbage": bytes(range(256)) * 50, "prose": b"Error: all is well\n", "empty": b""}
    for file, data in contents.items():
        (tmp_path / file).write_bytes(data)
    paths = [str(tmp_path / file) for file in (*contents, "missing")]
    assert outcome.run(triage, ["fingerprint", *paths]) == 2
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [f"{path}\tnone" for path in paths]
    assert len(shown.err.splitlines()) == len(paths)


def test_the_log_of_a_dead_server_is_named_by_what_it_said_last(
    told: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """If there is no failure in it; how it died must make sense."""
    words, failed = tmp_path / "words.log", tmp_path / "failed.log"
    words.write_text("12:00:01 [77] listening\n12:00:02 [77] FATAL: no slot for 'x' left\n")
    failed.write_text(told["plain"], encoding="utf-8")
    assert outcome.run(triage, ["fingerprint", "--died", "exit 3", str(words), str(failed)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{words}\tv2|death|exit 3|-|no slot for _ left",
        f"{failed}\t{NAMES['plain']}",
    ]
    assert outcome.run(triage, ["fingerprint", "--died", "old age", str(words)]) == 2
    assert "SIGSEGV" in capsys.readouterr().err
