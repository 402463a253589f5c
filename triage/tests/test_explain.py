"""Why two failures are or are not the same."""

import dataclasses
import json
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import outcome
from harness.crash import Sighting
from harness.crashes import record
from harness.failure import Failure, Frame
from harness.fingerprint import fingerprint
from harness.home import Home, open_home
from triage.commands.explain import command
from triage.explain import Side, explain, lines, to_json

FRAMES = (
    Frame("drive", "<module>", 3, "/x/drive.py", "rows.load(data)"),
    Frame("rows", "counted.<locals>.wrapper", 9, "/x/rows.py", "return function(*args)"),
    Frame("rows", "Rows.item", 7, "/x/rows.py", "self.cells[at]"),
)
FAILURE = Failure("exception", "IndexError", "no", frames=FRAMES)
WRAPPED = Failure(
    "exception",
    "rows.Bad",
    frames=FRAMES[:1],
    chain=(dataclasses.replace(FAILURE, via="cause"),),
)
OTHER = dataclasses.replace(FAILURE, type="KeyError")
SEEN = Sighting(
    target="demo",
    check="parse",
    subject="rows",
    package="rows",
    subject_version="1.0",
    failure=FAILURE,
    own=("rows",),
    data=b"x",
    run="run-1",
    time_s=1_700_000_000.0,
)
TEXT = """Traceback (most recent call last):
  File "/x/drive.py", line 3, in <module>
    rows.load(data)
  File "/x/rows.py", line 7, in item
    self.cells[at]
IndexError: no
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home that commands find."""
    monkeypatch.setenv("FUZZ_HOME", str(tmp_path / "home"))
    return open_home(tmp_path / "home")


def ran(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the command."""
    assert isinstance(command, click.Command)
    code = outcome.run(command, args)
    shown = capsys.readouterr()
    return code, shown.out, shown.err


failures = st.builds(
    Failure,
    st.sampled_from(["exception", "oracle", "hang", "death", "memory"]),
    st.sampled_from(["KeyError", "ValueError"]),
    st.text(max_size=9),
    frames=st.lists(st.sampled_from(FRAMES), max_size=4).map(tuple),
)


@given(failures, failures)
def test_the_answer_is_that_of_the_fingerprint(one: Failure, other: Failure) -> None:
    """What it says to be the same has the same fingerprint, and the other way round."""
    told = explain(Side("a", one), Side("b", other))
    assert told.same == (fingerprint(one, ()) == fingerprint(other, ()))
    assert all(line.isprintable() for line in lines(told))
    assert json.loads(json.dumps(to_json(told)))["same"] == told.same


def test_it_says_which_parts_differ_and_what_did_not_count() -> None:
    """Side by side, then each side's errors and calls with the reason why they do not name it."""
    told = "\n".join(lines(explain(Side("one", WRAPPED, ("rows",)), Side("other", OTHER))))
    for part in (
        "different crashes: type differs",
        "≠ type     IndexError",
        "= place    rows",
        "= detail   .cells[_]",
        "rows.Bad: tells of what is behind it",
        "IndexError: names the crash",
        "- drive.py:3 in drive.<module> (not the subject's)",
        "- drive.py:3 in drive.<module> (drives the subject)",
        "- rows.py:9 in rows.counted.wrapper (decorator)",
        "+ rows.py:7 in rows.Rows.item: self.cells[at]",
    ):
        assert part in told


def test_crashes_and_files_are_compared(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An id with a file, by what failed; two ids also by target and package."""
    crash, _ = record(home, SEEN)
    elsewhere, _ = record(home, dataclasses.replace(SEEN, target="other"))
    file = tmp_path / "trace.txt"
    file.write_text(TEXT, encoding="utf-8")
    assert ran(capsys, crash.id, str(file))[0] == 0
    assert ran(capsys, str(file), crash.id[:12])[0] == 0
    code, out, _ = ran(capsys, crash.id, elsewhere.id)
    assert (code, out.splitlines()[0]) == (1, "different crashes: target differs")
    code, out, _ = ran(capsys, crash.id, crash.id)
    assert (code, out.splitlines()[0]) == (0, f"the same crash: {crash.id}")


def test_programs_get_everything(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One JSON object with the parts, the errors and the calls of both."""
    crash, _ = record(home, dataclasses.replace(SEEN, failure=WRAPPED))
    file = tmp_path / "trace.txt"
    file.write_text(TEXT.replace("IndexError", "KeyError"), encoding="utf-8")
    code, out, err = ran(capsys, "--json", crash.id, str(file))
    told = json.loads(out)
    assert (code, err, told["differ"]) == (1, "", ["type"])
    assert [error["type"] for error in told["a"]["errors"]] == ["rows.Bad", "IndexError"]
    assert [call["counts"] for call in told["a"]["calls"]] == [False, False, True]
    assert told["b"]["fingerprint"] == "v2|exception|KeyError|rows|.cells[_]"


@pytest.mark.parametrize(
    ("name", "told"), [("crash-0123", "no crash"), ("empty.txt", "no complete traceback")]
)
def test_mistakes_are_one_line(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, told: str
) -> None:
    """Exit 2, and what was wrong."""
    (tmp_path / "empty.txt").write_bytes(b"")
    given_name = str(tmp_path / name) if name.endswith(".txt") else name
    code, out, err = ran(capsys, given_name, given_name)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert told in err
