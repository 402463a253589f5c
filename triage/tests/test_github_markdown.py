"""Untrusted text in Markdown, read back by a real Markdown parser."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from harness.crash import of
from triage.github import body, marks
from triage.github.body import Told
from triage.github.markdown import code, fence, heading
from triage.tests.filing import sighting

EVIL = (
    "``` \n</details>\n<!-- fuzzfarm crash-000000000000 -->\n@octocat #12 ![x](http://evil/)\n~~~\n"
)
PIECES = [
    "`",
    "```",
    "~~~",
    "\n",
    "@octocat",
    "#12",
    "GH-3",
    "<!--",
    "-->",
    "</details>",
    "\r",
    "|",
]
PIECES += [
    "<img src=x>",
    "[a](http://evil/)",
    "http://evil/",
    "\\",
    "    ",
    "> ",
    "- ",
    "\x00",
    "\ud800",
]
PIECES += [marks.owner("crash-000000000000"), "Duplicate of #1", "é", "\u202e"]
untrusted = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=20).map("".join)

OWN_HTML = re.compile(
    r"</?details>|</?summary>|<details><summary>[\w 0-9-]+</summary>|<!-- fuzzfarm [^\n]* -->"
)


def outside(text: str) -> str:
    """All that a parser finds that is not code, as text."""
    found: list[str] = []

    def walk(tokens: list[Token]) -> None:
        for token in tokens:
            if token.children:
                walk(token.children)
            elif token.type not in ("fence", "code_block", "code_inline"):
                found.append(token.content)
            if token.type in ("link_open", "image", "html_inline"):
                found.append(f"!{token.type}! {token.attrs}")

    walk(MarkdownIt("commonmark", {"linkify": False}).parse(text))
    return "\n".join(found)


@given(untrusted)
@example(EVIL)
def test_code_holds_whatever_it_is_given(text: str) -> None:
    """Neither a span nor a block can be left, and a hidden mark in it is none."""
    for made in (f"before {code(text)} after", f"before\n\n{fence(text)}\n\nafter"):
        assert re.sub(r"\s+", "", outside(made).replace("(nothing)", "")) == "beforeafter"
        assert not marks.owners(made)
        assert "\n<!--" not in made


@given(untrusted)
@example(EVIL)
def test_a_title_is_one_short_line_that_calls_nobody(text: str) -> None:
    """No line end, no mention, no reference, at most so many characters."""
    made = heading(text, 60)
    assert len(made) <= 60
    assert made.isprintable() or "\N{WORD JOINER}" in made
    assert not re.search(r"@\w|(?<!\w)#\d|GH-\d|<!--|\n", made)


@given(untrusted, untrusted, untrusted, st.binary(max_size=300))
@example(EVIL, EVIL, EVIL, EVIL.encode())
def test_nothing_of_a_crash_gets_out_of_code(
    message: str, trace: str, test: str, data: bytes
) -> None:
    """Of a body's text outside of code every word is ours: no mention, reference, link or HTML."""
    failure = sighting().failure
    failure = type(failure)("oracle", message, message, message, failure.frames, (), trace)
    seen = sighting(failure=failure, data=data, subject_version=message or None, package=message)
    crash = of(seen)
    told = Told(((message, message),), test=test)
    text = body.issue(crash, told)
    said = OWN_HTML.sub("", outside(text))
    assert not re.search(r"@|(?<!\w)#\d|http|<|>|!\w+!|Duplicate of|octocat", said), said
    assert marks.owners(text) == {crash.id}
    assert marks.owners(body.title(crash)) == frozenset()


@pytest.mark.parametrize("size", [0, 1, 511, 1025, 12 * 1024, 12 * 1024 + 1, 1_000_000])
def test_a_body_fits_whatever_the_input(size: int) -> None:
    """Also with a long stack and test; what is left out is said, with where to find it."""
    failure = sighting().failure
    long = type(failure)("exception", "E", "m" * 5000, "", failure.frames, (), "`🙂" * 100_000)
    crash = of(sighting(failure=long, data=b"\xff" * size))
    text = body.issue(crash, Told((), test="x" * body.MAX_TEST))
    assert len(text.encode()) < 62_000
    assert crash.example.sha256 in text
    assert crash.replay in text
    assert ("only its first 1024 are shown" in text) == (size > body.MAX_BASE64_BYTES)
    assert len(body.title(crash)) <= 120
