"""`triage show`: everything that is known of one crash."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator

import click

from harness.crash import AS, Crash, to_json
from harness.crashes import load
from harness.home import default_root, find_home
from triage.decisions import accepted_of
from triage.text import hex_dump, literal, moment, replay_command, safe


@click.command("show")
@click.argument("crash_id", metavar="CRASH-ID")
@click.option("--home", type=pathlib.Path, help="Where state is kept (default .fuzz).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def command(crash_id: str, home: pathlib.Path | None, as_json: bool) -> None:
    """Show facts, stack and input of a crash; any unique beginning of its id names it."""
    store = find_home(home or default_root())
    crash = load(store, crash_id)
    if as_json:
        record = to_json(crash)
        record["input"] = crash.data.hex()
        record["trace"] = crash.example.failure.text
        record["folder"] = str(store.crash(crash.id))
        click.echo(json.dumps(record, indent=1))
        return
    for text in _lines(crash, store.crash(crash.id), home):
        click.echo(text)


def _lines(crash: Crash, folder: pathlib.Path, home: pathlib.Path | None) -> Iterator[str]:
    example = crash.example
    original = example.original_bytes
    before = "" if original is None else f" (minimized from {original})"
    tried = f", failed {crash.reproduced} times when tried again" if crash.reproduced else ""
    accepted = accepted_of([crash]).get(crash.id)
    runs = {run.partition(AS)[0] for run in crash.runs}
    yield f"{crash.id}  {safe(crash.title)}"
    yield ""
    facts = {
        "kind": crash.kind,
        "state": f"{crash.state}{tried}",
        "accepted": f"{accepted.reason} {accepted.upstream}".strip() if accepted else "",
        "also called": ", ".join(crash.aliases),
        "target": crash.target,
        "checks": ", ".join(crash.checks),
        "subjects": ", ".join(crash.subjects),
        "package": f"{crash.package} {', '.join(crash.versions)}".strip(),
        "failed on": example.selection,
        "with": ", ".join(example.requirements),
        "seen": f"{crash.count} times in {len(runs)} runs",
        "first seen": moment(crash.first_s),
        "last seen": moment(crash.last_s),
        "issues": ", ".join(issue.url for issue in crash.issues.values()),
        "fingerprint": crash.fingerprint,
        "input": f"{example.size_bytes} bytes{before}, sha256 {example.sha256}",
        "folder": str(folder),
        "replay": replay_command(crash, home),
    }
    for name, value in facts.items():
        if value:
            yield f"{name:<12} {safe(value)}"
    yield ""
    yield "stack"
    yield from (f"  {safe(text, keep=chr(9))}" for text in _stack(crash))
    yield ""
    yield "input"
    yield from (f"  {text}" for text in hex_dump(example.data))
    yield f"  {literal(example.data)}"


def _stack(crash: Crash) -> list[str]:
    """The trace that was kept, or the frames when there was none (a silent death)."""
    failure = crash.example.failure
    if failure.text.strip():
        return failure.text.rstrip().splitlines()
    frames = [f"{frame.file}:{frame.line} in {frame.function}" for frame in failure.frames]
    return frames or ["(none: the process ended without a word)"]
