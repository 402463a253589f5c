"""Steps of a state machine made few: a real cache with a bug that needs a few calls of many."""

from __future__ import annotations

import random
from typing import Any

import pytest

from triage.minimize.formats.steps import Step, minimize_steps, read, write


class Cache:
    """Keeps at most `size` values; loses count when a present name is set again while full."""

    def __init__(self) -> None:
        self.size = 3
        self.values: dict[str, int] = {}
        self.count = 0

    def put(self, name: str, value: int) -> None:
        """Set a value, dropping the oldest one when full."""
        if self.count >= self.size:
            oldest = next(iter(self.values))
            if oldest == name and value > 100:
                raise RuntimeError("evicts what it is about to set")
            del self.values[oldest]
            self.count -= 1
        self.count += name not in self.values
        self.values[name] = value

    def resize(self, size: int, options: dict[str, Any]) -> None:
        """Allow another number of values; drops all when asked to."""
        self.size = max(size, 1)
        if options.get("clear"):
            self.values.clear()
            self.count = 0


def fails(steps: tuple[Step, ...]) -> bool:
    """Whether the bug shows; a call that cannot be made shows nothing."""
    cache = Cache()
    for step in steps:
        try:
            getattr(cache, step.rule)(**step.arguments)
        except RuntimeError:
            return True
        except (TypeError, AttributeError, StopIteration):
            return False
    return False


def many() -> list[Step]:
    """Two hundred calls, among them those that fail."""
    rng = random.Random(7)
    steps = [Step("resize", {"size": 9, "options": {"clear": False, "why": ["big", 1.5]}})]
    for number in range(200):
        if number % 40 == 39:
            steps.append(Step("resize", {"size": rng.randrange(4, 9), "options": {"clear": True}}))
        name = "".join(rng.choices("abcdefgh", k=6))
        steps.append(Step("put", {"name": name, "value": rng.randrange(90)}))
    steps += [Step("put", {"name": f"last{n}", "value": n}) for n in range(20)]
    oldest = Cache()
    for step in steps:
        getattr(oldest, step.rule)(**step.arguments)
    steps.append(Step("put", {"name": next(iter(oldest.values)), "value": 31337}))
    return steps


def test_two_hundred_calls_become_the_few_that_fail() -> None:
    """Calls go, arguments become simple, names of rules and parameters stay."""
    steps = many()
    assert fails(tuple(steps))
    result, complete = minimize_steps(steps, fails)
    assert complete
    assert fails(result)
    assert result[-1] == Step("put", {"name": result[-1].arguments["name"], "value": 101})
    assert len(result) <= 4
    assert {step.rule for step in result} <= {"put", "resize"}
    assert len(write(result)) <= 190
    assert minimize_steps(steps, fails) == (result, True)


def test_steps_go_through_their_lines() -> None:
    """What is written is read back."""
    steps = tuple(many())
    assert read(write(steps)) == steps
    assert read(b"") == ()


@pytest.mark.parametrize(
    "line",
    [b"{", b"[]", b'{"rule":"put"}', b'{"rule":1,"arguments":{}}', b"[" * 5000, b"\xff"],
)
def test_a_line_that_is_no_step_is_named(line: bytes) -> None:
    """A broken file gives the number of its line."""
    with pytest.raises(ValueError, match="line 2 is no"):
        read(b'{"rule":"a","arguments":{}}\n' + line + b"\n")


def test_steps_that_do_not_fail_are_refused() -> None:
    """Nothing is reduced to nothing in silence."""
    with pytest.raises(ValueError, match="does not fail"):
        minimize_steps([Step("put", {"name": "a", "value": 1})], fails)


def test_time_that_is_over_leaves_what_still_fails() -> None:
    """With no time at all the steps come back, said to be incomplete."""
    steps = many()
    result, complete = minimize_steps(steps, fails, seconds=0.0)
    assert not complete
    assert fails(result)
