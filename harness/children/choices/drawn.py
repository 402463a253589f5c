"""A `Fuzz` check as a test of Hypothesis: its inputs are what its strategy draws, or any bytes.

Bytes of the corpus, whoever found them, are test cases too: the first branch draws them as they
are. What is kept is always the input itself, so that one corpus serves this engine and atheris.
"""

from __future__ import annotations

import mmap
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from harness.children import last_input
from harness.children.choices.cases import Case, of_test
from harness.children.loading import Loaded
from targets.errors import FarmError
from targets.registry import load


class Drawn:
    """The check of a job. `memory` holds the input before it is run.

    FarmError when the strategy cannot be loaded or made.
    """

    def __init__(self, loaded: Loaded, memory: mmap.mmap) -> None:
        self.value = b""
        """The input of the latest execution."""
        max_size_bytes = self._max_size_bytes = loaded.check.max_size_bytes
        run, subject, strategy = loaded.run, loaded.adapter, loaded.inputs.strategy or ""
        try:
            structured: Any = load(strategy)()
        except FarmError:
            raise
        except Exception as error:  # whatever it raises, the user needs one line, not a trace
            raise FarmError(f"{strategy} raises {type(error).__name__}: {error}") from error

        @settings(
            database=None,
            deadline=None,
            max_examples=1,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(st.one_of(st.binary(max_size=max_size_bytes), structured))
        def test(value: bytes) -> None:
            self.value = value = value[:max_size_bytes]
            end = last_input.HEADER_BYTES + len(value)
            memory[last_input.HEADER_BYTES : end] = value
            memory[: last_input.COUNT_AT] = (len(value) + 1).to_bytes(8, "little")
            run(value, subject)

        self.case: Case = of_test(test)

    def choices(self, data: bytes) -> tuple[Any, ...] | None:
        """The test case that draws these bytes as they are; None when they are too many."""
        return (0, data) if len(data) <= self._max_size_bytes else None
