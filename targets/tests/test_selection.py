"""A selection means what is written, and what is not understood is told with what is possible."""

from __future__ import annotations

import dataclasses
import pathlib
import types

import pytest

from targets import selection
from targets.errors import FarmError, MissingError
from targets.kinds import Fault, Fuzz, Subject, Target
from targets.registry import Broken, Found, Registry, discover
from targets.requirements import check_requirements, installed, line_of, require


def subject(package: str | None = None, *requires: str) -> Subject:
    return Subject(adapter="m:a", summary="s", package=package, requires=requires)


def check(*subjects: str) -> Fuzz:
    return Fuzz(check="m:c", summary="s", subjects=subjects or None)


def found(name: str, target: Target) -> Found:
    return Found(name, f"targets.{name}", "", target, pathlib.Path(), pathlib.Path())


RESP = Target(
    subjects={
        "reference": subject(),
        "redis-py": subject("redis", "redis>=5"),
        "redis-py-resp3": subject("redis", "redis>=5"),
        "hiredis": subject("hiredis", "hiredis>=3"),
    },
    checks={
        "parse": check(),
        "chunks": check(),
        "encode": check("redis-py", "hiredis"),
    },
)
CRON = Target(
    subjects={"mine": subject("nosuchpackage-q", "nosuchpackage-q>=2")}, checks={"parse": check()}
)
CANARY = Target(subjects={"reference": subject()}, checks={"sing": check()}, on_purpose=True)
KNOWN = Registry(
    types.MappingProxyType(
        {
            "canary": found("canary", CANARY),
            "resp": found("resp", RESP),
            "cron": found("cron", CRON),
        }
    ),
    (Broken("bad", FarmError("bad is broken: mend it")),),
)


def names(*texts: str) -> list[str]:
    return [item.name for item in selection.select(texts, KNOWN)]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["resp"], ["resp:parse@reference", "resp:chunks@reference", "resp:encode@redis-py"]),
        (["resp:parse"], ["resp:parse@reference"]),
        (["resp:encode"], ["resp:encode@redis-py"]),
        (["resp:parse@hiredis"], ["resp:parse@hiredis"]),
        (["resp@hiredis"], ["resp:parse@hiredis", "resp:chunks@hiredis", "resp:encode@hiredis"]),
        (["resp:[pe]*@redis-*"], [
            "resp:parse@redis-py", "resp:parse@redis-py-resp3", "resp:encode@redis-py",
        ]),
        (["*:parse"], ["resp:parse@reference", "cron:parse@mine"]),
        (["*@hiredis"], ["resp:parse@hiredis", "resp:chunks@hiredis", "resp:encode@hiredis"]),
        (["canary"], ["canary:sing@reference"]),
        (["canary:*@*"], ["canary:sing@reference"]),
        (["resp:parse@redis-py==8.1.0"], ["resp:parse@redis-py==8.1.0"]),
        (["resp:parse@redis-py==v8.1-rc1"], ["resp:parse@redis-py==8.1rc1"]),
        (["resp:parse@*==5.0"], [
            "resp:parse@redis-py==5.0", "resp:parse@redis-py-resp3==5.0", "resp:parse@hiredis==5.0",
        ]),
        (["cron", "resp:parse", "*:parse", "cron"], ["cron:parse@mine", "resp:parse@reference"]),
    ],
)  # fmt: skip
def test_a_selection_means(texts: list[str], expected: list[str]) -> None:
    """Each job once, in the order written and then in the target's order."""
    assert names(*texts) == expected


def test_a_name_selects_itself() -> None:
    """The name of whatever was selected is a selection of exactly that."""
    for item in selection.select(["resp@*", "resp@hiredis==3.0"], KNOWN):
        assert names(item.name) == [item.name]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the selection is empty"),
        ("  ", "the selection is empty"),
        ("::", "it names no target"),
        ("@", "it names no target"),
        (":parse", "it names no target"),
        ("resp:", "nothing follows ':'"),
        ("resp:@hiredis", "nothing follows ':'"),
        ("resp@", "nothing follows '@'"),
        ("resp:parse:x", "'parse:x' is no name"),
        ("re sp", "'re sp' is no name"),
        ("resp@a@b", "'a@b' is no subject"),
        ("resp@==1", "'' is no subject"),
        ("resp@redis-py>=5", "a pin is exact"),
        ("resp@redis-py==", "no version follows"),
        ("resp@redis-py==5.*", "'5.*' is no version"),
        ("resp@redis-py==new", "'new' is no version"),
    ],
)
def test_a_malformed_selection_is_told(text: str, said: str) -> None:
    """In one line, with the form and an example."""
    with pytest.raises(FarmError) as caught:
        names(text)
    assert said in str(caught.value)
    assert "e.g. resp" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rsep", "unknown target 'rsep': did you mean resp?"),
        ("zzz", "there are: canary, cron, resp."),
        ("z*", "unknown target 'z*'"),
        ("resp:prase", "unknown check of resp: 'prase': did you mean parse?"),
        ("resp@hirediss", "unknown subject of resp: 'hirediss': did you mean hiredis or"),
        ("*:sing", "unknown check of resp, cron: 'sing'"),
    ],
)
def test_an_unknown_name_is_told_with_near_ones(text: str, said: str) -> None:
    """And with how to list them all."""
    with pytest.raises(FarmError) as caught:
        names(text)
    assert said in str(caught.value)
    assert "'fuzz list' shows them all" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bad:check", "bad is broken: mend it"),
        ("nothing", "broken: bad is broken: mend it"),
        ("can*", "fails on purpose: write its name out"),
        ("resp@reference==1", "comes from no package and has no versions: leave out ==1"),
        ("resp:encode@reference", "resp:encode is for redis-py, hiredis"),
    ],
)
def test_what_cannot_be_selected_is_told(text: str, said: str) -> None:
    """What is broken, the canary by a glob, versions of what has none, and what does not fit."""
    with pytest.raises(FarmError) as caught:
        names(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("tcp://127.0.0.1:6379", "takes nothing of this kind: select a subject"),
        ("tcp://localhost:1", "takes nothing"),
        ("tcp://[::1]:6379", "takes nothing"),
        ("tcp://example.com:80", "only this machine, not example.com"),
        ("tcp://10.0.0.1:80", "only this machine"),
        ("tcp://127.0.0.1", "malformed address"),
        ("tcp://127.0.0.1:99999", "malformed address"),
        ("tcp://me@127.0.0.1:80", "malformed address"),
        ("tcp://127.0.0.1:80/x", "malformed address"),
    ],
)
def test_an_address_is_understood_and_refused(address: str, said: str) -> None:
    """No check of today attaches to a server; another machine is never attacked."""
    with pytest.raises(FarmError) as caught:
        names(f"resp:parse@{address}")
    assert said in str(caught.value)


