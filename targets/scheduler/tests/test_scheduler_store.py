"""A folder of job files survives kill -9 and damage, and loses no change of several processes."""

from __future__ import annotations

import pathlib
import signal
import subprocess
import sys
from collections import Counter

import pytest

from targets.scheduler.reference.clock import VirtualClock
from targets.scheduler.reference.disk import Folder
from targets.scheduler.reference.errors import (
    Conflict,
    CorruptStore,
    CronError,
    StoreError,
    Unknown,
)
from targets.scheduler.reference.scheduler import Firing, Scheduler
from targets.scheduler.reference.store import COPIES, Store

ROOT = pathlib.Path(__file__).parents[3]
START = """
import pathlib, sys
from targets.scheduler.reference.clock import VirtualClock
from targets.scheduler.reference.disk import Folder
from targets.scheduler.reference.scheduler import Scheduler
folder, name = pathlib.Path(sys.argv[1]), sys.argv[2]
clock = VirtualClock(0)
def fire(firing):
    print("fired", firing.name, firing.slot_s, flush=True)
scheduler = Scheduler(Folder(folder), clock, fire)
"""
ADDS = (
    START
    + """
for number in range(100_000):
    scheduler.add(f"{name}{number}", "* * * * *")
    print(f"{name}{number}", flush=True)
"""
)
TICKS = (
    START
    + """
for minute in range(1, 41):
    clock.now_s = 60 * minute
    scheduler.tick()
    scheduler.add(f"{name}{minute}", "0 0 1 1 *")
"""
)


def child(code: str, folder: pathlib.Path, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, str(folder), name],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def scheduler(folder: pathlib.Path, fired: list[Firing] | None = None) -> Scheduler:
    return Scheduler(Folder(folder), VirtualClock(0), (fired if fired is not None else []).append)


@pytest.mark.parametrize("lines", [1, 7, 20])
def test_what_was_said_to_be_saved_survives_a_kill(tmp_path: pathlib.Path, lines: int) -> None:
    """A child is killed while it saves, at no moment in particular."""
    with child(ADDS, tmp_path, "job") as running:
        assert running.stdout is not None
        said = [running.stdout.readline().strip() for _ in range(lines)]
        running.kill()
        said += running.stdout.read().split()
        assert running.wait(timeout=10) == -signal.SIGKILL
    found = list(scheduler(tmp_path).jobs())
    assert found in (said, [*said, f"job{len(said)}"])
    scheduler(tmp_path).add("next", "* * * * *")
    assert list(scheduler(tmp_path).jobs()) == [*found, "next"]


def test_two_processes_fire_once_for_each_match_and_lose_no_job(tmp_path: pathlib.Path) -> None:
    scheduler(tmp_path).add("each", "* * * * *")
    children = [child(TICKS, tmp_path, name) for name in ("left", "right")]
    lines: list[str] = []
    for running in children:
        with running:
            lines += running.communicate(timeout=30)[0].splitlines()
            assert running.returncode == 0
    jobs = scheduler(tmp_path).jobs()
    wanted = {f"{name}{minute}" for name in ("left", "right") for minute in range(1, 41)}
    assert set(jobs) == {"each", *wanted}
    assert set(Counter(lines).values()) == {1}
    assert len(lines) == jobs["each"].runs


@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize("damage", [b"", b"{}", b"\0" * 300, "é".encode(), None])
def test_one_damaged_copy_costs_nothing(
    tmp_path: pathlib.Path, copy: str, damage: bytes | None
) -> None:
    scheduler(tmp_path).add("a", "* * * * *")
    good = (tmp_path / copy).read_bytes()
    if damage is None:
        (tmp_path / copy).unlink()
    else:
        (tmp_path / copy).write_bytes(damage)
    assert set(scheduler(tmp_path).jobs()) == {"a"}
    assert (tmp_path / copy).read_bytes() == good


def test_with_both_copies_damaged_nothing_is_overwritten(tmp_path: pathlib.Path) -> None:
    scheduler(tmp_path).add("a", "* * * * *")
    for copy in COPIES:
        (tmp_path / copy).write_bytes(b"damaged " + copy.encode())
    with pytest.raises(CorruptStore):
        scheduler(tmp_path).add("b", "* * * * *")
    with pytest.raises(CorruptStore):
        scheduler(tmp_path).tick()
    for copy in COPIES:
        assert (tmp_path / copy).read_bytes() == b"damaged " + copy.encode()


def test_a_folder_that_cannot_be_written_changes_nothing(tmp_path: pathlib.Path) -> None:
    scheduler(tmp_path).add("a", "* * * * *")
    (tmp_path / (COPIES[1] + ".new")).mkdir()
    with pytest.raises(StoreError):
        scheduler(tmp_path).remove("a")
    assert set(scheduler(tmp_path).jobs()) == {"a"}


def test_jobs_are_added_changed_and_removed_by_name(tmp_path: pathlib.Path) -> None:
    ours = scheduler(tmp_path)
    ours.add("a", "0 12 * * *")
    with pytest.raises(Conflict):
        ours.add("a", "0 13 * * *")
    for refused in ("0 0 30 2 *", "60 * * * *", ""):
        with pytest.raises(CronError):
            ours.add("b", refused)
    with pytest.raises(CronError):
        ours.add("b", "* * * * *", "Mars/Olympus")
    for call in (ours.pause, ours.resume, ours.remove):
        with pytest.raises(Unknown):
            call("b")
    ours.update("a", "0 14 * * *", "Europe/Berlin")
    assert ours.jobs()["a"].next_s == 13 * 3600
    ours.remove("a")
    assert ours.jobs() == {}
    assert Store(Folder(tmp_path)).read() == {}


def test_a_firing_names_the_slot_and_the_time(tmp_path: pathlib.Path) -> None:
    fired: list[Firing] = []
    clock = VirtualClock(0)
    ours = Scheduler(Folder(tmp_path), clock, fired.append)
    ours.add("a", "*/10 * * * *")
    clock.move(1799)
    assert ours.tick() == (Firing("a", 600, 1799),)
    assert ours.tick() == ()
    clock.move(-1000)
    assert ours.tick() == ()
    ours.update("a", "*/5 * * * *")
    clock.move(1000)
    assert ours.tick() == ()
    clock.move(1)
    assert ours.tick() == (Firing("a", 1800, 1800),)
    assert fired == [Firing("a", 600, 1799), Firing("a", 1800, 1800)]
