"""Reads what the user selects, `target[:check][@subject[==version]]`, and finds what it means.

A subject is written by its name or a glob, or by the name of a package, which means all subjects
that come from it; `+FAULT` after it plants a fault, and `name://ARGUMENT` says what it is made of.
"""

from __future__ import annotations

import dataclasses
import difflib
import fnmatch
import ipaddress
import re
import urllib.parse
from collections.abc import Iterable

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from targets.errors import FarmError
from targets.kinds import Check, Spelled, Subject, spelled
from targets.registry import Found, Registry

FORM = "write target[:check][@subject[==version]], e.g. resp, 'resp:*', resp:parse@redis-py==5.0.0"
_PART = re.compile(r"[A-Za-z0-9_.*?\[\]!-]+")
_GLOB = re.compile(r"[*?\[]")
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
    fault: str = ""
    argument: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Selected:
    """One check on one subject. `named`: target and subject were written out, without globs."""

    found: Found
    check_name: str
    check: Check
    subject_name: str
    """As spelled: with the fault that is planted in it, or what it is made of."""
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
    if "://" in right:
        made = spelled(right)
        return Pattern(text, target, check or None, made.name, argument=_argument(text, made))
    subject, pin, version = right.partition("==")
    subject, plus, fault = subject.partition("+")
    if plus and (pin or _PART.fullmatch(fault) is None):
        raise _malformed(text, "a fault is planted in a reference: +NAME, and no version")
    if not (plus and not subject) and _PART.fullmatch(subject) is None:
        raise _malformed(text, f"{subject!r} is no subject (a pin is exact: ==VERSION)")
    pinned = _version(text, version) if pin else None
    return Pattern(text, target, check or None, subject or None, pinned, fault)


def with_fault(text: str, fault: str) -> str:
    """The selection with this fault planted; FarmError when it pins a version."""
    pattern = parse(text)
    if pattern.fault or pattern.argument or pattern.version:
        raise FarmError(f"--fault {fault} is for a reference subject: {text!r} selects another")
    return f"{text}+{fault}" if "@" in text else f"{text}@+{fault}"


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
    if pattern.argument:
        _must_take(pattern, targets)
    elif pattern.subject is not None:
        subjects = [item for found in targets for item in found.target.subjects.items()]
        packages = {item.package for _, item in subjects if item.package is not None}
        if not any(same_package(pattern.subject, package) for package in packages):
            names = {name for name, _ in subjects}
            _must_match(pattern.subject, names, f"subject of {_those(targets)}:")
    for found in targets:
        if pattern.fault and pattern.fault not in found.target.faults:
            _must_match(pattern.fault, set(found.target.faults), f"fault of {found.name}:")
    selected = [
        item
        for found in targets
        for check_name, check in found.target.checks.items()
        if pattern.check is None or fnmatch.fnmatchcase(check_name, pattern.check)
        for item in _on_subjects(pattern, found, check_name, check)
    ]
    if not selected:
        if too_old := _unsupported(pattern, targets):
            raise FarmError(f"{pattern.text!r} selects nothing: {too_old}: pin one that fits")
        applies = "; ".join(
            f"{found.name}:{name} is for {', '.join(applicable(found, check))}"
            for found in targets
            for name, check in found.target.checks.items()
            if pattern.check is None or fnmatch.fnmatchcase(name, pattern.check)
        )
        raise FarmError(f"{pattern.text!r} selects nothing: {applies or FORM}")
    return selected


def _must_take(pattern: Pattern, targets: list[Found]) -> None:
    """FarmError unless one of the targets has a subject that is made of such an argument."""
    known = {
        f"{name}://{item.argument}"
        for found in targets
        for name, item in found.target.subjects.items()
        if item.argument
    }
    if not any(spelled(text).name == pattern.subject for text in known):
        takes = f"takes {', '.join(sorted(known))}" if known else "takes nothing of this kind"
        raise FarmError(
            f"{pattern.text!r}: {_those(targets)} {takes}: select a subject: "
            f"{', '.join(name for found in targets for name in found.target.subjects)}"
        )


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
    subjects = found.target.subjects
    names = [name for name in applicable(found, check) if _is_meant(pattern, found, name)]
    if pattern.subject is None or is_glob(pattern.subject):
        # What needs an argument has nothing to run on without one.
        names = [name for name in names if not subjects[name].argument]
    if pattern.subject is None:
        default = next((name for name, item in subjects.items() if not item.argument), None)
        names = [name for name in names[:1] if not pattern.fault or name == default]
    if pattern.version is not None:
        names = [name for name in names if _has_versions(pattern, found, name)]
    named = (
        not is_glob(pattern.target) and pattern.subject is not None and not is_glob(pattern.subject)
    )
    return [
        Selected(
            found,
            check_name,
            check,
            _spelling(pattern, name),
            subjects[name],
            pattern.version,
            named,
        )
        for name in names
    ]


def _is_meant(pattern: Pattern, found: Found, name: str) -> bool:
    """Whether the pattern means this subject: by its name, or else by its package."""
    wanted, subject = pattern.subject, found.target.subjects[name]
    if pattern.fault and subject.package is not None:
        return False
    if wanted is None or fnmatch.fnmatchcase(name, wanted):
        return True
    if is_glob(wanted) or wanted in found.target.subjects:
        return False
    by_package = subject.package is not None and same_package(subject.package, wanted)
    return by_package and (pattern.version is None or _supports(subject, pattern.version))


def _supports(subject: Subject, version: str) -> bool:
    """Whether what the subject requires of its own package allows the version."""
    needed = [Requirement(text) for text in subject.requires if ":" not in text]
    return all(
        item.specifier.contains(version, prereleases=True)
        for item in needed
        if subject.package is not None and same_package(item.name, subject.package)
    )


def _unsupported(pattern: Pattern, targets: list[Found]) -> str:
    """What subjects of the named package require of it, when the pinned version is the reason."""
    if pattern.version is None or pattern.subject is None:
        return ""
    needs = {
        f"{name} of {found.name} needs {text}"
        for found in targets
        for name, item in found.target.subjects.items()
        if item.package is not None and same_package(item.package, pattern.subject)
        if not _supports(item, pattern.version)
        for text in item.requires
        if ":" not in text and same_package(Requirement(text).name, item.package)
    }
    return ", ".join(sorted(needs))


def same_package(one: str, other: str) -> bool:
    """Whether two names mean the same distribution (`Zope.Interface`, `zope-interface`)."""
    return canonicalize_name(one) == canonicalize_name(other)


def _spelling(pattern: Pattern, name: str) -> str:
    if pattern.argument:
        return f"{name}://{pattern.argument}"
    return f"{name}+{pattern.fault}" if pattern.fault else name


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


def _argument(text: str, made: Spelled) -> str:
    """What follows `name://`; of `tcp` the address of a server on this machine, in one form."""
    if _PART.fullmatch(made.name) is None or not made.argument:
        raise _malformed(text, "write name://ARGUMENT, e.g. tcp://127.0.0.1:6379")
    return _address(text, f"tcp://{made.argument}") if made.name == "tcp" else made.argument


def _address(text: str, url: str) -> str:
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
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _malformed(text: str, reason: str) -> FarmError:
    return FarmError(f"malformed selection {text!r}: {reason}: {FORM}")
