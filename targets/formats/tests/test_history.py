"""Bugs of old CBOR, JSON, TOML and ASN.1 packages are found, in the release that had them."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

SCRIPT = """
import sys
from targets import registry, resource
resource.every = 1
adapter, check = sys.argv[1:]
module, _, name = adapter.partition(":")
subject = getattr(__import__(module, fromlist=[name]), name)()
__import__(check, fromlist=["check"]).check(sys.stdin.buffer.read(), subject)
"""
BUGS = {
    "text that is not UTF-8": (
        *("cbor2", "5.5.1", "5.6.0", "targets.formats.cbor.subjects:cbor2_c", "total"),
        b"\x61\xff",
    ),
    "a decoder that remembers": (
        *("cbor2", "5.7.1", "5.8.0", "targets.formats.cbor.subjects:cbor2_c", "reuse"),
        bytes.fromhex("d81c8280d81d01"),
    ),
    "nesting without limit": (
        *("cbor2", "5.8.0", "5.9.0", "targets.formats.cbor.subjects:cbor2_c", "total"),
        b"\x81" * 1200 + b"\0",
    ),
    "a native stack that ends": (
        *("orjson", "3.9.14", "3.9.15", "targets.formats.json.subjects:orjson", "total"),
        b"[" * 200_000 + b"]" * 200_000,
    ),
    "a lone surrogate that is lost": (
        *("ujson", "5.3.0", "5.4.0", "targets.formats.json.subjects:ujson", "agree"),
        b'"\\ud800a"',
    ),
    "a key without equals sign": (
        *("tomlkit", "0.7.2", "0.8.0", "targets.formats.toml.subjects:tomlkit", "agree"),
        b"[s]\nkey{a=1}\n",
    ),
    "a number that does not end": (
        *("pyasn1", "0.6.1", "0.6.3", "targets.formats.asn1.subjects:pyasn1", "linear"),
        b"\x0d\x01\x81",
    ),
}


def passes(folder: pathlib.Path, requirement: str, data: bytes, *arguments: str) -> bool:
    """Whether the check passes in a fresh environment with this release."""
    environment = folder / requirement
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "-q", environment, "-p", sys.executable], check=True)
    python = environment / "bin" / "python"
    subprocess.run(
        [*uv, "pip", "install", "-q", "-p", python, requirement, "setuptools<81"], check=True
    )
    root = pathlib.Path(__file__).parents[3]
    done = subprocess.run(
        [python, "-c", SCRIPT, *arguments],
        cwd=root,
        input=data,
        capture_output=True,
        timeout=120,
        check=False,
    )
    failed = b"Error" in done.stderr or b"Violation" in done.stderr or done.returncode < 0
    assert failed or done.returncode == 0
    return done.returncode == 0


@pytest.mark.nightly
@pytest.mark.parametrize("bug", sorted(BUGS))
def test_a_historic_bug_fails_where_it_was_and_not_where_it_was_fixed(
    bug: str, tmp_path: pathlib.Path
) -> None:
    """One input, two releases, two verdicts."""
    package, vulnerable, fixed, adapter, check, data = BUGS[bug]
    arguments = (adapter, f"targets.formats.{check}")
    assert not passes(tmp_path, f"{package}=={vulnerable}", data, *arguments)
    assert passes(tmp_path, f"{package}=={fixed}", data, *arguments)
