"""`triage file` when GitHub fails, refuses or is silent: in time, one line, nothing twice."""

import fcntl
import json
import logging
import time
from pathlib import Path

import pytest

from harness import outcome
from harness.crashes import load
from triage.commands.file import command
from triage.github import marks, tracker
from triage.github.lock import alone, folder
from triage.tests.filing import Desk
from triage.tests.github_server import REPO, TOKEN, GitHub, planned
from triage.tests.test_file import desk, hub

__all__ = ["desk", "hub"]

FAULTS = ["502", "502 after", "reset", "reset after", "secondary", "garbage"]
REQUESTS = ("GET hello", "POST labels", "POST issues", "POST comments", "PATCH 1")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failed_write_is_done_once(desk: Desk, fault: str) -> None:
    """Creating, commenting and editing: repeated when it was not done, found when it was."""
    desk.seen()
    desk.hub.limit_s = 0.0
    desk.hub.faults = planned(*((request, fault) for request in REQUESTS))
    code, out, err = desk.file()
    assert (code, desk.ours) == (0, [(1, "open")]), (out, err)
    desk.seen(run="night-2")
    code, out, err = desk.file()
    assert (code, len(desk.hub.comments)) == (0, 1), (out, err)
    desk.seen(run="night-3")
    desk.hub.faults = planned(("PATCH 7", fault))
    code, out, err = desk.file()
    assert (code, len(desk.hub.comments)) == (0, 1), (out, err)
    assert "**Seen 3 times**" in desk.hub.comments_of(1)[0]["body"]
    assert len(desk.hub.shown) == 5


def test_a_limit_is_waited_for(desk: Desk) -> None:
    """The primary one, until its reset by GitHub's clock, which may be hours from ours."""
    desk.seen()
    desk.hub.ahead_s = 7200.0
    desk.hub.limit_s = 0.0
    desk.hub.faults = planned(("POST issues", "primary"))
    code, _, err = desk.file("--seconds", "20")
    assert (code, desk.ours) == (0, [(1, "open")])
    assert "creating an issue: GitHub's rate limit (API rate limit exceeded" in err


def test_silence_after_the_work_is_not_work_twice(desk: Desk) -> None:
    """The issue was made, the answer never came: it is found, not made again."""
    desk.seen()
    desk.hub.faults = planned(("POST issues", "silence"))
    code, out, err = desk.file()
    assert (code, desk.ours) == (0, [(1, "open")]), out
    assert "creating an issue: no answer in time" in err


@pytest.mark.parametrize(
    ("where", "fault", "code", "words"),
    [
        ("GET hello", "401", 2, "does not accept the token (Bad credentials); set GITHUB_TOKEN"),
        ("POST issues", "401", 2, "does not accept the token (Bad credentials)"),
        ("POST issues", "forbidden", 2, "needs write access to issues"),
        ("GET issues", "404", 2, "is not there, or the token may not see it"),
        ("POST issues", "410", 2, "issues are disabled"),
        ("GET labels", "secondary-bare", 3, "after the time of --seconds"),
    ],
)
def test_a_refusal_is_one_line_and_leaves_nothing_half_filed(
    desk: Desk, where: str, fault: str, code: int, words: str
) -> None:
    """What was filed before is said; the same command later does the rest."""
    for bug in range(2):
        desk.seen(bug)
    desk.hub.faults = planned((where, fault))
    said = desk.file("--seconds", "5")
    assert said[0] == code, said
    assert words in said[2]
    assert len(said[2].splitlines()) == 1
    assert desk.ours == []
    assert desk.file()[0] == 0
    assert desk.ours == [(1, "open"), (2, "open")]


def test_content_that_is_refused_stops_no_other(desk: Desk) -> None:
    """The reason is said in its line, without the token that GitHub repeated; exit code 2."""
    for bug in range(2):
        desk.seen(bug)
    desk.hub.faults = planned(("POST issues", "422"))
    code, out, _ = desk.file()
    assert (code, len(desk.ours)) == (2, 1)
    assert "does not accept the content (Validation Failed for (token))" in out
    assert [line.split()[0] for line in out.splitlines()] == ["fail", "create"]


def test_a_repository_that_takes_no_issues_says_so(desk: Desk) -> None:
    """Archived, without issues, unknown."""
    desk.seen()
    desk.hub.archived = True
    assert "octo/hello is archived" in desk.file()[2]
    desk.hub.archived, desk.hub.has_issues = False, False
    assert "has its issues disabled" in desk.file()[2]
    desk.hub.has_issues, desk.hub.repo = True, "octo/other"
    assert "octo/hello is not there" in desk.file()[2]


def test_labels_that_are_dropped_stop_it_at_the_first(desk: Desk) -> None:
    """GitHub drops labels of who may not set them; no machine would find those issues again."""
    crash, _ = desk.seen(1), desk.seen(2)
    desk.hub.may_label = False
    code, _, err = desk.file()
    assert (code, len(desk.ours)) == (2, 1)
    assert "dropped the labels of #1" in err
    assert sum(bool(load(desk.home, one).issues) for one in (crash.id,)) <= 1
    desk.file()
    assert len(desk.ours) == 2  # the first is known by the home's note


