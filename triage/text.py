"""Crashes as text for a terminal: one line, bytes, times; nothing in it can move the cursor."""

from __future__ import annotations

import datetime
import pathlib
import shlex
from collections.abc import Iterator

from harness.crash import Crash

HEX_BYTES = 1024
"""Bytes of an input that are shown; the file has all."""


def replay_command(crash: Crash, home: pathlib.Path | None) -> str:
    """The command that shows the crash again; `home` is what `--home` was, if it was given."""
    return crash.replay + (f" --home {shlex.quote(str(home))}" if home else "")


def line(crash: Crash, home: pathlib.Path | None, *, accepted: bool = False) -> str:
    """One line per crash: id, state, kind, sightings, size, last seen, title, replay command."""
    state = "accepted" if accepted else crash.state
    return (
        f"{crash.id}  {state:<9}  {safe(crash.kind):<9}  {crash.count:>6}×  "
        f"{crash.example.size_bytes:>6} B  {moment(crash.last_s)}  "
        f"{safe(crash.example.selection.partition('==')[0])}  "
        f"{safe(crash.title)}  {replay_command(crash, home)}"
    )


def moment(time_s: float) -> str:
    """Unix seconds as UTC to the minute: `2025-01-31 12:00Z`."""
    try:
        return f"{datetime.datetime.fromtimestamp(time_s, datetime.UTC):%Y-%m-%d %H:%MZ}"
    except (ValueError, OverflowError, OSError):  # a clock may be anything
        return f"at {time_s:g}"


def safe(text: str, keep: str = "") -> str:
    """The text with everything that is not printable escaped, but for `keep`."""
    return "".join(
        letter
        if letter.isprintable() or letter in keep
        else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


def literal(data: bytes) -> str:
    """The bytes as Python would write them, the first `HEX_BYTES` of them."""
    rest = len(data) - HEX_BYTES
    return repr(data[:HEX_BYTES]) + (f" … and {rest} more bytes" if rest > 0 else "")


def hex_dump(data: bytes) -> Iterator[str]:
    """Lines of offset, sixteen bytes and their letters, for the first `HEX_BYTES` bytes."""
    for start in range(0, min(len(data), HEX_BYTES), 16):
        row = data[start : min(start + 16, HEX_BYTES)]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        yield f"{start:08x}  {row[:8].hex(' '):<23}  {row[8:].hex(' '):<23}  |{letters}|"
    if len(data) > HEX_BYTES:
        yield f"… and {len(data) - HEX_BYTES} more bytes"
