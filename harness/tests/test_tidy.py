"""The style of the farm as tests: every file keeps each rule, each rule catches its violation."""

from __future__ import annotations

import ast
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

EXCEPTIONS: dict[tuple[str, str], str] = {
    ("few_parameters", "harness/commands/run.py"): "click gives one parameter for each option",
}
"""(rule, path) → reason. It may only shrink: an entry that is not needed any more fails a test."""

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_PARAMETERS = 6
MAX_COLUMNS = 100
MAX_ROOM_README_LINES = 100
MAX_README_LINES = 140

EMPTY_WORD = re.compile(r"(util|helper|manager|common|base|misc)s?(\.py)?")
LEFT_BY_TOOLS = re.compile(r"__pycache__|dist|build|uv\.lock|\.(git|fuzz|venv|hypothesis|.+_cache)")
# Spelled in pieces, or this file would break its own rule.
MACHINE_WORDS = re.compile(
    "|".join(
        (
            re.escape("pypi" + ".org"),
            re.escape("python" + "hosted.org"),
            re.escape("registry." + "npmjs"),
            r"\b--(?:extra-)?index-" + r"url[ =]\S+:/",
            r"(?<![\w.])/" + r"(?:work|root)/",
            r"(?<![\w.])/" + r"(?:home|Users)/\w+/",
        )
    )
)


@dataclasses.dataclass(frozen=True, slots=True)
class File:
    """One text file: its path below the root with `/`, and its content."""

    path: str
    text: str

    @property
    def is_python(self) -> bool:
        return self.path.endswith(".py")

    @property
    def is_test(self) -> bool:
        return "tests" in self.path.split("/")[:-1]

    @property
    def is_data(self) -> bool:
        """Seeds and dictionaries are what they are: inputs need no style."""
        return self.path.startswith("corpus/") and not self.path.endswith((".py", ".md"))


Rule = Callable[[File], Iterator[str]]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(file: File) -> Iterator[Function]:
    for node in ast.walk(ast.parse(file.text)):
        if isinstance(node, Function):
            yield node


def short_files(file: File) -> Iterator[str]:
    """A Python file has at most 400 lines."""
    lines = len(file.text.splitlines())
    if file.is_python and lines > MAX_FILE_LINES:
        yield f"{lines} lines, at most {MAX_FILE_LINES}"


def short_functions(file: File) -> Iterator[str]:
    """A function has at most 60 lines, from `def` to its end."""
    for function in functions(file) if file.is_python else ():
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines > MAX_FUNCTION_LINES:
            yield f"{function.name} has {lines} lines, at most {MAX_FUNCTION_LINES}"


