"""The children that try candidates, and the order in which their answers count."""

from __future__ import annotations

import os
import pathlib
import signal
import sys
import time
from collections.abc import Iterator

import pytest

from harness.children.batches import Want
from harness.children.spec import Spec
from harness.tests.farm import Example, write_project
from targets.errors import FarmError, MissingError
from triage.minimize.pool import MAX_DEATHS, Pool, Way
from triage.minimize.search import TimeIsUp

EXAMPLES = {
    "late": Example(
        """
        def make():
            def subject(data):
                for _ in range(100_000 if b"slow" in data else 0):
                    pass
                if b"fail" in data:
                    raise ValueError("late")
                if b"other" in data:
                    raise KeyError("late")
            return subject
        """
    ),
    "absent": Example("def make():\n    import absent_package_q\n"),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A user's project with the subjects of these tests."""
    return write_project(tmp_path_factory.mktemp("pool"), EXAMPLES)


def pool_of(folder: pathlib.Path, project: pathlib.Path, name: str, parallel: int) -> Pool:
    """Children for one example."""
    spec = Spec(name, f"examples.{name}", "read", "own", str(folder), sys_path=(str(project),))
    return Pool(pathlib.Path(sys.executable), spec, parallel)


@pytest.fixture
def pool(tmp_path: pathlib.Path, project: pathlib.Path) -> Iterator[Pool]:
    """Three children that look for the `ValueError`."""
    pool = pool_of(tmp_path, project, "late", 3)
    for _ in range(3):
        pool.start()
    assert pool.find(iter([b"fail"]), True) is None
    (mark,) = pool.others
    pool.others.clear()
    pool.way = Way(Want(mark), apart=False)
    yield pool
    pool.close()


def test_the_first_in_order_counts_not_the_fastest(pool: Pool) -> None:
    """A quick child may find a later one long before."""
    for first in (0, 3, 11, 40):
        cases = [b"slow"] * first + [b"slow fail"] + [b"x"] * 20 + [b"fail"] * 50
        assert pool.find(iter(cases), True) == first
        assert pool.find(iter([b"fail"] * first + [b"slow"] + [b""] * 50), False) == first
    assert pool.find(iter([b"x", b"slow"] * 100), True) is None
    assert pool.find(iter([]), True) is None
    assert pool.find(iter([b"fail"] * 300), False) is None


def test_it_does_not_look_far_beyond_the_answer(pool: Pool) -> None:
    """Candidates are taken when they are needed."""
    taken = 0

    def cases() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"fail" if taken == 50 else b"x"

    assert pool.find(cases(), True) == 49
    assert taken < 5000


def test_others_are_remembered_with_their_smallest_input(pool: Pool) -> None:
    """Under the fingerprint that they have."""
    assert pool.find(iter([b"a long other one", b"other"]), True) is None
    assert list(pool.others.values()) == [b"other"]
    assert "KeyError" in next(iter(pool.others))


@pytest.mark.parametrize("apart", [False, True])
def test_a_child_that_is_killed_is_replaced(pool: Pool, apart: bool) -> None:
    """Its candidates are tried again, and the answer stays what it was."""
    pool.way = Way(pool.way.want, apart)

    def cases() -> Iterator[bytes]:
        for number in range(200):
            if number == 20:
                os.kill(pool._children[0].worker.pid, signal.SIGKILL)
            yield b"slow fail" if number == 150 else b"slow"

    assert pool.find(cases(), True) == 150


def test_children_that_end_again_and_again_are_a_mistake(pool: Pool) -> None:
    """Something outside kills them: it is said, once it happened often enough."""

    def cases() -> Iterator[bytes]:
        for _ in range(MAX_DEATHS + 2):
            for child in pool._children:
                os.kill(child.worker.pid, signal.SIGKILL)
            yield from [b"slow"] * 50

    with pytest.raises(FarmError, match=r"the minimizing process ended \(SIGKILL\)"):
        pool.find(cases(), True)


def test_time_ends_a_search(pool: Pool) -> None:
    """Also while a candidate runs; the children can be used again."""
    pool.until_s = time.monotonic() + 0.2
    with pytest.raises(TimeIsUp):
        pool.find(iter([b"slow"] * 1_000_000), True)
    pool.until_s = float("inf")
    assert pool.find(iter([b"x", b"fail"]), True) == 1


def test_a_subject_that_is_missing_is_said(tmp_path: pathlib.Path, project: pathlib.Path) -> None:
    """With the exit code of what is missing."""
    pool = pool_of(tmp_path, project, "absent", 1)
    try:
        with pytest.raises(MissingError, match="absent_package_q"):
            pool.find(iter([b"x"]), True)
    finally:
        pool.close()
