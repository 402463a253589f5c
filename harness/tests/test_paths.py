"""Failures that are known by the way they came."""

from hypothesis import given
from hypothesis import strategies as st

from harness.children.paths import path_of
from harness.failure import from_exception
from harness.fingerprint import fingerprint


def refuse(what: str, value: object) -> None:
    """Where several bugs raise, each by its own words."""
    raise ValueError(what % value)


WORDS = ("length of header is %s", "no such type: %s", "unexpected end after %s", "%s")


def fail(words: str, value: object, wrap: int) -> None:
    """One failure, perhaps as the cause or context of another, or in a group."""
    try:
        refuse(words, value)
    except ValueError as error:
        if wrap == 1:
            raise KeyError("wrapped") from error
        if wrap == 2:
            raise KeyError("handled")  # noqa: B904 - a context is what is wanted
        if wrap == 3:
            raise ExceptionGroup("several", [error]) from None
        raise


def caught(words: str, value: object, wrap: int) -> BaseException:
    """The failure itself."""
    try:
        fail(words, value, wrap)
    except Exception as error:  # `fail` raises one of three types, groups among them
        return error
    raise AssertionError("it did not fail")


failures = st.builds(
    caught, st.sampled_from(WORDS), st.integers() | st.text(max_size=3), st.integers(0, 3)
)


@given(failures, failures)
def test_one_path_has_one_fingerprint(a: BaseException, b: BaseException) -> None:
    """Else a second bug would be counted as the first, and lost."""
    marks = {fingerprint(from_exception(error), (__name__,)) for error in (a, b)}
    assert len(marks) == 1 or path_of(a) != path_of(b)


def test_the_input_does_not_make_a_new_path() -> None:
    """What a message echoes differs each time; a look-up must be enough all the same."""
    for words in WORDS[:3]:
        paths = {path_of(caught(words, value, 0)) for value in range(50)}
        assert len(paths) == 1


def test_two_bugs_that_one_helper_reports_are_two() -> None:
    """Told apart by the words."""
    assert path_of(caught(WORDS[0], 1, 0)) != path_of(caught(WORDS[1], 1, 0))