def test_an_address_is_parsed() -> None:
    """Host and port are apart, for checks of servers."""
    pattern = selection.parse("kv:stress@tcp://[::1]:6379")
    assert (pattern.check, pattern.subject) == ("stress", "tcp")
    assert pattern.argument == "[::1]:6379"


def test_missing_requirements_are_named_as_written() -> None:
    """Packages by version, programs by PATH; a pinned version brings its packages along."""
    lacking = subject(
        "redis", "packaging>=1", "packaging<1", "nosuch-q", "program:sh", "program:x-q"
    )
    assert check_requirements(lacking) == ["packaging<1", "nosuch-q", "program:x-q"]
    assert check_requirements(lacking, pinned=True) == ["program:x-q"]
    assert installed("nosuch-q") is None
    assert line_of("redis-py", "resp", ["redis>=5"]) == (
        "subject redis-py of resp needs redis>=5: pip install 'redis>=5'"
    )
    assert line_of("a", "b", ["program:x-q", "c"]) == (
        "subject a of b needs c, program x-q: pip install 'c', and put x-q on PATH"
    )


def test_jobs_that_cannot_run_are_named_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through a glob they are passed over by name; written out, alone, or in CI they fail."""
    monkeypatch.delenv("FUZZ_REQUIRE", raising=False)
    line = "subject mine of cron needs nosuchpackage-q>=2: pip install 'nosuchpackage-q>=2'"
    some = selection.select(["*:parse"], KNOWN)
    runnable, lines = require(some)
    assert [item.name for item in runnable] == ["resp:parse@reference"]
    assert lines == [line]
    for texts in (["resp", "cron@mine"], ["*:parse", "cron:parse@mine"], ["cr*"]):
        with pytest.raises(MissingError) as caught:
            require(selection.select(texts, KNOWN))
        assert str(caught.value) == line
        assert caught.value.exit_code == 3
    monkeypatch.setenv("FUZZ_REQUIRE", "all")
    with pytest.raises(MissingError):
        require(some)
    pinned = selection.select(["cron@mine==2.0"], KNOWN)
    assert require(pinned) == (pinned, [])
    assert require(some, pinned=True) == (some, [])


def test_a_package_means_all_its_subjects() -> None:
    """`@redis` is every subject of redis-py; a version leaves those out that it cannot have."""
    known = discover()
    found = [item.subject_name for item in selection.select(["resp:parse@redis"], known)]
    assert found == ["redis-py", "redis-py-resp3", "redis-py-async", "redis-py-hiredis"]
    old = [item.subject_name for item in selection.select(["resp:parse@Redis==4.4.0"], known)]
    assert old == ["redis-py"]


def test_a_version_that_no_subject_takes_is_said_with_those_that_fit() -> None:
    """The pin is the reason, so the message names what the subject needs."""
    with pytest.raises(
        FarmError, match=r"werkzeug of path needs Werkzeug>=[\d.]+: pin one that fits$"
    ):
        selection.select(["path@Werkzeug==0.9"], discover())


def test_a_fault_is_planted_in_the_reference_only() -> None:
    """`+FAULT` goes with the reference; others, versions and unknown names are refused."""
    faulty = dataclasses.replace(
        KNOWN.found["resp"].target, faults={"leaky": Fault("it forgets a byte")}
    )
    known = Registry({"resp": dataclasses.replace(KNOWN.found["resp"], target=faulty)})
    (item,) = selection.select([selection.with_fault("resp:parse", "leaky")], known)
    assert item.name == "resp:parse@reference+leaky"
    assert [again.name for again in selection.select([item.name], known)] == [item.name]
    for text in ("resp:parse@+leak", "resp@redis-py+leaky", "resp@reference+"):
        with pytest.raises(FarmError):
            selection.select([text], known)


def test_a_subject_made_of_an_argument_is_selected_by_it() -> None:
    """`name://ARGUMENT` reaches the adapter as written; without one it is never selected."""
    served = Subject(adapter="a:b", summary="a server", argument="HOST:PORT")
    target = KNOWN.found["resp"].target
    changed = dataclasses.replace(target, subjects={**target.subjects, "tcp": served})
    known = Registry({"resp": dataclasses.replace(KNOWN.found["resp"], target=changed)})
    (item,) = selection.select(["resp:parse@tcp://localhost:6379"], known)
    assert item.subject_name == "tcp://localhost:6379"
    assert all(not item.subject.argument for item in selection.select(["resp@*"], known))
