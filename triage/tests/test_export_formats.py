"""Exports for other programs: each keeps the rules of its format, for any crash whatsoever."""

import dataclasses
import json
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import Any

import jsonschema
import pytest
from markdown_it import MarkdownIt

from harness import outcome
from harness.crash import Bisection, Crash, Issue, Trial, of
from harness.crashes import change, crashes, record
from harness.failure import Failure, Frame
from harness.home import open_home
from harness.rulings import Accepted
from triage.commands import import_
from triage.export import junit, markdown, records, sarif
from triage.export.entry import Entry
from triage.tests.frail import KINDS, sighting

DATA = pathlib.Path(__file__).parent / "data"
EVIL = (
    "``` ` | <script>alert(1)</script> <!-- --> [x](http://evil.example) ![y](z) www.evil.example "
    "# @all #1 ]]> &amp; \x1b[2J\x00\ufffe\udc80\u202e\r\n---\n\n```\n# heading\n\n| a | b |"
)
FRAMES = (
    Frame("harness.children.replay", "execute", 50, "/elsewhere/harness/children/replay.py"),
    Frame("probes.frail.read", "check", 7, "/project/probes/frail/read.py"),
    Frame("frail.inner", "Reader.read", 12, "/v/lib/python3.11/site-packages/frail/inner.py"),
    Frame("json.decoder", "decode", 0, "/usr/lib/python3.13/json/decoder.py"),
    Frame("?", EVIL, -3, f"/project/a b/{EVIL}.py"),
)


def entries() -> list[Entry]:
    """Crashes of all kinds, in all states, with and without everything that one can have."""
    made: list[Crash] = []
    for kind, failure in KINDS.items():
        made.append(of(sighting(kind)))
        silent = dataclasses.replace(failure, frames=(), text="", type=f"{failure.type}Silent")
        made.append(of(dataclasses.replace(sighting(kind), failure=silent)))
    link = Failure("exception", "KeyError", EVIL, frames=FRAMES)
    evil = Failure(
        "exception", f"frail.{EVIL}", EVIL, EVIL, FRAMES * 60, (link,), members=(link,), text=EVIL
    )
    seen = dataclasses.replace(
        sighting("error"), failure=evil, data=EVIL.encode("utf-8", "surrogatepass") * 200
    )
    made += [
        of(dataclasses.replace(seen, target=f"{target}-{name}", time_s=time_s))
        for target, name, time_s in (("a", "far", 1e300), ("b", "past", -1e18), ("c", "now", 1.7e9))
    ]
    full = dataclasses.replace(
        of(dataclasses.replace(seen, target="full")),
        issues={"own/er": Issue(7, "https://example.test/own/er/issues/7?<>\udc80", 1.0)},
        bisections={"package frail": Bisection(1.0, "0.9", "1.0", "1.1", "2.0")},
        trials={"2.0 passed": Trial("2.0", 1.8e9, 0, 3), "1.0 failed": Trial("1.0", 1.7e9, 3, 3)},
    )
    accepted = Accepted(made[0].id, "frail", EVIL, EVIL, EVIL)
    return [
        Entry(made[0], accepted, "read", EVIL),
        *(Entry(crash, None, "read", "what is read comes back") for crash in made[1:]),
        Entry(full),
    ]


