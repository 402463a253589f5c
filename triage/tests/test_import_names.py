"""What a file is, by its name and place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.importing.entry import Entry, RefusedError
from triage.importing.names import alike, cleaned, is_archive, is_input, may_matter, sort

SHA1, SHA256 = "0123456789" * 4, "0123456789abcdef" * 4
CRASH = "crash-0123456789ab"
KINDS = {
    # libFuzzer and atheris, also with -artifact_prefix; what they make smaller
    f"out/crash-{SHA1}": "input",
    f"out/oom-{SHA1}": "input",
    f"out/timeout-{SHA1}": "input",
    f"out/leak-{SHA1}": "input",
    f"out/slow-unit-{SHA1}": "input",
    f"out/minimized-from-{SHA1}": "input",
    f"out/fuzz_resp.crash-{SHA1}": "input",
    f"out/xcrash-{SHA1}": "other",
    f"out/crash-{SHA1}0": "other",
    f"out/{SHA1}": "other",
    "out/clusterfuzz-testcase-minimized-fuzz_resp-5077823": "input",
    # AFL and AFL++: several instances, renamed on resuming or where colons are not allowed
    "out/main/crashes/id:000000,sig:11,src:000003,time:42": "input",
    "out/default/hangs/id:000012,src:1": "input",
    "out/s2/crashes.2026-01-02-03:04:05/id:000000,sig:06": "input",
    "out/crashes/id_000000_00": "input",
    "crashes/id:000000": "input",
    "out/main/crashes/README.txt": "other",
    "out/main/queue/id:000000,orig:seed": "other",
    "out/main/queue/.state/crashes.log": "other",
    "out/main/fuzzer_stats": "other",
    # homes
    f".fuzz/crashes/{CRASH}/crash.json": "crash",
    f".fuzz/crashes/{CRASH}/input": "crash",
    f".fuzz/crashes/{CRASH}/input.next": "crash",
    f".fuzz/crashes/{CRASH}/trace.txt": "crash",
    f".fuzz/crashes/{CRASH}/notes.txt": "other",
    f".fuzz/crashes/.{CRASH}.abc/crash.json": "crash",
    f"{CRASH}/input": "crash",
    "renamed/input": "other",
    "home/runs/20260102-030405-abc/events.jsonl": "journal",
    "home/runs/.hidden/events.jsonl": "other",
    f"home/runs/20260102-030405-abc/job/crash-{SHA1}": "other",
    f"home/corpus/resp/parse/{SHA256}": "corpus",
    f"home/corpus/resp/.claims/{SHA256}": "other",
    f"home/corpus/resp/parse/{SHA1}": "other",
    f"home/set-aside/{CRASH}.x/{CRASH}/crash.json": "other",
    f"home/envs/x/lib/site-packages/x/crash-{SHA1}": "other",
    "export.json": "export",
    "report.html": "other",
}
BESIDE = ["home/runs/r1/events.jsonl"]
"""Shows that `home` is one."""


def entry(name: str) -> Entry:
    return Entry(name, Path("/nowhere"), name, 0.0)


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_kinds(name: str, kind: str) -> None:
    """Every file is what its fuzzer or home meant by it, and nothing else."""
    found = sort([entry(name), *map(entry, BESIDE)])
    kinds = {
        "crash": [item.name for files in found.crashes.values() for item in files.values()],
        "journal": [item.name for items in found.journals.values() for item in items],
        "corpus": [item.name for *_, item in found.corpus],
        "input": [item.name for item in found.inputs],
        "export": [item.name for item in found.exports],
        "other": [item.name for item in found.others],
    }
    assert [shown for shown, names in kinds.items() if name in names] == [kind]
    assert may_matter(name) or kind == "other"


def test_a_renamed_crash_folder_is_one_by_what_it_holds() -> None:
    """`crash.json` makes the files beside it a crash."""
    found = sort(map(entry, ("mine/crash.json", "mine/input", "other/input")))
    assert {label: sorted(files) for label, files in found.crashes.items()} == {
        "mine": ["crash.json", "input"]
    }


def test_a_single_file_of_afl_is_known_without_its_folder() -> None:
    """When it was named by a person, that is."""
    name = "id:000000,sig:11,src:000003"
    assert is_input(name, alone=True)
    assert not is_input(name)


def test_a_crash_file_may_end_like_an_archive() -> None:
    """Who fuzzes archives has such files; they are inputs, not artifacts."""
    assert is_archive("artifact.ZIP")
    assert is_archive("out/night.tar.gz")
    assert not is_archive("clusterfuzz-testcase-1234.zip")


@pytest.mark.parametrize(
    "name",
    [
        *("../x", "a/../../x", "a/..", "..", "/x", "//x", "C:/x", "c:x", "\\x", "a\\..\\x"),
        *("\\\\server\\x", "", "a\0.txt", "a/" * 600),
    ],
)
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    """Up, absolute, with a drive, with backslashes, cut by a NUL, endless."""
    with pytest.raises(RefusedError):
        cleaned(name)


@given(st.text(st.sampled_from("ab./\\:\0C"), max_size=12))
def test_what_is_not_refused_stays_below(name: str) -> None:
    """Whatever the name: it is refused, or it is below where it begins."""
    try:
        clean = cleaned(name)
    except RefusedError:
        return
    assert not clean.startswith("/")
    assert ".." not in clean.split("/")
    assert Path("/root-of-it", clean).resolve().is_relative_to("/root-of-it")


def test_names_that_are_one_file_somewhere_are_alike() -> None:
    """Letter case, and letters that are composed or not."""
    assert alike("Crash.JSON") == alike("crash.json")
    assert alike("\u00e9") == alike("e\u0301")
    assert alike("a") != alike("b")
