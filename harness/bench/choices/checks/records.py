"""Bytes that are records with a sum over each."""

import contextlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.bench.choices.subjects.records import checksum, load


@given(st.binary())
def test(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        load(data)


def example() -> None:
    """Show the bug."""
    body = bytes([9])
    given_test: Any = test
    given_test.hypothesis.inner_test(bytes([7, 1]) + checksum(body).to_bytes(2, "big") + body)
