"""The first version of fingerprints is frozen: crashes are stored and filed under its lines."""

import pytest

from harness.failure import Failure, Frame
from harness.fingerprint_v1 import fingerprint

OWN = ("subject",)


def stack(*functions: str) -> tuple[Frame, ...]:
    """Frames of the named functions, outermost first."""
    return tuple(Frame("subject", name, line) for line, name in enumerate(functions, 10))


def failed(*functions: str, kind: str = "exception", type: str = "ValueError") -> Failure:
    """A failure with these functions on its stack."""
    return Failure(kind, type, "…", frames=stack(*functions))


KNOWN = [
    (
        failed("parse", "Reader.read", "Reader.read.<locals>.<genexpr>", "wrap.<locals>.wrapper"),
        "v1|exception|ValueError|subject.parse > subject.Reader.read",
    ),
    (
        Failure(
            "exception",
            "subject.Error",
            frames=stack("parse", "read", "value", "number"),
            chain=(Failure("exception", "IndexError", frames=stack("parse", "skip")),),
        ),
        "v1|exception|subject.Error|subject.read > subject.value > subject.number"
        "|from IndexError in subject.skip",
    ),
    (
        failed(*["value", "array"] * 40, type="RecursionError"),
        "v1|exception|RecursionError|subject.array > subject.value",
    ),
    (
        failed("parse", "skip", kind="hang", type="harness.failure.Hang"),
        "v1|hang|harness.failure.Hang|subject.parse",
    ),
    (
        Failure("oracle", "targets.oracles.Violation", "a | b: 3", about="a | b"),
        r"v1|oracle|targets.oracles.Violation|a \x7c b",
    ),
    (Failure("death", "SIGKILL"), "v1|death|SIGKILL|-"),
    (
        Failure("memory", "MemoryError", frames=stack("parse", "read")),
        "v1|memory|MemoryError|subject.parse > subject.read",
    ),
]


@pytest.mark.parametrize(("failure", "line"), KNOWN)
def test_it_never_changes(failure: Failure, line: str) -> None:
    """The same failure keeps the line that it had."""
    assert fingerprint(failure, OWN) == line
