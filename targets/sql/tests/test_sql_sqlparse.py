"""The oracles of sqlparse see what they promise to see, and are silent where nothing is broken."""

from __future__ import annotations

import random
import re

import pytest

from targets import drawing, resource
from targets.oracles import Violation
from targets.sql import (
    groupings,
    linear,
    splitting,
    sqlparse_format,
    sqlparse_operations,
    sqlparse_split,
    statements,
)
from targets.sql.implementation import Choices
from targets.sql.subjects import sqlparse as adapter

BROKEN = {
    "a number is cut": ("SELECT 1.5e+10", "SELECT 1.5e + 10", {}),
    "a word is glued to a word": ("GO\nSELECT 1", "GOSELECT 1", {}),
    "a text is cut": ("SELECT 'a b'", "SELECT 'a", {}),
    "a word is lost": ("a b c", "b c", {}),
    "a number is lost at the end": ("a 1", "a", {}),
    "a word too many": ("a", "a b", {}),
    "comments are not the same": ("a /* b */", "a", {}),
    "a comment stays": ("a /* b */", "a /* b */", {"strip_comments": True}),
    "a hint is lost": ("SELECT /*+ a */ b", "SELECT b", {"strip_comments": True}),
}


@pytest.mark.parametrize("what", sorted(BROKEN))
def test_what_format_breaks_has_a_name(what: str) -> None:
    """Every kind of change is told apart."""
    text, result, options = BROKEN[what]
    assert sqlparse_format._broken(text, result, options) == what


@pytest.mark.parametrize(
    ("text", "result", "options"),
    [
        ("select a,b -- c\n from t", "SELECT a,\n       b -- c\nFROM t", {"keyword_case": "upper"}),
        ("select 'abcdef'", "select 'ab[...]'", {"truncate_strings": 2}),
        ("a /* b */ c", "a c", {"strip_comments": True}),
    ],
)
def test_blanks_and_what_options_name_may_change(
    text: str, result: str, options: dict[str, object]
) -> None:
    """Layout, case, cut texts and removed comments are no finding."""
    assert sqlparse_format._broken(text, result, options) == ""


def test_source_is_read_as_its_language_reads_it() -> None:
    """Escapes are undone, and lines join."""
    assert sqlparse_format.python("sql = ('a\\'\\\\ '\n       'b')\nsql2 = 'c'") == "a'\\ bc"
    assert sqlparse_format.php('$sql  = "a\\$b\\" ";\n$sql .= "c";') == 'a$b" c'


@pytest.mark.parametrize(
    ("language", "source", "words"),
    [
        ("python", "sql = 'a\\\\'; b'", "ends elsewhere"),
        ("python", "sql = 'a\nb'", "a text over lines"),
        ("php", '$sql = "a ${b}";', "variable"),
        ("php", '$sql = "a\\\\"; b";', "more than assign"),
        ("php", '$sql = "a', "never closed"),
    ],
)
def test_source_that_does_more_than_assign_is_seen(language: str, source: str, words: str) -> None:
    """A text that ends too early, or that the language fills in, is an injection."""
    with pytest.raises(Violation, match=words):
        sqlparse_format._READERS[language](source)


SCRIPTS = {
    "SELECT 1; SELECT CASE WHEN a THEN b END; DROP TABLE IF EXISTS t": 3,
    "BEGIN TRANSACTION; SELECT 1; COMMIT;": 3,
    "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END; SELECT 3": 2,
    "CREATE PROCEDURE p() BEGIN IF a THEN CALL q; ELSE BEGIN SELECT 2; END; END IF; END; USE b": 2,
    "CREATE PROCEDURE p() BEGIN WHILE a DO SELECT 1; END WHILE; LOOP SELECT 1; END LOOP; END": 1,
    "CREATE PROCEDURE p() BEGIN CASE a WHEN 1 THEN SELECT CASE WHEN b THEN 1 END; END CASE; END": 1,
    "CREATE FUNCTION f() BEGIN DECLARE EXIT HANDLER FOR x BEGIN SELECT 1; END; SET a = 1; END": 1,
}


@pytest.mark.parametrize("text", sorted(SCRIPTS))
def test_statements_end_where_blocks_do(text: str) -> None:
    """The second reading counts them, and sqlparse agrees."""
    found = splitting.statements(text)
    assert found is not None
    assert len(found) == SCRIPTS[text]
    sqlparse_split.split(text, Choices())


