"""Each planted fault of the reference is caught by a minimal input, and only by its checks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from targets import faults, registry
from targets.kinds import Fuzz
from targets.oracles import Violation
from targets.path import TARGET
from targets.path.server import Server
from targets.path.servers.reference import server

CAUGHT: Final = (
    ("dots-pass", "contain", b"/../secret.txt"),
    ("decodes-twice", "serve", b"/per%2541.txt"),
    ("decodes-twice", "policy", b"/%252e%252e/secret.txt"),
    ("slashes-decode", "policy", b"/docs%2fguide.txt"),
    ("slashes-decode", "contain", b"/..%2fsecret.txt"),
    ("overlong", "policy", b"/%c0%ae%c0%ae/secret.txt"),
    ("contains-by-prefix", "contain", b"/link-sibling/secret.txt"),
    ("links-pass", "contain", b"/link-file.txt"),
    ("blocks-the-spelling", "policy", b"//vendor/lib.txt"),
    ("hides-the-spelling", "policy", b"/link-env.txt"),
    ("host-anchors-the-root", "contain", b"/secret.txt\nHost: ../secret"),
    ("runs-the-neighbours-script", "policy", b"/neighbour.php\nHost: a.example"),
    ("script-by-lower-case", "policy", b"/lib/OLD.PHP"),
    ("zero-quality-accepts", "policy", b"/style.css\nAccept-Encoding: gzip;q=0"),
    ("index-of-a-file", "policy", b"/hello.txt/"),
    ("redirects-by-the-path", "contain", b"//docs"),
)
CHECKS: Final[dict[str, Callable[[bytes, Server], None]]] = {
    name: registry.load(check.check)
    for name, check in TARGET.checks.items()
    if isinstance(check, Fuzz)
}


@pytest.mark.parametrize(("fault", "check", "data"), CAUGHT)
def test_a_fault_is_caught(fault: str, check: str, data: bytes) -> None:
    """The check fails with the fault planted, and passes without."""
    CHECKS[check](data, server())
    with faults.planted(fault), pytest.raises(Violation):
        CHECKS[check](data, server())


@pytest.mark.parametrize("check", ["contain", "total"])
def test_an_exception_of_the_reference_escapes(check: str) -> None:
    """A zero byte is answered; with the fault it raises."""
    CHECKS[check](b"/x%00", server())
    with faults.planted("nul-fails"), pytest.raises(ValueError, match="null"):
        CHECKS[check](b"/x%00", server())


def test_every_fault_has_a_minimal_input() -> None:
    """No fault of the target is left out of these tests, and each names checks that exist."""
    assert {fault for fault, _, _ in CAUGHT} | {"nul-fails"} == set(TARGET.faults)
    for fault in TARGET.faults.values():
        assert set(fault.checks or ()) <= set(TARGET.checks)
