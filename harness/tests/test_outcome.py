"""How every command ends."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from harness import outcome
from targets.errors import FarmError, MissingError

ROOT = Path(__file__).parents[2]


@click.group(name="tool")
def tool() -> None:
    """Commands that end in every way."""


@tool.command()
@click.argument("how")
def end(how: str) -> int | None:
    """End in one way."""
    match how:
        case "mistake":
            raise FarmError("given: x\npossible: y")
        case "missing":
            raise MissingError("no server")
        case "bug":
            raise KeyError("ours")
        case "interrupt":
            raise KeyboardInterrupt
        case "eof":
            raise EOFError("ours too")
        case "crashes":
            return 1
        case "exit":
            click.get_current_context().exit(4)
    return None


@pytest.mark.parametrize(
    ("how", "code"),
    [
        *[("well", 0), ("crashes", 1), ("mistake", 2), ("missing", 3), ("exit", 4)],
        *[("bug", 70), ("eof", 70), ("interrupt", 130)],
    ],
)
def test_every_end_has_its_exit_code(how: str, code: int) -> None:
    """Zero, the command's own, 2 and 3 for mistakes, 70 for our bug, 130 for Ctrl-C."""
    assert code == outcome.run(tool, ["end", how])


def test_a_mistake_is_one_line_without_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    """A user sees what was wrong, not our stack."""
    outcome.run(tool, ["end", "mistake"])
    assert tuple(capsys.readouterr()) == ("", "tool: given: x possible: y\n")


def test_our_bug_shows_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    """A bug of the farm is never dressed up as something else."""
    outcome.run(tool, ["end", "bug"])
    shown = capsys.readouterr().err
    assert "Traceback (most recent call last)" in shown
    assert "KeyError: 'ours'" in shown


@pytest.mark.parametrize("args", [["nonsense"], ["end"], ["end", "well", "--no-such-option"], []])
def test_wrong_use_is_two(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Unknown commands and options, and missing arguments, are told with the usage."""
    assert outcome.run(tool, args) == 2
    shown = capsys.readouterr()
    assert "Usage: tool" in shown.out + shown.err


def test_a_reader_that_leaves_early_is_no_bug() -> None:
    """`… | head -1` ends quietly, and not with the code that means new crashes."""
    program = (
        "import sys, click; from harness import outcome\n"
        "@click.command(name='tool')\n"
        "def tool(): [click.echo('x' * 1000) for _ in range(1000)]\n"
        "sys.exit(outcome.run(tool, []))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    shown = process.stderr.read()
    process.stderr.close()
    assert (process.wait(20), shown) == (141, b"")
