"""Crashes as JUnit XML: a suite for each target, a case for each crash."""

from __future__ import annotations

import datetime
import pathlib
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from triage.export.entry import Entry
from triage.text import literal, replay_command, safe


def document(entries: Sequence[Entry], home: pathlib.Path | None = None) -> str:
    """The report. A crash is an `error`, a broken oracle a `failure`; one that a person accepted
    is skipped, and one that is fixed passes. `home` is what `--home` was."""
    top = ET.Element("testsuites", name="fuzzfarm")
    for target in sorted({entry.crash.target for entry in entries}):
        chosen = [entry for entry in entries if entry.crash.target == target]
        suite = ET.SubElement(top, "testsuite", name=target)
        for name, value in _totals(chosen).items():
            suite.set(name, value)
        latest_s = max(entry.crash.last_s for entry in chosen)
        suite.set("timestamp", _moment(latest_s))
        for entry in chosen:
            _case(suite, entry, home)
    for name, value in _totals(entries).items():
        if name != "skipped":  # the schema of Jenkins knows it for suites only
            top.set(name, value)
    ET.indent(top, " ")
    text = ET.tostring(top, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _outcome(entry: Entry) -> str:
    if entry.accepted is not None:
        return "skipped"
    if entry.crash.state == "fixed":
        return "passed"
    return "failure" if entry.crash.kind == "oracle" else "error"


def _totals(entries: Sequence[Entry]) -> dict[str, str]:
    outcomes = [_outcome(entry) for entry in entries]
    return {
        "tests": str(len(entries)),
        "failures": str(outcomes.count("failure")),
        "errors": str(outcomes.count("error")),
        "skipped": str(outcomes.count("skipped")),
        "time": "0",
    }


def _case(suite: ET.Element, entry: Entry, home: pathlib.Path | None) -> None:
    crash = entry.crash
    case = ET.SubElement(
        suite,
        "testcase",
        classname=_safe(entry.rule.replace(":", ".")),
        name=_safe(f"{crash.title} [{crash.id}]"),
        time="0",
    )
    outcome = _outcome(entry)
    if outcome == "skipped" and entry.accepted is not None:
        upstream = f" ({entry.accepted.upstream})" if entry.accepted.upstream else ""
        ET.SubElement(
            case, "skipped", message=_safe(f"accepted: {entry.accepted.reason}{upstream}")
        )
    elif outcome != "passed":
        kind = _safe(crash.example.failure.type or crash.kind)
        told = ET.SubElement(case, outcome, type=kind, message=_safe(crash.title))
        told.text = _safe(entry.trace)
    facts = [
        f"state: {crash.state}" + (f", failed {crash.reproduced}" if crash.reproduced else ""),
        f"seen: {crash.count} times, {crash.package} {', '.join(crash.versions)}".rstrip(),
        f"failed on: {crash.example.selection}",
        f"fingerprint: {crash.fingerprint}",
        f"input: {literal(crash.data)}",
        f"replay: {replay_command(crash, home)}",
    ]
    ET.SubElement(case, "system-out").text = _safe("\n".join(facts))


def _safe(text: str) -> str:
    """The text with everything that XML cannot hold, or that a reader cannot see, escaped."""
    return safe(text, keep="\n\t")


def _moment(time_s: float) -> str:
    try:
        return f"{datetime.datetime.fromtimestamp(time_s, datetime.UTC):%Y-%m-%dT%H:%M:%S}"
    except (ValueError, OverflowError, OSError):  # a clock may be anything
        return "1970-01-01T00:00:00"
