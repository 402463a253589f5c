"""Checks of kind `Property` and `Machine` as ordinary Hypothesis tests over one subject."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from targets.errors import FarmError
from targets.kinds import Machine, Property
from targets.registry import load


def test_of(check: Property | Machine, subject: object, where: str, max_examples: int) -> Any:
    """A test without parameters, made by `@given`; it keeps nothing in Hypothesis's database.

    FarmError, beginning with `where`, when what the check names cannot be loaded or made.
    """
    from hypothesis import HealthCheck, Phase, given, settings

    terms: dict[str, Any] = {
        "database": None,
        "deadline": None,
        "max_examples": max_examples,
        "phases": (Phase.generate,),
        "suppress_health_check": list(HealthCheck),
    }
    if isinstance(check, Machine):
        from hypothesis.stateful import get_state_machine_test

        make = cast("Callable[[Any], Any]", load(check.machine, where))
        machine = _made(lambda: make(subject), where, check.machine)
        chosen = settings(stateful_step_count=check.steps, **terms)
        return get_state_machine_test(machine, settings=chosen)
    strategy = cast("Callable[[], Any]", load(check.strategy, where))
    run = cast("Callable[[Any, Any], object]", load(check.check, where))

    @settings(**terms)
    @given(_made(strategy, where, check.strategy))
    def test(value: Any) -> None:
        run(value, subject)

    return test


def pieces(data: bytes) -> list[bytes]:
    """Stored choices one by one, for a minimizer; they join to `data`."""
    from hypothesis.database import choices_from_bytes, choices_to_bytes

    choices = choices_from_bytes(data)
    found = [choices_to_bytes((choice,)) for choice in choices or ()]
    return found if b"".join(found) == data else [data]


def _made(make: Callable[[], Any], where: str, reference: str) -> Any:
    try:
        return make()
    except FarmError:
        raise
    except Exception as error:  # whatever it raises, the user needs one line, not a trace
        raise FarmError(f"{where}: {reference} raises {type(error).__name__}: {error}") from error
