"""Crashes as a Markdown page: a table of all, and a section of each. Nothing in it is live."""

from __future__ import annotations

import pathlib
from collections import Counter
from collections.abc import Iterator, Sequence

from triage.export.entry import Entry
from triage.text import hex_dump, literal, moment, replay_command, safe

MAX_TRACE_LINES = 60
"""Lines of a stack that are shown, the innermost; the home has all."""


def document(entries: Sequence[Entry], home: pathlib.Path | None = None) -> str:
    """The page; `home` is what `--home` was."""
    return "\n".join(_lines(entries, home)) + "\n"


def _lines(entries: Sequence[Entry], home: pathlib.Path | None) -> Iterator[str]:
    states = Counter(entry.crash.state for entry in entries)
    yield "# Crashes"
    yield ""
    if not entries:
        yield "None."
        return
    counts = ", ".join(f"{count} {name}" for name, count in sorted(states.items()))
    yield f"{len(entries)}: {counts}."
    yield ""
    yield "| crash | what | check | package | kind | state | seen | bytes |"
    yield "|---|---|---|---|---|---|--:|--:|"
    for entry in entries:
        yield "| " + " | ".join(_cells(entry)) + " |"
    for entry in entries:
        yield ""
        yield from _section(entry, home)


def _cells(entry: Entry) -> list[str]:
    crash = entry.crash
    accepted = ", accepted" if entry.accepted is not None else ""
    return [
        f"[{crash.id}](#{crash.id})",
        _text(crash.title),
        _code(entry.rule).replace("|", "\\x7c"),  # which would end the cell
        _text(f"{crash.package} {', '.join(crash.versions)}".strip()),
        _text(crash.kind),
        f"{crash.state}{accepted}",
        str(crash.count),
        str(crash.example.size_bytes),
    ]


def _section(entry: Entry, home: pathlib.Path | None) -> Iterator[str]:
    crash, example = entry.crash, entry.crash.example
    yield f"## {crash.id}"
    yield ""
    yield f"**{_text(crash.title)}**"
    yield ""
    yield from (f"- {name}: {value}" for name, value in _facts(entry) if value)
    yield f"- Replay: {_code(replay_command(crash, home))}"
    yield ""
    lines = [safe(line, keep="\t") for line in entry.trace.splitlines()]
    if len(lines) > MAX_TRACE_LINES:
        lines = [f"… {len(lines) - MAX_TRACE_LINES} lines before", *lines[-MAX_TRACE_LINES:]]
    yield from _block(lines)
    yield ""
    yield f"Input, {example.size_bytes} bytes, sha256 {_code(example.sha256)}:"
    yield ""
    yield from _block([*hex_dump(example.data), literal(example.data)])


def _facts(entry: Entry) -> Iterator[tuple[str, str]]:
    crash = entry.crash
    tried = f", failed {crash.reproduced} times when tried again" if crash.reproduced else ""
    yield "Broken", _text(entry.promise)
    yield "State", f"{crash.state}{_text(tried)}"
    if entry.accepted is not None:
        yield "Accepted", _text(f"{entry.accepted.reason} {entry.accepted.upstream}".strip())
    yield "Failed on", _code(crash.example.selection)
    yield "With", ", ".join(map(_code, crash.example.requirements))
    yield "Seen", f"{crash.count} times, {moment(crash.first_s)} to {moment(crash.last_s)}"
    for searched, found in crash.bisections.items():
        turns = {"last good": found.last_good, "first bad": found.first_bad}
        turns |= {"last bad": found.last_bad, "first fixed": found.first_fixed}
        known = ", ".join(f"{name} {version}" for name, version in turns.items() if version)
        yield f"Bisected ({_text(searched)})", _text(known)
    yield "Issues", ", ".join(_text(f"{repo}#{one.number}") for repo, one in crash.issues.items())
    yield "Fingerprint", _code(crash.fingerprint)


def _block(lines: Sequence[str]) -> Iterator[str]:
    """A code block that no line of it can end."""
    fence = "```"
    while any(fence in line for line in lines):
        fence += "`"
    yield f"{fence}text"
    yield from lines
    yield fence


def _text(text: str) -> str:
    """Text that Markdown, and HTML inside it, shows as it is."""
    shown = safe(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    quiet = "".join(f"\\{letter}" if letter in "\\`*_[]|#~@!" else letter for letter in shown)
    return quiet.replace("://", ":\\//").replace("www.", "www\\.")  # or they become links


def _code(text: str) -> str:
    """A code span of any text."""
    shown = safe(text)
    ticks = "`"
    while ticks in shown:
        ticks += "`"
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"
