"""Text with a magic word, a version and sections."""

import contextlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.bench.choices.subjects.header import read


@given(st.text())
def test(text: str) -> None:
    with contextlib.suppress(ValueError):
        read(text)


def example() -> None:
    """Show the bug."""
    given_test: Any = test
    given_test.hypothesis.inner_test("%DECK-2.7\nlayout:grid/100")