def few_parameters(file: File) -> Iterator[str]:
    """A function has at most 6 parameters, `self` aside; fixtures of tests are not counted."""
    if not file.is_python or file.is_test:
        return
    for function in functions(file):
        given = function.args
        names = [item.arg for item in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
        count = len(names) - (names[:1] in (["self"], ["cls"]))
        if count > MAX_PARAMETERS:
            yield f"{function.name} has {count} parameters, at most {MAX_PARAMETERS}"


def short_lines(file: File) -> Iterator[str]:
    """A line of Python has at most 100 columns."""
    for number, line in enumerate(file.text.splitlines() if file.is_python else (), 1):
        if len(line) > MAX_COLUMNS:
            yield f"line {number} has {len(line)} columns, at most {MAX_COLUMNS}"


def opening_sentence(file: File) -> Iterator[str]:
    """A Python file opens with a docstring, whose first paragraph is a sentence."""
    if not file.is_python:
        return
    docstring = ast.get_docstring(ast.parse(file.text), clean=True)
    if not docstring:
        yield "no module docstring"
    elif not docstring.split("\n\n")[0].rstrip().endswith((".", "!", "?", "…")):
        yield "the docstring does not open with a sentence"


def telling_names(file: File) -> Iterator[str]:
    """A file or folder is named by what it holds."""
    for part in file.path.split("/") if file.is_python else ():
        if EMPTY_WORD.fullmatch(part):
            yield f"the name {part!r} says nothing"


def at_home_anywhere(file: File) -> Iterator[str]:
    """No text names a package index's host or a path of one machine."""
    for number, line in enumerate(file.text.splitlines(), 1):
        found = MACHINE_WORDS.search(line)
        if found:
            yield f"line {number} names {found[0]!r}"


def clean_ends(file: File) -> Iterator[str]:
    """No blanks at the end of a line, and one newline at the end of a file."""
    if file.is_data or not file.text:
        return
    for number, line in enumerate(file.text.split("\n"), 1):
        if line != line.rstrip():
            yield f"line {number} ends with blanks"
    if not file.text.endswith("\n") or file.text.endswith("\n\n"):
        yield "it does not end with one newline"


def short_readmes(file: File) -> Iterator[str]:
    """A README below the top has at most 100 lines, the one at the top 140."""
    *folders, name = file.path.split("/")
    allowed = MAX_ROOM_README_LINES if folders else MAX_README_LINES
    lines = len(file.text.splitlines())
    if name == "README.md" and lines > allowed:
        yield f"{lines} lines, at most {allowed}"


def no_sleeping(file: File) -> Iterator[str]:
    """A test waits for what it wants, with a deadline; it never sleeps."""
    if not (file.is_python and file.is_test):
        return
    for node in ast.walk(ast.parse(file.text)):
        match node:
            case ast.Attribute(value=ast.Name(id="time"), attr="sleep"):
                yield f"line {node.lineno} sleeps"
            case ast.ImportFrom(module="time", names=names):
                if any(item.name == "sleep" for item in names):
                    yield f"line {node.lineno} imports sleep"


RULES: tuple[Rule, ...] = (
    short_files,
    short_functions,
    few_parameters,
    short_lines,
    opening_sentence,
    telling_names,
    at_home_anywhere,
    clean_ends,
    short_readmes,
    no_sleeping,
)


def paths(root: pathlib.Path) -> list[pathlib.Path]:
    """Files that are or could be committed; in an unpacked archive, all but what tools left."""
    if (root / ".git").exists() and shutil.which("git"):
        listed = subprocess.run(
            ["git", "ls-files", "-z", "-co", "--exclude-standard"],
            cwd=root,
            capture_output=True,
            check=True,
            text=True,
        )
        names = filter(None, listed.stdout.split("\0"))
        return sorted(path for path in (root / name for name in names) if path.is_file())
    return sorted(
        path
        for path in root.rglob("*")
        if path.is_file() and not any(map(LEFT_BY_TOOLS.fullmatch, path.relative_to(root).parts))
    )


def files(root: pathlib.Path) -> Iterator[File]:
    """The text files below `root`; what is not UTF-8 is data."""
    for path in paths(root):
        content = path.read_bytes()
        try:
            yield File(path.relative_to(root).as_posix(), content.decode())
        except UnicodeDecodeError:
            continue


def broken(rule: Rule, root: pathlib.Path) -> dict[str, list[str]]:
    """Path → what `rule` says against it."""
    return {file.path: said for file in files(root) if (said := list(rule(file)))}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_file_keeps_the_rule(rule: Rule) -> None:
    """The farm's own files keep each rule, but for the listed exceptions."""
    against = {
        path: said
        for path, said in broken(rule, ROOT).items()
        if (rule.__name__, path) not in EXCEPTIONS
    }
    assert not against, rule.__doc__


def test_exceptions_are_still_needed() -> None:
    """The list of exceptions only shrinks: who tidies a file must strike it from the list."""
    known = {rule.__name__: rule for rule in RULES}
    needed = {(name, path) for name, rule in known.items() for path in broken(rule, ROOT)}
    assert set(EXCEPTIONS) <= needed
    assert all(EXCEPTIONS.values()), "an exception needs a reason"


LONG_FUNCTION = '"""A file."""\ndef f():\n' + "    x = 1\n" * MAX_FUNCTION_LINES
PLANTED: list[tuple[Rule, str, str]] = [
    (short_files, "harness/long.py", '"""A file."""\n' + "x = 1\n" * MAX_FILE_LINES),
    (short_functions, "harness/one.py", LONG_FUNCTION),
    (few_parameters, "harness/one.py", "def f(a, b, c, /, d, e, *, f, g): ..."),
    (few_parameters, "harness/one.py", "class A:\n    def f(self, a, b, c, d, e, f, g): ..."),
    (short_lines, "harness/one.py", "x = '" + "x" * MAX_COLUMNS + "'\n"),
    (opening_sentence, "harness/one.py", "x = 1\n"),
    (opening_sentence, "harness/one.py", '"""things"""\n'),
    (telling_names, "harness/utils.py", '"""A file."""\n'),
    (telling_names, "harness/common/one.py", '"""A file."""\n'),
    (at_home_anywhere, "README.md", "see https://" + "pypi" + ".org/simple\n"),
    (at_home_anywhere, ".ci/run", "cd /" + "work/main\n"),
    (at_home_anywhere, "harness/one.py", "HOME = '/" + "home/jo/fuzz'\n"),
    (clean_ends, "README.md", "blanks \n"),
    (clean_ends, "README.md", "no newline"),
    (short_readmes, "harness/README.md", "line\n" * (MAX_ROOM_README_LINES + 1)),
    (short_readmes, "README.md", "line\n" * (MAX_README_LINES + 1)),
    (no_sleeping, "harness/tests/test_one.py", "import time\ntime" + ".sleep(1)\n"),
    (no_sleeping, "harness/tests/test_one.py", "from time import sleep\n"),
]


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    PLANTED,
    ids=[f"{rule.__name__}-{number}" for number, (rule, _, _) in enumerate(PLANTED)],
)
def test_a_planted_violation_is_caught(
    tmp_path: pathlib.Path, rule: Rule, path: str, text: str
) -> None:
    """Each rule sees a file that breaks it, outside of git as well."""
    planted = tmp_path / path
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_text(text, encoding="utf-8")
    assert list(broken(rule, tmp_path)) == [path]


