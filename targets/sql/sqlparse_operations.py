"""What sqlparse is asked to do: split, parse, lex, and walk the tree; formatting has its own file.

Documented: SQLParseError for what is too deep, too long, or an option of no meaning. Whatever it
is given comes back: nothing that is not blank is lost between statements or in the tree.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Any, Final

import sqlparse
from sqlparse import lexer, tokens
from sqlparse.exceptions import SQLParseError

from targets.oracles import Violation
from targets.sql.groupings import match
from targets.sql.implementation import Choices, Knowing, Operation
from targets.sql.room import little_room
from targets.sql.scan import OPERATOR, WORD, Piece, is_plain, scan
from targets.sql.sqlparse_format import format_, misuse
from targets.sql.sqlparse_groups import groups
from targets.sql.sqlparse_split import is_certain, split

ROOM: Final = 150
"""Frames that parsing may take: sqlparse allows 100 levels of nesting, for which it needs 113."""
_TYPES: Final = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "DROP", "ALTER"})
_BLOCKS: Final = frozenset(("case", "begin", "if", "for", "foreach", "loop", "while", "end"))
_DOTTED: Final = re.compile(r"[a-z]\w*(?:\.[a-z]\w*)+")
_NAME: Final = r"(?:[abct]|x_1|id|users)"
_ITEM: Final = (
    rf"(?:{_NAME}(?:\.{_NAME})?|[1-9]\d*|foo\({_NAME}?\)|count\(\*\)|{_NAME}::INT"
    rf"|CASE WHEN {_NAME} = 1 THEN {_NAME} END|CAST\({_NAME} AS INT\))(?: (?:AS )?{_NAME})?"
)
_LIST: Final = re.compile(rf"SELECT ({_ITEM}(?:, {_ITEM})+) FROM {_NAME}\b")
_ALIASED: Final = re.compile(rf"{_NAME}(?:\.{_NAME})? (?:AS |as )?({_NAME})")
_ARGUMENT: Final = r"\s*(?:[abct]|[1-9]\d*|'[a-z]*'|(?:DATE|TIMESTAMP) '[\d-]*'|[abct]\.[abct])\s*"
_CALL: Final = re.compile(rf"foo\({_ARGUMENT}(?:,{_ARGUMENT})*\)")


def operations() -> dict[str, Operation]:
    """By name; `format` first, as it uses all the others."""
    return {
        "format": format_,
        "split": Knowing(split, is_certain),
        "walk": walk,
        "parse": parse,
        "lex": lex,
        "groups": Knowing(groups, lambda text: match(text) is not None),
        "misuse": misuse,
    }


def lex(text: str, _choices: Choices) -> None:
    """Tokens join to the text."""
    if "".join(value for _, value in lexer.tokenize(text)) != text:
        raise Violation("total: the tokens of sqlparse do not join to the text")


def parse(text: str, _choices: Choices) -> None:
    """Statements join to the text, but for blanks at its end."""
    _parsed(text)


def _parsed(text: str) -> tuple[Any, ...]:
    try:
        with little_room(ROOM):
            statements: tuple[Any, ...] = sqlparse.parse(text)
    except SQLParseError:
        return ()
    joined = "".join(map(str, statements))
    if not text.startswith(joined) or text[len(joined) :].strip():
        raise Violation("total: the statements of sqlparse.parse do not join to the text")
    return statements


def walk(text: str, choices: Choices) -> None:
    """Every documented question to every token of the tree has an answer."""
    statements = _parsed(text)
    nested = _is_nested(text)
    for statement in statements:
        _require_type(statement)
        _require_list(statement)
        if statement.get_type() is None:
            raise Violation("total: get_type answers nothing")
        for token in _all(statement):
            _ask(token, choices)
            if nested and token.is_group:
                _require_grouped(token)
        if choices.flag():
            statement._pprint_tree(f=io.StringIO())
            statement.get_token_at_offset(len(str(statement)) // 2)
    for statement in statements:  # at last: it fails for most functions, and must hide nothing
        for token in _all(statement):
            if hasattr(token, "get_window"):
                token.get_window()


def _is_nested(text: str) -> bool:
    """Whether round brackets are certainly closed in order, and nothing else opens or closes."""
    depth = 0
    if not is_plain(text):
        return False
    for piece in scan(text):
        if piece.kind == WORD and piece.text.lower() in _BLOCKS:
            return False
        depth += {"(": 1, ")": -1}.get(piece.text, 0)
        if depth < 0:
            return False
    return depth == 0


def _require_grouped(group: Any) -> None:
    """No bracket opens in it, but for the one that it is if it is a Parenthesis."""
    own = 1 if type(group).__name__ == "Parenthesis" else 0
    opened = sum(token.ttype is tokens.Punctuation and token.value == "(" for token in group.tokens)
    if opened > own:
        raise Violation("total: a bracket is closed, but no Parenthesis")


def _all(statement: Any) -> Iterable[Any]:
    """Every token of the tree, which must join to the statement and know its parent."""
    waiting = [statement]
    leaves: list[str] = []
    while waiting:
        token = waiting.pop()
        if token.is_group:
            waiting += reversed(token.tokens)
            if any(child.parent is not token for child in token.tokens):
                raise Violation("total: a token in the tree of sqlparse has another parent")
        else:
            leaves.append(token.value)
        yield token
    if "".join(leaves) != str(statement):
        raise Violation("total: the leaves of a statement do not join to it")


def _ask(token: Any, choices: Choices) -> None:
    if not token.is_group:
        token.match(tokens.Keyword, ["SELECT", "FROM"])
        return
    token.get_name()
    token.get_alias()
    token.get_real_name()
    token.get_parent_name()
    token.has_alias()
    list(token.get_sublists())
    first = token.token_first(skip_cm=True)
    if first is not None:
        index = token.token_index(first)
        token.token_next(index, skip_cm=True)
        token.token_prev(index)
    _ask_special(token, choices)


def _ask_special(token: Any, choices: Choices) -> None:
    match type(token).__name__:
        case "Identifier":
            token.is_wildcard()
            token.get_typecast()
            token.get_ordering()
            list(token.get_array_indices())
            _require_names(token)
        case "IdentifierList":
            list(token.get_identifiers())
        case "Function":
            _require_arguments(token)
        case "Case":
            token.get_cases(skip_ws=choices.flag())
        case "Comparison":
            str(token.left), str(token.right)
        case "Comment":
            token.is_multiline()


def _require_type(statement: Any) -> None:
    """The type of a statement that begins with a verb and a word is that verb."""
    pieces = [piece for piece in scan(str(statement)[:200]) if not piece.text.isspace()][:2]
    if len(pieces) < 2 or not (pieces[0].kind == WORD and _is_operand(pieces[1])):
        return
    verb = pieces[0].text.upper()
    found = statement.get_type()
    if verb in _TYPES and verb.isascii() and found != verb:
        raise Violation("total: get_type is not the verb of the statement", f"{found} for {verb}")


def _require_list(statement: Any) -> None:
    """A list of plain columns at the beginning has as many identifiers as columns."""
    listed = _LIST.match(str(statement))
    if listed is None:
        return
    columns = listed[1].split(", ")
    lists = [token for token in statement.tokens if type(token).__name__ == "IdentifierList"]
    if not lists or str(lists[0]).strip() != listed[1]:
        raise Violation("total: a list of columns is no IdentifierList", listed[1])
    if len(list(lists[0].get_identifiers())) != len(columns):
        raise Violation("total: get_identifiers finds another number of columns", listed[1])


def _is_operand(piece: Piece) -> bool:
    return piece.kind == WORD or (piece.kind == OPERATOR and piece.text == "*")


def _require_names(identifier: Any) -> None:
    """The alias is the last word, and the real name the last of dotted ones."""
    text = str(identifier)
    aliased = _ALIASED.fullmatch(text)
    if aliased and identifier.get_alias() != aliased[1]:
        raise Violation("total: get_alias is not the alias", f"{identifier.get_alias()} of {text}")
    if _DOTTED.fullmatch(text):
        name = identifier.get_real_name()
        if name != text.rpartition(".")[2]:
            raise Violation(
                "total: get_real_name is not the last of the names", f"{name} of {text}"
            )


def _require_arguments(function: Any) -> None:
    found = list(function.get_parameters())
    text = str(function)
    if _CALL.fullmatch(text) and len(found) != text.count(",") + 1:
        raise Violation(
            "total: get_parameters finds another number of arguments", f"{found} in {text}"
        )
