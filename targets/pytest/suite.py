"""A suite of tests, collected by pytest in this process, whose Hypothesis tests run in turns.

A turn is pytest's own protocol of one test, so that fixtures, parameters, marks and plugins (those
of asynchronous tests as well) do what they always do. Only Hypothesis's engine is replaced: where
it would begin, the caller's function gets the test and decides which test cases run. Tests called
within a test case have Hypothesis's engine as usual.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib.metadata
import pathlib
import re
import shlex
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from targets.errors import FarmError, MissingError

Body = Callable[[Any], None]
"""What a turn does with a test: it is given Hypothesis's `StateForActualGivenExecution`."""

_ALWAYS: Final = (
    *("--capture=no", "--maxfail=0", "-p", "no:faulthandler", "-p", "no:cacheprovider"),
    # Hypothesis and the farm's plugin are there before pytest is: no fault of the project.
    *("-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"),
)
_QUIET: Final = {
    "xdist": ("-n0", "--dist=no"),
    "pytest_cov": ("--no-cov",),
    "pytest_randomly": ("-p", "no:randomly"),
    "pytest_timeout": ("--timeout=0",),
    "pytest_rerunfailures": ("--reruns=0",),
}
"""Plugins that would take over how tests run, and the options that keep them from it."""
_OUTSIDE: Final = frozenset(("site-packages", "dist-packages", ".tox", ".nox", ".eggs"))
"""Folders below a project that hold what is not its own."""


@dataclasses.dataclass(frozen=True, slots=True)
class Ended:
    """How a turn ended outside of its body: `error` of an explicit example or of the test's own
    code around its test cases, `reason` when the test cannot run (skipped, a fixture failed)."""

    error: BaseException | None = None
    reason: str = ""


class _Watcher:
    """A plugin of pytest that remembers how a test ended."""

    def __init__(self) -> None:
        self.problem = ""
        self._ended = Ended()

    def begin(self) -> None:
        self._ended = Ended()

    def ended(self) -> Ended:
        return self._ended

    def pytest_collectreport(self, report: Any) -> None:
        """Remember why a file cannot be collected."""
        if report.failed and not self.problem:
            lines = str(report.longrepr).rstrip().splitlines()
            self.problem = f"{report.nodeid}: {lines[-1].removeprefix('E').strip()}"

    def pytest_runtest_makereport(self, call: Any) -> None:
        """Remember what ended a test outside of its test cases."""
        import pytest
        from hypothesis.errors import HypothesisException

        if call.excinfo is None or self._ended != Ended():
            return
        error = call.excinfo.value
        if isinstance(error, pytest.skip.Exception) or type(error).__name__ == "SkipTest":
            self._ended = Ended(reason=f"skipped: {_first_line(error)}")
        elif isinstance(error, pytest.xfail.Exception):
            self._ended = Ended(reason=f"expected to fail: {_first_line(error)}")
        elif isinstance(error, HypothesisException):  # of how the test is written, not what it says
            self._ended = Ended(reason=f"{type(error).__name__}: {_first_line(error)}")
        elif call.when != "call":
            self._ended = Ended(reason=f"{call.when} failed: {_first_line(error)}")
        else:
            self._ended = Ended(error=error)