@pytest.mark.parametrize(
    "text", ["SELECT (1; 2)", "GO", "CREATE PROCEDURE p AS SELECT 1; SELECT 2", "SELECT CASE; END"]
)
def test_no_place_is_certain_where_dialects_differ(text: str) -> None:
    """What is not accounted for is not claimed."""
    assert splitting.statements(text) is None


def test_a_cut_inside_a_block_is_named_by_its_blocks() -> None:
    """Two causes are two crashes."""
    text = "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END; SELECT 2"
    with pytest.raises(Violation, match="cut within begin in create"):
        sqlparse_split._require_cuts(text, [text[:50], text[50:55], text[56:]])
    with pytest.raises(Violation, match="no cut behind create with begin"):
        sqlparse_split._require_cuts(text, [text])


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a.b AS c, foo(a, 1, 'x') FROM t WHERE (a = 1)",
        "SELECT a, count(*) AS c, CASE WHEN a = 1 THEN b END id FROM t",
        "",
        "-- a",
    ],
)
def test_operations_are_silent_on_sound_sql(text: str) -> None:
    """Every operation but for the window question, which fails in current releases."""
    for name, operation in sqlparse_operations.operations().items():
        if name != "walk" or "(" not in text:
            operation(text, Choices())


def test_linear_silent_where_sqlparse_is() -> None:
    """A long list of columns is no finding."""
    linear.check(b"SELECT a, b FROM t\0\1\1\7\2", adapter())


def test_scripts_are_often_such_that_a_second_reading_knows_them() -> None:
    """Of scripts made for it nearly all, and of all scripts every third."""
    draw = drawing.from_random(random.Random(6))
    made = [statements._certain(draw) for _ in range(200)]
    assert sum(map(sqlparse_split.is_certain, made)) > 160
    scripts = [statements.script(draw) for _ in range(200)]
    known = [text for text in scripts if sqlparse_split.is_certain(text) or groupings.match(text)]
    assert len(known) > 60


def test_a_number_beyond_the_operations_picks_one_that_knows_the_text() -> None:
    """Every second one; small numbers are places, and a text that none knows gets any."""
    subject = adapter()
    names = list(subject.operations)
    assert [subject.chosen("a", Choices(bytes([at]))) for at in range(len(names))] == names
    odd = range(9, 255, 2)
    assert {subject.chosen("SELECT 1; SELECT 2", Choices(bytes([at]))) for at in odd} == {"split"}
    assert {subject.chosen("SELECT a, b FROM c", Choices(bytes([at]))) for at in odd} == {"groups"}
    assert {subject.chosen("(", Choices(bytes([at]))) for at in range(9, 255)} == set(names)


def test_each_alternative_of_a_grammar_is_written() -> None:
    """Rare ones, too, within a few hundred statements."""
    draw = drawing.from_random(random.Random(7))
    texts = " | ".join(groupings.write(draw) for _ in range(900))
    words = re.findall(r"\bNULLS LAST|\bILIKE|\bQUALIFY|\bEXTENSION|\bOFFSET|\bDIV", texts)
    assert len(set(words)) == 6


def test_options_without_meaning_get_the_documented_error() -> None:
    """No value but an endless number raises anything else."""
    values = sqlparse_format.MEANINGLESS
    endless = values.index(float("inf"))
    for at in range(len(sqlparse_format.NAMES)):
        for value in range(len(values)):
            if value != endless:
                sqlparse_format.misuse("SELECT 'a', b FROM c", Choices(bytes([0, at, value])))


def test_blocks_and_what_only_looks_like_them_are_two_causes() -> None:
    """IF EXISTS opens no block, so it is named beside those that are open."""
    text = "CREATE PROCEDURE p() BEGIN DROP TABLE IF EXISTS t; END; SELECT 2"
    with pytest.raises(Violation, match="no cut behind create with begin with if exists"):
        sqlparse_split._require_cuts(text, [text])


def test_tokens_are_filled_with_what_is_skipped_or_escaped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Within comments, texts and names, and only as much as keeps a text short."""
    monkeypatch.setattr(resource, "every", 1)
    filled = list(linear._filled("SELECT a /* b */, 'c', \"d\""))
    assert len({kind for kind, _, _ in filled}) == linear.FILLED
    assert len(filled) == linear.FILLED * len(linear.FILLINGS)
    assert any(re.search(rb"/\*[^*]*(?:\r\n){30}[^*]*\*/", data) for _, _, data in filled)
    assert not list(linear._filled("'a' " * 60))
