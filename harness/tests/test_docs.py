"""Documents tell the truth: commands exist, links lead somewhere, exit codes are the code's."""

from __future__ import annotations

import dataclasses
import importlib
import pathlib
import re
import shlex
from collections.abc import Iterator

import click
import pytest

from harness import outcome
from targets.errors import FarmError, MissingError

ROOT = pathlib.Path(__file__).resolve().parents[2]
GROUPS = {
    "fuzz": "harness.cli:fuzz",
    "triage": "triage.cli:triage",
    "reports": "reports.cli:reports",
}
LEADING = re.compile(r"^(?:\$ |sudo |uv run (?:--all-extras )?|run: )+")
WORKFLOW_COMMAND = re.compile(r"^\s*(?:- )?(?:run: )?(uv run .+)$", re.MULTILINE)


@dataclasses.dataclass(frozen=True, slots=True)
class Quoted:
    """A command of ours that a document names; a whole one can be typed as it stands."""

    words: tuple[str, ...]
    whole: bool


def group(name: str) -> click.Group:
    """The click group behind one of our programs."""
    module, _, attribute = GROUPS[name].partition(":")
    found = getattr(importlib.import_module(module), attribute)
    assert isinstance(found, click.Group)
    return found


def documents(root: pathlib.Path) -> list[pathlib.Path]:
    """Every README and all documents of `.github`, wherever a tool left none of its own."""
    places = [*root.glob("README.md"), *root.glob("[a-z]*/**/README.md")]
    places += root.glob(".github/*.md")
    return sorted(path for path in places if "build" not in path.parts)


def quoted(markdown: str) -> Iterator[Quoted]:
    """Commands of ours in fenced blocks (whole) and in backticks (perhaps only a name)."""
    fence = re.compile(r"^\s*```.*?\n(.*?)^\s*```", re.MULTILINE | re.DOTALL)
    for block in fence.findall(markdown):
        for line in block.replace("\\\n", " ").splitlines():
            yield from commands(line, whole=True)
    for span in re.findall(r"`([^`\n]+)`", fence.sub("", markdown)):
        yield from commands(span, whole=False)


def commands(line: str, whole: bool) -> Iterator[Quoted]:
    """The commands of ours in one line of shell."""
    for part in re.split(r"&&|\|\|?|;", line):
        try:
            words = shlex.split(LEADING.sub("", part.strip()), comments=True)
        except ValueError:  # an apostrophe in prose: no line of shell
            continue
        if words and words[0] in GROUPS:
            yield Quoted(tuple(words), whole)


def objection(command: Quoted) -> str | None:
    """Why the command cannot be typed like this; None when it can."""
    name, *rest = command.words
    found: click.Command = group(name)
    context = click.Context(found, info_name=name)
    while isinstance(found, click.Group) and rest and not rest[0].startswith("-"):
        inner = found.get_command(context, rest[0])
        if inner is None:
            return f"{context.command_path} has no command {rest[0]}"
        found, context = inner, click.Context(inner, info_name=rest.pop(0), parent=context)
    try:
        values, left, _ = found.make_parser(context).parse_args(args=list(rest))
    except click.UsageError as error:
        return f"{context.command_path}: {error.format_message()}"
    if isinstance(found, click.Group):
        return f"{context.command_path} takes no {left}" if left else None
    if left and not context.allow_extra_args:
        return f"{context.command_path} takes no {left}"
    missing = [
        parameter.name
        for parameter in found.params
        if parameter.required and is_missing(parameter, values.get(parameter.name or ""))
    ]
    return f"{context.command_path} needs {missing}" if missing and command.whole else None


def is_missing(parameter: click.Parameter, value: object) -> bool:
    """Whether nothing was given for it; click has a word of its own for that since 8.3."""
    return value is None or value == () or parameter.value_is_missing(value)


def verbs(found: click.Command, path: str) -> Iterator[str]:
    """Every command below, as typed: `fuzz bench keepgoing`."""
    if not isinstance(found, click.Group):
        yield path
        return
    context = click.Context(found, info_name=path)
    for name in found.list_commands(context):
        inner = found.get_command(context, name)
        assert inner is not None, f"{path} lists {name} and does not have it"
        if not inner.hidden:
            yield from verbs(inner, f"{path} {name}")


def dead_links(document: pathlib.Path) -> list[str]:
    """Relative links that lead to no file, or to no heading of one."""
    dead = []
    text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        place = document.parent / file if file else document
        if not place.exists() or (anchor and anchor not in headings(place)):
            dead.append(link)
    return dead


