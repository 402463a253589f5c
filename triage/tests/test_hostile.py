"""Damaged homes and hostile files: every verb says one clear line, and nothing is lost."""

from __future__ import annotations

import dataclasses
import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.crash import Crash, Sighting
from harness.crashes import crashes, record
from harness.failure import Failure, Frame
from harness.home import Home, open_home
from harness.tests.examples import EXAMPLES
from harness.tests.farm import write_project
from triage.tests.barrage import Ended, fire, of_crash, of_file, of_home, verbs

MEMORY_MIB = 400
"""What no command needs more of, whatever it reads."""
TIME_S = 20.0
"""What no command takes longer for, on a machine that is busy."""
PRINTED = "\n\t"
"""All that is not printable and still may be printed."""


def sighting(data: bytes, function: str, message: str = "bad", text: str = "") -> Sighting:
    """A KeyError in the subject of the target `once`."""
    frame = Frame("examples.once.subject", function, 5, "examples/once/subject.py")
    failure = Failure("exception", "KeyError", message, frames=(frame,), text=text or message)
    own = ("examples.once.subject",)
    return Sighting("once", "read", "own", "own", None, failure, own, data, "run-1", 1.7e9)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's project with the target of the crashes."""
    return write_project(tmp_path_factory.mktemp("project"), {"once": EXAMPLES["once"]})


def new_home(root: Path) -> Home:
    """A home with three crashes, of which one is to be damaged."""
    home = open_home(root)
    for data, function in ((b"once", "subject"), (b"twice", "second"), (b"thrice", "third")):
        record(home, sighting(data, function))
    return home


def ids(home: Home) -> list[str]:
    """The crashes of `new_home`, the one to be damaged last."""
    found = [crash for crash in crashes(home) if isinstance(crash, Crash)]
    return [crash.id for crash in sorted(found, key=lambda crash: len(crash.data))]


def edited(**changes: object) -> Callable[[Path], object]:
    """Damage by which fields of `crash.json` are others."""

    def edit(folder: Path) -> None:
        facts = json.loads((folder / "crash.json").read_text())
        (folder / "crash.json").write_text(json.dumps({**facts, **changes}))

    return edit


def replaced(data: bytes, name: str = "crash.json") -> Callable[[Path], object]:
    """Damage by which a file has another content."""
    return lambda folder: (folder / name).write_bytes(data)


def _cut(folder: Path) -> None:
    path = folder / "crash.json"
    path.write_bytes(path.read_bytes()[:-100])


def _link(folder: Path) -> None:
    (folder / "crash.json").unlink()
    (folder / "crash.json").symlink_to("crash.json")


def _pipe(name: str) -> Callable[[Path], object]:
    def make(folder: Path) -> None:
        (folder / name).unlink()
        os.mkfifo(folder / name)

    return make


RUN = {"count": 1, "first_s": 1.0, "last_s": 1.0, "versions": []}
DAMAGE: dict[str, Callable[[Path], object]] = {
    "broken JSON": replaced(b"{"),
    "cut off": _cut,
    "empty": replaced(b""),
    "binary": replaced(random.Random(1).randbytes(5000)),
    "a list": replaced(b"[]"),
    "null": replaced(b"null"),
    "deep": replaced(b"[" * 200_000),
    "deep objects": replaced(b'{"format":' * 100_000),
    "huge": lambda folder: os.truncate(folder / "crash.json", 500 << 20),
    "huge integer": replaced(b'{"format": ' + b"9" * 100_000 + b"}"),
    "another format": edited(format=99),
    "newer": edited(fingerprint_version=99),
    "wrong types": edited(subjects=3, runs="many"),
    "no runs": edited(runs={}),
    "endless count": edited(runs={"r": {**RUN, "count": 10**4000}}),
    "not a time": edited(runs={"r": {**RUN, "last_s": float("nan")}}),
    "never": edited(runs={"r": {**RUN, "first_s": float("-inf")}}),
    "surrogates": edited(id="crash-\ud800", fingerprint="\udfff"),
    "terminal": edited(id="\x1b[2J\x1b]0;owned\x07\u202e", format="\x1b[31m\r\n"),
    "another id": edited(id="crash-000000000000"),
    "gone": lambda folder: (folder / "crash.json").unlink(),
    "loop": _link,
    "pipe": _pipe("crash.json"),
    "input gone": lambda folder: (folder / "input").unlink(),
    "input changed": replaced(b"other", "input"),
    "input huge": lambda folder: os.truncate(folder / "input", 1 << 40),
    "input a pipe": _pipe("input"),
}


