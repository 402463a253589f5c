"""How long to wait for GitHub, and when to give up: limits, broken answers, refusals.

GitHub's rules: a primary limit ends at `x-ratelimit-reset`; a secondary one after `retry-after`, or
after a minute that doubles; https://docs.github.com/rest/using-the-rest-api (rate limits).
"""

from __future__ import annotations

import dataclasses
import email.utils
import random
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import github
import requests

from targets.errors import FarmError, MissingError
from triage.text import moment, safe

FIRST_PAUSE_S = 0.5
MAX_PAUSE_S = 30.0
SECONDARY_PAUSE_S = 60.0
MAX_SAID = 300
"""Characters of GitHub's own words in ours."""

Result = TypeVar("Result")


class Refused(FarmError):
    """GitHub will not do it, now or later. `status` is HTTP's."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


@dataclasses.dataclass(frozen=True, slots=True)
class Pause:
    """Try again in so many seconds; `uncertain`: it may have been done all the same."""

    wait_s: float
    reason: str
    uncertain: bool


@dataclasses.dataclass(slots=True)
class Patience:
    """Tries until `deadline` (monotonic seconds); never sleeps past it. `repo` names what failed.

    A write that may have been done is looked up before it is repeated.
    """

    deadline: float
    repo: str
    hide: Callable[[str], str]
    """Takes the token out of a text."""
    say: Callable[[str], None]
    """Told of every wait."""
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    rng: random.Random = dataclasses.field(default_factory=random.Random)

    @property
    def left_s(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - self.monotonic()

    def attempt(
        self,
        what: str,
        act: Callable[[], Result],
        done: Callable[[], Result | None] = lambda: None,
    ) -> Result:
        """The result of `act`. After an uncertain end `done` looks whether it is there already.

        Refused when GitHub says no, MissingError when the time is over.
        """
        tries = 0
        while True:
            try:
                return act()
            except (github.GithubException, requests.RequestException, ValueError) as error:
                # ValueError: an answer that is no JSON, cut off or made by a proxy
                pause = self._judge(what, error, tries)
            except AssertionError as error:  # PyGithub's way to say: a link leads elsewhere
                raise Refused(f"{what}: GitHub's answer makes no sense ({error})", 0) from None
            tries += 1
            if pause.wait_s >= self.left_s:
                until = moment(self.now() + pause.wait_s)
                raise MissingError(
                    f"{what}: {pause.reason}; the next try would be at {until}, "
                    "after the time of --seconds"
                )
            self.say(f"{what}: {pause.reason}; again in {pause.wait_s:.1f} s")
            self.sleep(pause.wait_s)
            if pause.uncertain:
                found = done()
                if found is not None:
                    return found

    def _judge(self, what: str, error: Exception, tries: int) -> Pause:
        backoff = min(MAX_PAUSE_S, FIRST_PAUSE_S * 2**tries) * self.rng.uniform(0.5, 1.0)
        if not isinstance(error, github.GithubException):
            kind = (
                "no answer in time" if isinstance(error, requests.Timeout) else "a cut connection"
            )
            kind = kind if isinstance(error, requests.RequestException) else "an unreadable answer"
            return Pause(backoff, f"{kind} ({type(error).__name__})", uncertain=True)
        headers = {name.lower(): str(text) for name, text in (error.headers or {}).items()}
        said = self.hide(safe(_said(error.data))[:MAX_SAID])
        if error.status in (403, 429):
            wait_s = self._limit(headers, said, tries, backoff)
            if wait_s is not None:
                return Pause(wait_s, f"GitHub's rate limit ({said})", uncertain=False)
        if error.status >= 500 or error.status == 408:
            wait_s = max(backoff, _number(headers.get("retry-after")) or 0.0)
            return Pause(wait_s, f"GitHub failed with {error.status}", uncertain=True)
        raise Refused(f"{what}: {refusal(error.status, said, self.repo)}", error.status) from None

    def _limit(
        self, headers: Mapping[str, str], said: str, tries: int, backoff: float
    ) -> float | None:
        """Seconds until a limit ends, with jitter; None when it is none."""
        jitter = self.rng.uniform(0.0, 0.5)
        asked = _number(headers.get("retry-after"))
        if asked is not None:
            return max(asked, backoff) + jitter
        reset = _number(headers.get("x-ratelimit-reset"))
        if headers.get("x-ratelimit-remaining") == "0" and reset is not None:
            return max(reset - self._server_now(headers) + 1.0, backoff) + jitter
        if "rate limit" in said.lower() or "abuse detection" in said.lower():
            return SECONDARY_PAUSE_S * float(2**tries) + jitter
        return None

    def _server_now(self, headers: Mapping[str, str]) -> float:
        """By GitHub's clock, ours may be wrong."""
        try:
            return email.utils.parsedate_to_datetime(headers["date"]).timestamp()
        except (KeyError, ValueError):
            return self.now()


def refusal(status: int, said: str, repo: str) -> str:
    """What a final status means for the user, in one line."""
    match status:
        case 401:
            return f"GitHub does not accept the token ({said}); set GITHUB_TOKEN to a valid one"
        case 403:
            return f"the token may not do that in {repo} ({said}); it needs write access to issues"
        case 404:
            return f"{repo} is not there, or the token may not see it ({said})"
        case 410:
            return f"issues are disabled in {repo} ({said}), or this one was deleted"
        case 422:
            return f"GitHub does not accept the content ({said})"
    return f"GitHub refused with {status} ({said})"


def _said(data: object) -> str:
    """The message of an error answer, with the reasons of a 422."""
    if not isinstance(data, dict):
        return str(data or "without a word")
    reasons = []
    errors = data.get("errors")
    for one in errors if isinstance(errors, list) else []:
        fields = one if isinstance(one, dict) else {"message": one}
        words = [fields.get(name) for name in ("resource", "field", "code", "message")]
        reasons.append(" ".join(str(word) for word in words if word))
    text = str(data.get("message") or data.get("data") or "without a word")
    return " ".join(f"{text}{': ' if reasons else ''}{'; '.join(reasons)}".split())


def _number(text: str | None) -> float | None:
    try:
        return max(0.0, float(text)) if text else None
    except ValueError:
        return None
