"""Check: a module is accepted exactly when it is valid, in whatever way it is loaded.

The farm's validator decides; where it makes no statement, the ways of loading must still agree, and
nothing may end but by the documented error. A loader is also held to its own contract: size, binary
magic, imports, hash, and an answer when the handler is missing.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from typing import Any, Final

from targets import resource
from targets.oracles import Violation
from targets.wasm.decoder import decode
from targets.wasm.engine import HOST, Engine
from targets.wasm.module import FUNCTION, MAGIC, Invalid, Unsupported
from targets.wasm.reference import HANDLER, MISSING, Loader, Rejected
from targets.wasm.validator import Checked, validate

PEAK: Final = resource.Bound(fixed=2 << 20, per_byte=2000)
"""Memory that loading may use."""


def verdict(data: bytes) -> Checked | str | None:
    """The module when it is valid, the rule that it breaks, or None: no statement."""
    try:
        return validate(decode(data))
    except Invalid as invalid:
        return str(invalid) or "invalid"
    except Unsupported:
        return None


def check(data: bytes, subject: Engine) -> None:
    """Violation when a promise is broken; what is undocumented escapes."""
    expected = verdict(data)
    if isinstance(subject, Loader):
        _contract(data, subject, expected)
        return
    found = subject.verdicts(data)
    first = next(iter(found.values()))
    _require_agreement(found)
    if isinstance(expected, Checked):
        if not first and expected.features <= subject.features:
            raise Violation("load: refuses a valid module", ", ".join(sorted(expected.features)))
    elif expected is None:
        _require_agreement(subject.proposed(data))
    elif first and subject.validates:
        raise Violation(f"load: accepts an invalid module: {expected}")


def _require_agreement(found: Mapping[str, bool]) -> None:
    first = next(iter(found.values()))
    for way, accepted in found.items():
        if accepted != first:
            raise Violation(f"load: {next(iter(found))} and {way} disagree", str(found))


def _contract(data: bytes, loader: Loader, expected: Checked | str | None) -> None:
    if expected is None:
        return
    reason = _reason(data, expected)
    if resource.due_peak():
        used = resource.peak(lambda: loader.verdicts(data))
        if used > PEAK.at(len(data)):
            raise Violation("load: memory is not bounded by the bytes given", f"{used} bytes")
    try:
        deployed = loader.deploy(data)
    except Rejected as rejected:
        if not reason:
            raise Violation("load: refuses a valid module", str(rejected)) from rejected
        if rejected.status != 400:
            raise Violation("load: wrong status of a rejection", str(rejected)) from rejected
        return
    if reason:
        raise Violation(f"load: accepts what must be rejected: {reason}")
    if deployed.wasm_hash != hashlib.sha256(data).hexdigest():
        raise Violation("load: the hash is not that of the bytes")
    _sizes(data, loader)
    exports = [(item.name, item.kind) for item in deployed.checked.module.exports]
    if (HANDLER, FUNCTION) not in exports:
        outcome = loader.invoke(deployed)
        if outcome != MISSING and outcome.kind == "values":
            raise Violation("load: calling a handler that is missing succeeds")


def _reason(data: bytes, expected: Checked | str) -> str:
    """Why the loader's contract rejects the bytes; empty when it does not."""
    if data[:4] != MAGIC:
        return "not a binary"
    if not isinstance(expected, Checked):
        return expected
    for item in expected.module.imports:
        if item.kind != FUNCTION:
            return "an import that is no function"
        signature: Any = HOST.get((item.module, item.name))
        if signature != expected.module.types[item.description]:
            return "an unknown function is imported"
    return ""


def _sizes(data: bytes, loader: Loader) -> None:
    """The limit of size is exact: tried where the bytes at hand lie at, and one above it."""
    if zlib.crc32(data) % 8 and resource.every > 1:
        return
    if not loader.limited(len(data)).verdicts(data)["deploy"]:
        raise Violation("load: refuses a module of exactly the largest size")
    if loader.limited(len(data) - 1).verdicts(data)["deploy"]:
        raise Violation("load: accepts a module above the largest size")
