"""Which crashes may be told in public."""

import dataclasses
import types

import pytest

from harness.crash import Crash, of
from harness.failure import Failure
from targets.registry import Found, Registry, discover
from triage.github import sensitive
from triage.tests.filing import sighting

KNOWN = discover()


def crash(kind: str, type_: str = "x.Violation", about: str = "", text: str = "") -> Crash:
    """A crash of a known check."""
    return of(sighting(failure=Failure(kind, type_, about=about, text=text)))


def declared(value: bool) -> Registry:
    """The farm's targets, one check of which says so of itself."""
    found: Found = KNOWN.found["resp"]
    checks = dict(found.target.checks)
    checks["parse"] = dataclasses.replace(checks["parse"], sensitive=value)
    target = dataclasses.replace(found.target, checks=checks)
    return Registry(types.MappingProxyType({"resp": dataclasses.replace(found, target=target)}))


@pytest.mark.parametrize(
    "made",
    [
        *(crash("death", name) for name in ("SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL", "SIGFPE")),
        crash("death", "exit 139"),
        crash("death", "exit 1", text="==7==ERROR: AddressSanitizer: heap-buffer-overflow"),
        *(
            crash("oracle", about=about)
            for about in (
                "root: a path escapes the root",
                "containment: a canary file was read",
                "tenant: a read crosses tenants",
                "sql: injection through a comment",
                "resolve: outside of the root",
                "path traversal",
            )
        ),
    ],
    ids=lambda made: made.title,
)
def test_what_may_be_a_way_in_is_kept_private(made: Crash) -> None:
    """Memory errors of native code, escapes, injections, reads across tenants."""
    assert sensitive.reason(made, KNOWN)


@pytest.mark.parametrize(
    "made",
    [
        crash("exception", "ValueError"),
        crash("hang", "Hang"),
        crash("memory", "MemoryError"),
        *(crash("death", name) for name in ("SIGKILL", "SIGXCPU", "exit 3", "exit 70")),
        *(
            crash("oracle", about=about)
            for about in (
                "chunks: frames differ from one piece",
                "quote: an escape is lost",
                "parse: accepts what must be refused",
            )
        ),
    ],
    ids=lambda made: made.title,
)
def test_everything_else_may_be_told(made: Crash) -> None:
    """Wrong answers, slow ones, deaths from outside."""
    assert sensitive.reason(made, KNOWN) == ""


def test_a_check_can_declare_itself() -> None:
    """Whatever its oracles are called."""
    made = crash("oracle", about="plain")
    assert sensitive.reason(made, declared(False)) == ""
    assert "declared sensitive" in sensitive.reason(made, declared(True))
