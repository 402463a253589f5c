"""Crashes as SARIF 2.1.0, within the limits of GitHub's code scanning: a rule for each check, a
result for each crash.
"""

from __future__ import annotations

import base64
import datetime
import importlib.metadata
import json
import pathlib
import urllib.parse
from collections.abc import Iterator, Sequence
from typing import Any, Final

from harness.failure import Failure, Frame
from triage.export.entry import Entry, path_of
from triage.text import replay_command, safe

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
MAX_RESULTS: Final = 25_000
"""Results of one run; more make more runs, each a category of its own."""
MAX_FRAMES: Final = 100
"""Frames of one stack: GitHub takes 10,000 locations of one result, readers fewer."""
MAX_TEXT: Final = 2_000
MAX_INPUT: Final = 16 * 1024
"""Bytes of an input that are in the file."""
_LEVEL: Final = {"fixed": "none", "flaky": "warning"}
_HELP: Final = {
    "exception": "An exception that the subject does not document came out of it.",
    "oracle": "The subject answered, but not as the check demands.",
    "hang": "The subject used all the CPU time that one input may take.",
    "memory": "The subject used all the memory that one input may take.",
    "death": "The process ended natively, which is often a fault in memory safety.",
}


def document(entries: Sequence[Entry], root: pathlib.Path, home: pathlib.Path | None = None) -> str:
    """The log file. Paths are below `root` where they can be; `home` is what `--home` was."""
    chunks = [entries[at : at + MAX_RESULTS] for at in range(0, len(entries), MAX_RESULTS)] or [[]]
    runs = [
        _run(chunk, root, home, at if len(chunks) > 1 else None) for at, chunk in enumerate(chunks)
    ]
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}
    return json.dumps(log, separators=(",", ":")) + "\n"  # for programs, and size is limited


def _run(
    entries: Sequence[Entry], root: pathlib.Path, home: pathlib.Path | None, part: int | None
) -> dict[str, Any]:
    rules = {entry.rule: entry for entry in reversed(entries)}
    names = sorted(rules)
    numbers = {name: at for at, name in enumerate(names)}
    version = importlib.metadata.version("fuzzfarm")
    driver = {
        "name": "fuzzfarm",
        "version": version,
        "semanticVersion": version,
        "rules": [_rule(rules[name]) for name in names],
    }
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            "SRCROOT": {"description": {"text": "The repository, or where a package lies."}},
            "HOME": {"description": {"text": "The home of the farm."}},
        },
        "artifacts": [_artifact(entry) for entry in entries],
        "results": [
            _result(entry, at, numbers[entry.rule], root, home) for at, entry in enumerate(entries)
        ],
    }
    if part is not None:
        run["automationDetails"] = {"id": f"fuzzfarm/part-{part + 1}/"}
    return run


def _rule(entry: Entry) -> dict[str, Any]:
    promise = _text(entry.promise) or f"What check {entry.rule} demands."
    kinds = "\n".join(f"{kind}: {text}" for kind, text in _HELP.items())
    again = "Each result names the command that shows it again: fuzz replay CRASH-ID"
    return {
        "id": entry.rule,
        "name": "".join(part.capitalize() for part in entry.rule.replace("-", ":").split(":")),
        "shortDescription": {"text": promise},
        "fullDescription": {"text": f"Check {entry.rule}, by fuzzing: {promise}"},
        "help": {"text": f"{promise}\n\n{kinds}\n\n{again}"},
        "defaultConfiguration": {"level": "error"},
        "properties": {
            "tags": ["fuzzing", entry.crash.target],
            "precision": "very-high",
            "problem.severity": "error",
        },
    }


def _result(
    entry: Entry, at: int, rule: int, root: pathlib.Path, home: pathlib.Path | None
) -> dict[str, Any]:
    crash = entry.crash
    fixed = crash.state == "fixed"
    where = entry.where
    result: dict[str, Any] = {
        "ruleId": entry.rule,
        "ruleIndex": rule,
        "kind": "pass" if fixed else "fail",
        "level": _LEVEL.get(crash.state, "error"),
        "message": {"text": _message(entry, home)},
        "locations": [_at(where, root) if where else _at_input(entry, at)],
        "partialFingerprints": {
            f"fuzzfarm/v{crash.fingerprint_version}": _text(crash.fingerprint),
            "primaryLocationLineHash": f"{crash.id.removeprefix('crash-')}:1",
        },
        "occurrenceCount": crash.count,
        "attachments": [
            {"description": {"text": "The input."}, "artifactLocation": _input_location(entry, at)}
        ],
        "provenance": {
            name: moment
            for name, time_s in (
                ("firstDetectionTimeUtc", crash.first_s),
                ("lastDetectionTimeUtc", crash.last_s),
            )
            if (moment := _moment(time_s))
        },
        "properties": _properties(entry),
    }
    if stacks := list(_stacks(crash.example.failure, root)):
        result["stacks"] = stacks
    if flow := _flow(crash.example.failure, root):
        result["codeFlows"] = [{"threadFlows": [{"locations": flow}]}]
    if crash.issues:
        result["workItemUris"] = [_uri(issue.url) for issue in crash.issues.values()]
    if fixed:
        result["baselineState"] = "absent"
    if entry.accepted is not None:
        why = {"kind": "external", "status": "accepted"}
        result["suppressions"] = [{**why, "justification": _text(entry.accepted.reason)}]
    return result


