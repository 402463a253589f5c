"""What names the death of a server whose log is all that is left."""

import socket
import subprocess
import sys

import pytest

from harness import last_words
from harness.fingerprint import fingerprint


@pytest.mark.parametrize(
    ("expected", "log"),
    [
        (
            "panic: runtime error: index out of range [_] with length _",
            "listening on :8080\npanic: runtime error: index out of range [5] with length 3\n\n"
            "goroutine 1 [running]:\nmain.main()\n\t/src/main.go:12 +0x1b\nexit status 2\n",
        ),
        (
            "cannot open _: No such file",
            "2026-11-22T04:00:00Z ERROR cannot open '/var/x/y.db': No such file\n",
        ),
        ("thread _ panicked at _:_", "thread 'main' panicked at src/main.rs:4:5:\nout of bounds\n"),
        (
            "server.c:_: parse: Assertion _ failed.",
            "server.c:77: parse: Assertion `n > 0' failed.\n",
        ),
        ("bye", "error: of long ago\n" + "request\n" * 10 + "[12] [INFO] bye\n"),
        ("", "\n \n"),
    ],
)
def test_the_line_that_tells_is_found(expected: str, log: str) -> None:
    """The last deadly word, else an error at the end, else the last line; without values."""
    assert last_words.of(log) == expected


SERVER = """
import os, socket, sys, time
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
connection, _ = listener.accept()
data = connection.recv(100)
print(f"{time.time():.3f} [{os.getpid()}] INFO got {len(data)} bytes", file=sys.stderr, flush=True)
if data[:1] == b"A":
    print(f"{time.time():.3f} [{os.getpid()}] FATAL: table full at 0x{id(data):x}: {data!r}",
          file=sys.stderr, flush=True)
os._exit(3)
"""


def died(request: bytes) -> str:
    """The fingerprint of a real server that dies of a request."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVER], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(request)
        _, log = server.communicate(timeout=10)
    cause = f"exit {server.returncode}"
    return fingerprint(last_words.death(cause, log.decode()), ())


def test_the_same_death_has_one_name() -> None:
    """Times, process ids, addresses and the request differ; what it died of does not."""
    assert died(b"A1") == died(b"A-longer") == "v2|death|exit 3|-|table full at _: b_"
    assert died(b"B") != died(b"A1")


def test_a_huge_log_is_read_from_its_end() -> None:
    """In bounded time and memory."""
    log = "x" * 10_000_000 + "\n" + "line\n" * 1_000_000 + "fatal: the end\n"
    assert last_words.of(log) == "the end"
