"""`fuzz run` end to end: it finds what is known to be there, keeps its budget and its promises."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import pathlib
import time

import pytest

from harness.tests.farm import Done, Farm, check_journal, finish, named, shas
from targets.canary.reference import MINIMAL_INPUTS

CANARY_S = 9


@dataclasses.dataclass(frozen=True, slots=True)
class Canary:
    """The canary in two homes, and a second time in the first."""

    first: Farm
    first_run: Done
    again: Done
    count: dict[str, int]
    """Crash id → sightings after the first run."""
    other: Farm
    other_run: Done


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory, project: pathlib.Path) -> Canary:
    """Three runs of the canary."""
    place = tmp_path_factory.mktemp("canary")
    first, other = Farm(place / "first", project), Farm(place / "other", project)
    arguments = ("run", "canary", "--seconds", str(CANARY_S), "--jobs", "1", "--seed")
    began_s = time.monotonic()
    processes = first.start(*arguments, "1"), other.start(*arguments, "2")
    first_run, other_run = (finish(process, began_s) for process in processes)
    count = {crash: record["count"] for crash, record in first.crashes.items()}
    again = first.fuzz("run", "canary", "--seconds", "5", "--jobs", "1", "--seed", "3")
    return Canary(first, first_run, again, count, other, other_run)


def test_the_canary_fails_in_its_three_ways_in_every_home(canary: Canary) -> None:
    """Exception, hang and memory arrive as three confirmed crashes with the same ids anywhere."""
    assert canary.first_run.code == canary.other_run.code == 1
    assert canary.first_run.wall_s < 30
    assert set(canary.first.crashes) == set(canary.other.crashes)
    assert set(named(canary.first_run)) == set(canary.first.crashes)
    for farm in (canary.first, canary.other):
        assert {record["kind"] for record in farm.crashes.values()} == set(MINIMAL_INPUTS)
        assert {record["state"] for record in farm.crashes.values()} == {"confirmed"}


def test_inputs_of_the_canary_fail_for_the_reason_known(canary: Canary) -> None:
    """The input kept of each crash begins with what the canary dies of."""
    for crash, record in canary.first.crashes.items():
        data = (canary.first.home / "crashes" / crash / "input").read_bytes()
        assert data.startswith(MINIMAL_INPUTS[record["kind"]])


def test_a_second_run_knows_the_crashes(canary: Canary) -> None:
    """It exits with 0, calls them known, and their counts grow."""
    assert canary.again.code == 0, canary.again.stdout
    again = named(canary.again)
    assert f"0 new crashes, {len(again)} known" in canary.again.stdout
    assert again
    for crash in again:
        record = canary.first.crashes[crash]
        assert record["count"] > canary.count[crash]
        assert len(record["runs"]) == 2


def test_the_budget_is_kept(canary: Canary) -> None:
    """Within two seconds, and so says the journal."""
    for done in (canary.first_run, canary.other_run):
        assert abs(done.wall_s - CANARY_S) <= 2
    (finished,) = canary.other.said("RunFinished")
    assert abs(finished["wall_s"] - CANARY_S) <= 2
    assert finished["reason"] == "budget"


def test_every_crash_line_says_how_to_replay_it(canary: Canary) -> None:
    """The summary names the command, and it is complete."""
    for crash in canary.first.crashes:
        assert f"fuzz replay {crash}" in canary.first_run.stdout


def test_a_journal_has_a_beginning_and_an_end(canary: Canary) -> None:
    """One `RunStarted`, one `RunFinished`, one `JobFinished` for each job, every line parses."""
    for farm in (canary.first, canary.other):
        check_journal(farm.events())
        (started,) = farm.said("RunStarted")
        assert sorted(event["job"] for event in farm.said("JobFinished")) == sorted(started["jobs"])


def test_three_jobs_share_one_worker(farm: Farm) -> None:
    """Each gets its turn, none falls below the floor, only one works at a time; clean is exit 0."""
    done = farm.fuzz("run", "clean", "clean2", "clean3", "--jobs", "1", "--seconds", "11")
    assert done.code == 0, done.stderr
    finished = farm.said("JobFinished")
    assert len(finished) == 3
    assert all(event["share"] >= 0.5 / 3 for event in finished), finished
    assert all(event["executions"] > 0 for event in finished)
    assert sum(event["active_s"] for event in finished) <= 11
    assert abs(done.wall_s - 11) <= 2
    assert "time was given by weight" in done.stdout
    assert done.stdout.count("chance that the next hour finds a new feature") == 3


def test_a_home_is_used_again_and_damage_is_set_aside(farm: Farm, tmp_path: pathlib.Path) -> None:
    """The corpus is there in the next run; a damaged file and a huge seed are named, not fatal."""
    first = farm.fuzz("run", "clean", "--seconds", "4", "--jobs", "1")
    corpus = farm.home / "corpus" / "clean" / "read"
    before = shas(corpus)
    assert first.code == 0
    assert before
    victim = sorted(before)[0]
    (corpus / victim).write_bytes(b"damaged")
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "good").write_bytes(b"AA")
    with (seeds / "huge").open("wb") as huge:
        os.truncate(huge.fileno(), 1 << 30)
    second = farm.fuzz("run", "clean", "--seconds", "4", "--jobs", "1", "--seeds", str(seeds))
    assert second.code == 0
    assert before - {victim} <= shas(corpus)
    assert farm.said("Progress")[-1]["corpus"] >= len(before) - 1
    told = [event["message"] for event in farm.said("Noticed")]
    assert len([line for line in told if str(seeds / "huge") in line]) == 1
    assert len([line for line in told if victim in line and "set aside" in line]) == 1
    set_aside = [path for path in (farm.home / "set-aside").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in set_aside] == [b"damaged"]
    assert second.stderr.count(str(seeds / "huge")) == 1


def test_what_fails_by_leaked_state_is_flaky(farm: Farm) -> None:
    """It is kept and named as flaky; it is no crash that a run ends with 1 for."""
    done = farm.fuzz("run", "leaks", "--seconds", "4", "--jobs", "1")
    assert done.code == 0
    (record,) = farm.crashes.values()
    assert record["state"] == "flaky"
    assert record["reproduced"] == "0/3"
    assert "0 new crashes, 0 known, 1 flaky" in done.stdout
    (found,) = farm.said("CrashFound")
    assert found["state"] == "flaky"


def test_events_go_to_stdout_for_programs(farm: Farm) -> None:
    """With --json every line on stdout is the journal's, and nothing else is."""
    done = farm.fuzz("run", "clean", "--seconds", "3", "--jobs", "1", "--json")
    assert done.code == 0
    assert done.stdout == farm.journals()[-1].read_text(encoding="utf-8")


def test_kept_inputs_are_named_by_their_content(canary: Canary) -> None:
    """SHA-256, so that two corpora merge by copying."""
    for path in (canary.first.home / "corpus" / "canary" / "sing").iterdir():
        assert path.name == hashlib.sha256(path.read_bytes()).hexdigest()
