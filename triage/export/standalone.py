"""A crash as one test file, which needs the subject and pytest, and nothing of the farm.

The test fails as long as the bug is there and passes once it is fixed. What the check and the
adapter need of the farm's and the user's code is in the file.
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import importlib.resources
import re
import shlex
import textwrap
from collections.abc import Callable, Iterable, Iterator

from harness.crash import Crash
from harness.environments import wanted_requirements
from targets.errors import FarmError
from targets.kinds import Fuzz, Subject
from targets.registry import ROOMS, Found, Registry
from targets.requirements import PROGRAM, installed
from targets.selection import Pattern, parse
from triage.export import apart, layout
from triage.export.closure import Closure
from triage.export.literals import in_docstring, is_packed, of_bytes
from triage.export.pieces import Import, is_standard

_METER = "targets.resource"
_WIDTH = 96
_MACHINERY = ("contextlib", "importlib.abc", "importlib.machinery", "linecache", "sys")
"""What the importer of embedded modules needs."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Case:
    """A crash, and what its target says of the check and the subject that it failed on."""

    crash: Crash
    pattern: Pattern
    found: Found
    check: Fuzz
    subject: Subject

    @property
    def test(self) -> str:
        return f"test_{self.crash.id.replace('-', '_')}"


def pytest_file(crash: Crash, registry: Registry) -> str:
    """The source of a test file for `crash`, whose target is in `registry`.

    FarmError when its target, check or subject is not there any more, or when their code cannot
    be copied into one file.
    """
    case = _case(crash, registry)
    closure = Closure(_embeds(case))
    for reference in (case.check.check, case.subject.adapter):
        closure.add(*_start(reference))
    data = of_bytes(crash.data)
    modules = ["base64", "zlib"] if is_packed(data) else []
    if apart.is_wanted(crash):
        modules += apart.modules(crash.kind)
    reserved = frozenset({"DATA", case.test, *modules, *apart.NAMES})
    metered = any(module.name == _METER for module in closure.modules)
    # The meter tells modules by their names, so they have to stay modules.
    plain = None if metered else layout.flat(closure, reserved)
    others = _others(case, closure)
    modules += ["pytest"] if others else []
    imports = [Import(name, None, name.partition(".")[0]) for name in modules]
    if plain is None:
        imports += [Import(name, None, name.partition(".")[0]) for name in _MACHINERY]
        code = [_template("embedded.py.txt"), layout.embedded(closure)]
    else:
        imports += [*plain[0], *_entries(case, closure)]
        code = [plain[1]] if plain[1] else []
    parts = [
        _docstring(case, closure),
        *([layout.import_lines(imports)] if imports else []),
        f"DATA = {data}",
        *_test(case, _calls(case, flat=plain is not None, metered=metered), others),
        *code,
        *(['if __name__ == "__main__":\n    main()'] if apart.is_wanted(crash) else []),
    ]
    return _checked(crash, _joined(parts))


def file_name(crash: Crash) -> str:
    """What its test file is called: pytest finds it by that."""
    return f"test_{crash.id.replace('-', '_')}.py"


def _case(crash: Crash, registry: Registry) -> _Case:
    pattern = parse(crash.example.selection)
    found = registry.found.get(pattern.target)
    if found is None:
        broken = [item.error for item in registry.broken if item.name == pattern.target]
        raise FarmError(
            f"{crash.id} cannot become a test: "
            + (str(broken[0]) if broken else f"there is no target {pattern.target!r} here")
        )
    if pattern.fault:
        raise FarmError(
            f"{crash.id} is of the planted fault {pattern.fault}, which only the farm has: there "
            f"is nothing to export; show it by 'fuzz replay {crash.id}'"
        )
    check = found.target.checks.get(pattern.check or "")
    subject = found.target.subjects.get(pattern.subject or "")
    if check is None or subject is None:
        raise FarmError(
            f"{crash.id} cannot become a test: target {found.name} has no longer what "
            f"{crash.example.selection} names"
        )
    if not isinstance(check, Fuzz):
        raise FarmError(
            f"{crash.id} is a test case of Hypothesis, not a file of bytes: there is no export of "
            f"it; show it by 'fuzz replay {crash.id}'"
        )
    return _Case(crash, pattern, found, check, subject)


def _embeds(case: _Case) -> Callable[[str], bool]:
    """Which modules are copied: the farm's and those of the package that holds the target, but
    for the subject's own when it lives elsewhere in that package."""
    module = case.found.module
    top = module.partition(".")[0]
    outside = [
        name for name in case.subject.instrument if not _below(name, module) and top not in ROOMS
    ]
    shared = any(name.partition(".")[0] == top for name in outside)
    roots = (*ROOMS, module if shared else top)
    return lambda name: any(_below(name, root) for root in roots)


def _below(name: str, root: str) -> bool:
    return name == root or name.startswith(f"{root}.")


def _start(reference: str) -> tuple[str, str]:
    """The module of a reference, and the name in it that all begins with."""
    module, _, path = reference.partition(":")
    return module, path.partition(".")[0]


def _entries(case: _Case, closure: Closure) -> Iterator[Import]:
    """Imports of a check and an adapter that are not copied."""
    for reference in (case.check.check, case.subject.adapter):
        module, name = _start(reference)
        if not closure.embeds(module):
            yield Import(module, name, name)