def test_sarif_keeps_its_schema() -> None:
    """SARIF 2.1.0, every crash once, with what GitHub's code scanning asks for."""
    schema = json.loads((DATA / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    checker = jsonschema.Draft4Validator.FORMAT_CHECKER
    validator = jsonschema.Draft4Validator(schema, format_checker=checker)
    chosen = entries()
    for some in (chosen, chosen[:1], []):
        log = json.loads(sarif.document(some, pathlib.Path("/project")))
        assert list(validator.iter_errors(log)) == []
        (run,) = log["runs"]
        ids = [result["properties"]["crash"] for result in run["results"]]
        assert ids == [entry.crash.id for entry in some]
        for result in run["results"]:
            _check_for_github(result, run)


def _check_for_github(result: dict[str, Any], run: dict[str, Any]) -> None:
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert rule["id"] == result["ruleId"]
    assert all(rule[part]["text"] for part in ("shortDescription", "fullDescription", "help"))
    assert len(rule["properties"]["tags"]) <= 20
    place = result["locations"][0]["physicalLocation"]
    uri = place["artifactLocation"]["uri"]
    assert uri.isascii()
    assert not uri.startswith("/")
    assert place["region"]["startLine"] >= 1
    assert any(name.startswith("fuzzfarm/v") for name in result["partialFingerprints"])
    assert "\x1b" not in json.dumps(result)
    attached = result["attachments"][0]["artifactLocation"]
    assert run["artifacts"][attached["index"]]["location"]["uri"] == attached["uri"]


def test_sarif_says_where_and_what_became_of_it() -> None:
    """The innermost frame of the subject, as a path that is the same on every machine."""
    chosen = entries()
    log = json.loads(sarif.document(chosen, pathlib.Path("/project")))
    results = log["runs"][0]["results"]
    uris = [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in results
    ]
    assert uris[0] == "frail.py"
    assert uris[1] == f"crashes/{chosen[1].crash.id}/input"
    assert uris[-1] == "frail/inner.py"
    assert results[0]["suppressions"][0]["status"] == "accepted"
    assert (results[-1]["kind"], results[-1]["level"]) == ("pass", "none")
    assert len(results[-1]["stacks"]) == 2  # a cause and a member that are the same count once
    stack = [
        frame["location"]["physicalLocation"]["artifactLocation"]["uri"]
        for frame in results[-1]["stacks"][1]["frames"]
    ]
    assert stack[1:] == [
        "json/decoder.py",
        "frail/inner.py",
        "probes/frail/read.py",
        "harness/children/replay.py",
    ]


def test_sarif_holds_more_than_github_takes_in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Further runs, each a category of its own; nothing is left out."""
    monkeypatch.setattr(sarif, "MAX_RESULTS", 4)
    chosen = entries()
    log = json.loads(sarif.document(chosen, pathlib.Path("/project")))
    sizes = [len(run["results"]) for run in log["runs"]]
    assert sum(sizes) == len(chosen)
    assert max(sizes) == 4
    names = [run["automationDetails"]["id"] for run in log["runs"]]
    assert len({*names}) == len(names)


def _validate(text: str) -> None:
    """In a process of its own: xmlschema trips over what other packages do to abstract classes."""
    code = "import sys, xmlschema; xmlschema.XMLSchema(sys.argv[1]).validate(sys.stdin.read())"
    command = [sys.executable, "-c", code, str(DATA / "junit-10.xsd")]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_junit_keeps_its_schema() -> None:
    """The schema of Jenkins; totals are right; what XML cannot hold is written as escapes."""
    chosen = entries()
    for some in (chosen, []):
        text = junit.document(some)
        _validate(text)
        top = ET.fromstring(text.encode("utf-8"))
        cases = list(top.iter("testcase"))
        assert len(cases) == len(some)
        for word, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            for suite in top.iter("testsuite"):
                assert suite.get(word) == str(len(list(suite.iter(tag))))
    top = ET.fromstring(junit.document(chosen).encode("utf-8"))
    last = [{child.tag for child in case} for case in top.iter("testcase")]
    assert {"skipped", "system-out"} in last
    assert {"system-out"} in last  # fixed: it passes
    assert "\\x1b[2J\\x00\\ufffe\\udc80" in "".join(top.itertext())


def test_markdown_shows_text_as_text() -> None:
    """Rendered as GitHub would: a row and a section for each, and nothing in it is live."""
    chosen = entries()
    page = markdown.document(chosen)
    html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(page)
    assert html.count("<tr>") == 1 + len(chosen)
    assert html.count("<td") == 8 * len(chosen)
    assert html.count("<h2>") == len(chosen)
    assert html.count("<h1>") == 1
    for live in ("<script", "<img", "<!--", 'href="http', "\x1b", "\x00"):
        assert live not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "www.evil" not in page.partition("\n## ")[0]
    assert markdown.document([]) == "# Crashes\n\nNone.\n"


def test_json_is_read_back_without_loss(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Into an empty home: the same crashes; into the home that it came from: no change."""
    home, other = open_home(tmp_path / "home"), open_home(tmp_path / "other")
    for kind in KINDS:
        record(home, sighting(kind))
    seen = dataclasses.replace(sighting("odd"), data=bytes(range(256)), target="resp")
    crash, _ = record(home, seen)
    facts = entries()[-1].crash
    change(
        home,
        crash.id,
        lambda known: dataclasses.replace(
            known, issues=facts.issues, bisections=facts.bisections, trials=facts.trials
        ),
    )
    before = [crash for crash in crashes(home) if isinstance(crash, Crash)]
    assert len(before) == len(KINDS) + 1
    path = tmp_path / "export.json"
    path.write_text(records.document(before), encoding="ascii")
    for store in (other, home, other):
        assert outcome.run(import_.command, [str(path), "--home", str(store.root)]) == 0
        assert list(crashes(store)) == before
    capsys.readouterr()
