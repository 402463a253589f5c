"""What failed in a function, as far as an edit of it does not change that."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.failure import Failure, Frame
from harness.fingerprint import fingerprint
from harness.statement import failing, literal, shape

OWN = ("subject",)


def stack(*functions: str) -> tuple[Frame, ...]:
    """Frames of the named functions, outermost first, each on another line."""
    return tuple(Frame("subject", name, line) for line, name in enumerate(functions, 10))


def at(function: str, statement: str, type: str = "ValueError", message: str = "") -> Failure:
    """A failure of this statement in a function that others called."""
    frames = (*stack("main", "parse"), Frame("subject", function, 99, "", statement))
    return Failure("exception", type, message, frames=frames)


SAME = [
    ("return self._rows[at + 1]", "row = owner._rows[row_number + 2]", "IndexError"),
    ("self._total = int(text) + self._rate", "int(number) + state._rate", "ValueError"),
    ('raise Bad("no rows in " + name)', 'raise errors.Bad("no rows in " + self._name)', "Bad"),
    ("if self._peek('x') < 0:", 'self._peek("long") < 10', "TypeError"),
    ("total = sum(x for x in cells)  # all", "sum(cell for cell in row)", "TypeError"),
]


@pytest.mark.parametrize(("one", "other", "type"), SAME)
def test_an_edited_function_has_the_same_bug(one: str, other: str, type: str) -> None:
    """The function may be renamed or split, its local names, values and quotes may change."""
    message = "no rows in here"
    first, second = at("read", one, type, message), at("_read_row", other, type, message)
    assert fingerprint(first, OWN) == fingerprint(second, OWN)


DIFFERENT = [
    ("self._rows[at]", "self._columns[at]"),
    ("int(text)", "float(text)"),
    ("options['width']", "options['height']"),
    ("a, b", "a, b, c"),
    ("size + step", "size - step"),
    ('raise Bad("no rows in %s" % name)', 'raise Bad("too many rows in %s" % name)'),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_one_function_may_hold_several_bugs(one: str, other: str) -> None:
    """What failed tells them apart, if the type does not."""
    messages = ("no rows in a", "too many rows in a") if "raise" in one else ("", "")
    first, second = at("read", one, message=messages[0]), at("read", other, message=messages[1])
    assert fingerprint(first, OWN) != fingerprint(second, OWN)


@pytest.mark.parametrize("statement", ["int(x)", "", "rows[at]", "(((", "text.strip()"])
def test_a_statement_that_says_little_needs_its_function(statement: str) -> None:
    """Such as many functions have it do not name a crash alone."""
    assert fingerprint(at("read", statement), OWN) != fingerprint(at("skip", statement), OWN)


AROUND = [
    ("if sides[at]:", "cell.text = rows[at].strip()"),
    ("self.width = int(text)", "self.height = int(text)"),
    ("self.put(int(text))", "self.skip(int(text))"),
]


@pytest.mark.parametrize(("one", "other"), AROUND)
def test_a_statement_that_says_little_is_told_apart_by_its_line(one: str, other: str) -> None:
    """One function may index lists in many lines."""
    part = "int(text)" if "int" in one else "rows[at]"
    failures = [
        Failure("exception", "E", frames=(Frame("subject", "read", 1, "", part, line),))
        for line in (one, other)
    ]
    assert fingerprint(failures[0], OWN) != fingerprint(failures[1], OWN)


def test_what_a_message_repeats_of_the_input_does_not_matter() -> None:
    """Only what the program itself says there, as far as it can be seen."""
    statement = 'raise Bad("expected a name, got %s at %d" % (got, at))'
    lines = {
        fingerprint(at("read", statement, "Bad", f"expected a name, got {got} at 3"), OWN)
        for got in ("x", "12", "'y'", "{[(", "a b c", "")
    }
    assert lines == {"v2|exception|Bad|subject|raise expected a name, got"}


def test_a_helper_that_only_raises_is_not_the_place() -> None:
    """Every error of a parser may come out of its `error` method."""
    frames = (
        Frame("subject", "Reader.read", 3, "", "self.error('no end')"),
        Frame("subject", "Reader.error", 9, "", "raise Bad(text)"),
    )
    one = Failure("exception", "Bad", frames=frames)
    other = dataclasses.replace(one, frames=(stack("skip")[0], frames[1]))
    assert fingerprint(one, OWN) == "v2|exception|Bad|subject|raise no end"
    assert fingerprint(other, OWN) == "v2|exception|Bad|subject.skip|raise"


@given(st.text())
def test_any_line_has_a_shape(line: str) -> None:
    """Whatever a traceback shows as source, in any state of cut-off, is harmless."""
    assert isinstance(shape(line).text, str)
    assert isinstance(literal(line), str)
    assert len(failing(line)) <= 240


LINES = [
    "total = self.rows[at].cells(",
    "elif left.kind == right.kind and",
    "for name, row in self.rows.items():",
    "with self.rows.locked(name) as rows:",
    "return int(self.rows[name],  # and more",
    "raise Bad(",
    "rows={self.rows[a]: b",
    "await self.rows.fetch(x,",
    "else: rows = self.rows.last()",
]


@pytest.mark.parametrize("line", LINES[:-2])
def test_the_first_of_several_lines_is_read(line: str) -> None:
    """3.11 and 3.12 show no more of a statement, and a formatter may break it anywhere."""
    assert shape(line).text


def test_a_long_statement_costs_little() -> None:
    """A line of any length, or nested as deeply as a parser allows or deeper."""
    for line in ("x" * 10_000_000, "(" * 200_000, "a." * 100_000, "f(" * 200 + ")" * 200):
        assert len(shape(failing(line)).text) <= 120
