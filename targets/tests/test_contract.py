"""Every target keeps its contract with the farm, and each broken promise is told."""

from __future__ import annotations

import dataclasses
import pathlib
import random
import sys
import types

import pytest

from targets import contract, registry
from targets.kinds import Fuzz, Subject, Target
from targets.registry import Found

KNOWN = registry.discover(pathlib.Path(registry.__file__).parent)


@pytest.mark.parametrize("name", KNOWN.found)
def test_every_target_of_the_farm_keeps_its_contract(name: str) -> None:
    """Docstring, references, adapters, seeds, mutator, dictionary and names are as promised."""
    assert contract.problems(KNOWN.found[name]) == []


def _fussy(data: bytes, subject: object) -> None:
    if data == b"bad":
        raise ValueError("no")


def _misfit(data: bytes, subject: object) -> None:
    subject.nothing(data)  # type: ignore[attr-defined]


def _strict(data: bytes, subject: object) -> None:
    if isinstance(subject, dict):
        raise LookupError("a bug of this subject")


def _mutate(data: bytes, max_size: int, rng: random.Random) -> bytes:
    return (data + rng.randbytes(3))[:max_size]


def _grows(data: bytes, max_size: int, rng: random.Random) -> bytes:
    return bytes(max_size + 1)


def _forgets(data: bytes, max_size: int, rng: random.Random) -> bytes:
    return random.randbytes(max_size)


def _text(data: bytes, max_size: int, rng: random.Random) -> str:
    return "text"


def _raises(data: bytes, max_size: int, rng: random.Random) -> bytes:
    raise IndexError(max_size)


@pytest.fixture
def sample(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Found:
    """A target that keeps its contract, made of the functions above."""
    code = types.ModuleType("sample_code")
    vars(code).update(
        {name.strip("_"): thing for name, thing in globals().items() if callable(thing)}
    )
    monkeypatch.setitem(sys.modules, "sample_code", code)
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "good").write_bytes(b"good")
    (tmp_path / "dictionary.txt").write_text('# words\nname="a\\x00b"\n', encoding="utf-8")
    target = Target(
        subjects={
            "mine": Subject(adapter="builtins:list", summary="a list"),
            "other": Subject(adapter="builtins:dict", summary="a dict"),
        },
        checks={"fussy": Fuzz("sample_code:fussy", "not bad", mutate="sample_code:mutate")},
    )
    here = pathlib.Path(__file__).parent
    return Found("sample", "sample", "A sample.", target, tmp_path, here)


def changed(found: Found, **check: object) -> Found:
    fuzz = dataclasses.replace(found.target.checks["fussy"], **check)  # type: ignore[arg-type]
    return dataclasses.replace(
        found, target=dataclasses.replace(found.target, checks={"fussy": fuzz})
    )


def with_subject(found: Found, **subject: object) -> Found:
    mine = dataclasses.replace(found.target.subjects["mine"], **subject)  # type: ignore[arg-type]
    return dataclasses.replace(
        found, target=dataclasses.replace(found.target, subjects={"mine": mine})
    )


def test_a_good_target_has_no_problems(sample: Found) -> None:
    """Nor has one without dictionary and mutator, or whose other subject fails on a seed."""
    assert contract.problems(sample) == []
    assert contract.problems(changed(sample, mutate=None, dictionary=None)) == []
    assert contract.problems(changed(sample, check="sample_code:strict")) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"check": "sample_code:nothing"}, "has no 'nothing'"),
        ({"check": "sample_code:misfit"}, "seed good raises AttributeError"),
        ({"check": "builtins:len"}, "seed good raises TypeError"),
        ({"mutate": "sample_code:nothing"}, "has no 'nothing'"),
        ({"mutate": "sample_code:grows"}, "returns 2 bytes"),
        ({"mutate": "sample_code:forgets"}, "differs when repeated"),
        ({"mutate": "sample_code:text"}, "returns a str, not bytes"),
        ({"mutate": "sample_code:raises"}, "raises IndexError: 1"),
        ({"seeds": "nothing"}, "no seeds in"),
        ({"max_size_bytes": 3}, "seed good is larger than 3 bytes"),
        ({"summary": ""}, "the summary of 'fussy' is not one line"),
    ],
)
def test_a_broken_promise_of_a_check_is_told(
    sample: Found, change: dict[str, object], said: str
) -> None:
    """In one line that names the check."""
    told = contract.problems(changed(sample, **change))
    assert told
    assert all("\n" not in line for line in told)
    assert said in told[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"adapter": "json:nothing"}, "json has no 'nothing'"),
        ({"adapter": "json:loads"}, "adapter raises TypeError"),
        ({"adapter": "sys:exit"}, "adapter raises SystemExit"),
        ({"requires": ("not a name",)}, "malformed requirement"),
        ({"pins": {"<2": ("a",)}}, "has pins but no package"),
        ({"package": "a", "pins": {"old": ("a",)}}, "Invalid specifier"),
    ],
)
def test_a_broken_promise_of_a_subject_is_told(
    sample: Found, change: dict[str, object], said: str
) -> None:
    """In one line that names the subject."""
    told = contract.problems(with_subject(sample, **change))
    assert said in told[0]
    assert "sample@mine" in told[0]


def test_a_failing_seed_is_told_unless_on_purpose(sample: Found) -> None:
    """The default subject passes each seed; a target that fails on purpose may have any."""
    (sample.corpus / "seeds" / "bad").write_bytes(b"bad")
    (line,) = contract.problems(sample)
    assert "fussy@mine: seed bad raises ValueError: no at" in line
    purposely = dataclasses.replace(sample.target, on_purpose=True)
    assert contract.problems(dataclasses.replace(sample, target=purposely)) == []


def test_a_missing_package_is_no_broken_promise(sample: Found) -> None:
    """What cannot be tried here is passed over: the run names it."""
    lacking = with_subject(sample, requires=("nosuch-q",), adapter="nosuch_q:make")
    assert contract.problems(lacking) == []


def test_names_and_docstring_are_checked(sample: Found) -> None:
    """A target without a summary, or with an odd name, cannot be listed or selected."""
    told = contract.problems(dataclasses.replace(sample, name="Odd", summary=""))
    assert [line.partition(":")[0] for line in told] == ["Odd", "sample"]


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("", []),
        ("# only\n\n  # remarks\n", []),
        ('"a"\n  name="b c" \n', [b"a", b"b c"]),
        (r'x="\x00\xfF\\\""', [b'\x00\xff\\"']),
        ('quote="""', [b'"']),
    ],
)
def test_a_dictionary_is_read_as_libfuzzer_does(text: str, entries: list[bytes]) -> None:
    """Names are dropped, escapes are bytes."""
    assert contract.dictionary_entries(text) == entries


@pytest.mark.parametrize("line", ["a", '""', '"a', 'a"', r'"\n"', r'"\x0"', '"ä"', '"a" # why'])
def test_a_malformed_dictionary_is_told(sample: Found, line: str) -> None:
    """With the number of the line, because libFuzzer would end the worker."""
    with pytest.raises(ValueError, match="line 2"):
        contract.dictionary_entries(f'"fine"\n{line}\n')
    (sample.corpus / "dictionary.txt").write_text(f"{line}\n", encoding="utf-8")
    (told,) = contract.problems(sample)
    assert "sample:fussy: dictionary dictionary.txt: line 1" in told
