"""A run goes on through deaths and hangs, ends when told to, and leaves no process behind."""

from __future__ import annotations

import itertools
import json
import os
import pathlib
import random
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from harness.tests.farm import Farm, check_journal, finish, pause

EVENT_LIMIT_S = 20.0
SIGNALS = [signal.SIGINT, signal.SIGTERM]


def hear(process: subprocess.Popen[str], until_s: float) -> Iterator[dict[str, Any]]:
    """Events of a run with `--json`, as they come, until then (monotonic seconds)."""
    assert process.stdout is not None
    fd, rest = process.stdout.fileno(), b""
    while (left_s := until_s - time.monotonic()) > 0:
        if not select.select([fd], [], [], left_s)[0]:
            return
        chunk = os.read(fd, 1 << 16)
        if not chunk:
            return
        *lines, rest = (rest + chunk).split(b"\n")
        yield from map(json.loads, lines)


def wait_for(process: subprocess.Popen[str], kind: str, **fields: object) -> dict[str, Any]:
    """The next event of that kind with these fields."""
    for event in hear(process, time.monotonic() + EVENT_LIMIT_S):
        if event["event"] == kind and fields.items() <= event.items():
            return event
    raise AssertionError(f"no {kind} came")


def killed(pid: int) -> bool:
    """End the process the hard way; whether it was still there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def test_a_native_death_is_a_crash_and_the_run_goes_on(farm: Farm) -> None:
    """Signal, stack and input are kept, other bugs are found after it, and it replays."""
    done = farm.fuzz("run", "native", "--seconds", "4", "--jobs", "1")
    assert done.code == 1
    deaths = {id_: record for id_, record in farm.crashes.items() if record["kind"] == "death"}
    ((crash, record),) = deaths.items()
    assert record["example"]["failure"]["type"] == "SIGSEGV"
    assert "examples.native.subject" in record["title"]
    folder = farm.home / "crashes" / crash
    assert "in string_at" in (folder / "trace.txt").read_text(encoding="utf-8")
    assert (folder / "input").read_bytes().startswith(b"S")
    assert len(farm.crashes) == 2
    events = farm.events()
    first = next(at for at, event in enumerate(events) if event["event"] == "WorkerDied")
    later = [event["executions"] for event in events[first:] if event["event"] == "Progress"]
    assert later[-1] > later[0]
    assert any(event["event"] == "CrashFound" for event in events[first:])
    again = farm.fuzz("replay", crash)
    assert again.code == 1
    assert "SIGSEGV" in again.stdout
    assert "fails the same way as stored" in again.stdout


def test_hangs_without_cpu_time_or_with_the_lock_held_are_ended(farm: Farm) -> None:
    """Waiting for ever, looping inside C code and catching what is raised are hangs, also when a
    job has only short turns; all jobs find bugs afterwards."""
    done = farm.fuzz("run", "sleeps", "stuck", "swallows", "--seconds", "36", "--jobs", "2")
    assert done.code == 1
    kinds = {(record["target"], record["kind"]) for record in farm.crashes.values()}
    assert kinds == set(itertools.product(("sleeps", "stuck", "swallows"), ("hang", "exception")))
    assert {record["state"] for record in farm.crashes.values()} == {"confirmed"}
    deaths = farm.said("WorkerDied")
    assert {event["job"] for event in deaths} == {"stuck:read@own", "swallows:read@own"}
    check_journal(farm.events())


def test_inputs_that_end_the_process_end_it_once(farm: Farm) -> None:
    """Deadly files of the corpus do not keep a job from its work."""
    corpus = farm.home / "corpus" / "native" / "read"
    corpus.mkdir(parents=True)
    for number in range(5):
        (corpus / f"deadly-{number}").write_bytes(b"S%d!" % number)
    farm.fuzz("run", "native", "--seconds", "4", "--jobs", "1")
    said = farm.said("WorkerDied")
    inputs = [event["input_sha256"] for event in said]
    assert len(inputs) == len(set(inputs))
    assert farm.said("JobFinished")[0]["executions"] > 0


def test_workers_killed_at_random_cost_nothing(farm: Farm) -> None:
    """Ten times `kill -9`: every crash is there, the run ends on time and says so once."""
    rng = random.Random(20)
    began_s = time.monotonic()
    process = farm.start(
        *("run", "canary", "--seconds", "13", "--jobs", "1", "--seed", "4", "--json")
    )
    kills, pid = 0, wait_for(process, "JobStarted")["pid"]
    while kills < 10:
        moment_s = time.monotonic() + rng.uniform(0.0, 0.9)
        for event in hear(process, moment_s):
            if event["event"] == "JobStarted":
                pid = event["pid"]
        if killed(pid):
            kills += 1
        pid = wait_for(process, "JobStarted")["pid"]
    done = finish(process, began_s)
    assert abs(done.wall_s - 13) <= 2
    assert done.code == 1, done.stderr
    check_journal(farm.events())
    assert len([died for died in farm.said("WorkerDied") if died["cause"] == "SIGKILL"]) == 10
    assert {record["kind"] for record in farm.crashes.values()} == {"exception", "hang", "memory"}
    (finished,) = farm.said("RunFinished")
    assert sorted(finished["new_crashes"]) == sorted(farm.crashes)


def test_a_sighting_outlives_the_worker_that_had_it(farm: Farm) -> None:
    """Killed the moment that it saw a failure, which it could see only once: the crash is kept."""
    began_s = time.monotonic()
    process = farm.start("run", "once", "--seconds", "4", "--jobs", "1", "--json")
    pid = wait_for(process, "JobStarted")["pid"]
    while not list(farm.home.glob("runs/*/jobs/*/0/sighting-*")):
        assert time.monotonic() - began_s < EVENT_LIMIT_S
        pause(0.001)
    assert killed(pid)
    done = finish(process, began_s)
    assert done.code == 1, done.stdout
    (record,) = farm.crashes.values()
    assert record["title"].startswith("KeyError")
    assert record["state"] == "confirmed"


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_run_ends_when_told_to(farm: Farm, number: signal.Signals, times: int) -> None:
    """Ctrl-C or SIGTERM, even twice: in order, within 3 s, and no process is left."""
    process = farm.start("run", "clean", "canary", "--seconds", "60", "--jobs", "2", "--json")
    wait_for(process, "CrashFound")
    began_s = time.monotonic()
    for _ in range(times):
        os.kill(process.pid, number)
        pause(0.05)
    done = finish(process, began_s)
    assert done.wall_s < 3
    assert "Traceback" not in done.stderr
    assert farm.wait_until_alone(0.5) == []
    check_journal(farm.events())
    (finished,) = farm.said("RunFinished")
    assert finished["reason"] == "interrupted"
    assert sorted(finished["new_crashes"]) == sorted(farm.crashes)
    assert finished["exit_code"] == 1
    # The second signal may come when Python itself is leaving already.
    assert done.code in ([1] if times == 1 else [1, -number])
    assert len(farm.said("JobFinished")) == 2


def test_an_interrupted_run_without_crashes_exits_as_shells_do(farm: Farm) -> None:
    """130, with its summary; paused workers end as well."""
    process = farm.start("run", "clean", "clean2", "clean3", "--seconds", "60", "--jobs", "1")
    while not farm.journals() or len(farm.said("JobStarted")) < 2:
        assert process.poll() is None
        pause(0.05)
    began_s = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    done = finish(process, began_s)
    assert done.code == 130
    assert done.wall_s < 3
    assert "ended by interruption" in done.stdout
    assert farm.wait_until_alone(0.5) == []


def test_no_worker_outlives_a_killed_supervisor(farm: Farm) -> None:
    """After `kill -9` of the command all its processes are gone within two seconds."""
    process = farm.start("run", "clean", "clean2", "clean3", "--seconds", "60", "--jobs", "2")
    while not farm.journals() or len(farm.said("JobStarted")) < 3:
        assert process.poll() is None
        pause(0.05)
    assert len(farm.children()) >= 4
    process.kill()
    process.communicate(timeout=EVENT_LIMIT_S)
    assert farm.wait_until_alone(2.0) == []
    kept = pathlib.Path(farm.journals()[-1]).read_text(encoding="utf-8").splitlines()
    assert json.loads(kept[0])["event"] == "RunStarted"


def test_a_subject_that_dies_of_everything_is_told_as_such(farm: Farm) -> None:
    """Its one crash is found and confirmed; the run still keeps its budget."""
    done = farm.fuzz("run", "doomed", "--seconds", "4", "--jobs", "1")
    assert done.code == 1
    assert abs(done.wall_s - 4) <= 2
    (record,) = farm.crashes.values()
    assert record["example"]["failure"]["type"] == "SIGABRT"
    assert record["state"] == "confirmed"


def test_exits_and_noise_of_the_subject_are_not_the_farms(farm: Farm) -> None:
    """`os._exit(0)` and `SystemExit` are crashes, what it prints is no event and no end."""
    done = farm.fuzz("run", "quits", "--seconds", "4", "--jobs", "1")
    assert done.code == 1
    titles = {record["title"].partition(" ")[0] for record in farm.crashes.values()}
    assert titles == {"exit", "SystemExit"}
    assert "noise of the subject" not in done.stdout + done.stderr
