"""Words of the subject's own code become a dictionary without being asked for."""

from __future__ import annotations

import re
import sys
import types
from typing import Any

from harness.children.words import to_dictionary, words_of
from targets.contract import dictionary_entries

SOURCE = '''
"""A module of no importance."""
import re
KEYWORDS = {"SELECT": 1, "FROM": 2}
RULES = [(r"UNION\\s+ALL\\b", 1), ("LIKE", 2)]
PATTERN = re.compile(rb"magic[0-9]+(tail|end)")

def parse(data):
    """The docstring is no word."""
    if data.startswith(b"%PDF"):
        raise ValueError("this is a message")
    return data in ("zip", "tar")

class Reader:
    LIMIT = "max"
    def read(self, line):
        def inner():
            return line == "deep"
        return inner
    @property
    def state(self):
        return "open"
'''


def _words(monkeypatch: Any) -> set[bytes]:
    module = types.ModuleType("wordy.parser")
    exec(SOURCE, vars(module))
    monkeypatch.setitem(sys.modules, "wordy.parser", module)
    return set(words_of(["wordy"]))


def test_what_the_code_compares_with_is_found(monkeypatch: Any) -> None:
    """Constants of functions and methods, tables, and literals of patterns; no prose."""
    words = _words(monkeypatch)
    wanted = {b"SELECT", b"FROM", b"UNION", b"ALL", b"LIKE", b"magic", b"tail", b"end"}
    assert wanted | {b"%PDF", b"zip", b"tar", b"max", b"deep", b"open"} <= words
    assert not any(b"message" in word or b"docstring" in word for word in words)


def test_a_dictionary_of_words_reads_back(monkeypatch: Any) -> None:
    """Every byte, quotes and backslashes too, comes back as it was."""
    words = [*_words(monkeypatch), bytes(range(20)), b'a"b\\c', "ü".encode()]
    assert dictionary_entries(to_dictionary(words)) == words


def test_modules_that_are_not_the_subjects_give_no_words(monkeypatch: Any) -> None:
    """A prefix is a module or what lies below it, not any name that begins the same."""
    _words(monkeypatch)
    assert words_of(["word"]) == ()
    assert re.compile in vars(sys.modules["wordy.parser"])["re"].__dict__.values()
