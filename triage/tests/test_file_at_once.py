"""Many processes file the same bugs at once, while the server fails in all ways that it can."""

import contextlib
import dataclasses
import pathlib
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from harness.crash import Crash
from harness.crashes import crashes, record
from harness.home import Home
from triage.github import marks, tally
from triage.tests.filing import LIMIT_S, ended, homes, no_token_in, noted_trial, sighting, start
from triage.tests.github_server import GitHub, planned, serving, sometimes

FAULTS = ("502", "502 after", "503", "reset", "reset after", "silence", "primary", "secondary")


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """`apart`: each process is a machine of its own, without a lock in common."""

    bugs: int
    sightings: int
    processes: int
    homes: int
    apart: bool
    rate: float = 0.02


class Night:
    """Homes, a server, and processes that file all at once."""

    def __init__(self, case: Case, hub: GitHub, folder: pathlib.Path) -> None:
        self.case, self.hub, self.folder = case, hub, folder
        self.homes = homes(folder, case.homes)
        self.recorded = 0

    def seen(self, number: int, run: str) -> None:
        """So many sightings, spread over bugs and homes."""
        for at in range(number):
            bug, place = at % self.case.bugs, at // self.case.bugs % len(self.homes)
            name = f"{run}-{place}"
            record(self.homes[place], sighting(bug, run=name, time_s=time.time() - 100.0))
        self.recorded += number

    def tried(self, version: str, failed: int) -> None:
        """Every home replays every crash in a version."""
        for home in self.homes:
            for crash in known(home):
                noted_trial(home, crash, version, failed)

    def filed(self, processes: int) -> Counter[str]:
        """What all processes did; each must succeed."""
        count = range(processes)
        locks = [self.folder / f"locks-{at if self.case.apart else 0}" for at in count]
        started = [
            start(self.hub, self.homes[at % len(self.homes)], locks[at], "--cap", "100")
            for at in count
        ]
        results = ended(started)
        assert [code for code, _, _ in results] == [0] * processes, results
        return Counter(line.split()[0] for _, out, _ in results for line in out.splitlines())

    def said_again(self) -> None:
        """Machines that raced say once more what they know, one after the other."""
        if self.case.apart:
            for home in self.homes:
                results = ended([start(self.hub, home, self.folder / "locks")])
                assert [code for code, _, _ in results] == [0], results

    def owned(self) -> dict[str, list[dict[str, object]]]:
        """The issues of each crash, by mark."""
        found: dict[str, list[dict[str, object]]] = {}
        for issue in self.hub.issues.values():
            for crash in marks.owners(issue["body"]):
                found.setdefault(crash, []).append(issue)
        return found

    def states(self) -> Counter[str]:
        """How many issues that own a crash are open and closed; each crash must have one."""
        owned = self.owned()
        assert {len(issues) for issues in owned.values()} == {1}
        assert len(owned) == self.case.bugs
        return Counter(str(issues[0]["state"]) for issues in owned.values())

    def counted(self) -> int:
        """Sightings that the issues tell of; each has one comment that counts, or none yet."""
        total = 0
        for crash, (issue,) in self.owned().items():
            number = issue["number"]
            assert isinstance(number, int)
            texts = [comment["body"] for comment in self.hub.comments_of(number)]
            counting = [text for text in texts if marks.counts(text, crash)]
            assert len(counting) <= 1
            said = tally.Tally()
            for text in (str(issue["body"]), *counting):
                said = tally.joined(said, tally.from_record(marks.read_facts(text, crash)))
            total += said.count
        return total

    def steps(self) -> Counter[str]:
        """How often closing and reopening was said."""
        bodies = (comment["body"] for comment in self.hub.comments.values())
        steps = (marks.read_step(body) for body in bodies)
        return Counter(step.what for step in steps if step is not None)


def known(home: Home) -> list[Crash]:
    """The crashes of a home."""
    return [crash for crash in crashes(home) if isinstance(crash, Crash)]


