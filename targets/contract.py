"""What every target promises to the farm, checked by calling it: `problems(found)` is the list of
broken promises. The farm's own tests and the test that `fuzz new` writes both call it.
"""

from __future__ import annotations

import functools
import pathlib
import random
import re
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from targets import hypotheses, registry, requirements
from targets.errors import FarmError
from targets.kinds import Fuzz, Inputs, Machine, Property, Tests, inputs_of
from targets.registry import Found
from targets.selection import applicable

_ENTRY = re.compile(r'[^"]*"(?P<text>.+)"')
_ESCAPE = re.compile(r'\\(?:(["\\])|x([0-9A-Fa-f]{2}))')
_MISFITS = (TypeError, AttributeError, NameError)
"""Errors that say that check and adapter do not fit together, when raised in the target's code."""
MUTATIONS = 20
EXAMPLES = 10
"""Test cases of a property or machine."""


def problems(found: Found) -> list[str]:
    """The promises that the target breaks, one line each; empty when it keeps all.

    Subjects whose requirements are not met are passed over: `requirements.require` names those.
    """
    adapted: dict[str, Any] = {}
    of_subjects = list(_of_subjects(found, adapted))
    return [*_of_names(found), *of_subjects, *_of_checks(found, adapted), *_of_faults(found)]


def dictionary_entries(text: str) -> list[bytes]:
    """The entries of a libFuzzer dictionary, read as libFuzzer does; ValueError names the line."""
    entries = []
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        found = _ENTRY.fullmatch(stripped)
        if found is None:
            raise ValueError(f'line {number}: write "bytes" or name="bytes", not {stripped!r}')
        entries.append(_unescape(found["text"], number))
    return entries


def _unescape(text: str, number: int) -> bytes:
    entry = bytearray()
    at = 0
    while at < len(text):
        escape = _ESCAPE.match(text, at)
        if escape is not None:
            entry += escape[1].encode() if escape[1] else bytes([int(escape[2], 16)])
            at = escape.end()
        elif text[at] == "\\" or not (" " <= text[at] <= "~" or text[at] == "\t"):
            raise ValueError(f'line {number}: {text[at]!r}: write \\\\, \\" or \\xHH for it')
        else:
            entry += text[at].encode()
            at += 1
    return bytes(entry)


def _of_names(found: Found) -> Iterator[str]:
    for name in (found.name, *found.target.checks, *found.target.subjects, *found.target.faults):
        if registry.NAME.fullmatch(name) is None:
            yield f"{found.name}: the name {name!r} is not a letter and then a-z, 0-9, _ or -"
    if not found.summary:
        yield f"{found.module}: has no docstring; its first line is what 'fuzz list' shows"
    for kind in (found.target.checks, found.target.subjects, found.target.faults):
        for name, thing in kind.items():
            if not thing.summary.strip() or "\n" in thing.summary:
                yield f"{found.name}: the summary of {name!r} is not one line"