def test_an_issue_that_was_deleted_meanwhile_stops_no_other(desk: Desk) -> None:
    """Its own line says so."""
    for bug in range(2):
        desk.seen(bug)
    desk.file()
    for bug in range(2):
        desk.seen(bug, run="night-2")
    desk.hub.faults = planned(("POST comments", "410"))
    code, out, _ = desk.file()
    assert code == 2
    assert sorted(line.split()[0] for line in out.splitlines()) == ["fail", "update"]


def test_an_issue_of_a_lost_race_is_healed_when_it_is_found(desk: Desk) -> None:
    """Closed as a duplicate, once; it owns nothing any more."""
    crash = desk.seen()
    desk.file()
    other = desk.hub.create("late", "farm-bot")
    desk.label(other, "fuzz-crash")
    desk.hub.issues[other]["body"] = marks.owner(crash.id)
    code, out, _ = desk.file()
    assert (code, out.split()[:3]) == (0, ["heal", crash.id, f"#{other}"])
    assert desk.ours == [(1, "open"), (other, "closed")]
    assert desk.hub.issues[other]["state_reason"] == "duplicate"
    writes = len(desk.hub.writes)
    assert desk.file()[1].split()[0] == "skip"
    assert len(desk.hub.writes) == writes


def test_another_process_at_work_is_waited_for_in_vain(desk: Desk) -> None:
    """Within --seconds; then one line, and exit code 3."""
    desk.seen()
    with alone(f"{desk.hub.url} octo/hello".casefold(), 1.0):
        began = time.monotonic()
        code, _, err = desk.file("--seconds", "1")
        assert time.monotonic() - began < 5
    assert (code, desk.hub.requests) == (3, [])
    assert "another `triage file` has been at work" in err


def test_locks_are_in_a_place_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that others can write is not used; nor is a file in its place."""
    state = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(state))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "temporary"))
    assert folder() == state / "fuzzfarm"
    (state / "fuzzfarm").chmod(0o777)
    assert folder().parent == tmp_path / "temporary"
    with alone("x", 1.0):
        (lock,) = folder().iterdir()
        with lock.open() as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--repo", "nonsense"], "write OWNER/NAME"),
        (["--repo", "a/.."], "write OWNER/NAME"),
        (["--api", "http://example.invalid"], "would show the token to the network"),
        (["--api", "ftp://x"], "is no address of an API"),
        (["--api", "http://user:pw@127.0.0.1"], "is no address of an API"),
        (["--all-new", "crash-1"], "one of the two"),
        (["crash-000000000000"], "no crash"),
    ],
)
def test_wrong_use_is_one_line(desk: Desk, args: list[str], words: str) -> None:
    """Exit code 2, before anything is asked."""
    desk.seen()
    code, out, err = desk.file(*args)
    assert (code, out) == (2, "")
    assert words in err
    assert desk.hub.requests == []


def test_the_token_comes_from_the_environment_and_goes_nowhere(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """GITHUB_TOKEN before GH_TOKEN; none is exit code 3; one that cannot be is not shown."""
    desk.seen()
    monkeypatch.delenv("GITHUB_TOKEN")
    code, _, err = desk.file()
    assert code == 3
    assert "set GITHUB_TOKEN" in err
    monkeypatch.setenv("GH_TOKEN", f"  {TOKEN}\n")
    monkeypatch.setenv("GITHUB_API_URL", desk.hub.url)
    again = ["--all-new", "--yes", "--repo", REPO, "--home", str(desk.home.root)]
    assert outcome.run(command, again) == 0
    monkeypatch.setenv("GITHUB_TOKEN", f"{TOKEN} and more")
    code, _, err = desk.file()
    assert code == 2
    assert "GITHUB_TOKEN holds something that cannot be a token" in err
    assert TOKEN not in repr(tracker.Access("https://x", TOKEN))
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    with caplog.at_level(logging.DEBUG):
        desk.seen(run="night-2")
        desk.file()
    assert "octo/hello" in caplog.text
    assert TOKEN not in caplog.text
    assert TOKEN not in json.dumps([desk.hub.issues, desk.hub.comments, desk.hub.requests])


def test_the_stand_in_refuses_what_github_refuses(hub: GitHub) -> None:
    """The description is really looked at: bodies, queries and our own answers."""
    check = hub.description.check_request
    assert check("issues/create", {}, {"title": "t", "labels": ["a"]}) == []
    assert check("issues/create", {}, {"body": "no title"})
    assert check("issues/create", {}, {"title": ["t"]})
    assert check("issues/create", {}, {"title": "t", "colour": "red"})
    assert check("issues/update", {}, {"state": "klosed"})
    assert check("issues/list-for-repo", {"state": "any"}, None)
    assert check("issues/list-for-repo", {"label": "x"}, None)
    hub.description.violations.clear()
    hub.description.check_answer("issues/create", 201, {"number": 1})
    hub.description.check_answer("issues/create", 422, {"message": "no documentation"})
    assert len(hub.description.violations) > 2
    hub.description.violations.clear()
