"""The meter counts lines, allocation and peak of the right modules, and leaves no trace."""

from __future__ import annotations

import contextlib
import sys
import tracemalloc

import pytest

from targets import resource


def lines(count: int) -> int:
    total = 0
    for number in range(count):
        total += number
    return total


def recopy(size: int) -> None:
    rest = bytes(size)
    while rest:
        rest = rest[1000:]


def hold(size: int) -> list[bytes]:
    return [bytes(1000) for _ in range(size // 1000)]


async def suspended() -> None:
    """What a parser for asyncio does for each reply."""


def resume(times: int) -> None:
    for _ in range(times):
        with contextlib.suppress(StopIteration):
            suspended().send(None)


def test_work_is_the_lines_of_the_named_modules() -> None:
    """Twice the loop is twice the lines, and other modules do not count."""
    small = resource.measure(lambda: lines(100), (__name__,)).lines
    large = resource.measure(lambda: lines(200), (__name__,)).lines
    assert large - small == 200
    assert resource.measure(lambda: lines(200), ("json",)).lines == 0


def test_volume_sees_copies_that_peak_does_not() -> None:
    """Copying the rest of a buffer again and again costs little at once and much in all."""
    use = resource.measure(lambda: recopy(100_000), (__name__,))
    assert use.peak_bytes < 250_000
    assert use.volume_bytes > 4_000_000


def test_peak_is_what_was_in_use_at_once() -> None:
    """Memory kept shows in the peak."""
    assert 500_000 < resource.measure(lambda: hold(500_000), (__name__,)).peak_bytes < 700_000


def test_the_same_execution_gives_the_same_lines_and_nearly_the_same_bytes() -> None:
    """The verdict is a function of the input."""
    uses = [resource.measure(lambda: recopy(50_000), (__name__,)) for _ in range(3)]
    assert len({use.lines for use in uses}) == 1
    volumes = [use.volume_bytes for use in uses]
    assert max(volumes) - min(volumes) < 10_000


def test_a_coroutine_costs_no_more_when_its_function_is_instrumented(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Instrumented code needs a bigger frame: a verdict must be the same without it."""
    plain = resource.measure(lambda: resume(500), (__name__,))
    code = suspended.__code__.replace(co_stacksize=300)
    monkeypatch.setattr(suspended, "__code__", code)
    large = resource.measure(lambda: resume(500), (__name__,))
    assert large.volume_bytes < plain.volume_bytes + 20_000


def test_counting_ends_when_enough_is_known() -> None:
    """A long action is not slowed down once it is known to be too long."""
    use = resource.measure(lambda: lines(100_000), (__name__,), enough_lines=500)
    assert use.lines == 500


def test_an_action_can_end_when_enough_is_known() -> None:
    """Outside a measurement nothing is exhausted; inside, once enough lines were counted."""
    seen: list[bool] = []

    def act() -> None:
        seen.append(resource.exhausted())
        lines(1000)
        seen.append(resource.exhausted())

    resource.measure(act, (__name__,), enough_lines=100)
    assert seen == [False, True]
    assert not resource.exhausted()


def test_tracing_is_put_back_also_after_an_error() -> None:
    """What the action raises comes through, and nothing goes on counting."""
    before = sys.gettrace()
    with pytest.raises(ZeroDivisionError):
        resource.measure(lambda: 1 // 0, (__name__,))
    assert sys.gettrace() is before
    assert not tracemalloc.is_tracing()


def test_the_peak_alone_is_cheap_to_have() -> None:
    """The same number as a full measurement, nearly, without counting lines."""
    assert 500_000 < resource.peak(lambda: hold(500_000)) < 700_000
    assert not tracemalloc.is_tracing()


def test_sampling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every execution with 1; one of many otherwise."""
    monkeypatch.setattr(resource, "every", 1)
    assert all(resource.due() for _ in range(10))
    monkeypatch.setattr(resource, "every", 10)
    monkeypatch.setattr(resource, "_sampling", resource._Sampling())
    assert sum(resource.due() for _ in range(100)) == 10


def test_sampling_stays_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """When measuring has taken too large a part of the time, it pauses."""
    monkeypatch.setattr(resource, "every", 2)
    sampling = resource._Sampling()
    sampling.spent_s = 1e9
    monkeypatch.setattr(resource, "_sampling", sampling)
    assert not any(resource.due() for _ in range(100))


def test_a_bound_has_a_fixed_part_and_one_per_byte() -> None:
    """fixed + per_byte x bytes."""
    assert resource.Bound(100, 3).at(10) == 130
