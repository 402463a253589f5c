"""The child that tries candidates: its verdicts, whatever a candidate does to its process."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import struct
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from harness.children.batches import CANCELLED, HEADER, LEAVE, TRY, TRY_APART, WANT, Want
from harness.children.spec import Spec
from harness.tests.farm import Example, pause, write_project
from harness.worker import Worker

LIMIT_S = 20.0
EXAMPLES = {
    "birds": Example(
        """
        import os

        calls = 0

        def make():
            def one(data):
                raise ValueError("one")

            def other(data):
                raise ValueError("other")

            def subject(data):
                global calls
                calls += 1
                if data == b"one":
                    one(data)
                if data == b"other":
                    other(data)
                if data == b"quit":
                    os._exit(7)
                if data == b"count" and calls > 1:
                    one(data)
                while data == b"loop":
                    pass
            return subject
        """
    ),
    "absent": Example("def make():\n    import absent_package_q\n"),
}


class Child:
    """The child as its caller sees it."""

    def __init__(self, folder: pathlib.Path, project: pathlib.Path, name: str = "birds") -> None:
        self._folder = folder / name
        self._folder.mkdir()
        self.cancel_below(0)
        roots = (str(project),)
        spec = Spec(name, f"examples.{name}", "read", "own", str(self._folder), sys_path=roots)
        self.worker = Worker("minimize", pathlib.Path(sys.executable), spec, requests=True)
        self._number = 0
        self._trying = False
        self.others: list[tuple[int, str]] = []

    def cancel_below(self, number: int) -> None:
        """Batches of smaller numbers are not wanted any more."""
        (self._folder / CANCELLED).write_bytes(struct.pack("<Q", number))

    def want(self, want: Want) -> None:
        """Look for this from now on."""
        text = json.dumps(dataclasses.asdict(want)).encode()
        self._leave()
        self.worker.request_bytes(HEADER.pack(WANT, 0, 0, len(text), 0) + text)

    def tried(
        self, *cases: bytes, until: bool = True, apart: bool = False
    ) -> tuple[int | None, int]:
        """The first candidate whose verdict is `until`, and how many were tried."""
        self._number += 1
        if apart:
            self._leave()
        self._trying = not apart
        body = struct.pack(f"<{len(cases)}I", *map(len, cases)) + b"".join(cases)
        order = TRY_APART if apart else TRY
        header = HEADER.pack(order, until, len(cases), len(body), self._number)
        self.worker.request_bytes(header + body)
        said = self.hear("tried")
        assert said["batch"] == self._number
        return said["found"], said["count"]

    def hear(self, kind: str) -> dict[str, Any]:
        """The next message of a kind."""
        end_s = time.monotonic() + LIMIT_S
        while time.monotonic() < end_s:
            for message in self.worker.messages():
                if message["kind"] == "other":
                    self.others.append((message["index"], message["fingerprint"]))
                elif message["kind"] == kind:
                    return message
                else:
                    assert message["kind"] == "ready", message
            pause(0.002)
        raise AssertionError(f"no {kind} in {LIMIT_S} s")

    def _leave(self) -> None:
        if self._trying:
            self.worker.request_bytes(HEADER.pack(LEAVE, 0, 0, 0, 0))
        self._trying = False


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A user's project with the subject of these tests."""
    return write_project(tmp_path_factory.mktemp("project"), EXAMPLES)


@pytest.fixture
def child(tmp_path: pathlib.Path, project: pathlib.Path) -> Iterator[Child]:
    """A running child that looks for the failure of `one`."""
    child = Child(tmp_path, project)
    yield child
    child.worker.close()


def mark_of(child: Child, case: bytes) -> str:
    """The fingerprint of what a candidate does."""
    child.want(Want())
    child.others.clear()
    assert child.tried(case) == (None, 1)
    ((_, mark),) = child.others
    child.others.clear()
    return mark


def test_the_first_that_fails_as_wanted_is_found(child: Child) -> None:
    """Those behind it are not tried; failures of another kind are told, once each."""
    mark = mark_of(child, b"one")
    child.want(Want(mark))
    assert child.tried(b"", b"other", b"other", b"one", b"one") == (3, 4)
    assert [index for index, _ in child.others] == [1]
    assert child.tried(b"one", b"one", b"", b"one", until=False) == (2, 3)
    assert child.tried(b"x", b"") == (None, 2)


@pytest.mark.parametrize("apart", [False, True])
def test_a_death_is_a_verdict_like_any_other(child: Child, apart: bool) -> None:
    """It may be what is looked for, or not; what comes after it is tried all the same."""
    death, failure = mark_of(child, b"quit"), mark_of(child, b"one")
    assert "exit 7" in death
    child.want(Want(failure))
    assert child.tried(b"quit", b"x", b"quit", b"one", apart=apart) == (3, 4)
    child.want(Want(death))
    assert child.tried(b"one", b"quit", b"x", apart=apart) == (1, 2)
    assert child.tried(b"quit", b"quit", b"x", until=False, apart=apart) == (2, 3)
    assert child.tried(b"x", b"quit", apart=apart) == (1, 2)


def test_clean_processes_know_nothing_of_each_other(child: Child) -> None:
    """In one process an earlier candidate may leave something behind; apart it cannot."""
    child.want(Want(mark_of(child, b"one")))
    assert child.tried(b"count", b"count", b"count") == (1, 2)
    assert child.tried(b"count", b"count", b"count", apart=True) == (None, 3)


@pytest.mark.parametrize("apart", [False, True])
def test_a_hang_ends_at_the_limit_that_was_given(child: Child, apart: bool) -> None:
    """It does not hold up what comes after it, and can be looked for."""
    hang, failure = mark_of(child, b"loop"), mark_of(child, b"one")
    child.want(Want(failure, limit_s=0.1))
    assert child.tried(b"loop", b"one", apart=apart) == (1, 2)
    child.want(Want(hang, limit_s=0.1))
    assert child.tried(b"x", b"loop", apart=apart) == (1, 2)


@pytest.mark.parametrize("apart", [False, True])
def test_what_is_cancelled_is_not_finished(child: Child, apart: bool) -> None:
    """The answer says how far it came."""
    child.want(Want(mark_of(child, b"one")))
    child.cancel_below(1000)
    assert child.tried(b"x", b"one", apart=apart) == (None, 0)


def test_it_ends_when_nobody_asks_any_more(child: Child) -> None:
    """The end of stdin is the end, of the forks too."""
    assert child.tried(b"x") == (None, 1)
    stdin = child.worker._process.stdin
    assert stdin is not None
    stdin.close()
    assert child.worker.wait(LIMIT_S)
    assert child.worker.ended() == 0


def test_a_subject_that_cannot_be_loaded_is_refused(
    tmp_path: pathlib.Path, project: pathlib.Path
) -> None:
    """In one line, with the exit code that it means."""
    child = Child(tmp_path, project, "absent")
    try:
        said = child.hear("refused")
    finally:
        child.worker.close()
    assert said["exit_code"] == 3
    assert "absent_package_q" in said["message"]