def content(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of each file: what is only read keeps both."""
    status = ((path.name, path.lstat()) for path in folder.iterdir())
    return {name: (one.st_size, one.st_mtime_ns) for name, one in status}


def check(ended: Ended, told: str) -> None:
    """However a command ended, it ended in order."""
    assert ended.code in (0, 1, 2, 3), f"{told}: {ended.code}\n{ended.stderr}"
    assert "Traceback (most recent call last)" not in ended.stderr, told
    assert ended.wall_s < TIME_S, told
    assert ended.peak_mib < MEMORY_MIB, told
    odd = {letter for letter in ended.stdout + ended.stderr if not letter.isprintable()}
    assert odd <= set(PRINTED), told


@dataclasses.dataclass(frozen=True, slots=True)
class Damaged:
    """What was said about a damaged crash: by verbs that were given it, by those about all."""

    ids: list[str]
    named: list[tuple[list[str], Ended]]
    over_all: list[tuple[list[str], Ended]]
    untouched: bool


@pytest.fixture(scope="module")
def damaged(project: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Damaged]:
    """Every verb on every damage, in one process: starting one takes longer than all of that."""
    homes = {how: new_home(tmp_path_factory.mktemp("homes") / "home") for how in DAMAGE}
    known = {how: ids(home) for how, home in homes.items()}
    before: dict[str, object] = {}
    named: dict[str, list[list[str]]] = {}
    over_all: dict[str, list[list[str]]] = {}
    for how, home in homes.items():
        first, _, bad = known[how]
        DAMAGE[how](home.crash(bad))
        before[how] = content(home.crash(bad))
        named[how] = [one for verb in verbs() for one in of_crash(verb, bad, first, home.root)]
        over_all[how] = [one for verb in verbs() for one in of_home(verb, home.root)]
    commands = [one for how in DAMAGE for one in (*named[how], *over_all[how])]
    ended = iter(fire(project, commands))
    return {
        how: Damaged(
            ids=known[how],
            named=[(command, next(ended)) for command in named[how]],
            over_all=[(command, next(ended)) for command in over_all[how]],
            untouched=content(home.crash(known[how][2])) == before[how],
        )
        for how, home in homes.items()
    }


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_crash_is_one_line(damaged: dict[str, Damaged], how: str) -> None:
    """Every verb that is given it says what is wrong with it, does nothing, and exits with 2;
    those that are about all crashes name it and go on with the others."""
    result = damaged[how]
    first, second, bad = result.ids
    assert result.named
    for command, ended in (*result.named, *result.over_all):
        told = f"{' '.join(command)}\n{ended.stdout}{ended.stderr}"
        check(ended, told)
        lines = [line for line in ended.stderr.splitlines() if bad in line]
        assert len(lines) == 1, told
        assert "cannot be read" in lines[0] or command[0] == "import", told
        assert len(lines[0]) < 600, told
    for command, ended in result.named:
        assert (ended.code, ended.stdout) == (2, ""), command
        assert ended.stderr.count("\n") == 1, command
    for command, ended in result.over_all:
        assert first in ended.stdout, command
        assert second in ended.stdout, command
    assert result.untouched


QUOTES = {
    "English": "can’t read “value”",
    "German": "ungültiger Wert „größer“",
    "French": "valeur « trop grande »",
    "Russian": "неверное значение «слишком»",
    "Japanese": "「値」が正しくありません『大』",
    "Chinese": "值“太大”無效《書》",
    "Arabic": "قيمة غير صالحة «كبيرة»",
    "Hebrew": "ערך ״גדול״ אינו חוקי",
    "Swedish": "felaktigt värde ”för stort”",
    "Polish": "zła wartość „za duża” ‚x’ ‹y›",
    "full-width": "\uff02ｖａｌｕｅ\uff02 ｉｓ \uff07ｂａｄ\uff07",
    "marks": "\u200fשלום\u200e \u202eabc\u202c \u2066x\u2069 \ufeff\u200b\u00ad",
    "controls": "\x00\x07\x1b[2J\x1b]0;title\x07\x9b31m\r\n\x85\u2028\u2029",
    "surrogates": "\ud800 \udfff \udc80",
    "markup": "</script><b>&amp;]]> ``` | [x](javascript:1) {{x}} %s %n",
    "quotes": "'\"`´\\' \\\" '''  \"\"\" \\",
}


ALL = "all of them"


def told_in(text: str) -> Sighting:
    """A crash with that text wherever a subject can put one."""
    frames = (
        Frame("examples.once.subject", text, 5, f"/{text}/{text}.py"),
        Frame(f"examples.once.subject.{text}", "read", 6, text),
    )
    failure = Failure("exception", f"Bad{text}", text, text, frames, text=f"Traceback:\n{text}\n")
    failure = dataclasses.replace(failure, chain=(dataclasses.replace(failure, text=""),))
    return dataclasses.replace(
        sighting(b"texts", "texts"),
        failure=failure,
        requirements=(text,),
        run=f"run {text}",
    )


RUNNING = ("verify", "minimize", "bisect", "keep")
"""Verbs that take seconds: they get all texts at once."""


@pytest.fixture(scope="module")
def shown(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[tuple[list[str], Ended]]]:
    """Every verb on a crash with each text, in one process."""
    commands: dict[str, list[list[str]]] = {}
    for language in (*QUOTES, ALL):
        home = new_home(tmp_path_factory.mktemp("homes") / "home")
        first, root = ids(home)[0], str(home.root)
        crash, _ = record(home, told_in(QUOTES.get(language, "".join(QUOTES.values()))))
        chosen = [verb for verb in verbs() if verb not in RUNNING or language == ALL]
        commands[language] = [
            *(one for verb in chosen for one in of_crash(verb, crash.id, first, home.root)),
            *(one for verb in chosen for one in of_home(verb, home.root)),
            *(
                ["export", crash.id, "--home", root, "--format", form]
                for form in ("json", "sarif", "junit", "markdown", "pytest")
            ),
            ["list", "--home", root, "--json"],
            ["show", "--home", root, "--json", crash.id],
            ["import", "--json", root, "--home", f"{root}-3"],
        ]
    ended = iter(fire(project, [one for several in commands.values() for one in several]))
    # What was accepted, merged and split stays in the project.
    (project / "examples" / "once" / "corpus" / "rulings.json").unlink(missing_ok=True)
    return {
        language: [(command, next(ended)) for command in several]
        for language, several in commands.items()
    }


@pytest.mark.parametrize("language", [*QUOTES, ALL])
def test_texts_of_a_subject_are_harmless(
    shown: dict[str, list[tuple[list[str], Ended]]], language: str
) -> None:
    """In any language, with any marks: shown or escaped, never raw; JSON is JSON."""
    for command, ended in shown[language]:
        told = f"{' '.join(command)}\n{ended.stdout}{ended.stderr}"
        check(ended, told)
        if {"--json", "json", "sarif"} & {*command} and ended.stdout:
            json.loads(ended.stdout, parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def _sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 500 << 20)


def _real(path: Path) -> None:
    line = b'  File "/a/b.py", line 3, in f\n    x()\n' * 1000
    with path.open("wb") as file:
        file.write(b"Traceback (most recent call last):\n")
        while file.tell() < 500 << 20:
            file.write(line * 100)


@pytest.mark.parametrize("fill", [_sparse, pytest.param(_real, marks=pytest.mark.nightly)])
def test_a_trace_of_half_a_gigabyte(
    project: Path, tmp_path: Path, fill: Callable[[Path], None]
) -> None:
    """No verb reads it all; the crash is as good as any. Nor is a log of that size read whole."""
    home = new_home(tmp_path / "home")
    first, _, big = ids(home)
    trace, log = home.crash(big) / "trace.txt", tmp_path / "log.txt"
    fill(trace)
    log.hardlink_to(trace)
    rest = ["--home", str(home.root)]
    good = [
        ["show", big, *rest],
        ["show", "--json", big, *rest],
        ["list", *rest],
        *(["export", big, "--format", form, *rest] for form in ("json", "sarif", "markdown")),
        ["import", str(home.root), "--home", f"{home.root}-2"],
        ["import", str(log), "--on", "once", *rest],
    ]
    other = [
        *(one for verb in ("explain", "verify") for one in of_crash(verb, big, first, home.root)),
        ["fingerprint", str(log)],
        ["import", str(log), *rest],
    ]
    for command, ended in zip([*good, *other], fire(project, [*good, *other]), strict=True):
        check(ended, f"{' '.join(command)}\n{ended.stdout[:2000]}{ended.stderr}")
        assert len(ended.stdout) < 1 << 20
        if command in good[:-1]:
            assert (ended.code, ended.stderr) == (0, "")
    copy = Home(Path(f"{home.root}-2"))
    assert (copy.crash(big) / "trace.txt").stat().st_size <= 1 << 20


GARBAGE: dict[str, Callable[[Path], object]] = {
    "random": lambda path: path.write_bytes(random.Random(2).randbytes(1 << 20)),
    "empty": lambda path: path.write_bytes(b""),
    "zeros": lambda path: path.write_bytes(bytes(1 << 20)),
    "one line": lambda path: path.write_bytes(b"x" * (9 << 20)),
    "half a traceback": lambda path: path.write_text("Traceback (most recent call last):\n  Fi"),
    "UTF-16": lambda path: path.write_text("Traceback\n", encoding="utf-16"),
    "half a zip": lambda path: path.write_bytes(b"PK\x03\x04" + random.Random(3).randbytes(999)),
    "half a gzip": lambda path: path.write_bytes(b"\x1f\x8b" + random.Random(4).randbytes(999)),
    "folder": lambda path: path.mkdir(),
    "dangling": lambda path: path.symlink_to("nowhere"),
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_files_that_are_nothing(project: Path, kind: str, tmp_path: Path) -> None:
    """Every verb that reads files names it, on one line, and exits with 2."""
    path = tmp_path / "garbage \x1b[31m\u202e"
    GARBAGE[kind](path)
    commands = [one for verb in verbs() for one in of_file(verb, str(path))]
    assert {"fingerprint", "import"} <= {command[0] for command in commands}
    for command, ended in zip(commands, fire(project, commands), strict=True):
        told = f"{command}\n{ended.stdout}{ended.stderr}"
        check(ended, told)
        assert ended.code == 2, told
        assert "garbage \\x1b[31m\\u202e" in ended.stderr, told
        assert ended.stderr.count("\n") == 1, told


LOGS = {
    "English": "2026-01-02 12:00:00 ERROR {}",
    "German": "02.01.2026 12:00:00 FEHLER – {}",
    "French": "[02/01/2026 à 12 h 00] « erreur » : {}",
    "Russian": "02.01.2026 12:00:00 ОШИБКА: {}",
    "Japanese": "2026年01月02日 12時00分00秒 【エラー】 {}",
    "Chinese": "2026年1月2日 错误： {}",
    "Arabic": "٢٠٢٦-٠١-٠٢ خطأ: {}",
    "Hebrew": "\u200f2026-01-02 שגיאה: {}",
    "Swedish": "”fel” 2026-01-02: {}",
    "Polish": "„błąd” 2026-01-02: {}",
    "full-width": "２０２６－０１－０２　ＥＲＲＯＲ　{}",
}


@pytest.mark.parametrize("language", LOGS)
def test_a_traceback_in_any_language(project: Path, language: str, tmp_path: Path) -> None:
    """Whatever a log puts before its lines and a message says, the place that failed is found."""
    message = QUOTES[language]
    lines = [
        "Traceback (most recent call last):",
        f'  File "/srv/{message}/pars’er.py", line 3, in read',
        "    raise ValueError(text)",
        f"ValueError: {message}",
    ]
    plain, logged = tmp_path / "plain.txt", tmp_path / f"log {message}.txt".replace("/", "")
    plain.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    prefixed = "".join(f"{LOGS[language].format(line)}\n" for line in lines)
    logged.write_text(prefixed, encoding="utf-8")
    (ended,) = fire(project, [["fingerprint", str(plain), str(logged)]])
    check(ended, ended.stdout)
    assert (ended.code, ended.stderr) == (0, ""), ended.stdout
    first, second = (line.split("\t")[1] for line in ended.stdout.splitlines())
    assert "ValueError" in first
    assert first == second