def _message(entry: Entry, home: pathlib.Path | None) -> str:
    crash = entry.crash
    versions = f" {', '.join(crash.versions)}" if crash.versions else ""
    lines = [
        f"{crash.title}.",
        f"{crash.kind} in {crash.package}{versions}, state {crash.state}, {crash.id}, "
        f"{crash.example.size_bytes} bytes of input.",
        f"See it again with: {replay_command(crash, home)}",
    ]
    return "\n".join(map(_text, lines))


def _properties(entry: Entry) -> dict[str, Any]:
    crash = entry.crash
    return {
        "tags": ["fuzzing", crash.kind, crash.state],
        "crash": crash.id,
        "target": crash.target,
        "checks": list(crash.checks),
        "subjects": list(crash.subjects),
        "package": crash.package,
        "versions": list(crash.versions),
        "state": crash.state,
        "accepted": entry.accepted is not None,
        "reproduced": crash.reproduced,
        "selection": crash.example.selection,
        "replay": crash.replay,
        "sha256": crash.example.sha256,
    }


def _stacks(failure: Failure, root: pathlib.Path) -> Iterator[dict[str, Any]]:
    """One for each exception of the chain and of a group, its innermost call first."""
    told: list[dict[str, Any]] = []
    for link in (failure, *failure.chain, *failure.members):
        if link.frames:
            frames = [{"location": _at(frame, root)} for frame in _shown(link.frames)[::-1]]
            said = f"{link.type}: {link.message}" if link.message else link.type
            stack = {"message": {"text": _text(said)}, "frames": frames}
            if stack not in told:  # the schema wants each once
                told.append(stack)
                yield stack


def _flow(failure: Failure, root: pathlib.Path) -> list[dict[str, Any]]:
    """The way from the check to the failure, as steps that are named."""
    steps = []
    for frame in _shown(failure.frames):
        place = _at(frame, root)
        name = place.pop("logicalLocations")[0]["fullyQualifiedName"]
        steps.append({"location": {**place, "message": {"text": name}}})
    return steps


def _shown(frames: Sequence[Frame]) -> list[Frame]:
    half = MAX_FRAMES // 2
    return list(frames) if len(frames) <= MAX_FRAMES else [*frames[:half], *frames[-half:]]


def _at(frame: Frame, root: pathlib.Path) -> dict[str, Any]:
    name = _text(f"{frame.module}.{frame.function}")
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _quoted(path_of(frame, root)), "uriBaseId": "SRCROOT"},
            "region": {"startLine": max(frame.line, 1)},
        },
        "logicalLocations": [{"fullyQualifiedName": name, "kind": "function"}],
    }


def _at_input(entry: Entry, at: int) -> dict[str, Any]:
    """GitHub wants a place for everything; a death without a stack has only its input."""
    region = {"startLine": 1}
    return {"physicalLocation": {"artifactLocation": _input_location(entry, at), "region": region}}


def _input_location(entry: Entry, at: int) -> dict[str, Any]:
    return {"uri": f"crashes/{entry.crash.id}/input", "uriBaseId": "HOME", "index": at}


def _artifact(entry: Entry) -> dict[str, Any]:
    example = entry.crash.example
    artifact: dict[str, Any] = {
        "location": {"uri": f"crashes/{entry.crash.id}/input", "uriBaseId": "HOME"},
        "roles": ["attachment"],
        "length": example.size_bytes,
        "mimeType": "application/octet-stream",
        "hashes": {"sha-256": example.sha256},
    }
    if example.size_bytes <= MAX_INPUT:
        artifact["contents"] = {"binary": base64.b64encode(example.data).decode("ascii")}
    return artifact


def _text(text: str) -> str:
    """Text without what could harm a terminal or a page, of a length that can be read."""
    shown = safe(text, keep="\n").replace("](", "] (")  # or it is a link
    return shown if len(shown) <= MAX_TEXT else f"{shown[: MAX_TEXT - 1]}…"


def _quoted(path: str) -> str:
    try:
        data = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a letter, as only a damaged name has it
        data = path.encode("utf-8", "backslashreplace")
    return urllib.parse.quote(data, safe="/._-~")


def _uri(text: str) -> str:
    return urllib.parse.quote(
        text.encode("utf-8", "backslashreplace"), safe="/:?#[]@!$&'()*+,;=%._-~"
    )


def _moment(time_s: float) -> str:
    try:
        return f"{datetime.datetime.fromtimestamp(time_s, datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (ValueError, OverflowError, OSError):  # a clock may be anything
        return ""