def test_every_rule_has_a_planted_violation() -> None:
    """A rule without an example of what it catches may catch nothing."""
    assert {rule for rule, _, _ in PLANTED} == set(RULES)


def test_limits_are_inclusive(tmp_path: pathlib.Path) -> None:
    """A file exactly at every limit is fine."""
    body = "    x = 1\n" * (MAX_FUNCTION_LINES - 1)
    text = '"""A file."""\n' + f"def f(a, b, c, d, e, f):\n{body}"
    text += "#" * MAX_COLUMNS + "\n"
    text += "\n" * (MAX_FILE_LINES - 1 - len(text.splitlines())) + "x = 1\n"
    (tmp_path / "edge.py").write_text(text, encoding="utf-8")
    assert [rule.__name__ for rule in RULES if broken(rule, tmp_path)] == []


def test_what_git_ignores_is_not_judged(tmp_path: pathlib.Path) -> None:
    """In a checkout, ignored files and deleted ones are passed over; new ones are not."""
    if shutil.which("git") is None and os.environ.get("FUZZ_REQUIRE") != "all":
        pytest.skip("the program git is missing")
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text("out/\n", encoding="utf-8")
    (tmp_path / "out").mkdir()
    for name in ("out/utils.py", "base.py", "gone.py"):
        (tmp_path / name).write_text("x = 1\n", encoding="utf-8")
    subprocess.run(["git", "add", "gone.py"], cwd=tmp_path, check=True)
    (tmp_path / "gone.py").unlink()
    assert list(broken(telling_names, tmp_path)) == ["base.py"]
