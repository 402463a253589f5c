"""What a target is made of: subjects, and checks of a kind, all named by lazy references.

A reference is a `"module:object"` string. Nothing here imports a subject or an engine, so that
listing targets is instant, a missing package breaks nothing, and instrumentation always comes
before the subject's first import.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

Reference = str
"""`"package.module:object"`, imported only where the object is needed."""


@dataclasses.dataclass(frozen=True, slots=True)
class Inputs:
    """What the inputs of a subject look like, where that differs from what its check says.

    Subjects of one target that read different formats each name theirs; the corpus is kept apart
    by `name`.
    """

    name: str
    mutate: Reference | None = None
    strategy: Reference | None = None
    tokens: Reference | None = None
    seeds: str = "seeds"
    dictionary: str | None = "dictionary.txt"


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """A planted bug of the target's reference subject, switched on by `--fault`."""

    summary: str
    checks: tuple[str, ...] | None = None
    """Checks that must find it; None: any of them."""


@dataclasses.dataclass(frozen=True, slots=True)
class Subject:
    """How to reach one implementation that checks run against.

    `adapter` names a callable without parameters (but see `argument`); what it returns is handed to
    every check as `subject`. The adapter turns the implementation's documented errors into the
    outcome that the checks expect; whatever else escapes is a crash.
    """

    adapter: Reference
    summary: str
    package: str | None = None
    """Distribution that the implementation comes from; None: it is part of the farm."""
    instrument: tuple[str, ...] = ()
    """Modules (with all below them) to instrument for coverage, and whose frames name a crash."""
    requires: tuple[str, ...] = ()
    """Requirements that must be met to run it: `"redis>=5"`, or `"program:redis-server"`."""
    pins: Mapping[str, tuple[str, ...]] = dataclasses.field(
        default_factory=lambda: MappingProxyType({})
    )
    """Version range of `package` → requirements that such an old release needs beside it."""
    inputs: Inputs | None = None
    """What its inputs look like; None: what the check says."""
    argument: str = ""
    """What the adapter is called with, e.g. `"HOST:PORT"`; selected as `name://ARGUMENT`. Empty: it
    is called with nothing, and selected by its name."""


CHOICES_BYTES: Final = 1 << 16
"""Room for the choices of one test case: Hypothesis itself ends one at 8 KiB of values."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What every check says of how it runs, whatever its kind."""

    subjects: tuple[str, ...] | None = None
    """Names of the subjects that it applies to; None: all of the target."""
    seeds: str = "seeds"
    """Folder of seed inputs, below the target's corpus folder."""
    max_size_bytes: int = CHOICES_BYTES
    timeout_s: float = 5.0
    """CPU seconds that one execution may take before it counts as a hang."""
    memory_mib: int = 1024
    """Address space that a worker may use beyond what it has once the subject is imported."""
    weight: float = 1.0
    """Share of the budget, relative to the other checks of a run."""
    sensitive: bool = False
    """It guards a border (paths, injection, tenants): its crashes are never filed in public."""

    def __post_init__(self) -> None:
        """ValueError for a number that no run could keep to."""
        for name in ("max_size_bytes", "timeout_s", "memory_mib", "weight"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}: it must be above 0")


@dataclasses.dataclass(frozen=True, slots=True)
class Fuzz(Terms):
    """A check of one input: `check(data: bytes, subject)` raises when the promise is broken."""

    check: Reference
    summary: str
    mutate: Reference | None = None
    """`mutate(data, max_size, random.Random) -> bytes`, mixed with libFuzzer's own."""
    strategy: Reference | None = None
    """`strategy()` gives a Hypothesis strategy of the same inputs, as bytes."""
    tokens: Reference | None = None
    """`tokens(data) -> list[bytes]`: pieces that a minimizer removes whole; they join to data."""
    dictionary: str | None = "dictionary.txt"
    """libFuzzer dictionary, below the target's corpus folder; need not exist."""
    max_size_bytes: int = dataclasses.field(default=4096, kw_only=True)


@dataclasses.dataclass(frozen=True, slots=True)
class Property(Terms):
    """A check of values: `check(value, subject)` holds for all that a Hypothesis strategy makes.

    Its inputs are choices, as Hypothesis stores them in its database.
    """

    strategy: Reference
    """`strategy()` gives the Hypothesis strategy of the values."""
    check: Reference
    summary: str


@dataclasses.dataclass(frozen=True, slots=True)
class Machine(Terms):
    """A check of sequences of steps: a Hypothesis `RuleBasedStateMachine` over a subject.

    Its inputs are choices, as those of a `Property`.
    """

    machine: Reference
    """`machine(subject)` gives a `RuleBasedStateMachine` class: a model beside the subject."""
    summary: str
    steps: int = 50
    """At most so many rules run in one test case."""
    timeout_s: float = dataclasses.field(default=10.0, kw_only=True)


@dataclasses.dataclass(frozen=True, slots=True)
class Tests(Terms):
    """Every Hypothesis test of a suite that pytest collects; the subject is a `TestSuite`.

    Its inputs are choices, behind the name of the test that draws them.
    """

    summary: str
    memory_mib: int = dataclasses.field(default=4096, kw_only=True)


@dataclasses.dataclass(frozen=True, slots=True)
class Spelled:
    """A subject as it is written: `reference`, `reference+FAULT`, or `tcp://ARGUMENT`."""

    name: str
    fault: str = ""
    argument: str = ""


def spelled(text: str) -> Spelled:
    """The parts of a subject's spelling, whatever they mean."""
    name, scheme, argument = text.partition("://")
    if scheme:
        return Spelled(name, argument=argument)
    name, _, fault = text.partition("+")
    return Spelled(name, fault)


Check = Fuzz | Property | Machine | Tests
"""The closed set of kinds; every kind has one engine in `harness/children/`."""


def engine_of(check: Check) -> str:
    """Name of the engine that runs it: a module of `harness.children`."""
    match check:
        case Fuzz():
            return "atheris"
        case Tests():
            return "choices.suite"
        case Property() | Machine():
            return "choices"


def inputs_of(check: Check, subject: Subject) -> Inputs:
    """What inputs look like for this pair: as the subject says, or else the check."""
    if not isinstance(check, Fuzz):
        of_what = "targets.pytest.stored" if isinstance(check, Tests) else "targets.hypotheses"
        return Inputs("", tokens=f"{of_what}:pieces", seeds=check.seeds, dictionary=None)
    return subject.inputs or Inputs(
        "", check.mutate, check.strategy, check.tokens, check.seeds, check.dictionary
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """One system that we test: what must hold (`checks`), of what (`subjects`, default first)."""

    subjects: Mapping[str, Subject]
    checks: Mapping[str, Check]
    faults: Mapping[str, Fault] = dataclasses.field(default_factory=lambda: MappingProxyType({}))
    """Planted bugs of the first subject, the reference: a check that misses one is blind."""
    on_purpose: bool = False
    """It fails by design (the canary): runs only when named in full, never through a glob."""
