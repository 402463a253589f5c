"""`triage file` against a stand-in for GitHub that keeps what it is told and checks every word."""

import json
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.crashes import load
from harness.failure import Failure, Frame
from harness.home import open_home
from triage.github import marks, patience
from triage.tests.filing import Desk, no_token_in, noted_trial, sighting
from triage.tests.github_server import TOKEN, GitHub, serving


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    """A server, the token in the environment, and locks of this test's own."""
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(patience, "FIRST_PAUSE_S", 0.01)
    with no_token_in(tmp_path), serving() as hub:
        yield hub


@pytest.fixture
def desk(hub: GitHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """An empty home and the server."""
    return Desk(hub, open_home(tmp_path / "home"), capsys)


def test_a_crash_becomes_an_issue_that_says_everything(desk: Desk) -> None:
    """Title, labels, invariant, input in three forms, replay, stack, versions, figures, test."""
    crash = desk.seen()
    code, out, err = desk.file()
    assert (code, desk.ours, err) == (0, [(1, "open")], "1 create\n")
    issue = desk.hub.issues[1]
    assert out == f"create    {crash.id}  #1  {issue['title']}  {issue['html_url']}\n"
    assert issue["title"] == crash.title
    assert {label["name"] for label in issue["labels"]} == {
        "fuzz-crash",
        "fuzz: resp",
        "fuzz: exception",
    }
    for said in (
        f"<!-- fuzzfarm {crash.id} -->",
        "only the documented error",
        "00000000  24 2d 30 0d 0a",
        "b'$-0\\r\\n'",
        "JC0wDQo=",
        f"fuzz replay {crash.id}",
        "Traceback (most recent call last)",
        "failed in: `5.0.1`",
        "failed 3 of 3 times",
        "seen: once in 1 run",
        f"def test_{crash.id.replace('-', '_')}(",
    ):
        assert said in issue["body"]
    noted = load(desk.home, crash.id)
    assert (noted.state, noted.issues["octo/hello"].number) == ("filed", 1)


def test_a_dry_run_changes_nothing_anywhere(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads, and says line by line what --yes would do; without a token it reads nothing."""
    one, two = desk.seen(1), desk.seen(2)
    desk.file(one.id)
    desk.seen(1, run="night-2")
    before = sorted((path, path.read_bytes()) for path in _files(desk))
    writes = list(desk.hub.writes)
    code, out, err = desk.file(yes=False)
    assert code == 0
    assert [line.split()[:2] for line in out.splitlines()] == [
        ["update", one.id],
        ["create", two.id],
    ]
    assert "dry run, nothing was changed" in err
    monkeypatch.delenv("GITHUB_TOKEN")
    asked = len(desk.hub.requests)
    code, out, err = desk.file(yes=False)
    assert (code, len(desk.hub.requests)) == (0, asked)
    assert "filed as http" in out
    assert "not compared with GitHub" in err
    assert (desk.hub.writes, sorted((path, path.read_bytes()) for path in _files(desk))) == (
        writes,
        before,
    )


def _files(desk: Desk) -> list[Path]:
    return [path for path in desk.home.root.rglob("*") if path.is_file()]


def test_the_life_of_an_issue(desk: Desk) -> None:
    """Seen again: one comment edited. Fixed: closed, once. Back: opened again, once."""
    crash = desk.seen()
    desk.file()
    for night in ("2", "3"):
        desk.seen(run=f"night-{night}", count=10)
        assert desk.file()[1].startswith("update")
    (comment,) = desk.hub.comments_of(1)
    assert "**Seen 21 times** in 3 runs" in comment["body"]

    noted_trial(desk.home, crash, "5.0.2", 0, tries=2)
    assert "2 of 3 clean replays" in desk.file()[1]
    noted_trial(desk.home, crash, "5.0.2", 0, tries=3)
    assert desk.file()[1].startswith("close")
    issue = desk.hub.issues[1]
    assert (issue["state"], issue["state_reason"]) == ("closed", "completed")
    assert "3 clean replays of `redis` `5.0.2`" in desk.hub.comments_of(1)[1]["body"]
    assert load(desk.home, crash.id).issues["octo/hello"].closed

    desk.hub.issues[1]["closed_at"] = "2025-01-01T00:00:00Z"
    noted_trial(desk.home, crash, "5.0.3", 3)
    assert desk.file()[1].startswith("reopen")
    assert desk.ours == [(1, "open")]
    assert "`redis` `5.0.3`" in desk.hub.comments_of(1)[2]["body"]
    writes = len(desk.hub.writes)
    assert desk.file()[1].startswith("skip")
    assert (len(desk.hub.writes), len(desk.hub.comments)) == (writes, 3)


def test_an_interrupted_close_is_finished_by_the_next_run(desk: Desk) -> None:
    """Closed, but the word was not said: it is said; nothing is said twice."""
    crash = desk.seen()
    desk.file()
    noted_trial(desk.home, crash, "5.0.2", 0)
    desk.close(1)
    assert desk.file()[1].startswith("close")
    assert [marks.read_step(comment["body"]) for comment in desk.hub.comments_of(1)] == [
        marks.Step("closed", crash.id, "5.0.2")
    ]
    assert desk.file()[1].startswith("skip")


@pytest.mark.parametrize("label", ["wontfix", "fuzz-ignore"])
def test_what_a_person_labelled_is_never_touched(desk: Desk, label: str) -> None:
    """Not even when it was closed and comes back."""
    crash = desk.seen()
    desk.file()
    desk.label(1, label)
    desk.close(1)
    noted_trial(desk.home, crash, "5.0.2", 0)
    noted_trial(desk.home, crash, "5.0.3", 3, time_s=time.time() + 60.0)
    writes = len(desk.hub.writes)
    code, out, _ = desk.file()
    assert (code, len(desk.hub.writes)) == (0, writes)
    assert f"#1 is labelled {label}" in out


def test_news_of_a_duplicate_go_to_its_target(desk: Desk) -> None:
    """Which may be a person's issue; the duplicate stays closed."""
    desk.seen(1)
    desk.file()
    target = desk.hub.create("It hurts", "octo")
    desk.hub.says(1, f"Duplicate of #{target}")
    desk.close(1, "duplicate")
    desk.seen(1, run="night-2")
    for _ in range(2):
        code, out, _ = desk.file()
        assert code == 0, out
    (comment,) = desk.hub.comments_of(target)
    assert "**Seen 2 times**" in comment["body"]
    assert desk.ours == [(1, "closed"), (target, "open")]


def test_the_cap_leaves_the_rest_for_another_day(desk: Desk) -> None:
    """It says which; the next day they follow, and none is filed twice."""
    for bug in range(5):
        desk.seen(bug, time_s=1e9 - bug)
    code, out, err = desk.file("--cap", "2")
    assert (code, len(desk.ours)) == (0, 2)
    left = [line.split()[1] for line in out.splitlines() if line.startswith("postpone")]
    assert len(left) == 3
    assert f"left for another day: {', '.join(left)}" in err
    assert "2 new issues a day is the cap" in out
    assert len(desk.ours) == 2
    desk.file("--cap", "2")
    assert len(desk.ours) == 2
    for issue in desk.hub.issues.values():
        issue["created_at"] = "2025-01-01T00:00:00Z"
    desk.file("--cap", "2")
    assert len(desk.ours) == 4


def test_what_is_not_sure_is_not_filed_unless_it_is_named(desk: Desk) -> None:
    """New and flaky crashes, and targets that fail on purpose."""
    new = desk.seen(1, tries=0, failed=0)
    flaky = desk.seen(2, tries=3, failed=1)
    canary = desk.seen(3, target="canary", check="sing")
    code, out, _ = desk.file()
    assert (code, desk.ours) == (0, [])
    assert f"{new.id}  new: `triage verify {new.id}`" in out
    assert f"{flaky.id}  flaky: " in out
    assert f"{canary.id}  canary fails on purpose" in out
    desk.file(new.id, flaky.id[:12], canary.id)
    assert len(desk.ours) == 3
    bodies = [issue["body"] for issue in desk.hub.issues.values()]
    assert any("failed 1 of 3 times" in text for text in bodies)
    assert any("not tried again yet" in text for text in bodies)


DEATH = Failure("death", "SIGSEGV", frames=(Frame("redis.native", "read", 3),))
ESCAPE = Failure("oracle", "targets.oracles.Violation", about="root: a path escapes the root")
BORDERS = [
    pytest.param({"failure": DEATH}, "died of SIGSEGV", id="native death"),
    pytest.param({"failure": ESCAPE}, "names a border", id="path escape"),
    pytest.param({"target": "nowhere"}, "is not known here", id="unknown target"),
    pytest.param({"check": "gone"}, "is not known here", id="unknown check"),
]


@pytest.mark.parametrize(("changes", "why"), BORDERS)
def test_a_security_bug_is_told_to_a_file_only(
    desk: Desk, changes: dict[str, Any], why: str
) -> None:
    """A report for this user's eyes; in a private repository an issue, when that is wanted."""
    crash = desk.seen(**changes)
    code, out, _ = desk.file("--private-ok")
    assert (code, desk.ours) == (0, [])
    assert out.startswith(f"private   {crash.id}")
    assert why in out
    report = desk.home.root / "private" / f"{crash.id}.md"
    assert str(report) in out
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    assert stat.S_IMODE(report.parent.stat().st_mode) == 0o700
    assert "Not filed in public" in report.read_text(encoding="utf-8")
    assert not [request for request in desk.hub.requests if crash.id in request]
    desk.hub.private = True
    assert desk.file()[1].startswith("private")
    assert desk.ours == []
    assert desk.file("--private-ok")[1].startswith("create")


def test_a_harmless_end_of_the_process_is_no_secret(desk: Desk) -> None:
    """Killed from outside, or left with an exit code of its own."""
    for bug, cause in enumerate(("SIGKILL", "exit 3")):
        failure = Failure("death", cause, frames=(Frame("redis.native", f"read_{bug}", 3),))
        desk.seen(bug, failure=failure)
    desk.file()
    assert len(desk.ours) == 2


def test_a_token_in_a_trace_is_not_repeated(desk: Desk) -> None:
    """A subject that prints its environment must not make us publish it."""
    failure = sighting().failure
    leaky = Failure("exception", "E", f"m {TOKEN}", "", failure.frames, (), f"env: {TOKEN}")
    desk.seen(failure=leaky, data=b"x", run="r")
    for path in desk.home.root.rglob("*"):  # the home has what the subject said: not our doing
        if path.is_file() and TOKEN.encode() in path.read_bytes():
            path.write_bytes(path.read_bytes().replace(TOKEN.encode(), b"replaced"))
    desk.file()
    assert TOKEN not in json.dumps(desk.hub.issues)


def test_json_says_the_same(desk: Desk) -> None:
    """One object: the repository, whether it was done, and each action."""
    crash = desk.seen()
    code, out, _ = desk.file("--json")
    record = json.loads(out)
    assert code == 0
    assert (record["repo"], record["done"]) == ("octo/hello", True)
    (action,) = record["actions"]
    assert (action["action"], action["crash"], action["issue"]) == ("create", crash.id, 1)


def test_many_issues_are_read_page_by_page(desk: Desk) -> None:
    """Ours is found behind hundreds of others."""
    crash = desk.seen()
    desk.file()
    issue = desk.hub.issues.pop(1)
    for number in range(2, 260):
        other = marks.owner(f"crash-{number:012x}")
        desk.hub.issues[number] = {**issue, "number": number, "body": other}
    desk.hub.issues[1300] = {**issue, "number": 1300, "url": f"{issue['url']}300"}
    code, out, _ = desk.file()
    assert (code, out.split()[:3]) == (0, ["skip", crash.id, "#1300"])
