"""The reference makes the digests of the contract, and reads tokens as the scanner does."""

from __future__ import annotations

import random

import pytest
from sqlparse import tokens

from targets.sql import phrases, scan
from targets.sql.reference import LABEL_BYTES, Normalizer

DIGESTS = {
    "SELECT 1 /* abc": "SELECT ?",
    "SELECT 'it''s', 'it\\'s'": "SELECT ?, ?",
    'SELECT "he said ""hi"""': "SELECT ?",
    "SELECT 'never closed": "SELECT ?",
    "SELECT `a b` FROM `t": "SELECT `a b` FROM `t",
    "SELECT -42, 1e-5, .5, 0x1F, 0x": "SELECT -?, ?, ?, ?, ?",
    "SELECT t1, x_2 FROM t.c": "SELECT t1, x_2 FROM t.c",
    "SELECT  1\t\n,2 -- x\n": "SELECT ? ,?",
    "a/**/b": "a b",
    "a IN (1, 2)": "a IN (?)",
    "a IN(1,2,3)": "a IN(?)",
    "a in ( ?, -1, NULL )": "a in (?)",
    "a IN (1, 2": "a IN (?",
    "a IN (b, 2)": "a IN (b, ?)",
    "a IN (SELECT 1)": "a IN (SELECT ?)",
    "JOIN (1, 2)": "JOIN (?, ?)",
    "INSERT INTO t VALUES (1, 'a'), (2, 'b')": "INSERT INTO t VALUES (?)",
    "VALUES (1), (f(2)), (3)": "VALUES (?), (f(?)), (?)",
    "SELECT $$a'b$$, $x$ $$ $x$, $1": "SELECT ?, ?, ?",
    "NULL": "NULL",
    "": "",
    "-- nothing": "",
}


@pytest.mark.parametrize("text", sorted(DIGESTS))
def test_digests_are_those_of_the_contract(text: str) -> None:
    """Literals, comments, blanks, lists and rows become what the contract says."""
    assert Normalizer().digest(text) == DIGESTS[text]


def test_the_scanner_and_the_rules_agree_on_every_token() -> None:
    """Two readings that share no code cut any text alike and find the same literals in it."""
    draw = random.Random(2)
    fragments = (*phrases.TEXTS, *phrases.NUMBERS, *phrases.COMMENTS, *phrases.OPERATORS)
    characters = "'\"`$\\ -/*.?#\n\x00aAeExé1٣²_@%(),;"
    lexer = Normalizer()._lex
    for _ in range(6000):
        source = fragments if draw.random() < 0.5 else characters
        text = "".join(draw.choice(source) for _ in range(draw.randint(0, 12)))
        pieces = scan.scan(text)
        found = list(lexer(text))
        assert [piece.text for piece in pieces] == [value for _, value in found]
        assert [piece.kind in scan.LITERALS for piece in pieces] == [
            kind in tokens.Literal for kind, _ in found
        ]


@pytest.mark.parametrize("text", ["a" * 61 + "é" * 10, "a" * 60 + "日本", "a" * 64, "a" * 65])
def test_labels_are_cut_between_letters(text: str) -> None:
    """A label is valid UTF-8 of at most 64 bytes, whole if it fits."""
    label = Normalizer().label(text)
    assert len(label.encode("utf-8")) <= LABEL_BYTES
    assert label == text if len(text.encode()) <= LABEL_BYTES else label.endswith("...")
