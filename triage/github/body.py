"""What an issue says: title, labels, body and comments, from a crash; nothing in it is believed.

GitHub takes 65,536 characters. Sections that do not fit are left out, the last ones first, and the
body says so; of a long input it shows the head, its sha256 and where all of it is.
"""

from __future__ import annotations

import base64
import dataclasses
import pathlib
import shlex

from harness.crash import Crash, Trial
from triage.github import marks, tally
from triage.github.markdown import code, details, fence, heading
from triage.github.tally import Tally
from triage.github.threads import LABEL
from triage.text import HEX_BYTES, hex_dump, literal, moment

MAX_TITLE = 120
MAX_BODY = 60_000
"""Bytes of UTF-8, which are never fewer than characters: some of GitHub's 65,536 are left to
people, and to the marks that are added later."""
MAX_LABEL = 50
MAX_BASE64_BYTES = 12 * 1024
"""An input up to this size is in the issue as a whole."""
MAX_STACK = 10_000
"""Characters of a stack: the first and the last ones of a longer one."""
MAX_TEST = 32_000
MAX_ECHO_BYTES = 512
"""An input up to this size is made by a command that can be pasted."""
MAX_FACT = 300
MAX_LISTED = 20

COLOURS = {LABEL: "b60205"}
DESCRIPTIONS = {LABEL: "found by fuzzfarm; kept up to date by it"}


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """What the issue says beside the crash itself.

    `invariants` are summaries of the checks that failed, by name; `test` is a stand-alone pytest
    file, or empty with `no_test` saying why.
    """

    invariants: tuple[tuple[str, str], ...] = ()
    test: str = ""
    no_test: str = ""


def title(crash: Crash) -> str:
    """One line of at most 120 characters."""
    return heading(crash.title, MAX_TITLE) or crash.id


def labels(crash: Crash) -> tuple[str, ...]:
    """The farm's label, the target's and the kind's."""
    return (LABEL, f"fuzz: {crash.target}"[:MAX_LABEL].replace(",", " "), f"fuzz: {crash.kind}")


def issue(crash: Crash, told: Told) -> str:
    """The body of a new issue."""
    marked = [
        marks.owner(crash.id),
        marks.facts(crash.id, tally.to_record(tally.of(crash))),
    ]
    return _fitted(marked, report(crash, told))


def report(crash: Crash, told: Told) -> list[str]:
    """Sections of Markdown, most needed first."""
    example = crash.example
    return [
        _what_failed(crash, told),
        _facts(crash),
        f"### Replay\n\n{fence(_replay(crash), 'sh')}",
        *_input(crash),
        f"### Stack\n\n{fence(_stack(crash))}",
        details("fingerprint", fence(crash.fingerprint)),
        f"Found by fuzzfarm as {code(crash.id)} with {code(example.selection[:MAX_FACT])}. "
        "The labels `wontfix` and `fuzz-ignore` make it leave this issue alone; after a fix it "
        "closes the issue.",
        *_test(told),
    ]


def sightings(crash: Crash, total: Tally) -> str:
    """The one comment that is edited when the crash was seen again."""
    first_s = min((seen.first_s for seen in total.seen), default=crash.first_s)
    last_s = max((seen.last_s for seen in total.seen), default=crash.last_s)
    runs = _many(len(total.runs), "run") + (" and older ones" if total.older else "")
    lines = [
        f"**Seen {_times(total.count)}** in {runs}, "
        f"first {moment(first_s)}, last {moment(last_s)}.",
        "",
    ]
    if total.versions:
        lines.append(f"- failed in {_listed(total.versions)}")
    if total.smallest:
        lines.append(f"- smallest input: {total.smallest[0]} bytes, {code(total.smallest[1])}")
    for name, (_, good, bad, last, fixed) in total.bisections.items():
        lines.append(f"- {code(name)}: {_span(good, bad, last, fixed)}")
    facts = marks.facts(crash.id, tally.to_record(total))
    return "\n".join([marks.sightings(crash.id), *lines, "", facts])


def uncounted() -> str:
    """What is left of a second comment of the kind."""
    return "Counted in the comment above."


def said_above() -> str:
    """What is left of a comment that two machines wrote at the same moment."""
    return "Said above."


def closed(crash: Crash, passed: Trial) -> str:
    """Said when the issue is closed."""
    fixed = {one.first_fixed for one in crash.bisections.values() if one.first_fixed}
    first = f" It was fixed in {_listed(tuple(sorted(fixed)))}." if fixed else ""
    mark = marks.step("closed", crash.id, _version(passed))
    return (
        f"Fixed: the input did not fail in {passed.tries} clean replays of "
        f"{_named(crash, passed)}.{first}\n\n{mark}"
    )


def reopened(crash: Crash, failed: Trial) -> str:
    """Said when the issue is opened again."""
    mark = marks.step("reopened", crash.id, _version(failed))
    return (
        f"It is back: the input failed in {failed.failed} of {failed.tries} clean replays of "
        f"{_named(crash, failed)}.\n\n{mark}"
    )


def private(crash: Crash, told: Told, reason: str) -> str:
    """A report for a file, where nothing has to be short; `reason` says why it is no issue."""
    head = f"# {title(crash)}\n\nNot filed in public: {reason}."
    return "\n\n".join([head, *report(crash, told)]) + "\n"