class TestSuite:
    """The Hypothesis tests that pytest finds with `arguments`; `collect` before anything else."""

    __test__ = False

    def __init__(self, arguments: Sequence[str]) -> None:
        self._arguments = tuple(arguments)
        self._session: Any = None
        self._watcher = _Watcher()
        self._body: Body | None = None
        self._explicit = True
        self._items: dict[str, Any] = {}
        self.root = pathlib.Path()
        """pytest's root folder: where the project is."""

    @property
    def tests(self) -> tuple[str, ...]:
        """Ids of the Hypothesis tests, in pytest's order."""
        return tuple(self._items)

    def configure(self) -> None:
        """Read the project's configuration of pytest. FarmError when pytest refuses it."""
        import pytest
        from _pytest.config import _prepareconfig

        options = [*self._arguments, *_ALWAYS, *_options_for_plugins()]
        try:
            self._config = _prepareconfig(options, [self._watcher])
        except (pytest.UsageError, SystemExit, Exception) as error:  # conftest.py may raise all
            given = shlex.join(self._arguments)
            raise FarmError(f"pytest {given}: {_first_line(error)}") from error
        self.root = pathlib.Path(self._config.rootpath)

    def collect(self) -> None:
        """Import the tests. FarmError in pytest's words when that fails, or there are none."""
        import pytest

        session = self._session = pytest.Session.from_config(self._config)
        given = shlex.join(self._arguments)
        try:
            self._config._do_configure()
            self._config.hook.pytest_sessionstart(session=session)
            self._config.hook.pytest_collection(session=session)
        except (pytest.UsageError, pytest.exit.Exception, session.Failed) as error:
            raise FarmError(f"pytest {given}: {self._watcher.problem or error}") from error
        if self._watcher.problem and not self._config.getoption("continue_on_collection_errors"):
            raise FarmError(f"pytest {given}: {self._watcher.problem}")
        _replace_engine(self)
        self._items = {
            item.nodeid: item
            for item in session.items
            if getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        }
        for item in self._items.values():
            _allow_turns(item)
        if not self._items:
            raise FarmError(
                f"pytest {given}: no Hypothesis test among the {len(session.items)} that it "
                "collects: name a file with @given tests or a RuleBasedStateMachine"
            )

    def turn(self, test: str, body: Body, after: str | None = None, explicit: bool = True) -> Ended:
        """Set the test up, let `body` run its test cases, tear it down.

        `after` is the test whose turn is next: what both need (fixtures of their module) stays.
        `explicit`: run its explicit examples first.
        """
        item = self._items[test]
        if _is_expected_to_fail(item):
            return Ended(reason="expected to fail: marked xfail")
        self._watcher.begin()
        self._body, self._explicit = body, explicit
        # What stays is what holds the next item; the same test is to be set up anew.
        behind = item.parent if after == test else self._items.get(after or "")
        try:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=behind)
        finally:
            self._body = None
        return self._watcher.ended()

    def close(self) -> None:
        """Tear down what stayed up between turns."""
        self._session._setupstate.teardown_exact(None)

    def engine(self, usual: Callable[[Any], None], state: Any) -> None:
        """In the place of Hypothesis's engine; `usual` is Hypothesis's own."""
        body, self._body = self._body, None
        if body is None:
            usual(state)
            return
        try:
            state.settings = _without_deadline(state.settings)
            body(state)
        finally:
            self._body = body

    def explicit(self, usual: Callable[..., Iterator[Any]], *terms: Any) -> Iterator[Any]:
        """In the place of what runs the explicit examples of a test."""
        return usual(*terms) if self._explicit or self._body is None else iter(())

    def is_own(self, path: str) -> bool:
        """Whether a file is part of the project: below its root, and not installed there."""
        place = pathlib.Path(path)
        if not place.is_relative_to(self.root) or place.is_relative_to(sys.prefix):
            return False
        return _OUTSIDE.isdisjoint(place.relative_to(self.root).parts)

    def modules(self) -> tuple[str, ...]:
        """The project's modules that are imported, its tests too."""
        files = ((name, getattr(module, "__file__", None)) for name, module in sys.modules.items())
        installed = self.installed()
        return tuple(
            name
            for name, file in files
            if (file and self.is_own(file)) or name.partition(".")[0] in installed
        )

    def installed(self) -> tuple[str, ...]:
        """Top-level modules of the project's own distribution, if it is installed."""
        name = _project_name(self.root)
        return tuple(
            module
            for module, names in importlib.metadata.packages_distributions().items()
            if name in (_canonical(found) for found in names)
        )


def suite(argument: str) -> TestSuite:
    """The suite that `pytest ARGUMENT` means, not yet collected; options may follow the path."""
    try:
        import pytest  # noqa: F401 - only whether it is there
    except ModuleNotFoundError as error:
        raise MissingError("tests of pytest need pytest: pip install pytest") from error
    return TestSuite(shlex.split(argument))


def _is_expected_to_fail(item: Any) -> bool:
    """Whether a mark `xfail` applies, its condition looked at by pytest."""
    from _pytest.skipping import evaluate_xfail_marks

    return evaluate_xfail_marks(item) is not None


def _replace_engine(suite: TestSuite) -> None:
    """Let the suite stand where Hypothesis would run a test many times."""
    from hypothesis import core

    module: Any = core
    state = module.StateForActualGivenExecution
    state.run_engine = functools.partialmethod(_engine, suite, state.run_engine)
    module.execute_explicit_examples = functools.partial(
        suite.explicit, module.execute_explicit_examples
    )


def _engine(state: Any, suite: TestSuite, usual: Callable[[Any], None]) -> None:
    suite.engine(usual, state)


def _allow_turns(item: Any) -> None:
    """Each turn has an instance of the test's class of its own, which Hypothesis would refuse."""
    from hypothesis import HealthCheck
    from hypothesis import settings as make

    test = getattr(item.obj, "__func__", item.obj)
    chosen = getattr(test, "_hypothesis_internal_use_settings", None)
    if chosen is not None:
        allowed = {*chosen.suppress_health_check, HealthCheck.differing_executors}
        test._hypothesis_internal_use_settings = make(chosen, suppress_health_check=allowed)


def _without_deadline(settings: Any) -> Any:
    """Time is measured by the farm: under instrumentation a deadline means little."""
    from hypothesis import settings as make

    return make(settings, deadline=None)


def _options_for_plugins() -> list[str]:
    found: list[str] = []
    for point in importlib.metadata.entry_points(group="pytest11"):
        for module, options in _QUIET.items():
            if point.value.partition(".")[0].partition(":")[0] == module:
                found += [option for option in options if option not in found or option == "-p"]
    return found


def _project_name(root: pathlib.Path) -> str:
    """The name in `pyproject.toml`, in canonical form; empty when there is none."""
    with contextlib.suppress(OSError, ValueError):
        text = (root / "pyproject.toml").read_text(encoding="utf-8")
        return _canonical(str(tomllib.loads(text).get("project", {}).get("name", "")))
    return ""


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _first_line(error: BaseException) -> str:
    told = str(error).strip() or type(error).__name__
    return told.splitlines()[0]
