"""Loads what a spec names: the check, the subject and the mutator, instrumented or not."""

from __future__ import annotations

import dataclasses
import importlib
import random
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from harness.children.spec import Spec
from targets import faults
from targets.errors import FarmError, MissingError
from targets.kinds import Check, Fuzz, Inputs, Subject, Target, Tests, inputs_of, spelled
from targets.registry import load

if TYPE_CHECKING:
    from harness.children.choices.cases import Tells
    from targets.pytest.suite import TestSuite

Mutate = Callable[[bytes, int, random.Random], bytes]


@dataclasses.dataclass(frozen=True, slots=True)
class Loaded:
    """Everything that a worker calls."""

    check: Check
    subject: Subject
    inputs: Inputs
    run: Callable[[bytes, Any], object]
    adapter: Any
    mutate: Mutate | None
    case: Tells | None = None
    """The check as a Hypothesis test, if it is one."""
    suite: TestSuite | None = None
    """All tests of a suite, if the check is one."""

    @property
    def own(self) -> tuple[str, ...]:
        """Module prefixes whose frames name a crash."""
        return self.subject.instrument


def load_job(spec: Spec, *, instrumented: bool) -> Loaded:
    """Import in the right order: instrumentation, subject, check.

    FarmError when the check or the adapter cannot be loaded; MissingError when a package is absent.
    """
    sys.path.extend(path for path in spec.sys_path if path not in sys.path)
    package = importlib.import_module(spec.package)
    target: Target = package.TARGET
    chosen = spelled(spec.subject)
    check, subject = target.checks[spec.check], target.subjects[chosen.name]
    faults.plant(chosen.fault)
    if instrumented:
        from harness.children import instrument

        instrument.install(subject.instrument)
    name = spec.package.rpartition(".")[2]
    make = cast("Callable[..., Any]", load(subject.adapter, f"subject {spec.subject} of {name}"))
    try:
        adapter = make(chosen.argument) if subject.argument else make()
    except FarmError:
        raise
    except ModuleNotFoundError as error:
        raise MissingError(
            f"subject {spec.subject} of {name} needs module {error.name}, which is not "
            f"installed: pip install {subject.package or error.name}"
        ) from error
    except Exception as error:  # whatever the adapter raises, the user needs one line, not a trace
        raise FarmError(
            f"subject {spec.subject} of {name} cannot be made: "
            f"{type(error).__name__}: {error}; see {subject.adapter}"
        ) from error
    inputs = inputs_of(check, subject)
    where = f"check {spec.check} of {name}"
    if isinstance(check, Tests):
        return _suite_of(Loaded(check, subject, inputs, _never, adapter, None), instrumented)
    if not isinstance(check, Fuzz):
        from harness.children.choices.cases import case_of

        case = case_of(check, adapter, where)
        return Loaded(check, subject, inputs, case.run, adapter, None, case)
    run = cast("Callable[[bytes, Any], object]", load(check.check, where))
    mutate = cast("Mutate", load(inputs.mutate)) if inputs.mutate else None
    return Loaded(check, subject, inputs, run, adapter, mutate)


def _suite_of(loaded: Loaded, instrumented: bool) -> Loaded:
    """The suite, collected after its project's modules are ready to be instrumented."""
    from harness.children.choices.suites import OfSuite

    suite: TestSuite = loaded.adapter
    suite.configure()
    if instrumented:
        from harness.children import instrument

        instrument.install_project(suite.installed(), suite.is_own)
    suite.collect()
    case = OfSuite(suite)
    return dataclasses.replace(loaded, run=case.run, case=case, suite=suite)


def _never(_data: bytes, _subject: Any) -> None:
    """In the place of a suite's run before the suite was collected."""
    raise RuntimeError("the suite was not collected")
