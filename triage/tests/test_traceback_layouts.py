"""Tracebacks in the layouts of other tools."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.fingerprint import fingerprint
from triage.traceback_layouts import as_printed, unescaped
from triage.traceback_text import read

PACKAGE = """
class Bad(Exception):
    pass


def low(rows):
    return rows[3].cells


def load(rows):
    \"\"\"Has a docstring.\"\"\"
    try:
        return low(rows)
    except IndexError as error:
        raise Bad(
            "no such row"
        ) from error


def check(rows):
    assert len(rows.cells) == 3
"""
TEST = """
import package


def test_load():
    package.load([1])


def test_check():
    package.check([1])


def test_assertion():
    assert [1] == [2]
"""
NAMES = {
    "test_load": "v2|exception|IndexError|package|_[0] in _[0].cells",
    "test_check": "v2|exception|AttributeError|package|.cells",
    "test_assertion": "v2|exception|AssertionError|test_rows.test_assertion|[0] == [0]",
}


def name(text: str) -> str:
    """The fingerprint of what the text holds."""
    failure = read(text)
    return fingerprint(failure, ()) if failure else "none"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package and a failing test of it."""
    folder = tmp_path_factory.mktemp("layouts")
    (folder / "package.py").write_text(PACKAGE, encoding="utf-8")
    (folder / "test_rows.py").write_text(TEST, encoding="utf-8")
    return folder


@pytest.mark.parametrize("layout", ["auto", "short"])
@pytest.mark.parametrize("test", NAMES)
def test_layouts_of_pytest_are_read(folder: Path, test: str, layout: str) -> None:
    """The same failure has the same name in all of them."""
    args = ["-q", "-p", "no:cacheprovider", f"--tb={layout}", f"test_rows.py::{test}"]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *args],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        timeout=60,
    )
    assert name(ran.stdout) == NAMES[test]


TEXT = (
    'Traceback (most recent call last):\n  File "/x/test_a.py", line 3, in <module>\n    f("\\n")\n'
    '  File "/x/a.py", line 7, in f\n    return self.rows["it\'s"].cells\n'
    '           ~~~~~~~~~^^^^^^^^\nKeyError: "it\'s"\n'
)


@pytest.mark.parametrize(
    "line",
    [
        json.dumps({"level": "error", "exception": TEXT, "more": "Traceback"}),
        json.dumps([{"a": 'say "x"'}, {"text": f"boom\n{TEXT}"}]),
        json.dumps({"text": f"can't do 'it'\n{TEXT}", "level": 'not "low"'}),
        repr(f"can't do 'it'\n{TEXT}"),
        repr(TEXT),
        f"ERROR {TEXT!r} happened",
    ],
)
def test_escaped_texts_are_read(line: str) -> None:
    """As JSON logs hold them, and as Python shows them."""
    assert name(f"starting\n{line}\ngoing on\n") == name(TEXT) != "none"


@given(st.lists(st.text(alphabet="E>_ :'\"\\n{}defin().py0~^", max_size=30)))
def test_any_text_is_harmless(lines: list[str]) -> None:
    """What looks like a layout and is none ends nothing."""
    assert isinstance(as_printed(["E   x", *lines]), list)
    mark = r"(most recent call last):\n"
    assert isinstance(unescaped([f"{line}{mark}{line}" for line in lines]), list)


@pytest.mark.parametrize(
    "part",
    ['"\\"', "\\\\", "E   x\n", "> x = 1\n", "a.py:1: \n", "    ^^\n", "'", "def f(\n", "{[("],
)
def test_hostile_text_costs_little(part: str) -> None:
    """Megabytes of what looks like the beginning of something are read in a moment."""
    mark = "(most recent call last):\\n"
    for text in (part * 200_000, f"{mark}{part * 100_000}{mark}", f"E   x\n{part * 100_000}"):
        began = time.process_time()
        read(text)
        assert time.process_time() - began < 5
