"""The check `rogue`: a hostile server gets nothing from a careful client, and all from others."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from targets import faults
from targets.mysql import clients, rogue
from targets.mysql.memory import grammar, script
from targets.mysql.memory.peer import MemoryLoop, MemorySocket
from targets.oracles import Violation

FOUND: Final = {
    "rogue-infile": (b"\0\0\0\0\0\5\0", "although local files are not allowed"),
    "rogue-clear-password": (b"\0\0\0\3\3", "in clear"),
    "rogue-stale-answer": (b"\0\0\0\0\0\6\x08", "a later question"),
}


@pytest.mark.parametrize("name", FOUND)
def test_planted_fault_is_found(name: str) -> None:
    """Each fault is caught on a minimal script, which the sound reference passes."""
    data, words = FOUND[name]
    rogue.check(data, clients.reference())
    with faults.planted(name), pytest.raises(Violation) as raised:
        rogue.check(data, clients.reference())
    assert words in raised.value.oracle


def test_file_that_no_statement_named_is_kept() -> None:
    """With local files allowed the reference sends only what its user's statement names."""
    rogue.check(b"\3", clients.reference())
    with faults.planted("rogue-infile"), pytest.raises(Violation) as raised:
        rogue.check(b"\1\0\0\0\0\5\0", clients.reference())
    assert "no statement named" in raised.value.oracle


@given(st.binary(max_size=60))
def test_every_input_is_a_script(data: bytes) -> None:
    """Any bytes are a script, and tokens join to them."""
    assert len(script.read(data).steps) <= 40
    assert b"".join(script.tokens(data)) == data


@settings(max_examples=100, deadline=None)
@given(grammar.strategy())
def test_reference_passes(data: bytes) -> None:
    """What the strategy makes is no crash of the reference."""
    rogue.check(data, clients.reference())


class Silent:
    """A peer that closes at once."""

    def received(self, data: bytes) -> None:
        pass

    def wanted(self) -> bytes:
        return b""


def test_client_that_reads_a_closed_connection_for_ever_is_seen() -> None:
    """Reading on after the end is no hang here: it is a violation after so many tries."""
    socket = MemorySocket(Silent())
    with pytest.raises(Violation):
        list(iter(lambda: socket.recv(1), b"never"))


def test_task_that_waits_for_ever_is_seen() -> None:
    """A coroutine that waits for what never comes ends at once."""
    loop = MemoryLoop()

    async def wait() -> None:
        await loop.create_future()

    task = loop.create_task(wait())
    with pytest.raises(Violation):
        loop.run_until_complete(task)
    task.cancel()
    with pytest.raises(BaseException):  # noqa: B017 - CancelledError is no Exception
        loop.run_until_complete(task)
    loop.close()
