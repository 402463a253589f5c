"""Reads what the user selects, `target[:check][@subject[==version]]`, and finds what it means."""

from __future__ import annotations

import dataclasses
import difflib
import fnmatch
import ipaddress
import re
import urllib.parse
from collections.abc import Iterable

from packaging.version import InvalidVersion, Version

from targets.errors import FarmError
from targets.kinds import Check, Subject
from targets.registry import Found, Registry

FORM = "write target[:check][@subject[==version]], e.g. resp, 'resp:*', resp:parse@redis-py==5.0.0"
_PART = re.compile(r"[A-Za-z0-9_.*?\[\]!-]+")
_GLOB = re.compile(r"[*?\[]")
_ADDRESS = "tcp://"
_LISTED = 8
"""Names that an error message lists when none is near."""


@dataclasses.dataclass(frozen=True, slots=True)
class Pattern:
    """A selection as written; `check` and `subject` are None when left out."""

    text: str
    target: str
    check: str | None = None
    subject: str | None = None
    version: str | None = None
    address: tuple[str, int] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Selected:
    """One check on one subject. `named`: target and subject were written out, without globs."""

    found: Found
    check_name: str
    check: Check
    subject_name: str
    subject: Subject
    version: str | None = None
    named: bool = False

    @property
    def name(self) -> str:
        """The selection of exactly this, e.g. `resp:parse@redis-py==8.1.0`."""
        pin = f"=={self.version}" if self.version else ""
        return f"{self.found.name}:{self.check_name}@{self.subject_name}{pin}"


def parse(text: str) -> Pattern:
    """The parts of one selection; FarmError when it is malformed."""
    left, at, right = text.partition("@")
    target, colon, check = left.partition(":")
    if not text.strip():
        raise FarmError(f"the selection is empty: {FORM}")
    if not target:
        raise _malformed(text, "it names no target")
    if (colon and not check) or (at and not right):
        raise _malformed(text, f"nothing follows {':' if colon and not check else '@'!r}")
    for part in (target, check):
        if part and _PART.fullmatch(part) is None:
            raise _malformed(text, f"{part!r} is no name or glob")
    if not at:
        return Pattern(text, target, check or None)
    if right.startswith(_ADDRESS):
        return Pattern(text, target, check or None, address=_address(text, right))
    subject, pin, version = right.partition("==")
    if _PART.fullmatch(subject) is None:
        raise _malformed(text, f"{subject!r} is no subject (a pin is exact: ==VERSION)")
    return Pattern(text, target, check or None, subject, _version(text, version) if pin else None)


def select(texts: Iterable[str], registry: Registry) -> list[Selected]:
    """What the selections mean, each once, in the order written; FarmError if one means nothing."""
    selected: dict[str, Selected] = {}
    for text in texts:
        for item in _expand(parse(text), registry):
            earlier = selected.setdefault(item.name, item)
            if item.named and not earlier.named:
                selected[item.name] = item
    return list(selected.values())


def is_glob(part: str) -> bool:
    """Whether a part of a selection can match more than one name."""
    return _GLOB.search(part) is not None


def _expand(pattern: Pattern, registry: Registry) -> list[Selected]:
    targets = _targets(pattern, registry)
    if pattern.check is not None:
        names = {name for found in targets for name in found.target.checks}
        _must_match(pattern.check, names, f"check of {_those(targets)}:")
    if pattern.subject is not None:
        names = {name for found in targets for name in found.target.subjects}
        _must_match(pattern.subject, names, f"subject of {_those(targets)}:")
    selected = [
        item
        for found in targets
        for check_name, check in found.target.checks.items()
        if pattern.check is None or fnmatch.fnmatchcase(check_name, pattern.check)
        for item in _on_subjects(pattern, found, check_name, check)
    ]
    if not selected:
        applies = "; ".join(
            f"{found.name}:{name} is for {', '.join(applicable(found, check))}"
            for found in targets
            for name, check in found.target.checks.items()
            if pattern.check is None or fnmatch.fnmatchcase(name, pattern.check)
        )
        raise FarmError(f"{pattern.text!r} selects nothing: {applies or FORM}")
    return selected


