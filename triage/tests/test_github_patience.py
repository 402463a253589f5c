"""How long GitHub is waited for, on a clock of the test's own."""

import contextlib
import random
from typing import Any

import github
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from targets.errors import FarmError, MissingError
from triage.github.patience import Patience, Refused
from triage.tests.github_server import TOKEN

SECONDARY = "You have exceeded a secondary rate limit. Please wait."


class Clock:
    """Time passes by sleeping only."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds


def patience(clock: Clock, seconds: float = 300.0, seed: int = 1) -> Patience:
    return Patience(
        deadline=clock.now_s + seconds,
        repo="octo/hello",
        hide=lambda text: text.replace(TOKEN, "(token)"),
        say=lambda _: None,
        sleep=clock.sleep,
        monotonic=lambda: clock.now_s,
        now=lambda: clock.now_s,
        rng=random.Random(seed),
    )


def refusal(status: int, message: str = "no", **headers: str) -> github.GithubException:
    return github.GithubException(status, {"message": message}, headers)


def after(errors: list[Exception], result: str = "done") -> Any:
    """An action that fails so often before it succeeds."""
    left = list(errors)

    def act() -> str:
        if left:
            raise left.pop(0)
        return result

    return act


def test_a_limit_is_waited_for_as_long_as_github_says() -> None:
    """Retry-After; the reset by GitHub's clock, not ours; a minute that doubles without a word."""
    clock = Clock()
    asked = refusal(429, "slow down", **{"Retry-After": "17"})
    assert patience(clock).attempt("x", after([asked])) == "done"
    assert 17 <= clock.slept[-1] <= 18
    reset = {
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": "946684830",
        "Date": "Sat, 01 Jan 2000 00:00:00 GMT",
    }
    patience(clock).attempt("x", after([refusal(403, "API rate limit exceeded", **reset)]))
    assert 31 <= clock.slept[-1] <= 32
    patience(clock).attempt("x", after([refusal(403, SECONDARY), refusal(403, SECONDARY)]))
    assert 60 <= clock.slept[-2] <= 61
    assert 120 <= clock.slept[-1] <= 121


@given(
    st.lists(
        st.sampled_from(
            [
                requests.ConnectionError("cut"),
                requests.ReadTimeout("late"),
                ValueError("no JSON"),
                refusal(502),
                refusal(503, **{"Retry-After": "40"}),
                refusal(403, SECONDARY),
                refusal(429, **{"Retry-After": "nan"}),
            ]
        ),
        max_size=30,
    ),
    st.floats(1.0, 400.0),
    st.integers(0, 99),
)
def test_no_sleep_goes_past_the_deadline(
    errors: list[Exception], seconds: float, seed: int
) -> None:
    """It ends in time, with the result or with one line that says what to wait for."""
    clock = Clock()
    with contextlib.suppress(MissingError):
        assert patience(clock, seconds, seed).attempt("x", after(errors)) == "done"
    assert sum(clock.slept) < seconds
    assert all(pause >= 0 for pause in clock.slept)


def test_what_may_have_been_done_is_looked_up_before_it_is_repeated() -> None:
    """After a time-out or a 502, not after a refusal because of a limit."""
    for error, looks in ((requests.ReadTimeout("late"), 1), (refusal(502), 1), (ValueError(), 1)):
        looked: list[str] = []
        clock = Clock()

        def done(looked: list[str] = looked) -> str | None:
            looked.append("looked")
            return "was there"

        assert patience(clock).attempt("x", after([error]), done) == "was there"
        assert len(looked) == looks
        assert clock.slept
    limit = refusal(403, "API rate limit", **{"Retry-After": "1"})
    assert patience(Clock()).attempt("x", after([limit]), lambda: "looked") == "done"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "does not accept the token"),
        (403, "needs write access"),
        (404, "is not there, or the token may not see it"),
        (410, "issues are disabled"),
        (422, "title is too long"),
        (451, "refused with 451"),
    ],
)
def test_a_refusal_is_one_clear_line_without_the_token(status: int, words: str) -> None:
    """Not tried again; the user's mistake, so exit code 2."""
    data = {
        "message": f"No {TOKEN}",
        "errors": [{"field": "title", "code": "custom", "message": "title is too long"}, "odd"],
    }
    clock = Clock()
    with pytest.raises(Refused, match=words) as caught:
        patience(clock).attempt("x", after([github.GithubException(status, data)]))
    assert caught.value.exit_code == FarmError.exit_code == 2
    assert TOKEN not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert clock.slept == []
