"""Text with a magic word, a version and sections."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from harness.bench.choices.subjects.header import read


@given(st.text())
def test(text: str) -> None:
    with contextlib.suppress(ValueError):
        read(text)