def _targets(pattern: Pattern, registry: Registry) -> list[Found]:
    """The targets that the first part means; one that fails on purpose only when written out."""
    broken = {item.name: item.error for item in registry.broken}
    if not is_glob(pattern.target):
        if pattern.target in broken:
            raise broken[pattern.target]
        if pattern.target in registry.found:
            return [registry.found[pattern.target]]
    matching = [
        found for name, found in registry.found.items() if fnmatch.fnmatchcase(name, pattern.target)
    ]
    targets = [found for found in matching if not found.target.on_purpose]
    if matching and not targets:
        raise FarmError(
            f"{pattern.target!r} matches only {_those(matching)}, which fails on purpose: "
            "write its name out"
        )
    if not targets:
        try:
            _must_match(pattern.target, set(registry.found), "target")
        except FarmError as error:
            causes = "".join(f"; broken: {item.error}" for item in registry.broken)
            raise FarmError(f"{error}{causes}") from None
    return targets


def applicable(found: Found, check: Check) -> list[str]:
    """Names of the subjects that the check is for, the target's default first."""
    return [name for name in found.target.subjects if name in (check.subjects or (name,))]


def _on_subjects(pattern: Pattern, found: Found, check_name: str, check: Check) -> list[Selected]:
    if pattern.address is not None:
        host, port = pattern.address
        raise FarmError(
            f"{pattern.text!r}: {found.name}:{check_name} calls its subject in its own process, "
            f"there is nothing to attach to at {host}:{port}: select a subject: "
            f"{', '.join(applicable(found, check))}"
        )
    names = applicable(found, check)
    if pattern.subject is None:
        names = names[:1]
    else:
        names = [name for name in names if fnmatch.fnmatchcase(name, pattern.subject)]
    if pattern.version is not None:
        names = [name for name in names if _has_versions(pattern, found, name)]
    named = (
        not is_glob(pattern.target) and pattern.subject is not None and not is_glob(pattern.subject)
    )
    return [
        Selected(
            found, check_name, check, name, found.target.subjects[name], pattern.version, named
        )
        for name in names
    ]


def _has_versions(pattern: Pattern, found: Found, subject_name: str) -> bool:
    """Whether a pin makes sense; a subject written out that has no package is a FarmError."""
    if found.target.subjects[subject_name].package is not None:
        return True
    if pattern.subject is not None and is_glob(pattern.subject):
        return False
    raise FarmError(
        f"{pattern.text!r}: subject {subject_name} of {found.name} comes from no package and has "
        f"no versions: leave out =={pattern.version}"
    )


def _must_match(glob: str, names: set[str], what: str) -> None:
    if any(fnmatch.fnmatchcase(name, glob) for name in names):
        return
    near = difflib.get_close_matches(glob, sorted(names), n=3, cutoff=0.5)
    if near:
        hint = f"did you mean {' or '.join(near)}?"
    elif len(names) > _LISTED:
        hint = f"there are {len(names)}."
    else:
        hint = f"there are: {', '.join(sorted(names))}." if names else "there are none."
    raise FarmError(f"unknown {what} {glob!r}: {hint} 'fuzz list' shows them all")


def _those(targets: list[Found]) -> str:
    names = [found.name for found in targets]
    return ", ".join(names) if len(names) <= _LISTED else f"{len(names)} targets"


def _version(text: str, version: str) -> str:
    if not version:
        raise _malformed(text, "no version follows '=='")
    try:
        return str(Version(version))
    except InvalidVersion:
        raise _malformed(text, f"{version!r} is no version (a pin is exact: ==1.2.3)") from None


def _address(text: str, url: str) -> tuple[str, int]:
    example = "write @tcp://127.0.0.1:6379"
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port or parts.path or parts.query or parts.username is not None:
        raise FarmError(f"malformed address in {text!r}: {example}")
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise FarmError(f"{text!r}: the farm attacks only this machine, not {host}: {example}")
    return host, port


def _malformed(text: str, reason: str) -> FarmError:
    return FarmError(f"malformed selection {text!r}: {reason}: {FORM}")
