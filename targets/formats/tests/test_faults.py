"""Each planted fault of the reference is seen by the check that must see it, on a small input."""

from __future__ import annotations

import importlib

import pytest

from targets import faults, resource
from targets.formats import TARGET
from targets.formats.cbor.subjects import reference
from targets.oracles import Violation

INPUTS = {
    "cbor-break-anywhere": "82 00 ff",
    "cbor-mixed-chunks": "7f 41 61 ff",
    "cbor-lenient-text": "61 ff",
    "cbor-half-subnormal": "04 11",
    "cbor-negative-edge": "3b ffffffffffffffff",
    "cbor-reserves-claims": "5a 10000000 00",
    "cbor-recurses": "81" * 3000 + "00",
    "cbor-looks-back": "bf" + "0000" * 64 + "ff",
    "cbor-state-after-error": "83 00 01 02",
    "cbor-loses-head": "82 00 19 0100",
}


@pytest.fixture(autouse=True)
def _measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every execution is measured, as in a replay."""
    monkeypatch.setattr(resource, "every", 1)


def _checks(name: str) -> tuple[str, ...]:
    checks = TARGET.faults[name].checks
    assert checks
    return checks


@pytest.mark.parametrize("name", sorted(TARGET.faults))
def test_planted_fault_is_seen(name: str) -> None:
    """The check that the fault names fails on the input."""
    data = bytes.fromhex(INPUTS[name])
    with faults.planted(name):
        subject = reference()
        for check in _checks(name):
            module = importlib.import_module(f"targets.formats.{check}")
            with pytest.raises((Violation, RecursionError)):
                module.check(data, subject)


@pytest.mark.parametrize("name", sorted(TARGET.faults))
def test_reference_without_fault_passes(name: str) -> None:
    """Without the fault the same input passes: it is the fault that was seen."""
    data = bytes.fromhex(INPUTS[name])
    for check in _checks(name):
        importlib.import_module(f"targets.formats.{check}").check(data, reference())