def _of_subjects(found: Found, adapted: dict[str, Any]) -> Iterator[str]:
    """Every adapter loads and can be made, its requirements and pins can be read; what was made
    is put into `adapted`."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    for name, subject in found.target.subjects.items():
        try:
            for span, pinned in subject.pins.items():
                SpecifierSet(span)
                for text in pinned:
                    requirements.read(text)
            if subject.pins and subject.package is None:
                yield f"{found.name}@{name}: has pins but no package"
            if requirements.check_requirements(subject) or subject.argument:
                continue
            make = registry.adapter(found, name)
        except (FarmError, InvalidSpecifier) as refused:
            yield f"{found.name}@{name}: {refused}"
            continue
        problem, error, made = _called(f"{found.name}@{name}: adapter", make)
        if error is None:
            adapted[name] = made
        else:
            yield problem


def _of_checks(found: Found, adapted: dict[str, Any]) -> Iterator[str]:
    for name, check in found.target.checks.items():
        where = f"{found.name}:{name}"
        if isinstance(check, Tests):
            continue  # a user's tests: nothing of them is here
        if not isinstance(check, Fuzz):
            for subject in applicable(found, check):
                if subject in adapted and not found.target.on_purpose:
                    yield from _of_choices(found, check, f"{where}@{subject}", adapted[subject])
            continue
        try:
            call = registry.load(check.check, where)
        except FarmError as refused:
            yield str(refused)
            continue
        names = applicable(found, check)
        kinds: dict[Inputs, list[str]] = {}
        for subject in names:
            kinds.setdefault(inputs_of(check, found.target.subjects[subject]), []).append(subject)
        for inputs, subjects in kinds.items():
            yield from _of_inputs(found, check, inputs, where)
            for subject in subjects:
                if subject in adapted and not found.target.on_purpose:
                    yield from _of_runs(found, name, (subject, inputs), call, adapted[subject])


def _of_choices(
    found: Found, check: Property | Machine, what: str, adapted: object
) -> Iterator[str]:
    """A few test cases of plain Hypothesis run; the default subject passes them."""
    try:
        test = hypotheses.test_of(check, adapted, what, max_examples=EXAMPLES)
    except FarmError as refused:
        yield str(refused)
        return
    default = what.rpartition("@")[2] == next(iter(found.target.subjects))
    problem, error, _ = _called(what, test)
    if error is not None and (default or _is_misfit(error, found)):
        yield problem


def _of_runs(
    found: Found, name: str, pair: tuple[str, Inputs], call: Callable[..., object], adapted: object
) -> Iterator[str]:
    """The default subject passes on every seed and every input that once failed; the others and
    the check fit together."""
    subject, inputs = pair
    what = f"{found.name}:{name}@{subject}"
    default = subject == next(iter(found.target.subjects))
    kept = _regressions(found, name) if default else []
    for kind, path in [*(("seed", path) for path in _seeds(found, inputs)), *kept]:
        run = functools.partial(call, path.read_bytes(), adapted)
        problem, error, _ = _called(f"{what}: {kind} {path.name}", run)
        if error is not None and (default or _is_misfit(error, found)):
            yield problem


def _of_inputs(found: Found, check: Fuzz, inputs: Inputs, where: str) -> Iterator[str]:
    """Seeds and dictionary can be read, and what makes and cuts inputs keeps to its promise."""
    seeds = list(_seeds(found, inputs))
    if not seeds:
        yield f"{where}: no seeds in {found.corpus / inputs.seeds}: add at least one small input"
    for path in seeds:
        if path.stat().st_size > check.max_size_bytes:
            yield f"{where}: seed {path.name} is larger than {check.max_size_bytes} bytes"
    yield from _of_dictionary(found, inputs, where)
    samples = [path.read_bytes() for path in seeds]
    try:
        if inputs.mutate is not None:
            yield from _of_mutate(check, where, registry.load(inputs.mutate, where), samples)
        if inputs.tokens is not None:
            yield from _of_tokens(where, registry.load(inputs.tokens, where), samples)
        if inputs.strategy is not None:
            registry.load(inputs.strategy, where)
    except FarmError as refused:
        yield str(refused)


def _of_tokens(where: str, tokens: Callable[[bytes], Any], samples: list[bytes]) -> Iterator[str]:
    """Joined, the pieces of an input are the input."""
    for data in (b"", b"\x00\xff", *samples):
        what = f"{where}: tokens of {data[:20]!r}"
        problem, error, pieces = _called(what, functools.partial(tokens, data))
        if error is not None:
            yield problem
        elif b"".join(pieces) != data:
            yield f"{what} do not join to it"


def _of_faults(found: Found) -> Iterator[str]:
    for name, fault in found.target.faults.items():
        for check in fault.checks or ():
            if check not in found.target.checks:
                yield f"{found.name}: fault {name!r} names the check {check!r}, which is not there"


def _of_dictionary(found: Found, inputs: Inputs, where: str) -> Iterator[str]:
    if inputs.dictionary is None or not (found.corpus / inputs.dictionary).is_file():
        return
    try:
        text = (found.corpus / inputs.dictionary).read_text(encoding="utf-8")
        if not dictionary_entries(text):
            yield f"{where}: dictionary {inputs.dictionary} has no entries"
    except ValueError as error:
        yield f"{where}: dictionary {inputs.dictionary}: {error}"


def _of_mutate(
    check: Fuzz, where: str, mutate: Callable[..., object], seeds: list[bytes]
) -> Iterator[str]:
    """`mutate` gives bytes of at most the size allowed, the same for the same random numbers."""
    for seed in range(MUTATIONS):
        data = seeds[seed % len(seeds)] if seeds and seed else b""
        max_size = check.max_size_bytes if seed % 2 else 1 + seed
        what = f"{where}: mutate of {data[:20]!r} with seed {seed} and size {max_size}"
        results = []
        for _ in range(2):
            try:
                results.append(mutate(data, max_size, random.Random(seed)))
            except Exception as error:  # a target's own code: any error of it is a broken promise
                yield f"{what} raises {_told(error)}"
                return
        if not isinstance(results[0], bytes):
            yield f"{what} returns a {type(results[0]).__name__}, not bytes"
            return
        if len(results[0]) > max_size:
            yield f"{what} returns {len(results[0])} bytes"
            return
        if results[0] != results[1]:
            yield f"{what} differs when repeated: use only the random numbers that it is given"
            return


def _seeds(found: Found, inputs: Inputs) -> Iterator[pathlib.Path]:
    folder = found.corpus / inputs.seeds
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if _is_input(path))


def _regressions(found: Found, check: str) -> list[tuple[str, pathlib.Path]]:
    """Inputs that once failed and were kept: the word for them, and where they are."""
    paths = (found.corpus / "regressions" / check).glob("crash-*")
    return [("regression", path) for path in sorted(paths)]


def _is_input(path: pathlib.Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def _called(what: str, call: Callable[[], Any]) -> tuple[str, BaseException | None, Any]:
    """The problem in words, the error, and what was returned."""
    try:
        return "", None, call()
    except (Exception, SystemExit) as error:
        # Whatever escapes from a target's own code is a broken promise, told with its place.
        return f"{what} raises {_told(error)}", error, None


def _told(error: BaseException) -> str:
    text = " ".join(str(error).split())
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {text[:200]} at {last.filename}:{last.lineno}"


def _is_misfit(error: BaseException, found: Found) -> bool:
    """Whether check and adapter do not fit together. Of a subject other than the default, any
    other failure on a seed may be its own bug, which is for a run to find."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    inside = pathlib.Path(last.filename).resolve().is_relative_to(found.folder)
    return inside and isinstance(error, _MISFITS)
