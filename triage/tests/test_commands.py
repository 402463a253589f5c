"""The `triage` command on real stores."""

import dataclasses
import json
from pathlib import Path

import pytest

from harness import outcome
from harness.crash import Crash, Sighting
from harness.crashes import Trial, change, record, tried
from harness.failure import Failure, Frame
from harness.home import Home, open_home
from triage.cli import triage

SEEN = Sighting(
    target="resp",
    check="parse",
    subject="redis-py",
    package="redis",
    subject_version="8.1.0",
    failure=Failure(
        "exception",
        "ValueError",
        "bad \x1b[31m number",
        frames=(Frame("redis._parsers", "read", 3),),
        text="Traceback (most recent call last):\n\tValueError: bad \x1b[31m number\n",
    ),
    own=("redis",),
    data=b":1\x00\xff\r\n",
    run="run-1",
    time_s=1_700_000_000.0,
    count=3,
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home that commands find."""
    monkeypatch.setenv("FUZZ_HOME", str(tmp_path / "home"))
    return open_home(tmp_path / "home")


def ran(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `triage ARGS`."""
    code = outcome.run(triage, args)
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def stored(home: Home, target: str = "resp", time_s: float = 0.0) -> Crash:
    """A crash of that target."""
    crash, _ = record(home, dataclasses.replace(SEEN, target=target, time_s=time_s))
    return crash


def confirm(home: Home, crash: Crash) -> None:
    """Note that it failed three times of three."""
    change(home, crash.id, lambda known: tried(known, Trial("8.1.0", 1.0, 3, 3)))


def test_list_is_one_line_a_crash(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """The latest last; every line ends with the command that replays it."""
    later, earlier = stored(home, time_s=2e9), stored(home, "sql", time_s=1e9)
    code, out, err = ran(capsys, "list")
    assert (code, err) == (0, "")
    first, last = out.splitlines()
    assert first.startswith(earlier.id)
    assert first.endswith(
        f"ValueError in redis._parsers.read: bad \\x1b[31m number  fuzz replay {earlier.id}"
    )
    assert last.startswith(
        f"{later.id}  new        exception       3×       6 B  2033-05-18 03:33Z"
    )


def test_list_chooses(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """By target and by state; nothing chosen is said."""
    resp, sql = stored(home), stored(home, "sql")
    confirm(home, sql)
    for args, chosen in (
        (["--target", "r*"], [resp.id]),
        (["--state", "confirmed"], [sql.id]),
        (["--state", "flaky"], []),
        (["--target", "*", "--state", "new"], [resp.id]),
    ):
        code, out, err = ran(capsys, "list", *args)
        assert (0, chosen) == (code, [line.split()[0] for line in out.splitlines()])
        assert bool(chosen) != ("no such crashes in" in err)
    assert ran(capsys, "list", "--state", "odd")[0] == 2


def test_list_for_programs(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON object; what is broken is in it and on stderr, the rest is still listed."""
    good, bad = stored(home), stored(home, "sql")
    (home.crash(bad.id) / "crash.json").write_bytes(b"{")
    code, out, err = ran(capsys, "list", "--json")
    listed = json.loads(out)
    assert code == 0
    assert [good.id] == [crash["id"] for crash in listed["crashes"]]
    assert [bad.id] == [problem["id"] for problem in listed["problems"]]
    assert "cannot be read: JSONDecodeError" in err
    assert err == ran(capsys, "list")[2]


def test_show_tells_all(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """Facts, stack, bytes, and the way to see it again; harmless on a terminal."""
    crash = stored(home)
    confirm(home, crash)
    code, out, err = ran(capsys, "show", crash.id[6:10])
    assert (code, err) == (0, "")
    for part in (
        crash.fingerprint,
        crash.example.sha256,
        "confirmed, failed 3/3 times when tried again",
        "resp:parse@redis-py==8.1.0",
        "3 times in 1 runs",
        "  \tValueError: bad \\x1b[31m number",
        "00000000  3a 31 00 ff 0d 0a                                 |:1....|",
        r"b':1\x00\xff\r\n'",
        f"replay       fuzz replay {crash.id}\n",
    ):
        assert part in out
    assert "\x1b" not in out


def test_show_for_programs(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """All facts as JSON, the input as hex."""
    crash = stored(home)
    shown = json.loads(ran(capsys, "show", crash.id, "--json")[1])
    assert shown["id"] == crash.id
    assert bytes.fromhex(shown["input"]) == SEEN.data
    assert shown["trace"] == SEEN.failure.text


def test_a_given_home_is_part_of_the_replay_command(
    home: Home, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """What is printed works when it is pasted."""
    other = open_home(tmp_path / "other home")
    crash = stored(other)
    code, out, _ = ran(capsys, "list", "--home", str(other.root))
    assert code == 0
    assert out.endswith(f"fuzz replay {crash.id} --home '{other.root}'\n")


def test_big_inputs_and_silent_deaths(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """What is left out is said."""
    death = dataclasses.replace(
        SEEN, failure=Failure("death", "SIGKILL"), data=bytes(5000), subject_version=None
    )
    crash, _ = record(home, death)
    _, out, _ = ran(capsys, "show", crash.id)
    assert "… and 3976 more bytes" in out
    assert "ended without a word" in out
    assert out.count("\n") < 100


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["show", "crash-123"], "no crash 'crash-123'"),
        (["list", "--home", "/nowhere/at/all"], "cannot be read: No such file or directory"),
    ],
)
def test_mistakes_are_one_line(
    home: Home, capsys: pytest.CaptureFixture[str], args: list[str], told: str
) -> None:
    """Exit 2, what was wrong, what to do next."""
    code, out, err = ran(capsys, *args)
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1
