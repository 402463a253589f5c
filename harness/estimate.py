"""How likely is it that more fuzzing finds something new? Good–Turing, on sampled executions.

Source: I. J. Good, "The population frequencies of species" (1953); for fuzzing, M. Böhme, "STADS:
Software testing as species discovery" (2018): the chance that the next execution shows a new
feature is about (features seen exactly once) / (executions).
"""

from __future__ import annotations

import math


def chance_of_new(singletons: int, sampled: int, more: float) -> float | None:
    """Chance, 0 to 1, that `more` further sampled executions show at least one new feature.

    Extrapolates with the number of singletons held constant, so the expected number of new
    features is `singletons * ln(1 + more / sampled)`: equal to Good–Turing's for the next few
    executions, and finite for many. None when nothing was sampled.
    """
    if sampled <= 0:
        return None
    return 1.0 - math.exp(-singletons * math.log1p(max(more, 0.0) / sampled))


def chance_next_hour(singletons: int, sampled: int, active_s: float) -> float | None:
    """Chance that one more hour, sampled at the pace of these `active_s` seconds, shows more."""
    if active_s <= 0:
        return None
    return chance_of_new(singletons, sampled, sampled / active_s * 3600.0)