def _calls(case: _Case, *, flat: bool, metered: bool) -> apart.Calls:
    """How the test reaches the check and the subject."""
    references = (case.check.check, case.subject.adapter)
    check, adapter = (reference.partition(":")[2] for reference in references)
    made = f"{adapter}({case.pattern.argument!r})" if case.subject.argument else f"{adapter}()"
    if flat:
        return apart.Calls((), made, check)
    wanted = [Import(module, name, name) for module, name in map(_start, references)]
    imports = layout.import_lines(wanted).split("\n")
    if metered:
        imports = [f"import {_METER}", *imports, "", f"{_METER}.every = 1  # measure always"]
    return apart.Calls(tuple(imports), made, check)


def _test(case: _Case, calls: apart.Calls, others: Iterable[str]) -> list[str]:
    """The test function; it is skipped where a package to compare with is missing."""
    first = [f'pytest.importorskip("{name}")' for name in others]
    if apart.is_wanted(case.crash):
        test, *rest = apart.source(case.crash.kind, case.check, calls)
    else:
        call = f"{calls.check}(DATA, {calls.subject})"
        if calls.imports:
            inside = textwrap.indent("\n".join([*calls.imports, "", call]), "    ")
            call = f"with embedded():\n{inside}"
        test, rest = call, []
    body = textwrap.indent("\n".join([*first, test]), "    ")
    head = f'def {case.test}() -> None:\n    """{_title(case.crash)}"""'
    return [f"{head}\n{body}", *rest]


def _title(crash: Crash) -> str:
    return in_docstring(textwrap.shorten(crash.title, 84, placeholder=" …"))


def _docstring(case: _Case, closure: Closure) -> str:
    crash, subject = case.crash, case.subject
    paragraphs = [
        crash.title,
        f"{crash.id}, found by fuzzing: target {case.found.name}, check {case.pattern.check} "
        f"({case.check.summary}), subject {case.pattern.subject} ({subject.summary}).",
        " ".join(_history(crash)),
        _promise(case, closure),
        f"All it needs: pip install {shlex.join(_needed(case, closure))}" + _programs(subject),
        f"With the farm, fuzzfarm: {crash.replay}",
    ]
    shown = [
        textwrap.fill(in_docstring(text), _WIDTH, break_long_words=False, break_on_hyphens=False)
        for text in paragraphs
        if text
    ]
    return '"""' + "\n\n".join(shown) + '\n"""'


def _programs(subject: Subject) -> str:
    names = [text.removeprefix(PROGRAM) for text in subject.requires if text.startswith(PROGRAM)]
    return f", and on PATH: {', '.join(names)}" if names else ""


def _history(crash: Crash) -> Iterator[str]:
    if crash.versions:
        yield f"Seen in {crash.package} {', '.join(crash.versions)}."
    for searched, found in crash.bisections.items():
        if found.first_bad is not None:
            yield f"It came with {found.first_bad} ({searched})."
        if found.first_fixed is not None:
            yield f"It is gone from {found.first_fixed} on ({searched})."
    if crash.reproduced:
        yield f"It failed {crash.reproduced} times when tried again."


def _promise(case: _Case, closure: Closure) -> str:
    promise = apart.promise(case.crash)
    prefixes = case.subject.instrument if case.subject.package is None else ()
    if any(_below(module.name, own) for own in prefixes for module in closure.modules):
        promise += " The subject comes from no package: its code, as it was, is copied below."
    return promise


def _needed(case: _Case, closure: Closure) -> list[str]:
    """Requirements of the environment in which it failed."""
    subject, with_ = case.subject, case.crash.example.requirements
    needed = ["pytest", *_others(case, closure).values()]
    if subject.package is not None:
        needed[1:1] = wanted_requirements(subject, case.pattern.version, with_) or [subject.package]
    return needed


def _others(case: _Case, closure: Closure) -> dict[str, str]:
    """Packages beside the subject's that the code imports: module → requirement.

    None for a crash of a pinned version: the environment made for it had only what the subject
    requires.
    """
    subject, with_ = case.subject, case.crash.example.requirements
    if subject.package is not None and (
        with_ or installed(subject.package) != case.pattern.version
    ):
        return {}
    own = {name.partition(".")[0] for name in subject.instrument}
    tops = {name.partition(".")[0] for name in closure.foreign if not is_standard(name)} - own
    if not tops:
        return {}
    providers = importlib.metadata.packages_distributions()
    listed = [subject.package or "", *subject.requires]
    known = {_canonical(re.split(r"[^\w.-]", text, maxsplit=1)[0]) for text in listed}
    others: dict[str, str] = {}
    for top in sorted(tops & providers.keys()):  # what is not here was not needed
        package = providers[top][0]
        if _canonical(package) not in known:
            others[top] = f"{package}=={installed(package)}"
    return others


def _canonical(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


def _template(name: str) -> str:
    folder = importlib.resources.files("triage.export") / "templates"
    return (folder / name).read_text(encoding="utf-8").strip("\n")


def _joined(parts: list[str]) -> str:
    airy = ("def ", "class ", "@", "if __name__", "# From")
    text = parts[0]
    before = ""
    for part in ["from __future__ import annotations", *parts[1:]]:
        near = not part.startswith(airy) and not before.startswith(airy)
        text += ("\n\n" if near else "\n\n\n") + part
        before = part
    return text + "\n"


def _checked(crash: Crash, source: str) -> str:
    try:
        compile(source, file_name(crash), "exec")
    except (SyntaxError, ValueError) as error:
        raise FarmError(
            f"{crash.id} cannot become a test: its code does not fit into one file: {error}"
        ) from error
    return source