def _fitted(marked: list[str], sections: list[str]) -> str:
    kept = list(sections)
    note: list[str] = []
    while True:
        body = "\n\n".join(["\n".join(marked), *kept, *note]) + "\n"
        if len(body.encode("utf-8", "replace")) <= MAX_BODY or not kept:
            return body
        kept.pop()
        left = len(sections) - len(kept)
        note = [f"({left} sections did not fit into an issue; `triage show` has them.)"]


def _what_failed(crash: Crash, told: Told) -> str:
    failure = crash.example.failure
    lines = [f"{code(_cut(crash.title))}"]
    for name, summary in told.invariants[:MAX_LISTED]:
        lines.append(f"- broken promise of {code(f'{crash.target}:{name}')}: {code(summary)}")
    if failure.about:
        lines.append(f"- the oracle compared: {code(_cut(failure.about))}")
    if failure.message:
        lines.append(f"- it said: {code(_cut(failure.message))}")
    return "\n".join([lines[0], "", *lines[1:]]).rstrip()


def _facts(crash: Crash) -> str:
    example = crash.example
    facts = [
        ("package", code(crash.package) if crash.package else ""),
        ("failed in", _listed(crash.versions)),
        ("kind", code(crash.kind)),
        ("subjects", _listed(crash.subjects)),
        ("with", _listed(example.requirements)),
        ("reliability", _reliability(crash)),
        ("seen", f"{_times(crash.count)} in {_many(len(crash.runs), 'run')}"),
        ("first seen", moment(crash.first_s)),
        ("last seen", moment(crash.last_s)),
    ]
    lines = [f"- {name}: {value}" for name, value in facts if value]
    for name, found in sorted(crash.bisections.items())[: tally.MAX_BISECTIONS]:
        ends = (found.last_good, found.first_bad, found.last_bad, found.first_fixed)
        lines.append(f"- bisected over {code(_cut(name))}: {_span(*(end or '' for end in ends))}")
    return "\n".join(lines)


def _reliability(crash: Crash) -> str:
    if not crash.example.tries:
        return "not tried again yet"
    return f"failed {crash.example.failed} of {crash.example.tries} times in clean processes"


def _replay(crash: Crash) -> str:
    """For those who have the home that found it, and for those who have not."""
    example, lines = crash.example, [crash.replay]
    if example.size_bytes <= MAX_ECHO_BYTES:
        pins = "".join(f" --with {shlex.quote(pin)}" for pin in example.requirements)
        lines += [
            "# or, where it is not known:",
            f"echo {base64.b64encode(example.data).decode()} | base64 -d > input",
            f"fuzz replay input {shlex.quote(example.selection)}{pins}",
        ]
    return "\n".join(lines)


def _input(crash: Crash) -> list[str]:
    example = crash.example
    before = f", {example.original_bytes} before it was minimized" if example.original_bytes else ""
    facts = f"{example.size_bytes} bytes{before}, sha256 {code(example.sha256)}"
    whole = example.size_bytes <= MAX_BASE64_BYTES
    if not whole:
        facts += (
            f"; only its first {HEX_BYTES} are shown, all are in `crashes/{crash.id}/input` of the "
            f"home that found it, and in `triage export`"
        )
    encoded = base64.b64encode(example.data if whole else example.data[:HEX_BYTES]).decode()
    lines = "\n".join(encoded[at : at + 76] for at in range(0, len(encoded), 76))
    return [
        f"### Input\n\n{facts}\n\n{fence(literal(example.data), 'python')}",
        details("hex", fence("\n".join(hex_dump(example.data)))),
        details("base64" if whole else f"base64 of the first {HEX_BYTES} bytes", fence(lines)),
    ]


def _stack(crash: Crash) -> str:
    failure = crash.example.failure
    text = failure.text.strip("\n")
    if not text.strip():
        frames = [f"{frame.file}:{frame.line} in {frame.function}" for frame in failure.frames]
        text = "\n".join(frames) or "(none: the process ended without a word)"
    text = text.replace(f"{pathlib.Path.home()}/", "~/")
    if len(text) <= MAX_STACK:
        return text
    half = MAX_STACK // 2
    return f"{text[:half]}\n… {len(text) - MAX_STACK} characters …\n{text[-half:]}"


def _test(told: Told) -> list[str]:
    if told.test and len(told.test) <= MAX_TEST:
        return [details("stand-alone test", fence(told.test, "python"))]
    why = "it is too long for an issue; see `triage export`" if told.test else told.no_test
    return [f"No stand-alone test: {code(why)}" if why else ""]


def _span(good: str, bad: str, last: str, fixed: str) -> str:
    ends = (("last good", good), ("first bad", bad), ("last bad", last), ("first fixed", fixed))
    return ", ".join(f"{name} {code(end)}" for name, end in ends if end) or "nothing found"


def _listed(texts: tuple[str, ...]) -> str:
    shown = ", ".join(code(_cut(text)) for text in texts[:MAX_LISTED])
    return shown + (f" and {len(texts) - MAX_LISTED} more" if len(texts) > MAX_LISTED else "")


def _named(crash: Crash, trial: Trial) -> str:
    package = code(_cut(crash.package))
    return f"{package} {code(_cut(trial.version))}" if trial.version else f"today's {package}"


def _version(trial: Trial) -> str:
    return _cut(trial.version or "")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _cut(text: str) -> str:
    return text if len(text) <= MAX_FACT else f"{text[: MAX_FACT - 1]}…"
