"""Scripts of a little language, which end at the first command that makes no sense."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from harness.bench.choices.subjects.script import Interpreter

COMMANDS = ("push", "loop", "if", "mark", "end", "jump")


@given(st.lists(st.tuples(st.sampled_from(COMMANDS), st.integers())))
def test(script: list[tuple[str, int]]) -> None:
    interpreter = Interpreter()
    with contextlib.suppress(ValueError):
        for command, number in script:
            interpreter.run(command, number)