def first_night(night: Night) -> Counter[str]:
    """All file at once: each crash has one open issue that tells of all sightings."""
    case, hub = night.case, night.hub
    night.seen(case.sightings, "night-1")
    done = night.filed(case.processes)
    assert night.states() == {"open": case.bugs}
    healed = [issue for issue in hub.issues.values() if marks.is_disowned(issue["body"])]
    assert {issue["state"] for issue in healed} <= {"closed"}
    assert len(hub.issues) == case.bugs + len(healed)
    assert case.apart or not healed
    assert night.counted() <= night.recorded  # in a race the later word hides the earlier one
    night.said_again()
    assert night.counted() == night.recorded
    return done


def second_night(night: Night) -> Counter[str]:
    """The same bugs again: nothing new, every count is brought up to date."""
    bugs = night.case.bugs
    night.seen(bugs * len(night.homes), "night-2")
    done = night.filed(night.case.processes)
    assert (done["create"], night.states()) == (0, {"open": bugs})
    assert done["update"] >= bugs
    night.said_again()
    assert night.counted() == night.recorded
    return done


def fixed_and_back(night: Night) -> None:
    """All are closed, then opened again, each with one word of it; then all is quiet."""
    bugs, processes, hub = night.case.bugs, night.case.processes, night.hub
    night.tried("5.0.2", 0)
    night.filed(processes)
    assert (night.states(), night.steps()) == ({"closed": bugs}, {"closed": bugs})
    night.tried("5.0.3", 3)
    night.filed(processes)
    assert night.states() == {"open": bugs}
    assert night.steps() == {"closed": bugs, "reopened": bugs}
    writes = len(hub.writes)
    assert set(night.filed(1)) == {"skip"}
    assert len(hub.writes) == writes


@contextlib.contextmanager
def nights(case: Case, folder: pathlib.Path) -> Iterator[Night]:
    """A server with faults, and homes."""
    with no_token_in(folder), serving(faults=sometimes(1, case.rate, FAULTS)) as hub:
        yield Night(case, hub, folder)


def test_processes_of_one_machine_file_each_bug_once(tmp_path: pathlib.Path) -> None:
    """With one home and one lock no issue is ever filed twice, whatever the server does."""
    with nights(Case(3, 30, processes=3, homes=1, apart=False), tmp_path) as night:
        first_night(night)


def test_machines_that_race_leave_one_issue_a_bug(tmp_path: pathlib.Path) -> None:
    """Without a lock in common the lowest number wins, and the others are closed as duplicates."""
    with nights(Case(3, 30, processes=3, homes=2, apart=True), tmp_path) as night:
        first_night(night)


def test_a_killed_process_leaves_nothing_half_filed(tmp_path: pathlib.Path) -> None:
    """Killed between the issue's creation and its answer: the next run finds it, and the lock."""
    case = Case(2, 4, processes=1, homes=1, apart=False)
    with nights(case, tmp_path) as night:
        night.hub.faults = planned(("POST issues", "silence"))
        night.seen(case.sightings, "night-1")
        killed = start(night.hub, night.homes[0], tmp_path / "locks-0", "--timeout", "60")
        deadline = time.monotonic() + LIMIT_S
        while not night.hub.issues and time.monotonic() < deadline:
            night.hub.closing.wait(0.01)
        killed.kill()
        killed.communicate()
        assert len(night.hub.issues) == 1
        assert set(night.filed(1)) == {"create", "skip"}
        assert (night.states(), len(night.hub.issues)) == ({"open": 2}, 2)


@pytest.mark.nightly
@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("number", [1, 8])
def test_a_thousand_sightings_of_seventeen_bugs(
    tmp_path: pathlib.Path, number: int, apart: bool
) -> None:
    """1,000 sightings, 17 bugs, 8 processes, one home or eight: 17 issues, updated the second
    night, closed after a fix and opened again after a regression."""
    began = time.monotonic()
    case = Case(17, 1000, processes=8, homes=number, apart=apart, rate=0.06)
    with nights(case, tmp_path) as night:
        first = first_night(night)
        healed = len(night.hub.issues) - case.bugs
        second = second_night(night)
        fixed_and_back(night)
        faults, requests = dict(Counter(night.hub.shown)), len(night.hub.requests)
    print(f"{number} homes, apart: {apart}: first {dict(first)}, {healed} healed;", end=" ")
    print(f"second {dict(second)}; {requests} requests, faults {faults};", end=" ")
    print(f"{time.monotonic() - began:.0f} s")
