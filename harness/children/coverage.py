"""Coverage of single executions: atheris' counters for sampling, its hook for measuring a corpus.

A feature is what libFuzzer calls one: an edge together with the power-of-two bucket of its hits.
"""

from __future__ import annotations

import bisect
import collections
import ctypes
import sys
from collections.abc import Callable
from typing import Any

_BUCKET_STARTS = (1, 2, 3, 4, 8, 16, 32, 128)
_BUCKET_OF = bytes(
    0 if hits == 0 else 1 << (bisect.bisect_right(_BUCKET_STARTS, hits) - 1) for hits in range(256)
)
"""Hit count (saturating at 255) → one bit of eight, as libFuzzer's counter-to-feature does."""


class Incidence:
    """Which features were seen in exactly one, and which in several, of the sampled executions."""

    def __init__(self) -> None:
        self.sampled = 0
        self._once = 0
        self._again = 0

    def add(self, counters: bytes) -> None:
        """Count one execution, given its 8-bit edge counters."""
        features = int.from_bytes(counters.translate(_BUCKET_OF), "little")
        self._again |= self._once & features
        self._once |= features
        self.sampled += 1

    @property
    def seen(self) -> int:
        """Distinct features in the sample."""
        return self._once.bit_count()

    @property
    def singletons(self) -> int:
        """Features seen in exactly one sampled execution."""
        return (self._once & ~self._again).bit_count()


class Counters:
    """atheris' 8-bit edge counters, where its native core keeps them."""

    def __init__(self, address: int, used: ctypes.c_int) -> None:
        self._address = address
        self._used = used

    def copy(self) -> bytes:
        """What the current execution counted so far."""
        return ctypes.string_at(self._address, self._used.value)

    def forget(self) -> None:
        """Make the current execution one that reached nothing: libFuzzer will not keep its input.

        A callback's return value would say the same to libFuzzer, but atheris does not pass it on.
        """
        ctypes.memset(self._address, 0, self._used.value)


def find_counters() -> Counters | None:
    """The counters; None before fuzzing began, or when this release of atheris hides them."""
    # Not imported here: loaded before `atheris.Setup`, it would not see a custom mutator.
    core = sys.modules.get("atheris.core_with_libfuzzer")
    if core is None or core.__file__ is None:
        return None
    library = ctypes.CDLL(core.__file__)
    try:
        start = ctypes.c_void_p.in_dll(library, "_ZN7atheris8countersE").value
        used = ctypes.c_int.in_dll(library, "_ZN7atheris13counter_indexE")
    except ValueError:
        return None
    return Counters(start, used) if start else None


def measure(run: Callable[[bytes], None], data: bytes) -> set[tuple[int, int]]:
    """The features of one execution, counted through atheris' hook outside of libFuzzer.

    `run` must not raise. Instrumented code looks the hook up at every branch, so it can be swapped.
    """
    import atheris

    module: Any = atheris
    hits: list[int] = []
    hook = module._trace_branch
    module._trace_branch = hits.append
    try:
        run(data)
    finally:
        module._trace_branch = hook
    return {
        (edge, _BUCKET_OF[min(count, 255)]) for edge, count in collections.Counter(hits).items()
    }


def cover(features_of: dict[str, tuple[int, set[tuple[int, int]]]]) -> list[str]:
    """Names of inputs that together reach every feature, smallest inputs first.

    `features_of` maps a name to (size in bytes, features). Greedy: an input stays when it adds a
    feature that no smaller one has; ties go by name, so the result is the same every time.
    """
    reached: set[tuple[int, int]] = set()
    kept: list[str] = []
    for name, (_, features) in sorted(features_of.items(), key=lambda item: (item[1][0], item[0])):
        if not features <= reached:
            reached |= features
            kept.append(name)
    return kept