def headings(document: pathlib.Path) -> set[str]:
    """Anchors of a document's headings, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}


DOCUMENTS = documents(ROOT)


def named(path: pathlib.Path) -> str:
    """A document's name in the test report."""
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_command_in_a_document_exists(document: pathlib.Path) -> None:
    """What a reader can copy runs: the command, its verbs and each of its options exist."""
    text = document.read_text(encoding="utf-8")
    assert [said for command in quoted(text) if (said := objection(command))] == []


@pytest.mark.parametrize("workflow", sorted(ROOT.glob(".github/workflows/*.yml")), ids=named)
def test_every_command_in_a_workflow_exists(workflow: pathlib.Path) -> None:
    """Nightly jobs must not find out at night that an option was renamed."""
    text = re.sub(r"\$\{\{.*?\}\}", "1", workflow.read_text(encoding="utf-8"))
    said = [
        objection(command)
        for line in WORKFLOW_COMMAND.findall(text)
        for command in commands(line, whole=True)
    ]
    assert [one for one in said if one] == []


@pytest.mark.parametrize("program", GROUPS)
def test_the_readme_names_every_command(program: str) -> None:
    """No command is a secret."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    told = {" ".join(command.words) for command in quoted(text)}
    secret = [
        verb
        for verb in verbs(group(program), program)
        if not any(one == verb or one.startswith(f"{verb} ") for one in told)
    ]
    assert secret == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_links_lead_somewhere(document: pathlib.Path) -> None:
    """Every relative link reaches a file, and its heading if it names one."""
    assert dead_links(document) == []


def test_every_room_has_a_readme() -> None:
    """Who enters a room finds its map."""
    rooms = ("targets", "corpus", "harness", "triage", "reports")
    assert [room for room in rooms if not (ROOT / room / "README.md").is_file()] == []


def test_exit_codes_are_those_of_the_code() -> None:
    """The README's table of exit codes says what the programs return."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| (\d+) \| (.+?) \|$", text, re.MULTILINE))
    codes = {0, 1, FarmError.exit_code, MissingError.exit_code}
    codes |= {outcome.BROKEN, outcome.INTERRUPTED, outcome.NOBODY_READS}
    assert set(table) == {str(code) for code in codes}
    assert "wrong" in table[str(FarmError.exit_code)]
    assert "missing" in table[str(MissingError.exit_code)]
    assert "broke" in table[str(outcome.BROKEN)]
    assert "interrupted" in table[str(outcome.INTERRUPTED)]


def test_ci_runs_the_command_of_the_readme() -> None:
    """What is promised is what is checked: `.ci/run` ends with the README's test command."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    _, told = next(line for line in text.splitlines() if "pytest" in line).split("&&", 1)
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.rstrip().splitlines()[-1] == told.split("#")[0].strip()


def test_the_readme_opens_with_two_commands() -> None:
    """Two lines that anyone can paste stand before everything that explains them."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = text.split("```")[1].splitlines()[1:]
    assert [line.split("#")[0].strip() for line in block] == [
        "pip install uv && uv run fuzz run resp --minutes 1",
        "pip install uv && uv run --all-extras pytest",
    ]
    assert text.index("```") < 400


UNTRUE = [
    ("`fuzz fly`", "fuzz has no command fly"),
    ("`fuzz run --altitude 3`", "No such option"),
    ("```\n$ uv run fuzz list && fuzz fly\n```", "fuzz has no command fly"),
    ("```sh\nuv run triage show crash-1 --in-colour\n```", "No such option"),
    ("```\nfuzz replay\n```", "fuzz replay needs"),
]


@pytest.mark.parametrize(("markdown", "said"), UNTRUE, ids=[text for text, _ in UNTRUE])
def test_an_untrue_document_is_caught(markdown: str, said: str) -> None:
    """A command, option or argument that does not exist is seen wherever it is written."""
    assert any(said in (objection(command) or "") for command in quoted(markdown))


def test_a_dead_link_is_caught(tmp_path: pathlib.Path) -> None:
    """A link to a file or heading that is not there is seen; web addresses are left alone."""
    document = tmp_path / "README.md"
    document.write_text(
        "# Exit codes\n[a](gone.md) [b](#exit-codes) [c](#gone) [d](https://example.org)\n",
        encoding="utf-8",
    )
    assert dead_links(document) == ["gone.md", "#gone"]
