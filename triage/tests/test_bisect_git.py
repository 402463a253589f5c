"""`triage bisect --git` over the revisions of a checkout, without a package index."""

from __future__ import annotations

import json
import pathlib
import time

import pytest

from harness import crashes, outcome
from harness.crash import Crash
from harness.home import Home, open_home
from triage.commands.bisect import command
from triage.tests import fizz
from triage.tests.history import store


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A user's project with a target for `fizz`."""
    return fizz.write_project(tmp_path_factory.mktemp("user"), "fizz_git_targets")


@pytest.fixture
def home(tmp_path: pathlib.Path, project: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home, in the project, where uv knows one release only."""
    (tmp_path / "links").mkdir()
    fizz.write_wheel(tmp_path / "links", "2.0", fizz.BAD)
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path / "links"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("FUZZ_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(project)
    return open_home(tmp_path / "home")


def found(home: Home, project: pathlib.Path) -> Crash:
    """The crash as a run on the release finds it."""
    return store(home, "fizzing:read@fizz==2.0", fizz.INPUT, project)


def ran(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `triage bisect ARGS`."""
    code = outcome.run(command, args)
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def own(home: Home, project: pathlib.Path, source: pathlib.Path) -> Crash:
    """The crash of a subject without a package, from the source as it is now."""
    link = project / "fizz"
    link.symlink_to(source / "fizz")
    try:
        return store(home, "fizzing:read@own", fizz.INPUT, project)
    finally:
        link.unlink()


HISTORY = [fizz.GOOD] * 6 + [fizz.UNFIT] + [fizz.BAD] * 10 + [fizz.GOOD] * 3


def test_names_the_commit_that_brought_a_bug_and_the_one_that_fixed_it(
    home: Home, project: pathlib.Path, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twenty commits, built and installed each; the user's folder is as it was, and no hook ran."""
    checkout = tmp_path / "fizz-checkout"
    commits = fizz.write_history(checkout, HISTORY)
    for hook in ("post-checkout", "reference-transaction", "post-index-change"):
        file = checkout / ".git" / "hooks" / hook
        file.write_text(f"#!/bin/sh\ntouch {tmp_path}/hook-ran\n", "utf-8")
        file.chmod(0o755)
    (checkout / "fizz" / "__init__.py").write_text("work in progress", "utf-8")
    before = fizz.git(checkout, "status", "--porcelain")
    crash = found(home, project)
    (tmp_path / "hook-ran").unlink(missing_ok=True)
    code, out, _ = ran(capsys, crash.id, "--git", str(checkout))
    assert code == 0
    assert out.splitlines()[0] == (
        f"{crash.id}: first bad is one of {commits[6][:12]} (state 6), {commits[7][:12]} (state 7) "
        f"(last good {commits[5][:12]} (state 5)); "
        f"fixed in {commits[17][:12]} (state 17) (last bad {commits[16][:12]} (state 16))"
    )
    assert not (tmp_path / "hook-ran").exists()
    assert fizz.git(checkout, "status", "--porcelain") == before
    assert len(fizz.git(checkout, "worktree", "list").splitlines()) == 1
    kept = crashes.load(home, crash.id).bisections["git fizz-checkout"]
    assert (kept.first_fixed, kept.last_bad) == (commits[17], commits[16])


def test_a_tag_says_where_the_search_begins(
    home: Home, project: pathlib.Path, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The release that the crash was found on, when the checkout has a tag of it."""
    checkout = tmp_path / "fizz"
    commits = fizz.write_history(checkout, [fizz.GOOD, fizz.GOOD, fizz.BAD, fizz.GOOD, fizz.GOOD])
    fizz.git(checkout, "tag", "v2.0", commits[2])
    crash = found(home, project)
    _, out, err = ran(capsys, crash.id, "--git", str(checkout), "--json")
    assert err.startswith(commits[2][:12])
    record = json.loads(out)
    assert (record["first_bad"], record["first_fixed"]) == (commits[2], commits[3])


def test_source_that_is_not_built_is_searched_as_it_is(
    home: Home, project: pathlib.Path, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A subject without a package has no releases, but a checkout; bounds are revisions."""
    checkout = tmp_path / "plain"
    commits = fizz.write_history(checkout, [fizz.GOOD] * 3 + [fizz.BAD] * 5, built=False)
    crash = own(home, project, checkout)
    code, _, err = ran(capsys, crash.id)
    assert (code, "--git PATH" in err) == (2, True)
    arguments = ["--git", str(checkout), "--bad", "HEAD~1", "--good", commits[0][:10], "--json"]
    code, out, _ = ran(capsys, crash.id, *arguments)
    assert (code, json.loads(out)["first_bad"]) == (0, commits[3])
    code, _, err = ran(capsys, crash.id, "--git", str(checkout), "--good", "no-such-branch")
    assert (code, "'no-such-branch' is no revision" in err) == (2, True)
    code, _, err = ran(capsys, crash.id, "--git", str(checkout), "--bad", commits[1])
    assert (code, "does not fail in" in err) == (2, True)


def test_the_time_limit_ends_a_build(
    home: Home, project: pathlib.Path, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1 with the range so far; the build is not left behind, and nothing is kept as final."""
    checkout = tmp_path / "slow"
    commits = fizz.write_history(checkout, [fizz.GOOD, fizz.SLOW, fizz.BAD])
    crash = found(home, project)
    began_s = time.monotonic()
    arguments = ["--git", str(checkout), "--good", commits[0], "--seconds", "8"]
    code, out, _ = ran(capsys, crash.id, *arguments)
    assert time.monotonic() - began_s < 40.0
    assert code == 1
    assert f"first bad after {commits[0][:12]} (state 0), at {commits[2][:12]}" in out
    assert "out of time after 8 s" in out
    assert crashes.load(home, crash.id).bisections == {}
